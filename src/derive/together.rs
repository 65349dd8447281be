//! The rules of groups brought from one instant to another, all together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::crossing::Counted;
use super::decide::{Decided, Deciders, Phase, Row, Times, Values};
use super::due::Watch;
use super::events::DeriveError;
use super::horizon::LineId;
use super::refresh::{Refresh, Refreshed};
use crate::bind::Derived;
use crate::exec::ExecError;
use crate::index::{Dirty, FlagEdit, Others, Snapshot, Touched};
use crate::model::{AttributeId, Instant, RowId, Type};
use crate::parallel::Executor;

/// Customers up to which they are decided one by one.
const ALWAYS_BY_ROW: usize = 256;
/// What deciding for one customer costs, in customers of a rule that is evaluated for everybody: an
/// estimate, of which no more hangs than how fast the same answer comes.
const ROW_COST: usize = 1_024;
/// Customers that one thread decides at least.
const ROWS_PER_TASK: usize = 256;

/// Why a customer is looked at.
#[derive(Clone, Debug, Default)]
struct Cause {
    /// They are new: every rule is decided.
    is_new: bool,
    /// Attributes that may have another value.
    named: BTreeSet<AttributeId>,
    /// Predicates that the clock has turned.
    crossed: Vec<u32>,
}

impl Refresh<'_> {
    /// Brings the rules that are decided together up to the instant, after what they read.
    ///
    /// # Errors
    ///
    /// As [`after`](Self::after).
    pub(super) fn together(
        &self,
        touched: &Touched,
        done: &mut Refreshed,
    ) -> Result<(), DeriveError> {
        let deciders = self.watch.deciders();
        let mut causes = self.causes(touched, done)?;
        let living = |row: &RowId| done.snapshot.is_alive(*row);
        causes.retain(|row, _| living(row));
        let mut whole = self.read_whole(done);
        if causes.len() > ALWAYS_BY_ROW {
            let all = self.all_of(&causes);
            let n_customers = done.snapshot.n_customers() as usize;
            if causes.len() * ROW_COST > (all.len() + 1) * n_customers {
                whole.extend(all);
                causes.clear();
            }
        }
        let whole = self.with_readers(whole);
        let decided = self.decided(&causes, &whole, done)?;
        self.apply(decided, done)?;
        let standing = self.watch.standing.attributes().zip(&deciders.phases);
        for (derived, _) in standing.filter(|(_, phase)| **phase == Phase::Together) {
            if whole.contains(&derived.attribute.id) {
                self.whole(derived, done)?;
            }
        }
        Ok(())
    }

    /// Who is looked at, and why.
    fn causes(
        &self,
        touched: &Touched,
        done: &Refreshed,
    ) -> Result<BTreeMap<RowId, Cause>, DeriveError> {
        let deciders = self.watch.deciders();
        let mut causes: BTreeMap<RowId, Cause> = BTreeMap::new();
        for row in &touched.inserted {
            causes.entry(*row).or_default().is_new = true;
        }
        for (attributes, rows) in touched.named.iter().chain(&done.computed.named) {
            let is_read = |id: &&AttributeId| deciders.reads(**id);
            let read: Vec<AttributeId> = attributes.iter().filter(is_read).copied().collect();
            if read.is_empty() {
                continue;
            }
            for row in rows {
                causes.entry(*row).or_default().named.extend(&read);
            }
        }
        if self.from >= self.to {
            return Ok(causes);
        }
        for (at, sieve) in deciders.sieves.iter().enumerate() {
            for (bit, timing, _) in &sieve.timed {
                let line = LineId::Attribute(sieve.attribute);
                let counted = Counted::of_attribute(line, timing);
                for row in self.watch.rows_crossed(counted, self.from, self.to)? {
                    causes.entry(row).or_default().crossed.push(deciders.bit(at, *bit));
                }
            }
        }
        Ok(causes)
    }

    /// The rules that read what was computed of everybody.
    fn read_whole(&self, done: &Refreshed) -> BTreeSet<AttributeId> {
        let reads = |derived: &&Derived| derived.reads.iter().any(|id| done.whole.contains(id));
        self.rules().filter(reads).map(|derived| derived.attribute.id).collect()
    }

    /// The rules that any of the customers may have been looked at for.
    fn all_of(&self, causes: &BTreeMap<RowId, Cause>) -> BTreeSet<AttributeId> {
        if causes.values().any(|cause| cause.is_new) {
            return self.watch.deciders().ids().collect();
        }
        let named: BTreeSet<AttributeId> =
            causes.values().flat_map(|cause| &cause.named).copied().collect();
        let crossed = causes.values().flat_map(|cause| &cause.crossed);
        let timed: BTreeSet<AttributeId> =
            crossed.map(|bit| self.watch.deciders().attribute_of(*bit)).collect();
        let reads = |derived: &&Derived| {
            derived.reads.iter().any(|id| named.contains(id) || timed.contains(id))
        };
        self.rules().filter(reads).map(|derived| derived.attribute.id).collect()
    }

    /// Some rules, and those that read them.
    fn with_readers(&self, mut some: BTreeSet<AttributeId>) -> BTreeSet<AttributeId> {
        if some.is_empty() {
            return some;
        }
        for derived in self.rules() {
            if derived.reads.iter().any(|id| some.contains(id)) {
                some.insert(derived.attribute.id);
            }
        }
        some
    }

    /// The definitions that are decided together, each after those that it reads.
    fn rules(&self) -> impl Iterator<Item = &Derived> {
        let standing = self.watch.standing.attributes().zip(&self.watch.deciders().phases);
        standing.filter(|(_, phase)| **phase == Phase::Together).map(|(derived, _)| derived)
    }

    /// Decides the rules for each customer, short of those that are computed of everybody.
    fn decided(
        &self,
        causes: &BTreeMap<RowId, Cause>,
        whole: &BTreeSet<AttributeId>,
        done: &Refreshed,
    ) -> Result<Vec<Decided>, DeriveError> {
        if causes.is_empty() {
            return Ok(Vec::new());
        }
        let (deciders, snapshot) = (self.watch.deciders(), &done.snapshot);
        let executor =
            if causes.len() > ROWS_PER_TASK { self.watch.threads } else { self.watch.executor };
        let read: Vec<AttributeId> = deciders.sieves.iter().map(|sieve| sieve.attribute).collect();
        let load = |snapshot: &Snapshot| {
            let is_unread =
                |id: &AttributeId| snapshot.has_column(*id) && snapshot.loaded(*id).is_none();
            let unread: Vec<AttributeId> = read.iter().copied().filter(is_unread).collect();
            match unread[..] {
                [] => Ok(()),
                _ => snapshot.load(&unread, executor, self.watch.budget),
            }
        };
        load(snapshot)?;
        self.before.map(load).transpose()?;
        let now = Values::new(deciders, snapshot)?;
        let before = self.before.map(|before| Values::new(deciders, before)).transpose()?;
        let times = self.watch.times_at(self.to)?;
        let causes: Vec<(&RowId, &Cause)> = causes.iter().collect();
        let parts: Vec<&[(&RowId, &Cause)]> = causes.chunks(ROWS_PER_TASK).collect();
        let decide = |part: usize| -> Result<Vec<Decided>, DeriveError> {
            if executor.interrupted() {
                return Err(ExecError::Interrupted.into());
            }
            let moved = self.from < self.to;
            let mut room = Row::new(deciders, &now, before.as_ref(), &times, moved);
            let mut decided = Vec::new();
            for (row, cause) in parts[part] {
                room.begin();
                match cause.is_new {
                    true => {
                        room.forget();
                        room.all();
                    }
                    false => {
                        if !cause.crossed.is_empty() {
                            room.forget();
                        }
                        room.named(&cause.named, **row);
                        cause.crossed.iter().for_each(|bit| room.predicate(*bit));
                    }
                }
                let was = |id| Ok::<bool, DeriveError>(snapshot.is_flagged(id, **row)?);
                // What is new has no value yet, and of an attribute it must have one.
                let is_unset = |id| cause.is_new && self.watch.catalog.group_by_id(id).is_none();
                let is_wanted = |id| !whole.contains(&id);
                room.decide(**row, is_wanted, is_unset, was, &mut decided)?;
            }
            Ok(decided)
        };
        let decided = executor.map_heavy(parts.len(), decide);
        Ok(decided.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// How many memberships of groups as they were before turn; nothing is applied.
    #[cfg(test)]
    pub(crate) fn deciding(&self, touched: &Touched, was: &Snapshot) -> Result<usize, DeriveError> {
        let done = Refreshed::of(&self.watch);
        let causes = self.causes(touched, &done)?;
        let done = Refreshed::of(&Watch { snapshot: was, ..self.watch });
        let (deciders, snapshot) = (self.watch.deciders(), self.watch.snapshot);
        let (now, before) = (Values::new(deciders, snapshot)?, Values::new(deciders, was)?);
        let times = self.watch.times_at(self.to)?;
        let mut room = Row::new(deciders, &now, Some(&before), &times, false);
        let mut decided = Vec::new();
        for (row, cause) in &causes {
            room.begin();
            room.named(&cause.named, *row);
            let was = |id| Ok::<bool, DeriveError>(done.snapshot.is_flagged(id, *row)?);
            room.decide(*row, |_| true, |_| false, was, &mut decided)?;
        }
        Ok(decided.len())
    }

    /// Puts what was decided in its place.
    fn apply(&self, mut decided: Vec<Decided>, done: &mut Refreshed) -> Result<(), DeriveError> {
        if decided.is_empty() {
            return Ok(());
        }
        decided.sort_unstable_by_key(|one| (one.id, one.row));
        let edit = |one: &[Decided]| FlagEdit {
            id: one[0].id,
            others: match self.watch.catalog.group_by_id(one[0].id) {
                Some(_) => Others::Missing,
                None => Others::False,
            },
            rows: one.iter().map(|decided| (decided.row, decided.holds)).collect(),
        };
        let edits: Vec<FlagEdit> = decided.chunk_by(|a, b| a.id == b.id).map(edit).collect();
        let executor: &Executor =
            if edits.len() > 8 { self.watch.threads } else { self.watch.executor };
        let (snapshot, columns) = done.snapshot.with_flag_edits(&edits, executor)?;
        done.snapshot = snapshot;
        done.dirty.merge(&Dirty { columns, ..Dirty::default() });
        for FlagEdit { id, rows, .. } in edits {
            let all = rows.iter().map(|(row, _)| *row).collect();
            done.computed.named.push((vec![id], all));
            done.turned.insert(id, rows);
        }
        Ok(())
    }
}

impl Watch<'_> {
    /// The spans of every sieve, resolved at an instant.
    fn times_at(&self, at: Instant) -> Result<Vec<Arc<Times>>, DeriveError> {
        let day = self.zone.day_of(at);
        let times = self.deciders().sieves.iter().map(|sieve| {
            if sieve.timed.is_empty() {
                return Ok(Arc::default());
            }
            let line = LineId::Attribute(sieve.attribute);
            let ty = self.catalog.by_id(sieve.attribute).map(|attribute| attribute.ty);
            let moment = if ty == Some(Type::Date) { i64::from(day.days()) } else { at.micros() };
            sieve.times(moment, |sieve| {
                let resolve = |(bit, timing, negated): &(u32, _, bool)| {
                    Ok((*bit, self.resolved_at(line, timing, at)?, *negated))
                };
                sieve.timed.iter().map(resolve).collect::<Result<Times, DeriveError>>()
            })
        });
        times.collect()
    }

    /// Of the columns of rules that are decided together, those whose rules hold of a customer at an
    /// instant; and which columns these are.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, or a span reaches outside the years.
    pub(crate) fn rules_of(
        &self,
        row: RowId,
        at: Instant,
    ) -> Result<(Vec<AttributeId>, &Deciders), DeriveError> {
        let deciders = self.deciders();
        let read: Vec<AttributeId> = deciders.sieves.iter().map(|sieve| sieve.attribute).collect();
        let unread = read.into_iter().filter(|id| self.snapshot.loaded(*id).is_none());
        let unread: Vec<AttributeId> = unread.collect();
        if !unread.is_empty() {
            self.snapshot.load(&unread, self.threads, self.budget)?;
        }
        let values = Values::new(deciders, self.snapshot)?;
        Ok((deciders.of_row(row, &values, &self.times_at(at)?), deciders))
    }
}
