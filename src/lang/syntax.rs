//! What the grammar could not read, as a diagnostic: where, what was found, what was expected.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::grammar::Rule;
use super::lexer::{Lexeme, LexemeKind, Lexer};
use super::{Code, Diagnostic, SourceSpan, hints, precheck, wording, words};

/// The point where the grammar gave up.
pub(super) struct Failure<'t> {
    /// The whole text.
    pub(super) text: &'t str,
    /// Its lexemes, comments left out.
    pub(super) lexemes: Vec<Lexeme>,
    /// Which of them was not understood; their number at the end of the text.
    pub(super) at: usize,
    /// What the grammar would have gone on with.
    pub(super) expected: Vec<Rule>,
}

/// The diagnostic for what pest reports about a text.
pub(super) fn diagnose(text: &str, error: Error<Rule>) -> Diagnostic {
    let InputLocation::Pos(position) = error.location else { return unreadable(0) };
    let ErrorVariant::ParsingError { positives, .. } = error.variant else {
        return out_of_stack(text, position);
    };
    let failure = Failure::at(text, position, positives);
    hints::special(&failure).unwrap_or_else(|| failure.diagnostic(position))
}

impl<'t> Failure<'t> {
    fn at(text: &'t str, position: usize, expected: Vec<Rule>) -> Self {
        let lexemes = Lexer::new(text).filter(|lexeme| lexeme.kind != LexemeKind::Comment);
        let lexemes: Vec<Lexeme> = lexemes.collect();
        let at = lexemes.partition_point(|lexeme| lexeme.span.end <= position);
        Self { text, lexemes, at, expected }
    }

    /// What stands `offset` lexemes from the one not understood, and what kind it is.
    pub(super) fn lexeme(&self, offset: isize) -> Option<(&'t str, LexemeKind)> {
        let lexeme = self.lexemes.get(self.at.checked_add_signed(offset)?)?;
        Some((self.text.get(lexeme.span.start..lexeme.span.end)?, lexeme.kind))
    }

    /// The lexeme `offset` from the one not understood, when it is a bare word.
    pub(super) fn word(&self, offset: isize) -> Option<&'t str> {
        self.lexeme(offset).filter(|(_, kind)| *kind == LexemeKind::Word).map(|(word, _)| word)
    }

    /// Where the lexeme not understood stands; just after the last one at the end of the text.
    pub(super) fn span(&self) -> SourceSpan {
        let end = self.lexemes.last().map_or(0, |last| last.span.end);
        self.lexemes.get(self.at).map_or(SourceSpan::new(end, end), |lexeme| lexeme.span)
    }

    fn diagnostic(&self, position: usize) -> Diagnostic {
        let mut span = self.span();
        span.start = span.start.max(position.min(span.end));
        let expected = wording::enumeration(wording::expected(&self.expected_here()));
        let found = self.found(span);
        let message = match expected.as_str() {
            "" => format!("unexpected {found}"),
            expected => format!("expected {expected}, found {found}"),
        };
        let diagnostic = Diagnostic::new(Code::Syntax, span, message);
        hints::hints(self).into_iter().fold(diagnostic, Diagnostic::hint)
    }

    /// What was expected, where a value is likelier than a rule as a value.
    fn expected_here(&self) -> Vec<Rule> {
        let before = self.lexeme(-1).map(|(_, kind)| kind);
        let is_call = before == Some(LexemeKind::Open)
            && self.word(-2).is_some_and(|word| !words::is_reserved(word));
        let takes_value = is_call
            || before == Some(LexemeKind::Comma)
            || self.word(-1).is_some_and(|word| word.eq_ignore_ascii_case("by"));
        let here = |rule: &Rule| {
            if takes_value && wording::is_rule(*rule) { Rule::Sum } else { *rule }
        };
        self.expected.iter().map(here).collect()
    }

    /// What was found, shortened to a line.
    fn found(&self, span: SourceSpan) -> String {
        const MOST: usize = 40;
        let Some(found) = self.text.get(span.start..span.end).filter(|found| !found.is_empty())
        else {
            return "the end of the text".to_owned();
        };
        let line = found.lines().next().unwrap_or("");
        let short: String = line.chars().take(MOST).collect();
        let ellipsis = if short.len() < found.len() { "…" } else { "" };
        if short.contains('`') {
            return format!("`` {short}{ellipsis} ``");
        }
        format!("`{short}{ellipsis}`")
    }
}

/// The parser's own guard: the thread had less stack than the nesting limit takes.
fn out_of_stack(text: &str, position: usize) -> Diagnostic {
    let at = Failure::at(text, position, Vec::new()).span();
    let most = precheck::MAX_DEPTH;
    let message =
        format!("this nests too deep for the thread's stack, though less than {most} levels");
    Diagnostic::new(Code::TooDeep, at, message)
}

/// The diagnostic for a piece of text that the grammar let through and nothing can be made of.
pub(super) fn unreadable(position: usize) -> Diagnostic {
    let at = SourceSpan::new(position, position);
    Diagnostic::new(Code::Syntax, at, "this cannot be read")
}
