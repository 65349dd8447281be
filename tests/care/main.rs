//! Care standards, ownership and the store report against a plain model: random histories of visits,
//! questions, claims and days, with nothing of the engine's in the judge.
//!
//! `HIGHSEA_CARE_HISTORIES` and `HIGHSEA_CARE_SEED` make it longer, or repeat it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod histories;
mod library;
mod model;
#[path = "../events/random.rs"]
mod random;
mod rates;
