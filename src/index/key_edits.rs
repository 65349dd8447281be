//! Keys after a commit, chunk by chunk.

use std::collections::HashSet;
use std::sync::Arc;

use super::edits::Stage;
use super::{IntKeys, KeyRef, KeyValues, Texts};
use crate::model::RowId;

impl Stage<'_> {
    /// Keys by row after the commit.
    pub(super) fn keys(&self, values: &KeyValues, inserted: &[(RowId, KeyRef<'_>)]) -> KeyValues {
        let size = self.alive.size;
        let changed: HashSet<usize> = inserted.iter().map(|(row, _)| size.chunk_of(*row)).collect();
        let mut inserted = inserted.to_vec();
        inserted.sort_unstable_by_key(|(row, _)| *row);
        let of_chunk = |at: usize| {
            let from = inserted.partition_point(|(row, _)| size.chunk_of(*row) < at);
            let to = inserted.partition_point(|(row, _)| size.chunk_of(*row) <= at);
            &inserted[from..to]
        };
        let chunks = 0..self.alive.chunks.len();
        match values {
            KeyValues::Numbers => KeyValues::Numbers,
            KeyValues::Int(old) => KeyValues::Int(
                chunks
                    .map(|at| match old.get(at) {
                        Some(keys) if !changed.contains(&at) => Arc::clone(keys),
                        keys => Arc::new(self.int_keys(at, keys.map(|keys| &**keys), of_chunk(at))),
                    })
                    .collect(),
            ),
            KeyValues::Text(old) => KeyValues::Text(
                chunks
                    .map(|at| match old.get(at) {
                        Some(keys) if !changed.contains(&at) => Arc::clone(keys),
                        keys => {
                            Arc::new(self.text_keys(at, keys.map(|keys| &**keys), of_chunk(at)))
                        }
                    })
                    .collect(),
            ),
        }
    }

    fn int_keys(
        &self,
        at: usize,
        keys: Option<&IntKeys>,
        inserted: &[(RowId, KeyRef<'_>)],
    ) -> IntKeys {
        let rows = self.alive.rows_in(at) as usize;
        let mut numbers = vec![0; rows];
        if let Some(keys) = keys {
            keys.decode_into(&mut numbers[..self.rows_before(at)]);
        }
        for (row, key) in inserted {
            if let KeyRef::Int(number) = key {
                numbers[usize::from(self.alive.size.position_of(*row))] = *number;
            }
        }
        IntKeys::from_values(&numbers)
    }

    fn text_keys(
        &self,
        at: usize,
        keys: Option<&Texts>,
        inserted: &[(RowId, KeyRef<'_>)],
    ) -> Texts {
        let mut inserted = inserted.iter().peekable();
        let mut old = keys.map(Texts::iter).into_iter().flatten();
        let key = |position: u32| {
            let before = old.next();
            let new = inserted
                .next_if(|(row, _)| u32::from(self.alive.size.position_of(*row)) == position);
            match new {
                Some((_, KeyRef::Text(text))) => *text,
                _ => before.unwrap_or(""),
            }
        };
        (0..self.alive.rows_in(at)).map(key).collect()
    }

    /// Rows that a chunk had before the commit.
    fn rows_before(&self, at: usize) -> usize {
        self.alive.size.rows_in(at, self.n_rows_before) as usize
    }
}
