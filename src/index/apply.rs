//! The next snapshot, made of one snapshot and what a commit changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::changes::{Applied, Changes, Dirty};
use super::edits::{ColumnEdit, Edit, Stage};
use super::snapshot::Slot;
use super::targets::Targets;
use super::{
    Alive, Column, ColumnData, Container, Dictionary, IndexError, Keys, Rows, SetColumn, Snapshot,
    TextColumn, UnitsColumn,
};
use crate::model::{AttributeId, ChunkSize, RowId, Type};
use crate::parallel::Executor;

impl Snapshot {
    /// The snapshot after some changes; chunks that do not change are shared with this one.
    ///
    /// Columns that are not in memory are read only when they take a value, or when a new customer
    /// takes the row of a deleted one.
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
        let mut slots = self.slots_after(changes, executor)?;
        check(&changes.upserted, &slots)?;
        let deleted = self.living(&changes.deleted);
        let mut kept = Arc::clone(&self.alive);
        if !deleted.is_empty() {
            kept = Arc::new(without(&kept, &deleted));
        }
        let keys = match changes.upserted[..] {
            [] => self.keys.get(),
            _ => Some(self.load_keys(executor)?),
        };
        let targets = match keys {
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
        let n_customers = self.n_customers - n_deleted as u32 + n_inserted as u32;
        let stage = self.stage(kept, &alive, &deleted, inserted, executor);
        let mut dirty = Dirty { alive: n_inserted + n_deleted > 0, ..Dirty::default() };
        self.edit_columns(&stage, changes, &targets, &mut slots, &mut dirty)?;
        dirty.dropped = changes.dropped.iter().copied().collect();
        let keys = keys.map(|keys| match stage.moved.is_empty() {
            true => Ok(Arc::clone(keys)),
            false => self.keys_after(keys, &stage, &alive, &targets, &mut dirty),
        });
        let snapshot = Self {
            commit,
            n_customers,
            alive,
            columns: slots,
            keys: keys.transpose()?.map_or_else(OnceLock::new, OnceLock::from),
            backing: self.backing.clone(),
        };
        Ok(Applied { snapshot, dirty, n_inserted, n_updated: targets.n_updated, n_deleted })
    }

    /// The columns' places without those dropped, and with those added.
    fn slots_after(
        &self,
        changes: &Changes,
        executor: &Executor,
    ) -> Result<BTreeMap<AttributeId, Slot>, IndexError> {
        let mut slots = self.columns.clone();
        for id in &changes.dropped {
            slots.remove(id).ok_or(IndexError::NoColumn(*id))?;
        }
        for (id, ty) in &changes.added {
            let column = OnceLock::from(Arc::new(missing(*ty, &self.alive, executor)));
            if slots.insert(*id, Slot { ty: *ty, column }).is_some() {
                return Err(IndexError::Mismatch("an attribute is added twice"));
            }
        }
        Ok(slots)
    }

    /// Those of the rows that are customers, ascending, each once.
    fn living(&self, rows: &[RowId]) -> Vec<RowId> {
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
        slots: &mut BTreeMap<AttributeId, Slot>,
        dirty: &mut Dirty,
    ) -> Result<(), IndexError> {
        let mut plan = EditPlan::new(&changes.upserted, &targets.rows);
        let named: Vec<(AttributeId, Vec<Option<&ColumnData>>)> =
            slots.keys().map(|id| (*id, columns_of(&changes.upserted, *id))).collect();
        named.iter().for_each(|(_, data)| plan.prepare(data));
        let mut work = Vec::new();
        for (id, data) in named {
            let edit = ColumnEdit { edits: plan.edits(&data), data };
            let slot = &slots[&id];
            let is_needed = !edit.edits.is_empty() || !stage.reused.is_empty();
            if is_needed && slot.column.get().is_none() {
                let column = Arc::clone(self.column_by(id, stage.executor)?);
                slot.column.get_or_init(|| column);
            }
            if !edit.edits.is_empty() || !stage.moved.is_empty() {
                work.extend(
                    slot.column.get().map(|column| (id, slot.ty, Arc::clone(column), edit)),
                );
            }
        }
        let done = stage.executor.map_heavy(work.len(), |at| {
            let (_, _, column, edit) = &work[at];
            stage.column(column, edit)
        });
        for ((id, ty, ..), (column, parts)) in work.into_iter().zip(done) {
            slots.insert(id, Slot { ty, column: OnceLock::from(Arc::new(column)) });
            if parts != Default::default() {
                dirty.columns.insert(id, parts);
            }
        }
        Ok(())
    }

    fn keys_after(
        &self,
        keys: &Keys,
        stage: &Stage<'_>,
        alive: &Arc<Alive>,
        targets: &Targets<'_>,
        dirty: &mut Dirty,
    ) -> Result<Arc<Keys>, IndexError> {
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
        Ok(Arc::new(changed_keys))
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
fn check(batches: &[Rows], slots: &BTreeMap<AttributeId, Slot>) -> Result<(), IndexError> {
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
