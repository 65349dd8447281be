//! The five forms of a bitmap within one chunk.

/// A set of positions within a chunk of known size (`rows`, at most 65,536), in its smallest form.
///
/// `rows` is the number of rows the chunk has, which the last chunk's container needs to know what
/// full means; words past it are zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// No position.
    Empty,
    /// Every position below `rows`.
    Full,
    /// These positions, ascending, at most 4,096.
    Sparse(Box<[u16]>),
    /// Every position below `rows` but these, ascending, at most 4,096.
    Inverse(Box<[u16]>),
    /// One bit a position, `rows.div_ceil(64)` words.
    Dense(Box<[u64]>),
}
