//! Derived attributes kept current.
//!
//! What a derived attribute is for one customer depends on that customer and their events alone. So
//! when little changed, the customers of whom something did are brought together in a small pool of
//! their own, in which the definitions are computed as they would be in the whole one; and what
//! comes of it differs from what was known is put in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::decide::Phase;
use super::due::{Crossed, Watch};
use super::events::{CutOffs, DeriveError, Deriving};
use super::rankings::Rankings;
use crate::bind::{self, Computed, Derived};
use crate::exec::{Engine, ExecError, MemberSet};
use crate::index::{ColumnData, Dirty, Snapshot, Touched};
use crate::model::{AttributeId, Instant, RowId, TableId};
use crate::parallel::Executor;
use crate::plan::{Rewrites, StatementTime};

/// Customers up to which, as a share of all, they are brought together rather than all computed.
const FEW: usize = 16;
/// Customers up to which that is always so.
const ALWAYS_FEW: usize = 256;
/// Customers up to which one thread does it.
const ALONE: usize = 1_024;

/// Brings derived attributes from one instant to another, after a commit or with nothing else
/// changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refresh<'a> {
    /// The pool, after the commit.
    pub(crate) watch: Watch<'a>,
    /// The pool before the commit, where there was one.
    pub(crate) before: Option<&'a Snapshot>,
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
    /// Those of whom attributes were computed, as if a commit had named them.
    pub(crate) computed: Touched,
    /// The attributes that were computed of everybody.
    pub(crate) whole: Vec<AttributeId>,
    /// All that was turned of columns of bools that were decided customer by customer.
    pub(crate) turned: BTreeMap<AttributeId, Vec<(RowId, bool)>>,
    /// The rankings of the snapshot's definitions.
    pub(crate) rankings: Rankings,
}

impl Refreshed {
    pub(super) fn of(watch: &Watch<'_>) -> Self {
        let (dirty, computed, whole, turned) = Default::default();
        let (snapshot, rankings) = (watch.snapshot.clone(), watch.rankings.clone());
        Self { snapshot, dirty, computed, whole, turned, rankings }
    }

    /// Those of whom attributes may have changed since.
    pub(crate) fn after(&mut self, earlier: Self) {
        self.dirty.merge(&earlier.dirty);
        self.computed.named.extend(earlier.computed.named);
        self.whole.extend(earlier.whole);
        self.turned = earlier.turned;
        let whole = &self.whole;
        self.turned.retain(|id, _| !whole.contains(id));
    }
}

/// What is to be computed.
#[derive(Debug, Default)]
struct Work<'a> {
    /// Attributes computed of some customers, and of which, ascending.
    some: Vec<(&'a Derived, Vec<RowId>)>,
    /// All of these, ascending.
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
        let mut done = Refreshed::of(&self.watch);
        if self.from >= self.to && touched.is_empty() {
            return Ok(done);
        }
        let is_defined = |id| self.watch.standing.of(id).is_some();
        done.rankings.retain(is_defined);
        let was = self.before.unwrap_or(self.watch.snapshot);
        self.end(|_, end| self.from < end && end <= self.to, &mut done)?;
        self.phase(Phase::Before, touched, was, &mut done)?;
        if !self.watch.deciders().is_empty() {
            self.together(touched, &mut done)?;
        }
        self.phase(Phase::After, touched, was, &mut done)?;
        Ok(done)
    }

    /// Computes the definitions of a phase, on top of what is done already.
    fn phase(
        &self,
        phase: Phase,
        touched: &Touched,
        was: &Snapshot,
        done: &mut Refreshed,
    ) -> Result<(), DeriveError> {
        let all: Vec<&Derived> = self.of_phase(phase).collect();
        for some in all.chunk_by(|a, b| !a.keeps_rankings() && !b.keeps_rankings()) {
            let between = done.snapshot.clone();
            let next = Refresh { watch: Watch { snapshot: &between, ..self.watch }, ..*self };
            match some {
                [derived] if derived.keeps_rankings() && self.watch.is_part => {
                    let rows = match next.rows_of(derived, touched, done)? {
                        Some(rows) => done.snapshot.living(&rows),
                        None => (0..done.snapshot.n_rows()).map(RowId).collect(),
                    };
                    next.some_of(derived, rows, done)?;
                }
                [derived] if derived.keeps_rankings() => {
                    next.graded(derived, touched, was, done)?;
                }
                _ => next.some_and_whole(some, touched, done)?,
            }
        }
        Ok(())
    }

    /// Computes definitions without classes, on top of what is done already.
    fn some_and_whole(
        &self,
        definitions: &[&Derived],
        touched: &Touched,
        done: &mut Refreshed,
    ) -> Result<(), DeriveError> {
        let work = self.work(definitions, touched, done)?;
        if !work.rows.is_empty() {
            self.some(&work, done)?;
        }
        for derived in work.whole {
            self.whole(derived, done)?;
        }
        Ok(())
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
        let mut done = Refreshed::of(&self.watch);
        self.end(|id, end| end <= self.to && choose(id), &mut done)?;
        let mut chosen: BTreeSet<AttributeId> = done.whole.iter().copied().collect();
        for derived in self.watch.standing.attributes() {
            let id = derived.attribute.id;
            if choose(id) || derived.reads.iter().any(|read| chosen.contains(read)) {
                chosen.insert(id);
                self.whole(derived, &mut done)?;
            }
        }
        Ok(done)
    }

    /// The snapshot with the last of the definitions computed for everybody, so many of them, none of
    /// which is read by one before it.
    ///
    /// # Errors
    ///
    /// As [`after`](Self::after).
    pub(crate) fn last(&self, n: usize) -> Result<Refreshed, DeriveError> {
        let mut done = Refreshed::of(&self.watch);
        let last: Vec<&Derived> = self.watch.standing.attributes().rev().take(n).collect();
        last.into_iter().rev().try_for_each(|derived| self.whole(derived, &mut done))?;
        Ok(done)
    }

    /// The definitions of a phase, each after those that it reads.
    pub(super) fn of_phase(&self, phase: Phase) -> impl Iterator<Item = &'a Derived> {
        let places = self.watch.deciders().places(phase);
        places.iter().filter_map(|place| self.watch.standing.at(*place))
    }

    /// Customers up to which they are brought together, or decided one by one.
    pub(super) fn few(&self) -> usize {
        ALWAYS_FEW.max(self.watch.snapshot.n_customers() as usize / FEW)
    }

    /// The rows of whom what a definition is computed of may have changed, in no order and perhaps
    /// more than once, those who are gone among them where others' places hang on them; `None` when
    /// it may have changed of anybody.
    pub(super) fn rows_of(
        &self,
        derived: &Derived,
        touched: &Touched,
        done: &Refreshed,
    ) -> Result<Option<Vec<RowId>>, DeriveError> {
        if derived.reads.iter().any(|read| done.whole.contains(read)) {
            return Ok(None);
        }
        let crossed = match self.from < self.to {
            true => self.watch.crossed(derived, self.from, self.to)?,
            false => Crossed::Some(Vec::new()),
        };
        let Crossed::Some(mut rows) = crossed else { return Ok(None) };
        rows.extend(&touched.inserted);
        if derived.ranks || derived.grades {
            // Whoever goes makes room for others.
            rows.extend(&touched.deleted);
        }
        for (attributes, named) in touched.named.iter().chain(&done.computed.named) {
            if attributes.iter().any(|attribute| derived.reads.contains(attribute)) {
                rows.extend(named);
            }
        }
        for table in &derived.tables {
            rows.extend(touched.events.get(table).iter().flat_map(|events| &events.customers));
        }
        Ok(Some(rows))
    }

    fn work(
        &self,
        definitions: &[&'a Derived],
        touched: &Touched,
        done: &Refreshed,
    ) -> Result<Work<'a>, DeriveError> {
        let mut work = Work::default();
        let mut partly = BTreeSet::new();
        let mut wholly: BTreeSet<AttributeId> = BTreeSet::new();
        for derived in definitions.iter().copied() {
            let id = derived.attribute.id;
            let reads = |ids: &BTreeSet<AttributeId>| derived.reads.iter().any(|r| ids.contains(r));
            let rows = if reads(&wholly) { None } else { self.rows_of(derived, touched, done)? };
            let Some(mut rows) = rows else {
                wholly.insert(id);
                work.whole.push(derived);
                continue;
            };
            for (before, of_before) in &work.some {
                if derived.reads.contains(&before.attribute.id) {
                    rows.extend(of_before);
                }
            }
            if derived.ranks {
                if !rows.is_empty() {
                    wholly.insert(id);
                    work.whole.push(derived);
                }
                continue;
            }
            let rows = self.watch.snapshot.living(&rows);
            if !rows.is_empty() {
                partly.insert(id);
                work.rows.extend(&rows);
                work.some.push((derived, rows));
            }
        }
        work.rows = self.watch.snapshot.living(&work.rows);
        if work.rows.len() > self.few() {
            work.rows.clear();
            let all = definitions.iter().copied();
            let is_due = |derived: &&Derived| {
                let id = derived.attribute.id;
                partly.contains(&id) || wholly.contains(&id)
            };
            (work.some, work.whole) = (Vec::new(), all.filter(is_due).collect());
        }
        Ok(work)
    }

    /// Computes a definition of some customers, ascending, by what is known of its rankings.
    pub(super) fn some_of(
        &self,
        derived: &Derived,
        rows: Vec<RowId>,
        done: &mut Refreshed,
    ) -> Result<(), DeriveError> {
        if rows.is_empty() {
            return Ok(());
        }
        let work = Work { some: vec![(derived, rows.clone())], rows, whole: Vec::new() };
        self.some(&work, done)
    }

    /// Computes attributes of some customers.
    fn some(&self, work: &Work<'_>, done: &mut Refreshed) -> Result<(), DeriveError> {
        let (watch, rows) = (self.watch, &work.rows);
        let executor = self.executor(rows.len());
        let all: Vec<&Derived> = work.some.iter().map(|(derived, _)| *derived).collect();
        let (attributes, tables) = self.needs(&all);
        let n_bytes = rows.len() * size_of::<RowId>();
        let _charge = watch.budget.charge(n_bytes).map_err(ExecError::from)?;
        let keys = all.iter().any(|derived| derived.keys);
        let mut few = watch.snapshot.picked(rows, &attributes, &tables, keys, executor)?;
        for (at, (derived, own)) in work.some.iter().enumerate() {
            let (id, ty) = (derived.attribute.id, derived.attribute.ty);
            let is_read = all[at + 1..].iter().any(|later| later.reads.contains(&id));
            // What later ones read is computed of everybody of whom they may read it.
            let places = (!is_read && own.len() < rows.len()).then(|| places(own, rows));
            let candidates =
                places.as_ref().map(|places| MemberSet::of_rows(few.size(), few.n_rows(), places));
            let known = done.rankings.of(id).filter(|_| derived.keeps_rankings());
            let cut_offs = known.map_or(CutOffs::Found, CutOffs::Known);
            let pieces = self.computed(derived, &few, candidates.as_ref(), executor, cut_offs);
            let pieces = pieces.map_err(|error| placed(error, rows))?;
            let mut start = 0;
            for (len, values) in &pieces {
                let end = start + len;
                let (snapshot, dirty) = match &places {
                    None => done.snapshot.with_values(id, &rows[start..end], values, executor)?,
                    Some(places) => {
                        let of_piece = |place: &&RowId| (start..end).contains(&(place.0 as usize));
                        let (within, rows): (Vec<u32>, Vec<RowId>) = places
                            .iter()
                            .filter(of_piece)
                            .map(|place| (place.0 - start as u32, rows[place.0 as usize]))
                            .unzip();
                        done.snapshot.with_values(id, &rows, &values.picked(&within), executor)?
                    }
                };
                done.snapshot = snapshot;
                if dirty != Default::default() {
                    let columns = [(id, dirty)].into();
                    done.dirty.merge(&Dirty { columns, ..Dirty::default() });
                }
                start = end;
            }
            done.computed.named.push((vec![id], own.clone()));
            if is_read {
                few = few.with_column(id, ty, pieces, executor)?.0;
            }
        }
        Ok(())
    }

    /// Who computes of so many customers.
    pub(super) fn executor(&self, n: usize) -> &'a Executor {
        if n > ALONE { self.watch.threads } else { self.watch.executor }
    }

    /// Computes an attribute of everybody.
    pub(super) fn whole(&self, derived: &Derived, done: &mut Refreshed) -> Result<(), DeriveError> {
        let (id, ty) = (derived.attribute.id, derived.attribute.ty);
        let threads = self.watch.threads;
        done.whole.push(id);
        let (found, time) = (Mutex::new(Vec::new()), self.time());
        let deriving = Deriving {
            cut_offs: if derived.keeps_rankings() {
                CutOffs::FoundFor(&found)
            } else {
                CutOffs::Found
            },
            ..self.deriving(&done.snapshot, &time, threads)
        };
        let (snapshot, dirty) = if let Computed::Rule(rule) = &derived.computed {
            let members = deriving.members(derived, rule, None)?;
            let others = deriving.others(id);
            let (snapshot, dirty) =
                done.snapshot.with_flags(id, members.chunks(), others, threads)?;
            let columns = if dirty == Default::default() { None } else { Some((id, dirty)) };
            (snapshot, Dirty { columns: columns.into_iter().collect(), ..Dirty::default() })
        } else if let Some(column) = deriving.column_of_later(derived)? {
            done.snapshot.with_computed(id, ty, column, threads)?
        } else {
            let pieces = deriving.computed(derived, None)?;
            done.snapshot.with_column(id, ty, pieces, threads)?
        };
        done.snapshot = snapshot;
        done.dirty.merge(&dirty);
        if derived.keeps_rankings() {
            let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            done.rankings.keep(id, found, self.watch.budget);
        }
        Ok(())
    }

    fn computed(
        &self,
        derived: &Derived,
        snapshot: &Snapshot,
        candidates: Option<&MemberSet>,
        executor: &Executor,
        cut_offs: CutOffs<'_>,
    ) -> Result<Vec<(usize, ColumnData)>, DeriveError> {
        let time = self.time();
        let deriving = Deriving { cut_offs, ..self.deriving(snapshot, &time, executor) };
        deriving.computed(derived, candidates)
    }

    fn time(&self) -> StatementTime {
        self.time_at(self.to)
    }

    pub(super) fn time_at(&self, now: Instant) -> StatementTime {
        StatementTime { now, zone: self.watch.zone.clone() }
    }

    pub(super) fn deriving<'d>(
        &'d self,
        snapshot: &'d Snapshot,
        time: &'d StatementTime,
        executor: &'d Executor,
    ) -> Deriving<'d> {
        Deriving {
            catalog: self.watch.catalog,
            snapshot,
            time,
            executor,
            budget: self.watch.budget,
            engine: Engine::default(),
            rewrites: Rewrites::all(),
            cut_offs: CutOffs::Found,
        }
    }

    /// The attributes and the properties that some definitions read, those that are computed before
    /// they are read apart.
    pub(super) fn needs(
        &self,
        some: &[&Derived],
    ) -> (Vec<AttributeId>, BTreeMap<TableId, Vec<AttributeId>>) {
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

/// Where some rows stand among others, both ascending, as rows themselves.
fn places(some: &[RowId], among: &[RowId]) -> Vec<RowId> {
    let place = |row: &RowId| among.binary_search(row).ok().map(|at| RowId(at as u32));
    some.iter().filter_map(place).collect()
}

/// An error about one of some customers, told of that customer's row in the pool.
pub(super) fn placed(error: DeriveError, rows: &[RowId]) -> DeriveError {
    match error {
        DeriveError::Exec(error) => {
            error.with_row(|row| rows.get(row.0 as usize).copied().unwrap_or(row)).into()
        }
        other @ DeriveError::Plan(_) => other,
    }
}
