//! Tiers, shares, tiles, cases and rankings against plain sorting: random histories of changed
//! values, orders, deletions, moves of the clock and reopenings, each class judged customer by
//! customer with nothing of the engine's; and published schemes over real data.
//!
//! `HIGHSEA_CLASSES_HISTORIES` and `HIGHSEA_CLASSES_SEED` make it longer, or repeat it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod asked;
mod history;
mod published;
#[path = "../events/random.rs"]
mod random;
mod world;
