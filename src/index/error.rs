//! What can go wrong with columns and keys.

use super::Key;
use crate::model::{AttributeId, TableId};
use crate::parallel::OverBudget;
use crate::store::{Place, StoreError};

/// Why columns or keys could not be read, built or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// What the store keeps does not decode, although its checksum is right.
    #[error("the pool is damaged: {place}: {why}; restore it from a backup")]
    Damaged {
        /// Which part of the pool.
        place: Place,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No column has the number.
    #[error("there is no column of attribute {}", .0.0)]
    NoColumn(AttributeId),
    /// No event table has the number.
    #[error("there is no event table {}", .0.0)]
    NoTable(TableId),
    /// An event's customer is none.
    #[error("there is no customer `{0}`")]
    NoCustomer(Key),
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
    /// A pool whose keys are row numbers has no row of this number to change.
    #[error("there is no customer `{0}`; in this pool keys are row numbers and given by itself")]
    NoSuchNumber(i64),
    /// A row id is a `u32`.
    #[error("a pool holds at most 4,294,901,759 customers")]
    TooManyRows,
    /// What is to be read does not fit into the memory budget.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
