//! Derived attributes kept current.
//!
//! What a derived attribute is for one customer depends on that customer and their events alone. So
//! when little changed, the customers of whom something did are brought together in a small pool of
//! their own, in which the definitions are computed as they would be in the whole one; and what
//! comes of it differs from what was known is put in its place.

use std::collections::{BTreeMap, BTreeSet};

use super::due::{Crossed, Watch};
use super::events::{DeriveError, Deriving};
use crate::bind::{self, Derived};
use crate::exec::{Engine, ExecError};
use crate::index::{Dirty, Snapshot, Touched};
use crate::model::{AttributeId, Instant, RowId, TableId};
use crate::plan::{Rewrites, StatementTime};

/// Customers up to which, as a share of all, they are brought together rather than all computed.
const FEW: usize = 16;
/// Customers up to which that is always so.
const ALWAYS_FEW: usize = 256;

/// Brings derived attributes from one instant to another, after a commit or with nothing else
/// changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refresh<'a> {
    /// The pool, after the commit.
    pub(crate) watch: Watch<'a>,
    /// The instant for which the attributes are right, but for what the commit changed.
    pub(crate) from: Instant,
    /// The instant for which they shall be.
    pub(crate) to: Instant,
}

/// A snapshot whose derived attributes are current.
#[derive(Debug)]
pub(crate) struct Refreshed {
    /// The snapshot.
    pub(crate) snapshot: Snapshot,
    /// What of it must be written.
    pub(crate) dirty: Dirty,
}

/// What is to be computed.
#[derive(Debug, Default)]
struct Work<'a> {
    /// Attributes computed of some customers.
    some: Vec<&'a Derived>,
    /// Those.
    rows: Vec<RowId>,
    /// Attributes computed of everybody, none of them read by one of `some`.
    whole: Vec<&'a Derived>,
}

impl<'a> Refresh<'a> {
    /// The snapshot with every attribute current, after a commit that touched some customers.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, the budget does not suffice, a span reaches outside the years,
    /// arithmetic overflows for a customer, or the executor is interrupted.
    pub(crate) fn after(&self, touched: &Touched) -> Result<Refreshed, DeriveError> {
        let work = self.work(touched)?;
        let mut done = Refreshed { snapshot: self.watch.snapshot.clone(), dirty: Dirty::default() };
        if !work.rows.is_empty() {
            self.some(&work, &mut done)?;
        }
        for derived in work.whole {
            self.whole(derived, &mut done)?;
        }
        Ok(done)
    }

    /// The snapshot with attributes computed anew for everybody: those that are chosen, and those
    /// that read one of them.
    ///
    /// # Errors
    ///
    /// As [`after`](Self::after).
    pub(crate) fn anew(
        &self,
        choose: impl Fn(AttributeId) -> bool,
    ) -> Result<Refreshed, DeriveError> {
        let mut done = Refreshed { snapshot: self.watch.snapshot.clone(), dirty: Dirty::default() };
        let mut chosen = BTreeSet::new();
        for derived in self.watch.standing.attributes() {
            let id = derived.attribute.id;
            if choose(id) || derived.reads.iter().any(|read| chosen.contains(read)) {
                chosen.insert(id);
                self.whole(derived, &mut done)?;
            }
        }
        Ok(done)
    }

    fn work(&self, touched: &Touched) -> Result<Work<'a>, DeriveError> {
        let mut work = Work::default();
        let (mut partly, mut wholly) = (BTreeSet::new(), BTreeSet::new());
        for derived in self.watch.standing.attributes() {
            let id = derived.attribute.id;
            let reads = |ids: &BTreeSet<AttributeId>| derived.reads.iter().any(|r| ids.contains(r));
            let crossed = match self.from < self.to {
                true => self.watch.crossed(derived, self.from, self.to)?,
                false => Crossed::Some(Vec::new()),
            };
            let mut rows = match crossed {
                Crossed::Some(rows) if !reads(&wholly) => rows,
                _ => {
                    wholly.insert(id);
                    work.whole.push(derived);
                    continue;
                }
            };
            rows.extend(&touched.inserted);
            for (attributes, named) in &touched.named {
                if attributes.iter().any(|attribute| derived.reads.contains(attribute)) {
                    rows.extend(named);
                }
            }
            for table in &derived.tables {
                rows.extend(touched.events.get(table).iter().flat_map(|events| &events.customers));
            }
            if !rows.is_empty() || reads(&partly) {
                partly.insert(id);
                work.rows.append(&mut rows);
                work.some.push(derived);
            }
        }
        let n_customers = self.watch.snapshot.n_customers() as usize;
        work.rows = self.watch.snapshot.living(&work.rows);
        if work.rows.len() > ALWAYS_FEW.max(n_customers / FEW) {
            work.rows.clear();
            let all = self.watch.standing.attributes().iter();
            let is_due = |derived: &&Derived| {
                let id = derived.attribute.id;
                partly.contains(&id) || wholly.contains(&id)
            };
            (work.some, work.whole) = (Vec::new(), all.filter(is_due).collect());
        }
        Ok(work)
    }

    /// Computes attributes of some customers.
    fn some(&self, work: &Work<'_>, done: &mut Refreshed) -> Result<(), DeriveError> {
        let (watch, rows) = (self.watch, &work.rows);
        let (attributes, tables) = self.needs(&work.some);
        let _charge =
            watch.budget.charge(rows.len() * size_of::<RowId>()).map_err(ExecError::from)?;
        let mut few = watch.snapshot.picked(rows, &attributes, &tables, watch.executor)?;
        for derived in &work.some {
            let (id, ty) = (derived.attribute.id, derived.attribute.ty);
            let pieces = self.computed(derived, &few).map_err(|error| placed(error, rows))?;
            let mut at = 0;
            for (len, values) in &pieces {
                let rows = &rows[at..at + len];
                let (snapshot, dirty) =
                    done.snapshot.with_values(id, rows, values, watch.executor)?;
                done.snapshot = snapshot;
                if dirty != Default::default() {
                    let columns = [(id, dirty)].into();
                    done.dirty.merge(&Dirty { columns, ..Dirty::default() });
                }
                at += len;
            }
            few = few.with_column(id, ty, pieces, watch.executor)?.0;
        }
        Ok(())
    }

    /// Computes an attribute of everybody.
    fn whole(&self, derived: &Derived, done: &mut Refreshed) -> Result<(), DeriveError> {
        let (id, ty) = (derived.attribute.id, derived.attribute.ty);
        let pieces = self.computed(derived, &done.snapshot)?;
        let (snapshot, dirty) = done.snapshot.with_column(id, ty, pieces, self.watch.executor)?;
        done.snapshot = snapshot;
        done.dirty.merge(&dirty);
        Ok(())
    }

    fn computed(
        &self,
        derived: &Derived,
        snapshot: &Snapshot,
    ) -> Result<Vec<(usize, crate::index::ColumnData)>, DeriveError> {
        let time = StatementTime { now: self.to, zone: self.watch.zone.clone() };
        let deriving = Deriving {
            catalog: self.watch.catalog,
            snapshot,
            time: &time,
            executor: self.watch.executor,
            budget: self.watch.budget,
            engine: Engine::default(),
            rewrites: Rewrites::all(),
        };
        deriving.computed(derived)
    }

    /// The attributes and the properties that some definitions read, those that are computed before
    /// they are read apart.
    fn needs(&self, some: &[&Derived]) -> (Vec<AttributeId>, BTreeMap<TableId, Vec<AttributeId>>) {
        let (mut attributes, mut made) = (BTreeSet::new(), BTreeSet::new());
        let mut tables: BTreeMap<TableId, BTreeSet<AttributeId>> = BTreeMap::new();
        for derived in some {
            attributes.extend(derived.reads.iter().filter(|id| !made.contains(*id)));
            made.insert(derived.attribute.id);
            let mut note = |id: TableId, mut read: Vec<AttributeId>| {
                let Some(table) = self.watch.catalog.table_by_id(id) else { return };
                read.push(table.at());
                read.retain(|id| table.properties().by_id(*id).is_some());
                tables.entry(id).or_default().extend(read);
            };
            for asked in derived.aggregates.asked() {
                let mut read = bind::attributes(&asked.filter);
                asked.fold.argument.iter().for_each(|argument| argument.attributes(&mut read));
                note(asked.table, read);
            }
            for steps in derived.aggregates.sequences().iter().map(|sequence| &sequence.steps) {
                for step in steps {
                    let filters = [&step.filter, &step.beside];
                    note(step.table, filters.into_iter().flat_map(bind::attributes).collect());
                    for of in &step.of_steps {
                        note(steps[of.step].table, vec![of.property]);
                    }
                }
            }
        }
        let tables = tables.into_iter().map(|(id, read)| (id, read.into_iter().collect()));
        (attributes.into_iter().collect(), tables.collect())
    }
}

/// An error about one of some customers, told of that customer's row in the pool.
fn placed(error: DeriveError, rows: &[RowId]) -> DeriveError {
    match error {
        DeriveError::Exec(ExecError::Overflow { row, what }) => {
            let row = rows.get(row.0 as usize).copied().unwrap_or(row);
            ExecError::Overflow { row, what }.into()
        }
        other => other,
    }
}
