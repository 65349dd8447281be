//! Groups against plain sets: random histories of customers, orders, deletions, moves of the clock,
//! groups that are created, changed and dropped, and reopenings. After every step each group's
//! members are those of its rule, judged customer by customer with nothing of the engine's, and
//! what was told of who entered and who left leads to them.
//!
//! `HIGHSEA_GROUPS_HISTORIES` and `HIGHSEA_GROUPS_SEED` make it longer, or repeat it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod ending;
mod history;
mod library;
#[path = "../events/random.rs"]
mod random;
mod rule;
mod told;
mod twin;
