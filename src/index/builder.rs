//! A pool's columns built from batches of rows, without a log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::apply::without;
use super::column_builder::ColumnBuilder;
use super::columns::Columns;
use super::resident::{KeysSlot, Loaded, LoadedKeys, Slot};
use super::{Alive, IndexError, IntKeys, Key, KeyData, KeyValues, Keys, Rows, Snapshot, Texts};
use crate::catalog::KeyType;
use crate::model::{AttributeId, ChunkSize, RowId, Type};
use crate::parallel::Executor;

/// Builds a whole pool: every batch's columns side by side, chunks sealed as they fill.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(super) size: ChunkSize,
    pub(super) n_rows: u32,
    keys: KeyBuilder,
    pub(super) columns: Vec<(AttributeId, Type, Mutex<ColumnBuilder>)>,
}

/// A row whose key an earlier row has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepeatedKey {
    /// The key.
    pub(crate) key: Key,
    /// The row that had it first, from 0 in the order of import.
    pub(crate) first: u64,
    /// The later row.
    pub(crate) row: u64,
}

impl Builder {
    /// A pool without rows; `None` as the key's type numbers the rows.
    pub(crate) fn new(
        size: ChunkSize,
        key: Option<KeyType>,
        attributes: &[(AttributeId, Type)],
    ) -> Self {
        let column =
            |(id, ty): &(AttributeId, Type)| (*id, *ty, Mutex::new(ColumnBuilder::new(*ty, size)));
        let columns = attributes.iter().map(column).collect();
        Self { size, n_rows: 0, keys: KeyBuilder::new(key), columns }
    }

    /// Adds a batch; attributes that it does not name are missing in its rows.
    ///
    /// # Errors
    ///
    /// `Mismatch` when the batch's keys or values are not of the pool's types or lengths;
    /// `TooManyRows`.
    pub(crate) fn push(&mut self, rows: &Rows, executor: &Executor) -> Result<(), IndexError> {
        rows.check()?;
        let n_rows = next_n_rows(self.n_rows, rows.len, self.size)?;
        self.keys.push(rows.keys.as_ref(), rows.len, self.size)?;
        let results = executor.map_heavy(self.columns.len(), |at| {
            let (id, _, column) = &self.columns[at];
            let data = rows.columns.iter().find(|(named, _)| named == id).map(|(_, data)| data);
            column.lock().unwrap_or_else(PoisonError::into_inner).push(data, rows.len)
        });
        self.n_rows = n_rows;
        results.into_iter().collect()
    }

    /// The rows' keys, which then are their numbers.
    pub(super) fn take_keys(&mut self) -> KeyValues {
        std::mem::replace(&mut self.keys, KeyBuilder::Numbers).finish()
    }

    /// The rows, whose keys are their numbers, as a batch.
    pub(crate) fn into_rows(self) -> Rows {
        let columns = self.columns.into_iter().map(|(id, _, column)| {
            let mut column = column.into_inner().unwrap_or_else(PoisonError::into_inner);
            column.seal_open();
            (id, column.into_data())
        });
        Rows { len: self.n_rows as usize, keys: None, columns: columns.collect() }
    }

    /// The pool.
    ///
    /// # Errors
    ///
    /// `DuplicateKey` names the first row whose key an earlier one has.
    pub(crate) fn finish(self, commit: u64, executor: &Executor) -> Result<Snapshot, IndexError> {
        let (snapshot, repeated) = self.finish_skipping(commit, executor)?;
        match repeated.into_iter().next() {
            None => Ok(snapshot),
            Some(RepeatedKey { key, first, row }) => {
                Err(IndexError::DuplicateKey { key, first, row })
            }
        }
    }

    /// The pool without the rows whose key an earlier one has, and those rows, ascending.
    ///
    /// # Errors
    ///
    /// `Mismatch`, when a batch was refused before.
    pub(crate) fn finish_skipping(
        self,
        commit: u64,
        executor: &Executor,
    ) -> Result<(Snapshot, Vec<RepeatedKey>), IndexError> {
        let mut alive = Arc::new(Alive::all(self.size, self.n_rows));
        let mut keys = Keys::new(Arc::clone(&alive), self.keys.finish());
        let repeated = keys.repeated(executor);
        if !repeated.is_empty() {
            let rows: Vec<RowId> = repeated.iter().map(|found| RowId(found.row as u32)).collect();
            alive = Arc::new(without(&alive, &rows));
            keys = Keys::new(Arc::clone(&alive), keys.values().clone());
            keys.index(executor)?;
        }
        let mut columns = Columns::default();
        for (id, ty, column) in self.columns {
            let column = column.into_inner().unwrap_or_else(PoisonError::into_inner);
            let column = Loaded::new(column.finish(&alive, executor)?);
            columns.insert(id, Slot::loaded(ty, column, commit));
        }
        let n_customers = alive.n_customers();
        let keys = KeysSlot::loaded(LoadedKeys::new(keys), commit);
        let (backing, tables) = (None, BTreeMap::new());
        Ok((Snapshot { commit, alive, n_customers, columns, keys, backing, tables }, repeated))
    }
}

/// The number of rows with some more, which must leave the last chunk unused: its row ids serve as
/// marks.
pub(super) fn next_n_rows(n_rows: u32, more: usize, size: ChunkSize) -> Result<u32, IndexError> {
    let most = u32::MAX - ChunkSize::FULL.rows().max(size.rows());
    let next = u32::try_from(more).ok().and_then(|more| n_rows.checked_add(more));
    next.filter(|next| *next <= most).ok_or(IndexError::TooManyRows)
}

/// Keys gathered chunk by chunk.
#[derive(Debug)]
enum KeyBuilder {
    Numbers,
    Int { open: Vec<i64>, sealed: Vec<Arc<IntKeys>> },
    Text { open: super::texts::TextBuffer, sealed: Vec<Arc<Texts>> },
}

impl KeyBuilder {
    fn new(key: Option<KeyType>) -> Self {
        match key {
            None => Self::Numbers,
            Some(KeyType::Int) => Self::Int { open: Vec::new(), sealed: Vec::new() },
            Some(KeyType::Text) => Self::Text { open: Default::default(), sealed: Vec::new() },
        }
    }

    fn push(
        &mut self,
        keys: Option<&KeyData>,
        n: usize,
        size: ChunkSize,
    ) -> Result<(), IndexError> {
        let rows = size.rows() as usize;
        match (self, keys) {
            (Self::Numbers, None) => Ok(()),
            (Self::Int { open, sealed }, Some(KeyData::Int(keys))) => {
                for key in keys {
                    open.push(*key);
                    if open.len() == rows {
                        sealed.push(Arc::new(IntKeys::from_values(open)));
                        open.clear();
                    }
                }
                Ok(())
            }
            (Self::Text { open, sealed }, Some(keys @ KeyData::Text { .. })) => {
                for index in 0..n {
                    open.push(keys.text(index));
                    if open.len() == rows {
                        sealed.push(Arc::new(std::mem::take(open).freeze()));
                    }
                }
                Ok(())
            }
            _ => Err(IndexError::Mismatch("its keys are of another type")),
        }
    }

    fn finish(self) -> KeyValues {
        match self {
            Self::Numbers => KeyValues::Numbers,
            Self::Int { open, mut sealed } => {
                if !open.is_empty() {
                    sealed.push(Arc::new(IntKeys::from_values(&open)));
                }
                KeyValues::Int(sealed)
            }
            Self::Text { open, mut sealed } => {
                if open.len() > 0 {
                    sealed.push(Arc::new(open.freeze()));
                }
                KeyValues::Text(sealed)
            }
        }
    }
}
