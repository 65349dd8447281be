//! Scripts: where statements end, and whether a text at the prompt is whole.

use super::lexer::{LexemeKind, Lexer, Trouble};
use super::{Code, SourceSpan, parse_statement};

/// Whether a text at the prompt can be run as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Blanks and comments only.
    Empty,
    /// Whole statements, or a mistake that no further line can mend.
    Complete,
    /// A bracket, quote or comment is open, or the last statement ends where something must follow.
    Incomplete,
}

/// The statements of a script, cut at semicolons outside quotes and comments.
///
/// The spans leave the semicolons and the blanks and comments around a statement out; statements
/// of nothing else are left out altogether. A quote that is never closed holds the rest.
pub fn split(text: &str) -> Vec<SourceSpan> {
    let mut statements = Vec::new();
    let mut current: Option<SourceSpan> = None;
    for lexeme in Lexer::new(text) {
        match lexeme.kind {
            LexemeKind::Comment => {}
            LexemeKind::Semicolon => statements.extend(current.take()),
            _ => current = Some(current.map_or(lexeme.span, |span| span.to(lexeme.span))),
        }
    }
    statements.extend(current);
    statements
}

/// Whether Enter at the prompt should run the text or go on to the next line.
///
/// A semicolon ends a statement whatever is open before it, so that a mistake can be got rid of.
pub fn completeness(text: &str) -> Completeness {
    let last = Lexer::new(text).filter(|lexeme| lexeme.kind != LexemeKind::Comment).last();
    match last.map(|lexeme| lexeme.kind) {
        None => Completeness::Empty,
        Some(LexemeKind::Semicolon) if split(text).is_empty() => Completeness::Empty,
        Some(LexemeKind::Semicolon) => Completeness::Complete,
        Some(LexemeKind::Bad(Trouble::OpenText | Trouble::OpenName | Trouble::OpenComment)) => {
            Completeness::Incomplete
        }
        Some(_) => last_statement(text),
    }
}

/// Whether the last statement of a script that no semicolon ends is whole.
fn last_statement(text: &str) -> Completeness {
    let last = split(text).pop().and_then(|span| text.get(span.start..span.end)).unwrap_or("");
    match parse_statement(last) {
        Err(error) if error.code == Code::Syntax && error.span.start >= last.len() => {
            Completeness::Incomplete
        }
        _ => Completeness::Complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|span| &text[span.start..span.end]).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        let text = "a = \"x;y\"; -- one; two\n b = ';' ;; /* ; */ select `c;d` where e;\n";
        assert_eq!(statements(text), ["a = \"x;y\"", "b = ';'", "select `c;d` where e"]);
        assert_eq!(statements("a; b"), ["a", "b"]);
        assert!(statements(" ; -- nothing\n;").is_empty());
        assert_eq!(statements("a; b = \"open; c"), ["a", "b = \"open; c"]);
    }

    #[test]
    fn a_text_is_whole_when_nothing_must_follow() {
        for text in ["", "  \n", "-- note", ";", "/* note */ ;"] {
            assert_eq!(completeness(text), Completeness::Empty, "{text}");
        }
        for text in [
            "a = 1",
            "count",
            "select *",
            "a = 1;",
            "(a = 1;",
            "a = = 1",
            "a; b",
            "a = b = c",
            "sum(",
            "3m",
            "case when a then b end",
        ] {
            let whole = text != "sum(";
            assert_eq!(completeness(text) == Completeness::Complete, whole, "{text}");
        }
        for text in [
            "(a = 1",
            "a = \"US",
            "`a",
            "a /* b",
            "a and",
            "a =",
            "a is not",
            "a in (1,",
            "select a where",
            "not",
            "a + -",
            "a within last",
            "x; select",
            "import customers from",
            "a -- note\n and -- more",
            "case when",
            "case when a then b",
            "tiers of a",
            "tiers of a (b: top",
        ] {
            assert_eq!(completeness(text), Completeness::Incomplete, "{text}");
        }
    }
}
