//! Which row each row of a batch means.

use std::collections::HashMap;

use super::builder::next_n_rows;
use super::{Alive, IndexError, KeyData, KeyRef, Keys, Rows};
use crate::model::RowId;

/// The rows that batches mean, and what they make of the pool.
#[derive(Debug, Default)]
pub(super) struct Targets<'a> {
    /// Batch by batch, the row of each of its rows.
    pub(super) rows: Vec<Vec<RowId>>,
    /// New customers: their rows and keys, in the order of arrival.
    pub(super) inserted: Vec<(RowId, KeyRef<'a>)>,
    /// How many customers were there already.
    pub(super) n_updated: u64,
    /// The pool's rows afterwards.
    pub(super) n_rows: u32,
}

impl<'a> Targets<'a> {
    /// Finds the rows of all batches: the customers with their keys, or else dead rows, or else
    /// new ones behind the last. Row numbers as keys are never given to another customer, so their
    /// dead rows stay dead.
    pub(super) fn find(
        batches: &'a [Rows],
        keys: &Keys,
        alive: &Alive,
    ) -> Result<Self, IndexError> {
        let mut finder = Finder {
            keys,
            alive,
            dead: (!keys.are_numbers()).then(|| alive.dead()),
            new: HashMap::new(),
            updated: Vec::new(),
            targets: Targets { n_rows: alive.n_rows, ..Targets::default() },
        };
        for batch in batches {
            let rows = (0..batch.len).map(|at| finder.row(batch.keys.as_ref(), at));
            let rows = rows.collect::<Result<Vec<RowId>, IndexError>>()?;
            finder.targets.rows.push(rows);
        }
        finder.updated.sort_unstable();
        finder.updated.dedup();
        finder.targets.n_updated = finder.updated.len() as u64;
        Ok(finder.targets)
    }
}

struct Finder<'a, 'b, Dead> {
    keys: &'b Keys,
    alive: &'b Alive,
    dead: Option<Dead>,
    new: HashMap<KeyRef<'a>, RowId>,
    /// Customers that were there, perhaps more than once.
    updated: Vec<RowId>,
    targets: Targets<'a>,
}

impl<'a, Dead: Iterator<Item = RowId>> Finder<'a, '_, Dead> {
    fn row(&mut self, keys: Option<&'a KeyData>, at: usize) -> Result<RowId, IndexError> {
        let Some(key) = keys.map(|keys| keys.key(at)) else { return self.numbered() };
        if let Some(row) = self.keys.row_of(key).filter(|row| self.alive.contains(*row)) {
            self.updated.push(row);
            return Ok(row);
        }
        if let Some(row) = self.new.get(&key) {
            return Ok(*row);
        }
        if let (true, KeyRef::Int(number)) = (self.keys.are_numbers(), key) {
            return Err(IndexError::NoSuchNumber(number));
        }
        let row = self.free()?;
        self.new.insert(key, row);
        self.targets.inserted.push((row, key));
        Ok(row)
    }

    fn numbered(&mut self) -> Result<RowId, IndexError> {
        if !self.keys.are_numbers() {
            return Err(IndexError::Mismatch("it has no keys"));
        }
        let row = self.free()?;
        self.targets.inserted.push((row, KeyRef::Int(i64::from(row.0) + 1)));
        Ok(row)
    }

    fn free(&mut self) -> Result<RowId, IndexError> {
        if let Some(row) = self.dead.as_mut().and_then(Iterator::next) {
            return Ok(row);
        }
        let row = RowId(self.targets.n_rows);
        self.targets.n_rows = next_n_rows(row.0, 1, self.alive.size)?;
        Ok(row)
    }
}
