//! Diagnostics: errors about the user's text, as data.

use std::fmt;

use serde::Serialize;

/// A stretch of the user's text, in bytes: `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct SourceSpan {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl SourceSpan {
    /// The span from `start` to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Line and column of the start in `text`, both from 1; columns count code points.
    pub fn line_and_column(self, text: &str) -> (usize, usize) {
        let before = text.get(..self.start.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

/// What kind of mistake it is; the name in kebab case is part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// The text does not follow the grammar.
    Syntax,
    /// Brackets, `not`, minus or `case` nested too deep.
    TooDeep,
    /// An escape that does not exist.
    BadEscape,
    /// A date or time that does not exist.
    BadTime,
    /// A number that does not fit.
    BadNumber,
    /// A duration such as `3m`.
    BadDuration,
    /// No attribute has this name.
    UnknownAttribute,
    /// No table has this name.
    UnknownTable,
    /// No function has this name.
    UnknownFunction,
    /// No group has this name.
    UnknownGroup,
    /// No care standard has this name.
    UnknownStandard,
    /// No customer has the key.
    UnknownCustomer,
    /// No currency has this code.
    UnknownCurrency,
    /// No zone has this name.
    UnknownTimezone,
    /// A parameter without a value.
    UnknownParameter,
    /// Types that do not go together.
    TypeMismatch,
    /// `= null`.
    NullComparison,
    /// A pattern that cannot be read.
    BadPattern,
    /// A span, share or number outside its bounds.
    OutOfBounds,
    /// A value given twice, a name taken, a clause repeated.
    Duplicate,
    /// Something the statement needs is absent.
    Missing,
    /// Others need what the statement would change.
    InUse,
    /// A value where a rule is needed, or the other way round.
    NotARule,
    /// The construct has no meaning here.
    Unsupported,
}

impl Code {
    /// The name in kebab case: `unknown-attribute`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TooDeep => "too-deep",
            Self::BadEscape => "bad-escape",
            Self::BadTime => "bad-time",
            Self::BadNumber => "bad-number",
            Self::BadDuration => "bad-duration",
            Self::UnknownAttribute => "unknown-attribute",
            Self::UnknownTable => "unknown-table",
            Self::UnknownFunction => "unknown-function",
            Self::UnknownGroup => "unknown-group",
            Self::UnknownStandard => "unknown-standard",
            Self::UnknownCustomer => "unknown-customer",
            Self::UnknownCurrency => "unknown-currency",
            Self::UnknownTimezone => "unknown-timezone",
            Self::UnknownParameter => "unknown-parameter",
            Self::TypeMismatch => "type-mismatch",
            Self::NullComparison => "null-comparison",
            Self::BadPattern => "bad-pattern",
            Self::OutOfBounds => "out-of-bounds",
            Self::Duplicate => "duplicate",
            Self::InUse => "in-use",
            Self::Missing => "missing",
            Self::NotARule => "not-a-rule",
            Self::Unsupported => "unsupported",
        }
    }
}

/// An error about the user's text: what, where, and what might help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of mistake.
    pub code: Code,
    /// Where in the text.
    pub span: SourceSpan,
    /// One sentence, lower case, back-quotes round what was typed, no full stop.
    pub message: String,
    /// What might help, each a sentence of the same form.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic without hints.
    pub fn new(code: Code, span: SourceSpan, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), hints: Vec::new() }
    }

    /// The same with a hint more.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for hint in &self.hints {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}
