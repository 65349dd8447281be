//! Rows on their way in, column by column.

use crate::model::AttributeId;

/// A batch of customers: keys, and the values of some attributes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// How many.
    pub(crate) len: usize,
    /// Their keys; `None` in a pool whose keys are row numbers.
    pub(crate) keys: Option<KeyData>,
    /// Values by attribute, each of `len` rows.
    pub(crate) columns: Vec<(AttributeId, ColumnData)>,
}

/// Keys of a batch.
#[derive(Clone, Debug)]
pub(crate) enum KeyData {
    /// Whole numbers.
    Int(Vec<i64>),
    /// Texts, one after the other, and where each ends.
    Text {
        /// All bytes.
        bytes: String,
        /// Where each text ends.
        ends: Vec<usize>,
    },
}

/// Values of one column of a batch.
#[derive(Clone, Debug)]
pub(crate) enum ColumnData {
    /// Units of a scalar type; `None` where missing.
    Units(Vec<Option<i64>>),
    /// Texts, one after the other, and where each ends; a missing one is empty and not known.
    Text {
        /// All bytes.
        bytes: String,
        /// Where each text ends.
        ends: Vec<usize>,
        /// Whether each has a value.
        known: Vec<bool>,
    },
    /// Sets: all elements as texts, and how many of them each row has (repeats and any order
    /// allowed).
    Set {
        /// All bytes.
        bytes: String,
        /// Where each element ends.
        ends: Vec<usize>,
        /// Where each row's elements end in `ends`.
        row_ends: Vec<usize>,
    },
}
