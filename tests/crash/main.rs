//! Processes that are killed, disks that fill, and what is found afterwards: everything that was
//! acknowledged, nothing by halves.
//!
//! The commands for the long runs stand in `docs/testing.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test fails by panicking, and tells what it did"
)]

mod child;
mod full_disk;
mod groups;
mod kills;
mod work;
