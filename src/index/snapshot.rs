//! One consistent view of a pool's data.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::{Alive, Column, Container, IndexError, KeyRef, KeyValues, Keys};
use crate::catalog::KeyType;
use crate::model::{AttributeId, ChunkSize, RowId, Type};
use crate::parallel::Executor;

/// Every customer and every column at one commit; never changes.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(super) commit: u64,
    pub(super) alive: Arc<Alive>,
    pub(super) n_customers: u32,
    pub(super) columns: BTreeMap<AttributeId, Slot>,
    pub(super) keys: OnceLock<Arc<Keys>>,
}

/// A column's place.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The attribute's type.
    pub(super) ty: Type,
    /// The column, once loaded.
    pub(super) column: OnceLock<Arc<Column>>,
}

impl Snapshot {
    /// The commit that made it.
    pub(crate) fn commit(&self) -> u64 {
        self.commit
    }

    /// Rows of a chunk.
    pub(crate) fn size(&self) -> ChunkSize {
        self.alive.size
    }

    /// Rows, those of deleted customers included.
    pub(crate) fn n_rows(&self) -> u32 {
        self.alive.n_rows
    }

    /// Chunks of every column.
    pub(crate) fn n_chunks(&self) -> usize {
        self.alive.chunks.len()
    }

    /// Rows of one chunk; the last may be partial.
    pub(crate) fn rows_in(&self, chunk: usize) -> u32 {
        self.alive.rows_in(chunk)
    }

    /// Customers.
    pub(crate) fn n_customers(&self) -> u32 {
        self.n_customers
    }

    /// The customers of one chunk.
    pub(crate) fn alive(&self, chunk: usize) -> &Container {
        &self.alive.chunks[chunk]
    }

    /// Whether a row is a customer.
    pub(crate) fn is_alive(&self, row: RowId) -> bool {
        self.alive.contains(row)
    }

    /// The attributes that have a column.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (AttributeId, Type)> + '_ {
        self.columns.iter().map(|(id, slot)| (*id, slot.ty))
    }
}

impl Snapshot {
    /// No customers and no attributes; the commit is 0.
    pub(crate) fn empty(size: ChunkSize, key: Option<KeyType>) -> Self {
        let alive = Arc::new(Alive::all(size, 0));
        let values = KeyValues::none(key);
        Self {
            commit: 0,
            n_customers: 0,
            columns: BTreeMap::new(),
            keys: OnceLock::from(Arc::new(Keys::new(Arc::clone(&alive), values))),
            alive,
        }
    }

    /// The column of an attribute, read from the store when it was not yet.
    ///
    /// # Errors
    ///
    /// When the attribute has no column, or the stored one cannot be read.
    pub(crate) fn column(&self, attribute: AttributeId) -> Result<&Arc<Column>, IndexError> {
        let slot = self.columns.get(&attribute).ok_or(IndexError::NoColumn(attribute))?;
        slot.column.get().ok_or(IndexError::NoColumn(attribute))
    }

    /// The column of an attribute, if it is in memory.
    pub(crate) fn loaded(&self, attribute: AttributeId) -> Option<&Arc<Column>> {
        self.columns.get(&attribute)?.column.get()
    }

    /// Reads columns from the store that are not in memory yet, on the executor's threads.
    ///
    /// # Errors
    ///
    /// When an attribute has no column, or a stored one cannot be read.
    pub(crate) fn load(
        &self,
        attributes: &[AttributeId],
        _executor: &Executor,
    ) -> Result<(), IndexError> {
        attributes.iter().try_for_each(|attribute| self.column(*attribute).map(drop))
    }

    /// The keys, read from the store when they were not yet.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read.
    pub(crate) fn keys(&self) -> Result<&Arc<Keys>, IndexError> {
        self.keys.get().ok_or(IndexError::Mismatch("no keys"))
    }

    /// The customer of a key.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read.
    pub(crate) fn row_of(&self, key: KeyRef<'_>) -> Result<Option<RowId>, IndexError> {
        Ok(self.keys()?.row_of(key))
    }
}
