//! Statements about the pool as a whole: is it well, and where else is it kept.

use super::{Name, TextLiteral};

/// The statements of upkeep; a text names a directory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Upkeep {
    /// `verify`, `verify deep`
    Verify {
        /// Whether what is stored is decoded too.
        deep: bool,
    },
    /// `repair`
    Repair,
    /// `checkpoint`
    Checkpoint,
    /// `backup to "…"`
    Backup(TextLiteral),
    /// `restore from "…"`
    Restore(TextLiteral),
    /// `copy to "…" [with backend NAME]`
    Copy {
        /// Where to.
        to: TextLiteral,
        /// What keeps the copy; absent for what keeps the pool.
        backend: Option<Name>,
    },
    /// `dump to "…"`
    Dump(TextLiteral),
    /// `load from "…"`
    Load(TextLiteral),
}
