//! Blocks of rows, and buffers for their values.

use super::number::Whole;

/// Rows evaluated at a time: a buffer of 128-bit units is 16 KiB then.
pub(in crate::exec) const BLOCK: usize = 1_024;

/// Neighbouring rows of one chunk.
#[derive(Clone, Copy, Debug)]
pub(in crate::exec) struct Block {
    /// The chunk.
    pub(in crate::exec) chunk: usize,
    /// The first row's position, a multiple of 64.
    pub(in crate::exec) start: usize,
    /// How many rows, at most [`BLOCK`].
    pub(in crate::exec) len: usize,
}

impl Block {
    /// The blocks of a chunk of `rows` rows.
    pub(in crate::exec) fn of(chunk: usize, rows: u32) -> impl Iterator<Item = Self> {
        let rows = rows as usize;
        (0..rows).step_by(BLOCK).map(move |start| Self {
            chunk,
            start,
            len: BLOCK.min(rows - start),
        })
    }

    /// The words that hold the block's bits in a chunk's bit set.
    pub(in crate::exec) fn words(self) -> std::ops::Range<usize> {
        self.start / 64..(self.start + self.len).div_ceil(64)
    }
}

/// Buffers of a block, reused.
#[derive(Debug)]
pub(in crate::exec) struct Vectors<T> {
    free: Vec<Vec<T>>,
    units: Vec<i64>,
}

impl<T> Default for Vectors<T> {
    fn default() -> Self {
        Self { free: Vec::new(), units: Vec::new() }
    }
}

impl<T> Vectors<T> {
    /// A buffer for a column's packed values.
    pub(super) fn units(&mut self, len: usize) -> &mut [i64] {
        self.units.resize(BLOCK, 0);
        &mut self.units[..len]
    }

    pub(super) fn give(&mut self, vector: Vec<T>) {
        self.free.push(vector);
    }
}

impl<T: Whole> Vectors<T> {
    pub(super) fn take(&mut self) -> Vec<T> {
        self.free.pop().unwrap_or_else(|| vec![T::ZERO; BLOCK])
    }
}
