//! The shell's contract, through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

mod conversations;
mod documents;
mod place;
mod pools;
mod runs;
mod upkeep;
