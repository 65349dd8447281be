//! Messages are the product: each mistake and what is said about it, in `messages.txt`.
//!
//! A case is `> ` and the text, then where the diagnostic points, then `code: message`, then the
//! hints. `HIGHSEA_REWRITE=1 cargo test` writes the file anew; the difference is to be read.

use std::fmt::Write as _;

use crate::lang::{Diagnostic, parse_rule, parse_statement};

const CASES: &str = include_str!("messages.txt");

fn report(text: &str, diagnostic: &Diagnostic) -> String {
    let (start, end) = (diagnostic.span.start, diagnostic.span.end);
    let before = " ".repeat(text[..start].chars().count());
    let marks = "^".repeat(text[start..end].chars().count().max(1));
    let mut report = format!("> {text}\n  {before}{marks}\n");
    writeln!(report, "{}: {}", diagnostic.code.name(), diagnostic.message).unwrap();
    for hint in &diagnostic.hints {
        writeln!(report, "hint: {hint}").unwrap();
    }
    report
}

fn texts() -> impl Iterator<Item = &'static str> {
    CASES.lines().filter_map(|line| line.strip_prefix("> "))
}

#[test]
fn mistakes_are_explained() {
    let reports: Vec<String> = texts()
        .map(|text| match parse_statement(text) {
            Ok(statement) => format!("> {text}\nread as: {statement}\n"),
            Err(diagnostic) => report(text, &diagnostic),
        })
        .collect();
    let reports = reports.join("\n");
    if std::env::var_os("HIGHSEA_REWRITE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lang/tests/messages.txt");
        std::fs::write(path, &reports).unwrap();
        return;
    }
    for (expected, found) in CASES.split("\n\n").zip(reports.split("\n\n")) {
        assert_eq!(expected.trim_end(), found.trim_end());
    }
}

#[test]
fn a_rule_alone_is_no_statement() {
    for text in ["select * where a", "a = 1;", "count a = 1", ""] {
        assert!(parse_rule(text).is_err(), "{text}");
    }
    assert_eq!(parse_rule("").unwrap_err().message, "expected a rule, found the end of the text");
}

#[test]
fn messages_keep_their_form() {
    for diagnostic in texts().filter_map(|text| parse_statement(text).err()) {
        for sentence in diagnostic.hints.iter().chain([&diagnostic.message]) {
            assert!(!sentence.ends_with('.'), "{sentence}");
            assert!(!sentence.starts_with(char::is_uppercase), "{sentence}");
            assert_eq!(sentence.matches('`').count() % 2, 0, "{sentence}");
        }
    }
}

/// Mistakes in texts of several lines point into the right one.
#[test]
fn positions_are_bytes_and_lines() {
    let text = "地区 = \"华东\"\n  adn x";
    let diagnostic = parse_statement(text).unwrap_err();
    assert_eq!(&text[diagnostic.span.start..diagnostic.span.end], "adn");
    assert_eq!(diagnostic.span.line_and_column(text), (2, 3));
}
