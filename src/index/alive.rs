//! Which rows are customers.

use super::Container;
use crate::model::{ChunkSize, RowId};

/// The living rows of a pool, chunk by chunk; the others belonged to deleted customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alive {
    /// Rows of a chunk.
    pub(crate) size: ChunkSize,
    /// Rows, dead ones included.
    pub(crate) n_rows: u32,
    /// A bitmap a chunk.
    pub(crate) chunks: Vec<Container>,
}

impl Alive {
    /// `n_rows` rows, all alive.
    pub(crate) fn all(size: ChunkSize, n_rows: u32) -> Self {
        Self { size, n_rows, chunks: vec![Container::Full; size.n_chunks(n_rows)] }
    }

    /// Rows of a chunk, dead ones included.
    pub(crate) fn rows_in(&self, chunk: usize) -> u32 {
        self.size.rows_in(chunk, self.n_rows)
    }

    /// Whether a row is a customer.
    pub(crate) fn contains(&self, row: RowId) -> bool {
        row.0 < self.n_rows
            && self.chunks[self.size.chunk_of(row)].contains(self.size.position_of(row))
    }

    /// How many customers there are.
    pub(crate) fn n_customers(&self) -> u32 {
        let living = |(chunk, alive): (usize, &Container)| alive.len(self.rows_in(chunk));
        self.chunks.iter().enumerate().map(living).sum()
    }

    /// The rows of deleted customers, ascending.
    pub(crate) fn dead(&self) -> impl Iterator<Item = RowId> + '_ {
        self.chunks.iter().enumerate().flat_map(move |(chunk, alive)| {
            let dead = alive.flip(self.rows_in(chunk));
            let positions: Vec<u16> = dead.iter(self.rows_in(chunk)).collect();
            positions.into_iter().map(move |position| self.size.row(chunk, position))
        })
    }

    /// Those of the rows that are not among others of a pool of as many.
    pub(super) fn and_not(&self, others: &Self) -> Self {
        let mut left = self.clone();
        for (chunk, kept) in left.chunks.iter_mut().enumerate() {
            *kept = self.chunks[chunk].and_not(&others.chunks[chunk], self.rows_in(chunk));
        }
        left
    }

    /// The same rows in a pool of more: the new ones are dead yet.
    pub(crate) fn grown(&self, n_rows: u32) -> Self {
        let mut grown = Self { size: self.size, n_rows, chunks: self.chunks.clone() };
        if let Some(last) = self.chunks.len().checked_sub(1) {
            grown.chunks[last] = self.chunks[last].grown(self.rows_in(last), grown.rows_in(last));
        }
        grown.chunks.resize(self.size.n_chunks(n_rows), Container::Empty);
        grown
    }
}
