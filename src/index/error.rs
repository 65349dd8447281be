//! What can go wrong with columns and keys.

use super::Key;
use crate::model::AttributeId;

/// Why columns or keys could not be read, built or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// What the store keeps does not decode.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which part of the pool.
        what: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No column has the number.
    #[error("there is no column of attribute {}", .0.0)]
    NoColumn(AttributeId),
    /// A batch does not fit the pool: a caller's mistake.
    #[error("the batch does not fit the pool: {0}")]
    Mismatch(&'static str),
    /// Two rows of one import have the same key.
    #[error("the key `{key}` stands in row {first} and again in row {row}")]
    DuplicateKey {
        /// The key.
        key: Key,
        /// The row that had it first, from 0.
        first: u64,
        /// The later row, from 0.
        row: u64,
    },
    /// A row id is a `u32`.
    #[error("a pool holds at most 4,294,901,760 customers")]
    TooManyRows,
}
