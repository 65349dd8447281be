//! Identifiers, one newtype each.

use serde::{Deserialize, Serialize};

/// A customer's dense position in every column of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId(pub u32);

/// An attribute's number in its pool; never reused, so that stored chunks cannot change owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttributeId(pub u32);

/// An event table's number in its pool, from 1; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableId(pub u32);

/// How many consecutive rows make a chunk: a power of two from 64 to 65,536.
///
/// Pools use 65,536 (one roaring container); tests use 64, so that boundaries are cheap to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkSize {
    bits: u8,
}

impl ChunkSize {
    /// 65,536 rows: 8 KiB as a dense bit set, small enough for the first-level cache.
    pub const FULL: Self = Self { bits: 16 };
    /// 64 rows, for tests.
    #[cfg(test)]
    pub const TINY: Self = Self { bits: 6 };

    /// The size with `1 << bits` rows, or `None` outside 6..=16.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (6..=16).contains(&bits).then_some(Self { bits })
    }

    /// The base-2 logarithm of [`rows`](Self::rows).
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// Rows of a whole chunk.
    pub fn rows(self) -> u32 {
        1 << self.bits
    }

    /// 64-bit words of a whole chunk as a dense bit set.
    pub fn words(self) -> usize {
        (self.rows() / 64) as usize
    }

    /// The chunk that holds a row.
    pub fn chunk_of(self, row: RowId) -> usize {
        (row.0 >> self.bits) as usize
    }

    /// A row's position within its chunk.
    pub fn position_of(self, row: RowId) -> u16 {
        (row.0 & (self.rows() - 1)) as u16
    }

    /// The row at a position of a chunk.
    pub fn row(self, chunk: usize, position: u16) -> RowId {
        RowId(((chunk as u32) << self.bits) | u32::from(position))
    }

    /// Chunks needed for `n_rows` rows.
    pub fn n_chunks(self, n_rows: u32) -> usize {
        n_rows.div_ceil(self.rows()) as usize
    }

    /// Rows of chunk `chunk` in a pool of `n_rows` rows; the last chunk may be partial.
    pub fn rows_in(self, chunk: usize, n_rows: u32) -> u32 {
        n_rows.saturating_sub((chunk as u32) << self.bits).min(self.rows())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_chunks_convert_at_the_boundaries() {
        let size = ChunkSize::FULL;
        for (row, chunk, position) in [(0, 0, 0), (65_535, 0, 65_535), (65_536, 1, 0)] {
            assert_eq!(size.chunk_of(RowId(row)), chunk);
            assert_eq!(size.position_of(RowId(row)), position);
            assert_eq!(size.row(chunk, position), RowId(row));
        }
        assert_eq!(size.n_chunks(65_537), 2);
        assert_eq!(size.rows_in(1, 65_537), 1);
        assert_eq!(size.n_chunks(0), 0);
    }
}
