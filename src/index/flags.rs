//! Columns of bools as sets of rows: who is a member of a group.

use super::{Container, IndexError, Snapshot, Touched, UnitsColumn};
use crate::model::{AttributeId, RowId};
use crate::parallel::Executor;

impl Snapshot {
    /// The customers whose value of a bool is true, chunk by chunk.
    ///
    /// # Errors
    ///
    /// When the column has to be read, and cannot be.
    pub(crate) fn flagged(
        &self,
        id: AttributeId,
        executor: &Executor,
    ) -> Result<Vec<Container>, IndexError> {
        self.column_by(id, executor, None)?;
        let flags = self.flags(id)?;
        let flagged = |chunk: usize| {
            flags.chunks[chunk].flagged(true).and(self.alive(chunk), self.rows_in(chunk))
        };
        Ok(executor.map(self.n_chunks(), flagged))
    }

    /// Whether a customer's value of a bool in memory is true.
    ///
    /// # Errors
    ///
    /// When there is no such column.
    pub(crate) fn is_flagged(&self, id: AttributeId, row: RowId) -> Result<bool, IndexError> {
        let (chunk, position) = (self.size().chunk_of(row), self.size().position_of(row));
        let flags = self.flags(id)?;
        let value = flags.chunks.get(chunk).filter(|_| self.is_alive(row));
        Ok(value.is_some_and(|chunk| chunk.get(position) == Some(1)))
    }

    /// Whether a bool may be another for somebody than in a snapshot before, after a commit that
    /// touched some customers.
    pub(crate) fn may_differ(&self, before: &Self, id: AttributeId, touched: &Touched) -> bool {
        let (Some(own), Some(other)) = (self.columns.get(&id), before.columns.get(&id)) else {
            return true;
        };
        if !touched.deleted.is_empty() {
            return true;
        }
        match (own.column.get(), other.column.get()) {
            (Some(own), Some(other)) => !std::sync::Arc::ptr_eq(&own.column, &other.column),
            _ => own.edited != other.edited,
        }
    }

    /// The customers whose value of a bool is true and was not in a snapshot before, which may not
    /// have had it, and those of whom it was and is not; chunk by chunk of this snapshot's rows.
    ///
    /// # Errors
    ///
    /// When a column has to be read, and cannot be.
    pub(crate) fn flags_since(
        &self,
        before: &Self,
        id: AttributeId,
        executor: &Executor,
    ) -> Result<(Vec<Container>, Vec<Container>), IndexError> {
        if !before.columns.contains_key(&id) {
            return Ok((self.flagged(id, executor)?, vec![Container::Empty; self.n_chunks()]));
        }
        self.column_by(id, executor, None)?;
        before.column_by(id, executor, None)?;
        let (own, other) = (self.flags(id)?, before.flags(id)?);
        let pairs = executor.map(self.n_chunks(), |chunk| {
            let rows = self.rows_in(chunk);
            let is_same = other.chunks.get(chunk).is_some_and(|other| {
                std::sync::Arc::ptr_eq(other, &own.chunks[chunk])
                    && before.alive(chunk) == self.alive(chunk)
            });
            if is_same {
                return (Container::Empty, Container::Empty);
            }
            let now = own.chunks[chunk].flagged(true).and(self.alive(chunk), rows);
            let was = match other.chunks.get(chunk) {
                Some(other) => {
                    let n_before = before.rows_in(chunk);
                    let was = other.flagged(true).and(before.alive(chunk), n_before);
                    was.grown(n_before, rows)
                }
                None => Container::Empty,
            };
            (now.and_not(&was, rows), was.and_not(&now, rows))
        });
        Ok(pairs.into_iter().unzip())
    }

    fn flags(&self, id: AttributeId) -> Result<&UnitsColumn, IndexError> {
        let units = self.column(id)?.units();
        units.ok_or(IndexError::Mismatch("a column of another type than bool"))
    }
}
