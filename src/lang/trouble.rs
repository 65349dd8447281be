//! Messages for what is no word of the language: open quotes, half dates, foreign signs.

use super::escape::{BadEscape, unescape};
use super::lexer::{Lexeme, LexemeKind, Trouble};
use super::{Code, Diagnostic, SourceSpan, foreign, nearest};
use crate::model::{Unit, YEARS, is_beyond_the_years};

/// Refuses a lexeme that belongs nowhere, and a text with an unknown escape.
pub(super) fn check(text: &str, lexeme: Lexeme) -> Result<(), Diagnostic> {
    let slice = text.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
    match lexeme.kind {
        LexemeKind::Bad(trouble) => Err(diagnose(trouble, slice, lexeme.span)),
        LexemeKind::Text if slice.contains('\\') => match unescape(slice) {
            Ok(_) => Ok(()),
            Err(bad) => Err(bad_escape(slice, lexeme.span, &bad)),
        },
        _ => Ok(()),
    }
}

fn diagnose(trouble: Trouble, slice: &str, span: SourceSpan) -> Diagnostic {
    match trouble {
        Trouble::OpenText => open_text(slice, span),
        Trouble::OpenName => {
            let message = "the name that begins here has no closing back-quote";
            Diagnostic::new(Code::Syntax, first(slice, span), message)
        }
        Trouble::OpenComment => {
            let begin = SourceSpan::new(span.start, span.start + 2);
            Diagnostic::new(Code::Syntax, begin, "the comment that begins here has no closing `*/`")
        }
        Trouble::EmptyName => Diagnostic::new(Code::Syntax, span, "a name cannot be empty"),
        Trouble::Time => bad_time(slice, span),
        Trouble::Suffix => bad_suffix(slice, span),
        Trouble::Underscore => {
            let message = format!("`{slice}` is no number: `_` stands between two digits");
            Diagnostic::new(Code::BadNumber, span, message)
        }
        Trouble::Parameter => bad_parameter(slice, span),
        Trouble::Operator => foreign::operator(slice, span),
        Trouble::Character => foreign::character(slice, span),
    }
}

/// The span of the slice's first character alone.
fn first(slice: &str, span: SourceSpan) -> SourceSpan {
    SourceSpan::new(span.start, span.start + slice.chars().next().map_or(0, char::len_utf8))
}

fn open_text(slice: &str, span: SourceSpan) -> Diagnostic {
    let quote = if slice.starts_with('\'') { '\'' } else { '"' };
    let message = format!("the text that begins here has no closing `{quote}`");
    let diagnostic = Diagnostic::new(Code::Syntax, first(slice, span), message);
    if quote == '\'' {
        return diagnostic.hint("an apostrophe within text is written `\\'`, or the text in `\"`");
    }
    diagnostic
}

fn bad_escape(slice: &str, text: SourceSpan, bad: &BadEscape) -> Diagnostic {
    let span = SourceSpan::new(text.start + bad.span.start, text.start + bad.span.end);
    let escape = slice.get(bad.span.start..bad.span.end).unwrap_or("\\");
    let message = format!("there is no escape `{escape}`");
    let diagnostic = Diagnostic::new(Code::BadEscape, span, message);
    if bad.is_unicode {
        return diagnostic.hint("a character is written by its code point: `\\u{1F600}`");
    }
    diagnostic.hint(format!("a backslash itself is written twice: `\\{escape}`"))
}

fn bad_time(slice: &str, span: SourceSpan) -> Diagnostic {
    const FORM: &str = "a date is written `2026-11-22`";
    let bad = |message: String| Diagnostic::new(Code::BadTime, span, message);
    if is_beyond_the_years(slice) {
        return bad(format!("there is no day `{slice}`: {YEARS}"));
    }
    let spaced = || slice.split('-').collect::<Vec<_>>().join(" - ");
    let parts: Vec<&str> = slice.split('-').collect();
    if let Some((date, _)) = slice.split_once(['T', 't']) {
        if date.parse::<crate::model::Day>().is_ok() {
            return bad(format!("there is no time `{slice}`")).hint(
                "an instant is written `2026-11-22T10:30:00`, with `Z` or an offset such as `+08:00` after it",
            );
        }
        return bad(format!("there is no day `{date}`"));
    }
    if !slice.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return bad(format!("`{slice}` is no date")).hint(FORM);
    }
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
            bad(format!("there is no day `{slice}`"))
        }
        [year, month] if year.len() == 4 && month.len() <= 2 => {
            bad(format!("`{slice}` is half a date"))
                .hint(format!("{FORM}, with its day"))
                .hint(format!("a subtraction of numbers needs blanks: `{}`", spaced()))
        }
        _ => bad(format!("`{slice}` looks like a date and is none"))
            .hint(FORM)
            .hint(format!("a subtraction of numbers needs blanks: `{}`", spaced())),
    }
}

/// A number run into letters.
fn bad_suffix(slice: &str, span: SourceSpan) -> Diagnostic {
    let letters = slice.find(|c: char| !matches!(c, '0'..='9' | '_' | '.')).unwrap_or(slice.len());
    let (number, suffix) = slice.split_at(letters);
    suffix_diagnostic(number, suffix, span).unwrap_or_else(|| {
        let message = format!("`{slice}` is neither a number nor a name");
        Diagnostic::new(Code::Syntax, span, message)
            .hint(format!("a name that begins with a digit is written `` `{slice}` ``"))
    })
}

/// What letters after a number may have meant: a unit, a currency, an exponent.
pub(super) fn suffix_diagnostic(
    number: &str,
    suffix: &str,
    span: SourceSpan,
) -> Option<Diagnostic> {
    let duration = |message| Diagnostic::new(Code::BadDuration, span, message);
    let folded = suffix.to_lowercase();
    match folded.as_str() {
        "m" => {
            let message = format!("`{number}{suffix}` may mean months or minutes");
            return Some(duration(message).hint(format!("write `{number}mo` or `{number}min`")));
        }
        "s" | "sec" | "secs" | "second" | "seconds" | "ms" => {
            return Some(duration("the shortest unit of a duration is the minute".to_owned()));
        }
        _ => {}
    }
    if let Some(digits) = folded.strip_prefix('e')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        let message = format!("`{number}{suffix}` is no number: exponents are not written");
        let number = Diagnostic::new(Code::BadNumber, span, message);
        return Some(number.hint("write all the digits: `1_000_000`"));
    }
    let units = Unit::ALL.into_iter().flat_map(|unit| [unit.name(), unit.short_name()]);
    let stem = folded.strip_suffix('s').unwrap_or(&folded);
    let units: Vec<&str> = units.filter(|unit| unit.len() > 1).collect();
    let exact = units.iter().find(|unit| **unit == stem).map(|unit| (*unit).to_owned());
    let near = exact.or_else(|| nearest(stem, units.iter().copied()).into_iter().next());
    if let Some(unit) = near {
        let message = format!("`{suffix}` is no unit of time");
        let is_name = Unit::ALL.iter().any(|known| known.name() == unit);
        let unit = if is_name { format!(" {unit}s") } else { unit };
        return Some(duration(message).hint(format!("did you mean `{number}{unit}`?")));
    }
    if folded.len() == 3 && folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let message = format!("`{suffix}` is no unit of time and no currency");
        let capitals = folded.to_uppercase();
        return Some(
            Diagnostic::new(Code::Syntax, span, message)
                .hint(format!("a currency is written in capitals: `{number} {capitals}`")),
        );
    }
    None
}

fn bad_parameter(slice: &str, span: SourceSpan) -> Diagnostic {
    let message = format!("`{slice}` is no parameter: a parameter is `$` and a name");
    let diagnostic = Diagnostic::new(Code::Syntax, span, message);
    match slice.strip_prefix('$') {
        Some(amount) if !amount.is_empty() => {
            diagnostic.hint(format!("an amount of money is written `{amount} USD`"))
        }
        _ => diagnostic,
    }
}
