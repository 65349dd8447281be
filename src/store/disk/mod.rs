//! The backends on disk: the only folder that names sled and redb.
//!
//! Each is used behind the trait [`Backend`](super::backend::Backend) alone, and keeps the same
//! promises: a flush is an fsync, files that are not what was written give typed errors, and no
//! panic gets out. Panics are caught by unwinding: a host that sets `panic = "abort"` gives that
//! up.

mod files;
mod guard;
#[cfg(feature = "redb")]
mod redb;
mod sled;

pub(super) use files::{check, create, exist, found, open, open_kind};

#[cfg(test)]
pub(super) use self::sled::SledBackend;
