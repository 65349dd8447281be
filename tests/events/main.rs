//! Events against a plain list of them: random histories of inserts, late and early ones,
//! deletions, customers that go and come back, moves of the clock and reopenings, each question
//! judged customer by customer with nothing of the engine's.
//!
//! `HIGHSEA_EVENTS_HISTORIES` and `HIGHSEA_EVENTS_SEED` make it longer, or repeat it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod asked;
#[path = "../support/calendar.rs"]
#[allow(dead_code, reason = "the oracle's, of which this needs a part")]
mod calendar;
mod history;
mod random;
mod sequences;
mod statements;
mod world;
mod zones;
