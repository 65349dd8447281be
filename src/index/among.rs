//! A column read for one set of living rows, made to fit a later one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::edits::{ColumnEdit, Stage};
use super::{Alive, Column, Container};
use crate::model::RowId;
use crate::parallel::Executor;

impl Column {
    /// The column of the same stored values among the rows `alive`, from its form among `before`.
    ///
    /// Customers who went have no value, nor have those who came: in new rows, or in the rows
    /// `stale`, where others were. `None` when somebody lives for whom the value is not known.
    pub(super) fn among(
        &self,
        before: &Alive,
        alive: &Alive,
        stale: Option<&Alive>,
        executor: &Executor,
    ) -> Option<Self> {
        if alive.n_rows < before.n_rows {
            return None;
        }
        let grown = before.grown(alive.n_rows);
        let stale = stale.map(|stale| stale.grown(alive.n_rows));
        let mut kept = grown.clone();
        let (mut deleted, mut inserted) = (Vec::new(), Vec::new());
        for (chunk, kept) in kept.chunks.iter_mut().enumerate() {
            let n = alive.rows_in(chunk);
            let (old, new) = (&grown.chunks[chunk], &alive.chunks[chunk]);
            let stale = stale.as_ref().map_or(&Container::Empty, |stale| &stale.chunks[chunk]);
            *kept = old.and(new, n).and_not(stale, n);
            deleted.extend(rows(alive, chunk, &old.and_not(kept, n)));
            let came = new.and_not(kept, n);
            let unknown = came.and_not(stale, n);
            if rows(alive, chunk, &unknown).any(|row| row.0 < before.n_rows) {
                return None;
            }
            inserted.extend(rows(alive, chunk, &came));
        }
        let size = alive.size;
        let mut moved: BTreeSet<usize> =
            deleted.iter().chain(&inserted).map(|row| size.chunk_of(*row)).collect();
        if alive.n_rows > before.n_rows {
            moved.extend(before.chunks.len().checked_sub(1));
        }
        let stage = Stage {
            kept: Arc::new(kept),
            alive,
            n_rows_before: before.n_rows,
            moved,
            reused: BTreeSet::new(),
            deleted: &deleted,
            inserted,
            executor,
        };
        Some(stage.column(self, &ColumnEdit { edits: &[], data: Vec::new() }).0)
    }
}

fn rows(alive: &Alive, chunk: usize, rows: &Container) -> impl Iterator<Item = RowId> {
    let positions: Vec<u16> = rows.iter(alive.rows_in(chunk)).collect();
    let size = alive.size;
    positions.into_iter().map(move |position| size.row(chunk, position))
}
