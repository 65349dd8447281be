//! One column's units within one chunk.

use std::sync::Arc;

use super::container::words_of;
use super::{Container, Packed, kernel};

/// A chunk of units (or dictionary codes): truth, statistics and index.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The values, row by row; `base` is `min` (0 when none is known).
    pub(crate) values: Packed,
    /// The index; derived from the values, never stored.
    pub(crate) index: UnitsIndex,
}

/// What answers range tests of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnitsIndex {
    /// A bitmap for every value that occurs, ascending by value.
    PerValue(Vec<(i64, Container)>),
    /// Bit slices of `value − min`, least significant first, each `rows.div_ceil(64)` words, zero
    /// where missing; and bitmaps of the most frequent values, ascending by value.
    Slices {
        /// The slices, `values.width` of them.
        slices: Vec<Arc<[u64]>>,
        /// Bitmaps of values that are common in the chunk.
        frequent: Vec<(i64, Container)>,
    },
    /// Nothing beyond the forward values: nearly unique text, found by posting lists.
    Forward,
}

/// How a chunk is to be indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Dictionary codes and bools: a bitmap per value up to 256 of them, else slices and bitmaps
    /// of the frequent ones.
    Codes,
    /// Numbers and times: a bitmap per value when they are few, else slices.
    Numbers,
    /// Nearly unique text: no index.
    Forward,
}

impl UnitsChunk {
    /// A chunk without any value.
    pub(crate) fn missing(rows: u32) -> Self {
        Self {
            rows,
            known: Container::Empty,
            n_known: 0,
            min: i64::MAX,
            max: i64::MIN,
            values: Packed::mostly_base(rows as usize, 0, 0, std::iter::empty()),
            index: UnitsIndex::PerValue(Vec::new()),
        }
    }

    /// The value at a position; `None` when missing.
    #[inline]
    pub(crate) fn get(&self, position: u16) -> Option<i64> {
        self.known.contains(position).then(|| self.values.get(usize::from(position)))
    }

    /// Rows among which are all whose values lie between two, both in; slices say exactly which.
    pub(crate) fn within(&self, low: i64, high: i64) -> Container {
        let UnitsIndex::Slices { slices, .. } = &self.index else { return self.known.clone() };
        if self.n_known == 0 || low > high || self.max < low || self.min > high {
            return Container::Empty;
        }
        let offset = |value: i64| value.wrapping_sub(self.min) as u64;
        let low = (low > self.min).then(|| offset(low));
        let high = (high < self.max).then(|| offset(high));
        let mut words = vec![0; words_of(self.rows)];
        kernel::between(slices, low, high, &mut words);
        self.known.and_into(&mut words, self.rows);
        Container::from_words(&words, self.rows)
    }

    /// Bytes on the heap: of the truth, and of the index.
    pub(crate) fn bytes(&self) -> Bytes {
        let bitmaps = |values: &[(i64, Container)]| -> usize {
            values.iter().map(|(_, one)| one.bytes() + size_of::<(i64, Container)>()).sum()
        };
        let index = match &self.index {
            UnitsIndex::PerValue(values) => bitmaps(values),
            UnitsIndex::Slices { slices, frequent } => {
                slices.iter().map(|slice| slice.len() * 8).sum::<usize>() + bitmaps(frequent)
            }
            UnitsIndex::Forward => 0,
        };
        Bytes { forward: self.known.bytes() + self.values.bytes(), index, dictionary: 0 }
    }
}

/// What a column or a chunk of it takes in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes {
    /// Which rows have a value, and the values, row by row.
    pub(crate) forward: usize,
    /// Bitmaps, slices and posting lists.
    pub(crate) index: usize,
    /// Texts.
    pub(crate) dictionary: usize,
}

impl Bytes {
    /// Everything together.
    pub(crate) fn total(self) -> usize {
        self.forward + self.index + self.dictionary
    }
}

impl std::ops::Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            forward: self.forward + other.forward,
            index: self.index + other.index,
            dictionary: self.dictionary + other.dictionary,
        }
    }
}

impl std::iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |all, part| all + part)
    }
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
