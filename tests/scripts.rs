//! Golden scripts: `tests/scripts/<topic>/<case>` hold what a user types and the exact answer.
//!
//! `HIGHSEA_REWRITE=1 cargo test --test scripts` writes the answers anew; read the diff against
//! docs/language.md before committing it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

mod golden;

#[test]
fn scripts_answer_what_they_say() {
    golden::run_all("scripts", 300, |script| {
        let pool = script.pool.clone();
        script.statements().map(|statement| golden::show(&pool, statement)).collect()
    });
}
