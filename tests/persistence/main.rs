//! What was written is there when the pool is opened again, however the process ended; and what is
//! not a pool any more is told as such.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

mod damage;
mod kills;
mod pools;
mod reopening;
