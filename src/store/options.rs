//! How a pool is to be opened.

use super::kind::BackendKind;

/// How a pool is to be opened; by default for writing, and created if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreOptions {
    /// Whether it may be changed.
    pub(crate) access: Access,
    /// What happens when there is none.
    pub(crate) creation: Creation,
    /// What happens when the log is damaged.
    pub(crate) damaged_log: DamagedLog,
    /// What keeps the files of one that is created.
    pub(crate) backend: BackendKind,
}

/// Whether a pool may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    /// It may.
    #[default]
    ReadWrite,
    /// Its contents and commit number stay as they are; sled may still touch files of its own, and
    /// redb touches none.
    ReadOnly,
}

/// What happens when there is no pool at the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Creation {
    /// One is created, unless the pool was to be opened for reading.
    #[default]
    IfMissing,
    /// That is an error.
    Never,
}

/// What happens when a record of the log that was acknowledged is missing or damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DamagedLog {
    /// That is an error.
    #[default]
    Refuse,
    /// The pool is opened at the last commit before it; what follows is given up.
    CutOff,
}
