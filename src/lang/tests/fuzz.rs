//! Any text at all: never a panic, spans on characters of the text, everything told the same way.

use proptest::prelude::*;

use super::statement_strategy::any_statement;
use super::strategy::scrambled;
use crate::lang::{
    SourceSpan, completeness, keywords, lexer, nearest, parse_rule, parse_statement, split,
    tokenize,
};

/// Checks everything that takes any text.
fn check(text: &str) {
    for error in [parse_rule(text).err(), parse_statement(text).err()].into_iter().flatten() {
        assert!(text.get(error.span.start..error.span.end).is_some(), "{text:?}: {error:?}");
        assert!(!error.message.is_empty() && !error.message.contains("cannot be read"), "{text:?}");
    }
    let tokens: Vec<SourceSpan> = tokenize(text).into_iter().map(|(span, _)| span).collect();
    for spans in [tokens, split(text)] {
        assert!(spans.iter().all(|span| span.start < span.end), "{text:?}");
        assert!(spans.iter().all(|span| text.get(span.start..span.end).is_some()), "{text:?}");
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{text:?}");
    }
    completeness(text);
    nearest(text, keywords().iter().copied());
}

/// What the lexer leaves between its lexemes is blank, so that nothing is lost.
fn check_cover(text: &str) {
    let mut at = 0;
    for (span, _) in tokenize(text) {
        assert!(text[at..span.start].chars().all(lexer::is_blank), "{text:?}");
        at = span.end;
    }
    assert!(text[at..].chars().all(lexer::is_blank), "{text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        check(&text);
        check_cover(&text);
    }

    #[test]
    fn any_words_are_answered(text in scrambled()) {
        check(&text);
        check_cover(&text);
    }

    /// A statement cut off anywhere, or with a character taken out, is answered.
    #[test]
    fn damaged_statements_are_answered(statement in any_statement(), at in any::<prop::sample::Index>()) {
        let text = statement.to_string();
        let cut = at.index(text.len() + 1);
        if text.is_char_boundary(cut) {
            check(&text[..cut]);
            let mut rest = text[cut..].chars();
            rest.next();
            check(&format!("{}{}", &text[..cut], rest.as_str()));
        }
    }

    /// Whole statements joined by semicolons are split where they were joined.
    #[test]
    fn scripts_are_split_where_they_were_joined(
        statements in prop::collection::vec(any_statement(), 1..5),
    ) {
        let texts: Vec<String> = statements.iter().map(ToString::to_string).collect();
        let script = texts.join("; -- note;\n");
        let parts: Vec<&str> = split(&script).iter().map(|s| &script[s.start..s.end]).collect();
        prop_assert_eq!(parts, texts);
    }
}
