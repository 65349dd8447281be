//! Rows that are known before any chunk is evaluated: listed keys, rankings.

use super::Answer;
use crate::exec::at::At;
use crate::index::{Container, Snapshot};
use crate::model::RowId;

/// These rows.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Fixed {
    chunks: Vec<Container>,
}

impl Fixed {
    /// The rows of these bitmaps, chunk by chunk; living ones only.
    pub(in crate::exec) fn new(chunks: Vec<Container>) -> Self {
        Self { chunks }
    }

    /// These rows, in any order, repeats allowed; living ones only.
    pub(in crate::exec) fn of_rows(mut rows: Vec<RowId>, snapshot: &Snapshot) -> Self {
        rows.sort_unstable();
        rows.dedup();
        let size = snapshot.size();
        let mut chunks = vec![Container::Empty; snapshot.n_chunks()];
        for group in rows.chunk_by(|a, b| size.chunk_of(*a) == size.chunk_of(*b)) {
            let chunk = size.chunk_of(group[0]);
            let positions: Vec<u16> = group.iter().map(|row| size.position_of(*row)).collect();
            chunks[chunk] = Container::from_sorted(&positions, snapshot.rows_in(chunk));
        }
        Self { chunks }
    }

    /// The rows of a chunk.
    pub(in crate::exec) fn answer(&self, at: &At<'_>) -> Answer<'_> {
        Answer::One(&self.chunks[at.chunk])
    }

    /// Bytes on the heap.
    pub(in crate::exec) fn bytes(&self) -> usize {
        let containers = self.chunks.len() * size_of::<Container>();
        containers + self.chunks.iter().map(Container::bytes).sum::<usize>()
    }
}
