//! One consistent view of a pool's data.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::stored::Backing;
use super::{Alive, Bytes, Column, Container, IndexError, KeyRef, KeyValues, Keys};
use crate::catalog::{Attribute, Catalog, KeyType};
use crate::model::{AttributeId, ChunkSize, RowId, Type};
use crate::parallel::Executor;
use crate::store::{Manifest, Store};

/// Every customer and every column at one commit; never changes. Clones share all data.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(super) commit: u64,
    pub(super) alive: Arc<Alive>,
    pub(super) n_customers: u32,
    pub(super) columns: BTreeMap<AttributeId, Slot>,
    pub(super) keys: OnceLock<Arc<Keys>>,
    /// Where columns and keys that are not in memory lie.
    pub(super) backing: Option<Backing>,
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
    #[cfg(test)]
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
        let keys = Keys::new(Arc::clone(&alive), KeyValues::none(key));
        let (columns, keys) = (BTreeMap::new(), OnceLock::from(Arc::new(keys)));
        Self { commit: 0, alive, n_customers: 0, columns, keys, backing: None }
    }

    /// What the store's current manifest says; columns and keys are read when first asked for.
    ///
    /// # Errors
    ///
    /// When the living rows cannot be read, or are not as many as the manifest says.
    pub(crate) fn open(store: &Arc<Store>, catalog: &Catalog) -> Result<Self, IndexError> {
        Self::open_at(store, store.manifest(), catalog)
    }

    /// What a manifest of the store says, as [`open`](Self::open) does.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) fn open_at(
        store: &Arc<Store>,
        manifest: Arc<Manifest>,
        catalog: &Catalog,
    ) -> Result<Self, IndexError> {
        let store = Arc::clone(store);
        let backing = Backing { store, manifest, key: catalog.key().map(|key| key.ty) };
        let alive = backing.alive()?;
        let state = &backing.manifest.state;
        let (commit, n_customers) = (state.commit, alive.n_customers());
        if n_customers != state.n_customers {
            return Err(backing.miscounted());
        }
        let slot = |attribute: &Attribute| (attribute.id, Slot::unloaded(attribute.ty));
        let columns = catalog.attributes().iter().map(slot).collect();
        let backing = Some(backing);
        Ok(Self { commit, alive, n_customers, columns, keys: OnceLock::new(), backing })
    }

    /// The same data, now that the store holds it: what is not in memory is read from this
    /// manifest, and earlier versions may go.
    #[must_use]
    pub(crate) fn stored(mut self, store: &Arc<Store>, manifest: Arc<Manifest>) -> Self {
        let key = match self.keys.get().map(|keys| keys.values()) {
            Some(KeyValues::Numbers) => None,
            Some(KeyValues::Int(_)) => Some(KeyType::Int),
            Some(KeyValues::Text(_)) => Some(KeyType::Text),
            None => self.backing.as_ref().and_then(|backing| backing.key),
        };
        self.backing = Some(Backing { store: Arc::clone(store), manifest, key });
        self
    }

    /// The column of an attribute, read from the store on this thread when it was not yet.
    ///
    /// # Errors
    ///
    /// When the attribute has no column, or the stored one cannot be read.
    pub(crate) fn column(&self, attribute: AttributeId) -> Result<&Arc<Column>, IndexError> {
        self.column_by(attribute, &Executor::inline())
    }

    /// Whether the keys are in memory.
    pub(crate) fn are_keys_loaded(&self) -> bool {
        self.keys.get().is_some()
    }

    /// The column of an attribute, if it is in memory.
    pub(crate) fn loaded(&self, attribute: AttributeId) -> Option<&Arc<Column>> {
        self.columns.get(&attribute)?.column.get()
    }

    /// Reads columns from the store that are not in memory yet, on the executor's threads. To be
    /// called before evaluation, never by work that runs on these threads.
    ///
    /// # Errors
    ///
    /// When an attribute has no column, or a stored one cannot be read.
    pub(crate) fn load(
        &self,
        attributes: &[AttributeId],
        executor: &Executor,
    ) -> Result<(), IndexError> {
        attributes.iter().try_for_each(|id| self.column_by(*id, executor).map(drop))
    }

    /// The keys, read from the store on this thread when they were not yet.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read.
    pub(crate) fn keys(&self) -> Result<&Arc<Keys>, IndexError> {
        self.keys_by(&Executor::inline())
    }

    /// Reads the keys, and makes ready to find rows by key, on the executor's threads.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read, or two customers have one key.
    pub(crate) fn load_keys(&self, executor: &Executor) -> Result<&Arc<Keys>, IndexError> {
        let keys = self.keys_by(executor)?;
        keys.index(executor)?;
        Ok(keys)
    }

    /// The customer of a key.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read.
    pub(crate) fn row_of(&self, key: KeyRef<'_>) -> Result<Option<RowId>, IndexError> {
        Ok(self.keys()?.row_of(key))
    }

    /// Bytes in memory of the columns that are loaded.
    pub(crate) fn bytes(&self) -> Vec<(AttributeId, Bytes)> {
        let loaded = |(id, slot): (&AttributeId, &Slot)| Some((*id, slot.column.get()?.bytes()));
        self.columns.iter().filter_map(loaded).collect()
    }

    /// No lock is held while a column is read: threads that ask at once may both read it, the first
    /// to end is kept. A lock would let a thread of the executor wait for work that waits for it.
    pub(super) fn column_by(
        &self,
        id: AttributeId,
        executor: &Executor,
    ) -> Result<&Arc<Column>, IndexError> {
        let slot = self.columns.get(&id).ok_or(IndexError::NoColumn(id))?;
        if let Some(column) = slot.column.get() {
            return Ok(column);
        }
        let backing = self.backing.as_ref().ok_or(IndexError::NoColumn(id))?;
        let column = Arc::new(backing.column(id, slot.ty, &self.alive, executor)?);
        Ok(slot.column.get_or_init(|| column))
    }

    fn keys_by(&self, executor: &Executor) -> Result<&Arc<Keys>, IndexError> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let backing = self.backing.as_ref().ok_or(IndexError::Mismatch("it has no keys"))?;
        let keys = Arc::new(backing.keys(&self.alive, executor)?);
        Ok(self.keys.get_or_init(|| keys))
    }
}

impl Slot {
    /// A column that is not in memory.
    fn unloaded(ty: Type) -> Self {
        Self { ty, column: OnceLock::new() }
    }
}
