//! The next snapshot, made of one snapshot and what a commit changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::changes::{Applied, Changes, Dirty, Touched};
use super::columns::Columns;
use super::edits::{ColumnEdit, Edit, Stage};
use super::resident::{KeysSlot, Loaded, LoadedKeys, Slot};
use super::targets::Targets;
use super::{
    Alive, Column, ColumnData, Container, Dictionary, IndexError, Keys, Rows, SetColumn, Snapshot,
    TextColumn, UnitsChunk, UnitsColumn,
};
use crate::model::{AttributeId, ChunkSize, RowId, Type};
use crate::parallel::Executor;

impl Snapshot {
    /// The snapshot after some changes; chunks that do not change are shared with this one.
    ///
    /// Columns that are not in memory are read only when they take a value.
    ///
    /// # Errors
    ///
    /// `Mismatch`, `NoColumn` and `NoSuchNumber` when the changes do not fit the pool;
    /// `TooManyRows`; what the store says when something must be read first.
    pub(crate) fn apply(
        &self,
        changes: &Changes,
        commit: u64,
        executor: &Executor,
    ) -> Result<Applied, IndexError> {
        let mut slots = self.slots_after(changes, commit, executor)?;
        check(&changes.upserted, &slots)?;
        let deleted = self.living(&changes.deleted);
        let mut kept = Arc::clone(&self.alive);
        if !deleted.is_empty() {
            kept = Arc::new(without(&kept, &deleted));
        }
        let keys = match changes.upserted[..] {
            [] => self.keys_in_memory(),
            _ => {
                self.load_keys(executor)?;
                self.keys.keys.get()
            }
        };
        let targets = match keys.map(|loaded| &*loaded.keys) {
            Some(keys) => Targets::find(&changes.upserted, keys, &kept)?,
            None => Targets { n_rows: self.n_rows(), ..Targets::default() },
        };
        let mut inserted: Vec<RowId> = targets.inserted.iter().map(|(row, _)| *row).collect();
        inserted.sort_unstable();
        if targets.n_rows > kept.n_rows {
            kept = Arc::new(kept.grown(targets.n_rows));
        }
        let alive = match inserted[..] {
            [] => Arc::clone(&kept),
            _ => Arc::new(with(&kept, &inserted)),
        };
        let (n_inserted, n_deleted) = (inserted.len() as u64, deleted.len() as u64);
        let named = |(rows, targets): (&Rows, &Vec<RowId>)| {
            (rows.columns.iter().map(|(id, _)| *id).collect(), targets.clone())
        };
        let mut touched = Touched {
            inserted: inserted.clone(),
            deleted: deleted.clone(),
            named: changes.upserted.iter().zip(&targets.rows).map(named).collect(),
            ..Touched::default()
        };
        let n_customers = self.n_customers - n_deleted as u32 + n_inserted as u32;
        let stage = self.stage(kept, &alive, &deleted, inserted, executor);
        let mut dirty = Dirty { alive: n_inserted + n_deleted > 0, ..Dirty::default() };
        self.edit_columns(&stage, changes, &targets, commit, &mut slots, &mut dirty)?;
        dirty.dropped = changes.dropped.iter().copied().collect();
        let keys = match keys {
            Some(loaded) if !stage.moved.is_empty() => {
                let keys = self.keys_after(&loaded.keys, &stage, &alive, &targets, &mut dirty)?;
                let (loaded, edited) = (loaded.changed(keys), !dirty.keys.is_empty());
                let mut slot =
                    KeysSlot::loaded(loaded, if edited { commit } else { self.keys.edited });
                if !edited {
                    slot.shelf = Arc::clone(&self.keys.shelf);
                }
                slot
            }
            Some(_) => self.keys.clone(),
            // Another thread may be reading them for the customers there were.
            None => KeysSlot { keys: OnceLock::new(), ..self.keys.clone() },
        };
        let mut snapshot = Self {
            commit,
            n_customers,
            alive,
            columns: slots,
            keys,
            backing: self.backing.clone(),
            tables: self.tables.clone(),
        };
        let (tables, events) = snapshot.tables_after(changes, &deleted, executor)?;
        (snapshot.tables, dirty.tables, touched.events) = (tables, events.dirty, events.touched);
        Ok(Applied {
            snapshot,
            dirty,
            n_inserted,
            n_updated: targets.n_updated,
            n_deleted,
            n_events: events.n_events,
            touched,
        })
    }

    /// The columns' places without those dropped, and with those added.
    fn slots_after(
        &self,
        changes: &Changes,
        commit: u64,
        executor: &Executor,
    ) -> Result<Columns, IndexError> {
        let mut slots = self.columns.clone();
        if !changes.deleted.is_empty() || changes.upserted.iter().any(|rows| rows.len > 0) {
            // Others may be customers afterwards: a column that is read for them is another.
            let has_unread = slots.values().any(|slot| slot.column.get().is_none());
            slots = if has_unread { slots.unshared() } else { slots };
        }
        for id in &changes.dropped {
            slots.remove(id).ok_or(IndexError::NoColumn(*id))?;
        }
        for (id, ty) in &changes.added {
            let column = Loaded::new(missing(*ty, &self.alive, executor));
            if slots.insert(*id, Slot::loaded(*ty, column, commit)).is_some() {
                return Err(IndexError::Mismatch("an attribute is added twice"));
            }
        }
        Ok(slots)
    }

    /// Those of the rows that are customers, ascending, each once.
    pub(crate) fn living(&self, rows: &[RowId]) -> Vec<RowId> {
        let mut living: Vec<RowId> =
            rows.iter().copied().filter(|row| self.alive.contains(*row)).collect();
        living.sort_unstable();
        living.dedup();
        living
    }

    fn stage<'a>(
        &self,
        kept: Arc<Alive>,
        alive: &'a Alive,
        deleted: &'a [RowId],
        inserted: Vec<RowId>,
        executor: &'a Executor,
    ) -> Stage<'a> {
        let (size, n_rows_before) = (self.size(), self.n_rows());
        let moved = deleted.iter().chain(&inserted).map(|row| size.chunk_of(*row)).collect();
        let reused = inserted.iter().filter(|row| row.0 < n_rows_before);
        let reused = reused.map(|row| size.chunk_of(*row)).collect();
        Stage { kept, alive, n_rows_before, moved, reused, deleted, inserted, executor }
    }

    fn edit_columns(
        &self,
        stage: &Stage<'_>,
        changes: &Changes,
        targets: &Targets<'_>,
        commit: u64,
        slots: &mut Columns,
        dirty: &mut Dirty,
    ) -> Result<(), IndexError> {
        let mut plan = EditPlan::new(&changes.upserted, &targets.rows);
        let ids: BTreeSet<AttributeId> = match stage.moved.is_empty() {
            // The others stay as they are, however many there are.
            true => changes.upserted.iter().flat_map(|rows| &rows.columns).map(|c| c.0).collect(),
            false => slots.keys().copied().collect(),
        };
        let named: Vec<(AttributeId, Vec<Option<&ColumnData>>)> =
            ids.into_iter().map(|id| (id, columns_of(&changes.upserted, id))).collect();
        named.iter().for_each(|(_, data)| plan.prepare(data));
        let (mut work, mut stale) = (Vec::new(), StaleRows::default());
        for (id, data) in named {
            let edit = ColumnEdit { edits: plan.edits(&data), data };
            let slot = slots.get(&id).ok_or(IndexError::NoColumn(id))?;
            if edit.edits.is_empty() && stage.moved.is_empty() {
                continue;
            }
            match self.loaded_for(id, slot, &edit, stage.executor)? {
                Some(loaded) => work.push((id, slot.clone(), loaded, edit)),
                None => stale.add(id, slots, stage, commit, dirty),
            }
        }
        let done = stage.executor.map_heavy(work.len(), |at| {
            let (_, _, loaded, edit) = &work[at];
            stage.column(&loaded.column, edit)
        });
        for ((id, before, loaded, _), (column, parts)) in work.into_iter().zip(done) {
            let is_edited = parts != Default::default();
            let edited = if is_edited { commit } else { before.edited };
            let mut slot = Slot::loaded(before.ty, loaded.changed(column), edited);
            if is_edited {
                dirty.columns.insert(id, parts);
            } else {
                (slot.shelf, slot.stale) = (before.shelf, before.stale);
            }
            slots.insert(id, slot);
        }
        Ok(())
    }

    /// The column that an edit is made to: read when it takes values; else only if it is in memory.
    fn loaded_for(
        &self,
        id: AttributeId,
        slot: &Slot,
        edit: &ColumnEdit<'_>,
        executor: &Executor,
    ) -> Result<Option<Loaded>, IndexError> {
        if let Some(loaded) = slot.column.get() {
            return Ok(Some(loaded.clone()));
        }
        if edit.edits.is_empty() {
            return Ok(slot.shelved(self.commit, &self.alive, executor));
        }
        self.column_by(id, executor, None)?;
        Ok(self.columns.get(&id).and_then(|slot| slot.column.get()).cloned())
    }

    /// The keys, if this snapshot or one before it has read them.
    fn keys_in_memory(&self) -> Option<&LoadedKeys> {
        if self.keys.keys.get().is_none() {
            let shelved = self.keys.shelved(self.commit, &self.alive)?;
            self.keys.keys.get_or_init(|| shelved);
        }
        self.keys.keys.get()
    }

    fn keys_after(
        &self,
        keys: &Keys,
        stage: &Stage<'_>,
        alive: &Arc<Alive>,
        targets: &Targets<'_>,
        dirty: &mut Dirty,
    ) -> Result<Keys, IndexError> {
        let size = self.size();
        let values = stage.keys(keys.values(), &targets.inserted);
        let changed: Vec<RowId> = targets.inserted.iter().map(|(row, _)| *row).collect();
        let changed_keys = keys.changed(Arc::clone(alive), values, &changed, stage.executor);
        if !keys.are_numbers() {
            dirty.keys = changed.iter().map(|row| size.chunk_of(*row)).collect();
        }
        if keys.is_indexed() {
            changed_keys.index(stage.executor)?;
        }
        Ok(changed_keys)
    }
}

/// The rows in which columns that are not in memory have no value, whatever the store holds. Most
/// such columns share one set of them, which is made once.
#[derive(Default)]
struct StaleRows {
    made: Vec<(Option<Arc<Alive>>, Arc<Alive>)>,
}

impl StaleRows {
    /// Notes in a column that is not in memory the dead rows that new customers took.
    fn add(
        &mut self,
        id: AttributeId,
        slots: &mut Columns,
        stage: &Stage<'_>,
        commit: u64,
        dirty: &mut Dirty,
    ) {
        let Some(slot) = slots.get_mut(&id).filter(|_| !stage.reused.is_empty()) else { return };
        slot.stale = Some(self.after(slot.stale.take(), stage));
        slot.edited = commit;
        dirty.columns.entry(id).or_default().chunks.extend(&stage.reused);
    }

    fn after(&mut self, before: Option<Arc<Alive>>, stage: &Stage<'_>) -> Arc<Alive> {
        let place = |rows: &Option<Arc<Alive>>| rows.as_ref().map(Arc::as_ptr);
        if let Some((_, after)) = self.made.iter().find(|(b, _)| place(b) == place(&before)) {
            return Arc::clone(after);
        }
        let none = || Alive { n_rows: 0, chunks: Vec::new(), size: stage.alive.size };
        let grown = before.as_deref().map_or_else(none, Alive::clone).grown(stage.alive.n_rows);
        let n_before = stage.n_rows_before;
        let reused: Vec<RowId> =
            stage.inserted.iter().copied().filter(|row| row.0 < n_before).collect();
        let after = Arc::new(with(&grown, &reused));
        self.made.push((before, Arc::clone(&after)));
        after
    }
}

/// The edits of each set of batches that has a column, sorted once.
struct EditPlan<'a> {
    batches: &'a [Rows],
    rows: &'a [Vec<RowId>],
    sorted: HashMap<Vec<bool>, Vec<Edit>>,
}

impl<'a> EditPlan<'a> {
    fn new(batches: &'a [Rows], rows: &'a [Vec<RowId>]) -> Self {
        Self { batches, rows, sorted: HashMap::new() }
    }

    fn prepare(&mut self, data: &[Option<&ColumnData>]) {
        let (batches, rows) = (self.batches, self.rows);
        let has = has_column(data);
        self.sorted.entry(has).or_insert_with_key(|has| {
            let mut edits = Vec::new();
            for (batch, _) in batches.iter().enumerate().filter(|(batch, _)| has[*batch]) {
                let edit = |(at, row): (usize, &RowId)| Edit {
                    row: *row,
                    batch: batch as u32,
                    at: at as u32,
                };
                edits.extend(rows[batch].iter().enumerate().map(edit));
            }
            last_of_each(edits)
        });
    }

    fn edits(&self, data: &[Option<&ColumnData>]) -> &[Edit] {
        self.sorted.get(&has_column(data)).map_or(&[], |edits| edits)
    }
}

/// The edits ascending by row; of several for one row the last.
fn last_of_each(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_unstable_by_key(|edit| (edit.row, edit.batch, edit.at));
    edits.dedup_by(|later, kept| {
        let same = later.row == kept.row;
        if same {
            *kept = *later;
        }
        same
    });
    edits
}

fn has_column(data: &[Option<&ColumnData>]) -> Vec<bool> {
    data.iter().map(Option::is_some).collect()
}

fn columns_of(batches: &[Rows], id: AttributeId) -> Vec<Option<&ColumnData>> {
    let column = |rows: &'_ Rows| rows.columns.iter().position(|(named, _)| *named == id);
    batches.iter().map(|rows| column(rows).map(|at| &rows.columns[at].1)).collect()
}

/// Whether every batch is whole and fits the columns' types.
fn check(batches: &[Rows], slots: &Columns) -> Result<(), IndexError> {
    for rows in batches {
        rows.check()?;
        for (id, data) in &rows.columns {
            let slot = slots.get(id).ok_or(IndexError::NoColumn(*id))?;
            if !data.is_of(slot.ty) {
                return Err(IndexError::Mismatch("a column's values are of another type"));
            }
        }
    }
    Ok(())
}

/// A column that nobody has a value of.
fn missing(ty: Type, alive: &Alive, executor: &Executor) -> Column {
    if !matches!(ty, Type::Text | Type::Set) {
        // Chunks of equal length are one.
        let mut chunks: Vec<Arc<UnitsChunk>> = Vec::with_capacity(alive.chunks.len());
        for chunk in 0..alive.chunks.len() {
            let rows = alive.rows_in(chunk);
            let last = chunks.last().filter(|last| last.rows == rows).cloned();
            chunks.push(last.unwrap_or_else(|| Arc::new(UnitsChunk::missing(rows))));
        }
        return Column::Units(UnitsColumn::new(ty, UnitsColumn::layout_of(ty), chunks));
    }
    let nothing = ColumnEdit { edits: &[], data: Vec::new() };
    let stage = Stage {
        kept: Arc::new(alive.clone()),
        alive,
        n_rows_before: 0,
        moved: BTreeSet::new(),
        reused: BTreeSet::new(),
        deleted: &[],
        inserted: Vec::new(),
        executor,
    };
    stage.column(&empty_column(ty, alive.size), &nothing).0
}

/// A column without rows.
fn empty_column(ty: Type, size: ChunkSize) -> Column {
    let dictionary = || Arc::new(Dictionary::empty());
    let layout = UnitsColumn::layout_of(ty);
    match ty {
        Type::Text => {
            let codes = UnitsColumn::new(Type::Int, layout, Vec::new());
            Column::Text(TextColumn::new(codes, dictionary(), size))
        }
        Type::Set => Column::Set(SetColumn::new(Vec::new(), dictionary())),
        _ => Column::Units(UnitsColumn::new(ty, layout, Vec::new())),
    }
}

/// The rows of a pool without some, ascending.
pub(super) fn without(alive: &Alive, rows: &[RowId]) -> Alive {
    changed(alive, rows, Container::and_not)
}

/// The rows of a pool with some more, ascending.
fn with(alive: &Alive, rows: &[RowId]) -> Alive {
    changed(alive, rows, Container::or)
}

fn changed(
    alive: &Alive,
    rows: &[RowId],
    change: impl Fn(&Container, &Container, u32) -> Container,
) -> Alive {
    let mut changed = alive.clone();
    let size = alive.size;
    for group in rows.chunk_by(|a, b| size.chunk_of(*a) == size.chunk_of(*b)) {
        let chunk = size.chunk_of(group[0]);
        let positions: Vec<u16> = group.iter().map(|row| size.position_of(*row)).collect();
        let n = alive.rows_in(chunk);
        changed.chunks[chunk] =
            change(&alive.chunks[chunk], &Container::from_sorted(&positions, n), n);
    }
    changed
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
