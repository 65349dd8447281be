//! What of a snapshot is in memory, what it takes, and what may be let go.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Alive, Column, Keys, Snapshot};
use crate::model::{AttributeId, Type};
use crate::parallel::{Budget, Executor, Holding, Usage};

/// A part of a snapshot that is in memory as a whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The customers' keys.
    Keys,
    /// An attribute's column.
    Column(AttributeId),
}

/// A part that is in memory and may be let go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident {
    /// Which.
    pub(crate) part: Part,
    /// What it takes.
    pub(crate) bytes: u64,
    /// When it was used last; see [`Holding::used`].
    pub(crate) used: u64,
}

/// A column's place.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The attribute's type.
    pub(super) ty: Type,
    /// The column, once loaded.
    pub(super) column: OnceLock<Loaded>,
    /// Shared with the snapshots before and after that differ only in who is a customer.
    pub(super) shelf: Arc<Shelf<(Arc<Alive>, Loaded)>>,
    /// Rows of new customers for whom the store may hold values of earlier ones: they have none.
    pub(super) stale: Option<Arc<Alive>>,
    /// The last commit that changed what must be stored.
    pub(super) edited: u64,
}

/// A column in memory.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) column: Arc<Column>,
    /// What it takes, the automaton apart.
    pub(super) bytes: usize,
    /// One for the column's whole stay in memory, whatever commits make of it.
    holding: Arc<Holding>,
}

/// The keys' place.
#[derive(Clone, Debug)]
pub(super) struct KeysSlot {
    /// The keys, once loaded.
    pub(super) keys: OnceLock<LoadedKeys>,
    /// Shared with the snapshots before and after that differ only in who was deleted.
    pub(super) shelf: Arc<Shelf<LoadedKeys>>,
    /// The last commit that changed what must be stored.
    pub(super) edited: u64,
}

/// Keys in memory.
#[derive(Clone, Debug)]
pub(super) struct LoadedKeys {
    pub(super) keys: Arc<Keys>,
    holding: Arc<Holding>,
}

/// Where a part that one snapshot reads from the store lies ready for the snapshots after it.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    state: Mutex<Shelved<T>>,
}

#[derive(Debug)]
enum Shelved<T> {
    Nothing,
    /// As a commit's snapshot has it.
    Ready(u64, T),
    /// The newest snapshot has the part, and so will those after it.
    Settled,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { state: Mutex::new(Shelved::Nothing) }
    }
}

impl<T: Clone> Shelf<T> {
    /// What lies here, of whichever snapshot.
    pub(super) fn get(&self) -> Option<T> {
        self.get_by(u64::MAX)
    }

    /// What a snapshot up to that of a commit left here: in a later one others may have taken rows.
    pub(super) fn get_by(&self, commit: u64) -> Option<T> {
        match &*self.state() {
            Shelved::Ready(of, part) if *of <= commit => Some(part.clone()),
            _ => None,
        }
    }

    /// Lays the part of a snapshot here, unless none is needed any more or a later snapshot's lies
    /// here; what that snapshot is to use, which is what lies here when that `fits` it.
    pub(super) fn put(&self, commit: u64, part: T, fits: impl Fn(&T) -> bool) -> T {
        let mut state = self.state();
        match &*state {
            Shelved::Settled => return part,
            Shelved::Ready(_, present) if fits(present) => return present.clone(),
            Shelved::Ready(other, _) if *other > commit => return part,
            Shelved::Ready(..) | Shelved::Nothing => {}
        }
        let before = std::mem::replace(&mut *state, Shelved::Ready(commit, part.clone()));
        // What was here is freed after the lock.
        drop(state);
        drop(before);
        part
    }

    fn settle(&self) {
        let mut state = self.state();
        let before = std::mem::replace(&mut *state, Shelved::Settled);
        drop(state);
        drop(before);
    }

    fn state(&self) -> MutexGuard<'_, Shelved<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loaded {
    /// A column that nothing was charged for yet.
    pub(super) fn new(column: Column) -> Self {
        let bytes = column.lasting_bytes();
        Self { column: Arc::new(column), bytes, holding: Arc::default() }
    }

    /// A column that was charged for.
    pub(super) fn charged(column: Column, holding: Holding) -> Self {
        Self { holding: Arc::new(holding), ..Self::new(column) }
    }

    /// Another form of the column, in its place.
    pub(super) fn changed(&self, column: Column) -> Self {
        let bytes = column.lasting_bytes_after(&self.column, self.bytes);
        Self { column: Arc::new(column), bytes, holding: Arc::clone(&self.holding) }
    }

    /// Notes that it is used.
    pub(super) fn touch(&self) {
        self.holding.touch();
    }

    fn total(&self) -> u64 {
        (self.bytes + self.column.automaton_bytes()) as u64
    }
}

impl LoadedKeys {
    /// Keys that nothing was charged for yet.
    pub(super) fn new(keys: Keys) -> Self {
        Self { keys: Arc::new(keys), holding: Arc::default() }
    }

    /// Keys that were charged for.
    pub(super) fn charged(keys: Keys, holding: Holding) -> Self {
        Self { keys: Arc::new(keys), holding: Arc::new(holding) }
    }

    /// Another form of the keys, in their place.
    pub(super) fn changed(&self, keys: Keys) -> Self {
        Self { keys: Arc::new(keys), holding: Arc::clone(&self.holding) }
    }

    /// Notes that they are used.
    pub(super) fn touch(&self) {
        self.holding.touch();
    }
}

impl Slot {
    /// A column that is not in memory, and in the store as of a commit.
    pub(super) fn unloaded(ty: Type, edited: u64) -> Self {
        let (column, shelf) = (OnceLock::new(), Arc::default());
        Self { ty, column, shelf, stale: None, edited }
    }

    /// A column that came to be in a commit.
    pub(super) fn loaded(ty: Type, column: Loaded, edited: u64) -> Self {
        let (column, shelf) = (OnceLock::from(column), Arc::default());
        Self { ty, column, shelf, stale: None, edited }
    }

    /// The column, when a snapshot before that of `commit` read it: made to fit the living rows.
    pub(super) fn shelved(
        &self,
        commit: u64,
        alive: &Arc<Alive>,
        executor: &Executor,
    ) -> Option<Loaded> {
        let (among, loaded) = self.shelf.get_by(commit)?;
        if Arc::ptr_eq(&among, alive) {
            return Some(loaded);
        }
        let stale = self.stale.as_deref();
        let column = loaded.column.among(&among, alive, stale, executor)?;
        Some(self.shelve(commit, alive, loaded.changed(column)))
    }

    /// Leaves the column for later snapshots; the one to use, which another thread may have left.
    pub(super) fn shelve(&self, commit: u64, alive: &Arc<Alive>, loaded: Loaded) -> Loaded {
        let fits = |(among, _): &(Arc<Alive>, Loaded)| Arc::ptr_eq(among, alive);
        self.shelf.put(commit, (Arc::clone(alive), loaded), fits).1
    }

    /// The column as it is in memory, for this snapshot or for one before it.
    fn resident(&self) -> Option<Loaded> {
        self.column.get().cloned().or_else(|| self.shelf.get().map(|(_, loaded)| loaded))
    }
}

impl KeysSlot {
    /// Keys that are not in memory, and in the store as of a commit.
    pub(super) fn unloaded(edited: u64) -> Self {
        Self { keys: OnceLock::new(), shelf: Arc::default(), edited }
    }

    /// Keys that a commit changed.
    pub(super) fn loaded(keys: LoadedKeys, edited: u64) -> Self {
        Self { keys: OnceLock::from(keys), shelf: Arc::default(), edited }
    }

    /// The keys, when a snapshot before that of `commit` read them: made to fit the living rows.
    pub(super) fn shelved(&self, commit: u64, alive: &Arc<Alive>) -> Option<LoadedKeys> {
        let loaded = self.shelf.get_by(commit)?;
        if loaded.keys.are_among(alive) {
            return Some(loaded);
        }
        Some(self.shelve(commit, alive, loaded.changed(loaded.keys.among(alive)?)))
    }

    /// Leaves the keys for later snapshots; those to use, which another thread may have left.
    pub(super) fn shelve(&self, commit: u64, alive: &Arc<Alive>, loaded: LoadedKeys) -> LoadedKeys {
        self.shelf.put(commit, loaded, |present| present.keys.are_among(alive))
    }

    fn resident(&self) -> Option<LoadedKeys> {
        self.keys.get().cloned().or_else(|| self.shelf.get())
    }
}

impl Snapshot {
    /// Charges what is in memory to a budget, whether or not it fits. To be called for the newest
    /// snapshot, which alone is charged.
    pub(crate) fn account(&self, budget: &Budget) {
        self.account_for(self.columns.values(), budget);
        self.tables.values().for_each(|events| events.snapshot.account(budget));
    }

    /// The same after a snapshot that was charged: of columns only what that one does not share.
    pub(crate) fn account_after(&self, before: &Self, budget: &Budget) {
        self.account_for(self.changed_since(before), budget);
        for (id, events) in &self.tables {
            match before.tables.get(id) {
                Some(other) => events.snapshot.account_after(&other.snapshot, budget),
                None => events.snapshot.account(budget),
            }
        }
    }

    #[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
    fn account_for<'s>(&self, slots: impl Iterator<Item = &'s Slot>, budget: &Budget) {
        let (columns, keys) = (budget.of(Usage::Columns), budget.of(Usage::Keys));
        for slot in slots {
            if let Some(loaded) = slot.resident() {
                loaded.holding.set(&columns, loaded.total());
            }
        }
        if let Some(loaded) = self.keys.resident() {
            loaded.holding.set(&keys, loaded.keys.bytes() as u64);
        }
    }

    /// Counts columns of this snapshot for nothing that the newest one does not share: whoever
    /// reads them holds them to the end.
    pub(crate) fn disown(&self, columns: &[AttributeId], newest: &Self) {
        let holding =
            |snapshot: &Self, id: &AttributeId| Some(snapshot.slot(*id)?.resident()?.holding);
        for id in columns {
            let Some(own) = holding(self, id) else { continue };
            if !holding(newest, id).is_some_and(|other| Arc::ptr_eq(&own, &other)) {
                own.release();
            }
        }
    }

    /// Makes the snapshots before this one keep nothing for those after it that has it.
    ///
    /// Columns that it shares with a snapshot before it are settled already, or not read yet.
    pub(crate) fn settle_after(&self, before: &Self) {
        let apart = self.columns.apart_from(&before.columns);
        let loaded = apart.filter(|(slot, _)| slot.column.get().is_some());
        loaded.for_each(|(slot, _)| slot.shelf.settle());
        if self.keys.keys.get().is_some() {
            self.keys.shelf.settle();
        }
        for (id, events) in &self.tables {
            if let Some(other) = before.tables.get(id) {
                events.snapshot.settle_after(&other.snapshot);
            }
        }
    }

    /// The places whose columns another snapshot does not have in memory.
    fn changed_since<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Slot> {
        let apart = self.columns.apart_from(&other.columns);
        let changed = apart.filter(|(slot, beside)| {
            let beside = beside.and_then(|beside| beside.column.get());
            match (slot.column.get(), beside) {
                (Some(own), Some(beside)) => !Arc::ptr_eq(&own.column, &beside.column),
                _ => true,
            }
        });
        changed.map(|(slot, _)| slot)
    }

    /// The place of a column, of customers or of events.
    fn slot(&self, id: AttributeId) -> Option<&Slot> {
        let own = self.columns.get(&id);
        own.or_else(|| self.tables.values().find_map(|events| events.snapshot.slot(id)))
    }

    /// What the columns and keys in memory take that another snapshot does not share.
    pub(crate) fn bytes_apart_from(&self, other: &Self) -> u64 {
        let columns = self.changed_since(other).filter_map(Slot::resident);
        let keys = self.keys.resident().map_or(0, |loaded| loaded.keys.bytes() as u64);
        let events = self.tables.iter().map(|(id, events)| match other.tables.get(id) {
            Some(other) => events.snapshot.bytes_apart_from(&other.snapshot),
            None => events.snapshot.resident_bytes(),
        });
        columns.map(|loaded| loaded.total()).sum::<u64>() + keys + events.sum::<u64>()
    }

    fn resident_bytes(&self) -> u64 {
        let columns = self.columns.values().filter_map(Slot::resident);
        let keys = self.keys.resident().map_or(0, |loaded| loaded.keys.bytes() as u64);
        columns.map(|loaded| loaded.total()).sum::<u64>() + keys
    }

    /// The parts in memory that the store holds as they are.
    pub(crate) fn evictable(&self) -> Vec<Resident> {
        let Some(stored) = self.manifest().map(|manifest| manifest.state.commit) else {
            return Vec::new();
        };
        let resident = |part, holding: &Holding| {
            let (bytes, used) = (holding.bytes(), holding.used());
            Resident { part, bytes, used }
        };
        let columns = self.columns.iter().filter(|(_, slot)| slot.edited <= stored);
        let columns = columns
            .filter_map(|(id, slot)| Some(resident(Part::Column(*id), &slot.resident()?.holding)));
        let keys = Some(&self.keys).filter(|keys| keys.edited <= stored);
        let keys = keys.and_then(KeysSlot::resident);
        let mut parts: Vec<Resident> =
            columns.chain(keys.map(|keys| resident(Part::Keys, &keys.holding))).collect();
        for events in self.tables.values() {
            // The numbers of events are no keys that could be let go.
            let theirs = events.snapshot.evictable().into_iter();
            parts.extend(theirs.filter(|resident| resident.part != Part::Keys));
        }
        parts
    }

    /// The same data with parts not in memory that [`evictable`](Self::evictable) names. They
    /// count for nothing from now on, although those who read an earlier snapshot still hold them.
    #[must_use]
    pub(crate) fn without(&self, parts: &[Part]) -> Self {
        let mut lighter = self.clone();
        for part in parts {
            match part {
                Part::Keys => {
                    self.keys.resident().iter().for_each(|keys| keys.holding.release());
                    lighter.keys = KeysSlot::unloaded(self.keys.edited);
                }
                Part::Column(id) => {
                    let Some(slot) = self.columns.get(id) else { continue };
                    slot.resident().iter().for_each(|loaded| loaded.holding.release());
                    lighter.columns.insert(*id, Slot::unloaded(slot.ty, slot.edited));
                }
            }
        }
        for events in lighter.tables.values_mut() {
            let theirs = |part: &Part| matches!(part, Part::Column(id) if events.snapshot.columns.contains_key(id));
            let parts: Vec<Part> = parts.iter().copied().filter(theirs).collect();
            if !parts.is_empty() {
                events.snapshot = Arc::new(events.snapshot.without(&parts));
            }
        }
        lighter
    }
}
