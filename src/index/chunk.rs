//! One column's units within one chunk.

use super::container::words_of;
use super::{Container, Ordered, Packed, Stretch, kernel};

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
    /// A bitmap for every value that occurs.
    PerValue {
        /// The bitmaps, ascending by value.
        values: Vec<(i64, Container)>,
        /// Of numbers, for each of these the rows with any value before it; empty for codes.
        before: Vec<Container>,
    },
    /// The rows in the order of their values.
    Ordered(Ordered),
    /// Nothing beyond the forward values: nearly unique text, found by posting lists.
    Forward,
}

impl UnitsIndex {
    /// Bitmaps for codes.
    pub(super) fn per_value(values: Vec<(i64, Container)>) -> Self {
        Self::PerValue { values, before: Vec::new() }
    }

    /// A bitmap for each value that occurs, as a layout has them.
    pub(super) fn bitmaps(values: Vec<(i64, Container)>, rows: u32, layout: Layout) -> Self {
        match layout {
            Layout::Numbers => Self::per_number(values, rows),
            Layout::Codes | Layout::Forward => Self::per_value(values),
        }
    }

    /// Bitmaps for numbers, and for all that are less than each.
    pub(super) fn per_number(values: Vec<(i64, Container)>, rows: u32) -> Self {
        let mut words = vec![0; words_of(rows)];
        let before = values.iter().map(|(_, own)| {
            let before = Container::from_words(&words, rows);
            own.or_into(&mut words, rows);
            before
        });
        Self::PerValue { before: before.collect(), values }
    }
}

/// How a chunk is to be indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Dictionary codes and bools: a bitmap per value up to 256 of them, else the rows' order.
    Codes,
    /// Numbers and times: a bitmap per value when they are few, and per range; else the rows' order.
    Numbers,
    /// Nearly unique text: no index.
    Forward,
}

impl UnitsIndex {
    /// Asks the processor for what an answer begins with.
    pub(crate) fn prefetch(&self) {
        match self {
            Self::PerValue { values, .. } => {
                if let Some(value) = values.first() {
                    kernel::prefetch(value);
                }
            }
            Self::Ordered(ordered) => ordered.prefetch(),
            Self::Forward => {}
        }
    }
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
            index: UnitsIndex::per_value(Vec::new()),
        }
    }

    /// The value at a position; `None` when missing.
    #[inline]
    pub(crate) fn get(&self, position: u16) -> Option<i64> {
        self.known.contains(position).then(|| self.values.get(usize::from(position)))
    }

    /// Rows among which are all whose values lie between two, both in; an order says exactly which.
    pub(crate) fn within(&self, low: i64, high: i64) -> Container {
        match &self.index {
            UnitsIndex::Ordered(ordered) => {
                self.stretch(ordered, low, high).to_container(self.rows)
            }
            UnitsIndex::PerValue { .. } | UnitsIndex::Forward => self.known.clone(),
        }
    }

    /// The rows whose values lie between two, both in, by the chunk's own order.
    pub(crate) fn stretch<'a>(&'a self, ordered: &'a Ordered, low: i64, high: i64) -> Stretch<'a> {
        let to = ordered.upto(high, &self.values);
        let from = if low > high { to } else { ordered.below(low, &self.values) };
        Stretch::new(ordered, &self.known, from, to)
    }

    /// Bytes on the heap: of the truth, and of the index.
    pub(crate) fn bytes(&self) -> Bytes {
        let bitmaps = |values: &[(i64, Container)]| -> usize {
            values.iter().map(|(_, one)| one.bytes() + size_of::<(i64, Container)>()).sum()
        };
        let index = match &self.index {
            UnitsIndex::PerValue { values, before } => {
                bitmaps(values)
                    + before.iter().map(|one| one.bytes() + size_of::<Container>()).sum::<usize>()
            }
            UnitsIndex::Ordered(ordered) => ordered.bytes(),
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
    /// Bitmaps, orders of rows and posting lists.
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
