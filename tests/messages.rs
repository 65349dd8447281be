//! Mistakes and what the user is told: `tests/messages/<topic>` hold what was typed, the message,
//! and the place it points to.
//!
//! `HIGHSEA_REWRITE=1 cargo test --test messages` writes the messages anew; read them as a user
//! who has never seen the source.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

mod golden;

use highsea::Error;

#[test]
fn mistakes_are_told_as_they_should_be() {
    golden::run_all("messages", 80, |script| {
        let pool = script.pool.clone();
        let rewrite = std::env::var_os("HIGHSEA_REWRITE").is_some();
        let told = |text: &str| match pool.run(text) {
            Ok(_) if rewrite => "no mistake".to_owned(),
            Ok(answer) => panic!("`{text}` is no mistake: {answer:?}"),
            Err(error) => told(text, &error),
        };
        script.statements().map(|statement| told(&statement.text)).collect()
    });
}

/// The message, the line it is about with a caret below, and the hints.
fn told(text: &str, error: &Error) -> String {
    check_style(text, error);
    let message = golden::message(error);
    let (head, hints) = message.split_once('\n').unwrap_or((&message, ""));
    let mut shown = head.to_owned();
    if let Some(position) = error.position() {
        let line = text.lines().nth(position.line - 1).unwrap_or("");
        let rest = &text[position.span.start.min(text.len())..position.span.end.min(text.len())];
        let marked = rest.lines().next().unwrap_or("").chars().count().max(1);
        let carets = format!("{:blank$}{}", "", "^".repeat(marked), blank = position.column - 1);
        shown += &format!("\n    {line}\n    {carets}");
    }
    if !hints.is_empty() {
        shown += &format!("\n{hints}");
    }
    shown
}

/// Lower case, no full stop, a place within the text.
fn check_style(text: &str, error: &Error) {
    let message = error.to_string();
    for sentence in std::iter::once(&message).chain(error.hints()) {
        let first = sentence.chars().next().unwrap();
        assert!(!first.is_uppercase(), "capital: {sentence}");
        assert!(!sentence.ends_with('.'), "full stop: {sentence}");
    }
    assert!(error.is_user_error(), "{text}: {message}");
    if let Some(position) = error.position() {
        assert!(position.span.start <= position.span.end && position.span.end <= text.len());
        assert!(text.is_char_boundary(position.span.start), "{text}: {message}");
    }
}
