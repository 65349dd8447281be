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

/// Runs tests over every backend that this build has, in modules of their names.
macro_rules! on_each_backend {
    ($($test:ident),+ $(,)?) => {
        mod sled {
            $(#[test]
            fn $test() {
                super::$test(highsea::Backend::Sled);
            })+
        }

        #[cfg(feature = "redb")]
        mod redb {
            $(#[test]
            fn $test() {
                super::$test(highsea::Backend::Redb);
            })+
        }
    };
}

mod backups;
mod damage;
mod formats;
mod kills;
mod pools;
mod reopening;
