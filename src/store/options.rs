//! How a pool is to be opened.

use super::kind::BackendKind;

/// How a pool is to be opened; by default for writing, and created if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreOptions {
    /// Whether it may be changed.
    pub(crate) access: Access,
    /// What happens when there is none.
    pub(crate) creation: Creation,
    /// What happens when the store holds less than was acknowledged.
    pub(crate) salvage: Salvage,
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

/// What happens when a store holds less than was acknowledged, and still a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Salvage {
    /// That is an error.
    #[default]
    Refuse,
    /// The pool is opened at the last commit that can be trusted; what follows is given up.
    GiveUp,
}
