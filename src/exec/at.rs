//! Where evaluation stands: one chunk.

use crate::index::{Container, Snapshot};
use crate::model::{ChunkSize, RowId};

/// One chunk of a snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    /// The chunk's number.
    pub(super) chunk: usize,
    /// Its rows, dead ones included.
    pub(super) rows: u32,
    /// Its living rows.
    pub(super) alive: &'a Container,
    size: ChunkSize,
}

impl<'a> At<'a> {
    /// A chunk of a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot, chunk: usize) -> Self {
        let (rows, alive) = (snapshot.rows_in(chunk), snapshot.alive(chunk));
        Self { chunk, rows, alive, size: snapshot.size() }
    }

    /// The row at a position.
    pub(super) fn row(&self, position: u16) -> RowId {
        self.size.row(self.chunk, position)
    }

    /// Words of a bit set over the chunk.
    pub(super) fn n_words(&self) -> usize {
        self.rows.div_ceil(64) as usize
    }
}
