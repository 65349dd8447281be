//! One consistent view of a pool's data.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::Columns;
use super::resident::{KeysSlot, Loaded, LoadedKeys, Slot};
use super::stored::Backing;
use super::{Alive, Column, Container, IndexError, KeyRef, KeyValues, Keys};
use crate::catalog::{Attribute, Catalog, EventTable, Extent, KeyType};
use crate::model::{AttributeId, ChunkSize, RowId, TableId, Type};
use crate::parallel::{Budget, Executor, Usage};
use crate::store::{Manifest, Store};

/// Every customer and every column at one commit; never changes. Clones share all data.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(super) commit: u64,
    pub(super) alive: Arc<Alive>,
    pub(super) n_customers: u32,
    pub(super) columns: Columns,
    pub(super) keys: KeysSlot,
    /// Where columns and keys that are not in memory lie.
    pub(super) backing: Option<Backing>,
    /// The pool's events, each table a snapshot of its own whose rows are events.
    pub(super) tables: BTreeMap<TableId, Events>,
}

/// The events of one table.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    /// The column of customers' row ids.
    pub(crate) link: AttributeId,
    /// The events: rows in the order of their arrival, numbered.
    pub(crate) snapshot: Arc<Snapshot>,
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

    /// The events of a table.
    ///
    /// # Errors
    ///
    /// `NoTable` when there is none.
    pub(crate) fn events(&self, table: TableId) -> Result<&Events, IndexError> {
        self.tables.get(&table).ok_or(IndexError::NoTable(table))
    }

    /// Every table of events.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (TableId, &Events)> + '_ {
        self.tables.iter().map(|(id, events)| (*id, events))
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
        let (columns, keys) = (Columns::default(), KeysSlot::loaded(LoadedKeys::new(keys), 0));
        let tables = BTreeMap::new();
        Self { commit: 0, alive, n_customers: 0, columns, keys, backing: None, tables }
    }

    /// What a manifest of the store says; columns and keys are read when first asked for, within a
    /// budget.
    ///
    /// # Errors
    ///
    /// When the living rows cannot be read, or are not as many as the manifest says.
    pub(crate) fn open_at(
        store: &Arc<Store>,
        manifest: Arc<Manifest>,
        catalog: &Catalog,
        budget: &Budget,
    ) -> Result<Self, IndexError> {
        let key = catalog.key().map(|key| key.ty);
        let backing = Backing::new(store, manifest, key, budget);
        let extents = backing.extents();
        let events = |table: &EventTable| {
            let extent = extents.iter().find(|extent| extent.table == table.id());
            let extent = extent.ok_or(IndexError::NoTable(table.id()))?;
            let snapshot = Self::backed(backing.of_table(extent), table.columns())?;
            Ok((table.id(), Events { link: table.link(), snapshot: Arc::new(snapshot) }))
        };
        let tables = catalog.tables().iter().map(events).collect::<Result<_, IndexError>>()?;
        let attribute = |attribute: &Attribute| (attribute.id, attribute.ty);
        let pool = Self::backed(backing.clone(), catalog.columns().map(attribute))?;
        Ok(Self { tables, ..pool })
    }

    /// What the store holds of customers, or of one table's events.
    fn backed(
        backing: Backing,
        columns: impl Iterator<Item = (AttributeId, Type)>,
    ) -> Result<Self, IndexError> {
        let (alive, commit) = (backing.alive()?, backing.manifest.state.commit);
        let n_customers = alive.n_customers();
        if n_customers != backing.rows.n_living {
            return Err(backing.miscounted());
        }
        let columns = columns.map(|(id, ty)| (id, Slot::unloaded(ty, commit))).collect();
        let (keys, backing) = (KeysSlot::unloaded(commit), Some(backing));
        Ok(Self { commit, alive, n_customers, columns, keys, backing, tables: BTreeMap::new() })
    }

    /// How many events each table holds: what the store keeps beside the definitions.
    pub(crate) fn extents(&self) -> Vec<Extent> {
        let extent = |(id, events): (&TableId, &Events)| Extent {
            table: *id,
            n_rows: events.snapshot.n_rows(),
            n_events: events.snapshot.n_customers(),
        };
        self.tables.iter().map(extent).collect()
    }

    /// The same data, now that the store holds it: what is not in memory is read from this
    /// manifest, and earlier versions may go.
    #[must_use]
    pub(crate) fn stored(
        mut self,
        store: &Arc<Store>,
        manifest: Arc<Manifest>,
        budget: &Budget,
    ) -> Self {
        let key = match self.keys.keys.get().map(|loaded| loaded.keys.values()) {
            Some(KeyValues::Numbers) => None,
            Some(KeyValues::Int(_)) => Some(KeyType::Int),
            Some(KeyValues::Text(_)) => Some(KeyType::Text),
            None => self.backing.as_ref().and_then(|backing| backing.key),
        };
        let backing = Backing::new(store, manifest, key, budget);
        let extents = if self.tables.is_empty() { Vec::new() } else { backing.extents() };
        for extent in &extents {
            // A table that came after the checkpoint has nothing in the store yet.
            if let Some(events) = self.tables.get_mut(&extent.table) {
                let backing = backing.of_table(extent);
                let snapshot = Self::clone(&events.snapshot).now_backed(backing);
                events.snapshot = Arc::new(snapshot);
            }
        }
        self.now_backed(backing)
    }

    fn now_backed(mut self, backing: Backing) -> Self {
        let saved = backing.manifest.state.commit;
        for slot in self.columns.values_mut().filter(|slot| slot.edited <= saved) {
            if slot.stale.take().is_some() {
                slot.shelf = Arc::default();
            }
        }
        self.backing = Some(backing);
        self
    }

    /// The same data, of which what is read from now on is charged to another budget.
    pub(crate) fn within(&mut self, budget: &Budget) {
        self.backing.iter_mut().for_each(|backing| backing.budget = budget.clone());
        for events in self.tables.values_mut() {
            Arc::make_mut(&mut events.snapshot).within(budget);
        }
    }

    /// The column of an attribute, read from the store on this thread when it was not yet.
    ///
    /// # Errors
    ///
    /// When the attribute has no column, or the stored one cannot be read.
    pub(crate) fn column(&self, attribute: AttributeId) -> Result<&Arc<Column>, IndexError> {
        self.column_by(attribute, &Executor::inline(), None)
    }

    /// Whether an attribute has a column.
    pub(crate) fn has_column(&self, attribute: AttributeId) -> bool {
        self.columns.contains_key(&attribute)
    }

    /// The keys, if they are in memory.
    pub(crate) fn loaded_keys(&self) -> Option<&Arc<Keys>> {
        self.keys.keys.get().map(|loaded| &loaded.keys)
    }

    /// The column of an attribute, if it is in memory.
    pub(crate) fn loaded(&self, attribute: AttributeId) -> Option<&Arc<Column>> {
        self.columns.get(&attribute)?.column.get().map(|loaded| &loaded.column)
    }

    /// Reads columns from the store that are not in memory yet, on the executor's threads and
    /// within a budget, and notes that all are used. To be called before evaluation, never by work
    /// that runs on these threads.
    ///
    /// # Errors
    ///
    /// When an attribute has no column, a stored one cannot be read, or the budget does not
    /// suffice.
    pub(crate) fn load(
        &self,
        attributes: &[AttributeId],
        executor: &Executor,
        budget: &Budget,
    ) -> Result<(), IndexError> {
        for id in attributes {
            self.column_by(*id, executor, Some(budget))?;
            let loaded = self.columns.get(id).and_then(|slot| slot.column.get());
            loaded.iter().for_each(|loaded| loaded.touch());
        }
        Ok(())
    }

    /// The keys, read from the store on this thread when they were not yet.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read.
    pub(crate) fn keys(&self) -> Result<&Arc<Keys>, IndexError> {
        self.keys_by(&Executor::inline(), None)
    }

    /// Reads the keys, and makes ready to find rows by key, on the executor's threads.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read, or two customers have one key.
    pub(crate) fn load_keys(&self, executor: &Executor) -> Result<&Arc<Keys>, IndexError> {
        let keys = self.keys_by(executor, None)?;
        keys.index(executor)?;
        Ok(keys)
    }

    /// Reads the keys within a budget, as [`load`](Self::load) does columns.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read, or the budget does not suffice.
    pub(crate) fn load_keys_within(
        &self,
        executor: &Executor,
        budget: &Budget,
    ) -> Result<(), IndexError> {
        self.keys_by(executor, Some(budget)).map(drop)
    }

    /// The customer of a key.
    ///
    /// # Errors
    ///
    /// When the stored keys cannot be read.
    pub(crate) fn row_of(&self, key: KeyRef<'_>) -> Result<Option<RowId>, IndexError> {
        Ok(self.keys()?.row_of(key))
    }

    /// No lock is held while a column is read: threads that ask at once may both read it, the first
    /// to end is kept. A lock would let a thread of the executor wait for work that waits for it.
    pub(super) fn column_by(
        &self,
        id: AttributeId,
        executor: &Executor,
        budget: Option<&Budget>,
    ) -> Result<&Arc<Column>, IndexError> {
        let slot = self.columns.get(&id).ok_or(IndexError::NoColumn(id))?;
        if let Some(loaded) = slot.column.get() {
            return Ok(&loaded.column);
        }
        let loaded = match slot.shelved(self.commit, &self.alive, executor) {
            Some(loaded) => loaded,
            None => self.read_column(id, slot, executor, budget)?,
        };
        Ok(&slot.column.get_or_init(|| loaded).column)
    }

    /// Reads a column from the store, leaves it for later snapshots, and charges for it. What the
    /// store holds of it is charged first, and made right once it is known what the column takes.
    fn read_column(
        &self,
        id: AttributeId,
        slot: &Slot,
        executor: &Executor,
        budget: Option<&Budget>,
    ) -> Result<Loaded, IndexError> {
        let backing = self.backing.as_ref().ok_or(IndexError::NoColumn(id))?;
        let budget = budget.unwrap_or(&backing.budget).of(Usage::Columns);
        let mut charge = budget.charge(backing.column_bytes(id))?;
        let column = self.stored_column(id, slot, executor)?;
        charge.resize(column.lasting_bytes())?;
        let loaded = Loaded::charged(column, charge.into_holding());
        loaded.touch();
        Ok(slot.shelve(self.commit, &self.alive, loaded))
    }

    /// A column as the store holds it, among this snapshot's customers.
    pub(super) fn stored_column(
        &self,
        id: AttributeId,
        slot: &Slot,
        executor: &Executor,
    ) -> Result<Column, IndexError> {
        let backing = self.backing.as_ref().ok_or(IndexError::NoColumn(id))?;
        let Some(stale) = &slot.stale else {
            return backing.column(id, slot.ty, &self.alive, executor);
        };
        let own = self.alive.and_not(&stale.grown(self.n_rows()));
        let column = backing.column(id, slot.ty, &own, executor)?;
        let wrong = IndexError::Mismatch("its rows do not fit those read");
        column.among(&own, &self.alive, Some(stale), executor).ok_or(wrong)
    }

    fn keys_by(
        &self,
        executor: &Executor,
        budget: Option<&Budget>,
    ) -> Result<&Arc<Keys>, IndexError> {
        if let Some(loaded) = self.keys.keys.get() {
            loaded.touch();
            return Ok(&loaded.keys);
        }
        let loaded = match self.keys.shelved(self.commit, &self.alive) {
            Some(loaded) => loaded,
            None => self.read_keys(executor, budget)?,
        };
        Ok(&self.keys.keys.get_or_init(|| loaded).keys)
    }

    fn read_keys(
        &self,
        executor: &Executor,
        budget: Option<&Budget>,
    ) -> Result<LoadedKeys, IndexError> {
        let backing = self.backing.as_ref().ok_or(IndexError::Mismatch("it has no keys"))?;
        let budget = budget.unwrap_or(&backing.budget).of(Usage::Keys);
        let mut charge = budget.charge(backing.keys_bytes())?;
        let keys = backing.keys(&self.alive, executor)?;
        charge.resize(keys.bytes())?;
        let loaded = LoadedKeys::charged(keys, charge.into_holding());
        loaded.touch();
        Ok(self.keys.shelve(self.commit, &self.alive, loaded))
    }
}
