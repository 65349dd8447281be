//! Reports against plain counting over the raw customers and events: random pools, every report
//! judged with nothing of the engine's; and published figures over real data.
//!
//! `HIGHSEA_INSIGHT_POOLS` and `HIGHSEA_INSIGHT_SEED` make it longer, or repeat it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod documents;
mod over_events;
mod pages;
mod profiles;
mod published;
#[path = "../events/random.rs"]
mod random;
mod sets;
mod summaries;
mod world;
