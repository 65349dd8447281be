//! The library as a host program uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

mod answers;
mod batches;
mod clocks;
mod members;
mod parameters;
mod pools;
mod threads;
