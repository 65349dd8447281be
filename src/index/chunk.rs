//! One column's values within one chunk.

use super::Container;

/// Forward values of a chunk: `value − base` at a fixed width, one a row, 0 where missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    /// Added to every packed value.
    pub(crate) base: i64,
    /// Bits a value, 0 to 64.
    pub(crate) width: u8,
    /// `⌈rows × width / 64⌉` words and one more, so that an unaligned read stays inside.
    pub(crate) words: Box<[u64]>,
}

/// A chunk of units (or dictionary codes): truth, statistics and index.
#[derive(Clone, Debug)]
pub(crate) struct UnitsChunk {
    /// Rows in the chunk.
    pub(crate) rows: u32,
    /// Rows that have a value.
    pub(crate) known: Container,
    /// How many.
    pub(crate) n_known: u32,
    /// The smallest known value; above `max` when none is known.
    pub(crate) min: i64,
    /// The largest known value.
    pub(crate) max: i64,
    /// The values, row by row; `base` is `min`.
    pub(crate) values: Packed,
    /// The index; derived from the values, never stored.
    pub(crate) index: UnitsIndex,
}

/// What answers range tests of a chunk.
#[derive(Clone, Debug)]
pub(crate) enum UnitsIndex {
    /// A bitmap for every value that occurs, ascending by value.
    PerValue(Vec<(i64, Container)>),
    /// Bit slices of `value − min`, least significant first, each `rows.div_ceil(64)` words, zero
    /// where missing; and bitmaps of the most frequent values, ascending by value.
    Slices {
        /// The slices.
        slices: Vec<Box<[u64]>>,
        /// Bitmaps of values that are common in the chunk.
        frequent: Vec<(i64, Container)>,
    },
    /// Nothing beyond the forward values: nearly unique text, found by posting lists.
    Forward,
}

/// A chunk of a set column.
#[derive(Clone, Debug)]
pub(crate) struct SetChunk {
    /// Rows in the chunk.
    pub(crate) rows: u32,
    /// A bitmap for every element that occurs, ascending by code.
    pub(crate) elements: Vec<(u32, Container)>,
    /// How many elements each row has; known for every living row.
    pub(crate) sizes: UnitsChunk,
    /// The elements' codes, row after row, ascending within a row.
    pub(crate) codes: Packed,
    /// Where each row's codes start in `codes`; one more than rows.
    pub(crate) starts: Box<[u32]>,
}
