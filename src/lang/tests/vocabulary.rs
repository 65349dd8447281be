//! The words that the code lists are those of the grammar.

use std::collections::BTreeSet;

use crate::lang::ast::ExprKind;
use crate::lang::{keywords, lexer, parse_rule, words};

const GRAMMAR: [&str; 4] = [
    include_str!("../../../grammar/lexical.pest"),
    include_str!("../../../grammar/time.pest"),
    include_str!("../../../grammar/expression.pest"),
    include_str!("../../../grammar/statement.pest"),
];

/// Words that are written in the language and are no keywords of the grammar: function names, and
/// units, which the grammar also has in short.
const FUNCTIONS: [&str; 9] = [
    "abs",
    "days_since",
    "expected",
    "first",
    "interval",
    "months_since",
    "round",
    "size",
    "years_since",
];
const SHORT_UNITS: [&str; 7] = ["min", "h", "d", "w", "mo", "q", "y"];

/// The words that the grammar writes as `^"word"`, comments left out.
fn words_of_grammar() -> BTreeSet<&'static str> {
    let lines = GRAMMAR.iter().flat_map(|text| text.lines());
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split("^\"").skip(1).filter_map(|rest| rest.split('"').next()))
        .collect()
}

#[test]
fn keywords_are_those_of_the_grammar() {
    let mut grammar = words_of_grammar();
    grammar.retain(|word| *word != "t" && (*word == "min" || !SHORT_UNITS.contains(word)));
    let listed: BTreeSet<&str> = keywords().iter().copied().collect();
    let listed: BTreeSet<&str> = listed.into_iter().filter(|w| !FUNCTIONS.contains(w)).collect();
    assert_eq!(listed, grammar);
    assert!(keywords().is_sorted());
}

#[test]
fn every_keyword_is_a_rule_of_its_own() {
    let rules = GRAMMAR[0].lines().filter_map(|line| line.split_once("Word "));
    let named: BTreeSet<String> = rules.map(|(name, _)| name.to_lowercase()).collect();
    let unnamed = ["day", "days", "hour", "hours", "minute"];
    let plural = ["minutes", "weeks", "months", "quarters", "years"];
    for word in words_of_grammar() {
        let exempt =
            unnamed.contains(&word) || plural.contains(&word) || SHORT_UNITS.contains(&word);
        assert!(named.contains(word) || exempt || word == "t", "{word}");
    }
}

#[test]
fn reserved_words_are_names_in_back_quotes_only() {
    for word in words::RESERVED {
        let alone = parse_rule(word).map(|rule| rule.kind);
        assert!(matches!(alone, Err(_) | Ok(ExprKind::Literal(_))), "{word}");
        let quoted = parse_rule(&format!("`{word}` = 1")).unwrap();
        assert_eq!(quoted.to_string(), format!("`{word}` = 1"));
    }
}

#[test]
fn every_other_word_is_a_name() {
    let literals = ["today", "yesterday", "tomorrow", "now"];
    for word in keywords().iter().filter(|word| !words::is_reserved(word)) {
        let rule =
            parse_rule(&format!("{word} = 1 and x in ({word}, 2) or abs({word}) > 0")).unwrap();
        let shown = format!("{:?}", rule.kind);
        let is_name = shown.contains(&format!("Name({word:?})"));
        assert_eq!(is_name, !literals.contains(word), "{word}");
    }
}

#[test]
fn units_of_the_lexer_are_those_of_the_grammar() {
    for unit in crate::model::Unit::ALL {
        for word in
            [unit.short_name().to_owned(), unit.name().to_owned(), format!("{}s", unit.name())]
        {
            assert_eq!(lexer::unit(&word), Some(unit));
            assert!(words_of_grammar().contains(word.as_str()), "{word}");
            let value = parse_rule(&format!("3{word}")).unwrap();
            assert!(matches!(value.kind, ExprKind::Literal(_)), "{word}");
        }
    }
}
