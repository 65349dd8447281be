//! The rules of groups brought from one instant to another, all together.

use std::collections::BTreeSet;
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
use crate::model::{AttributeId, Instant, RowId};
use crate::parallel::Executor;

/// Customers up to which they are decided one by one.
const ALWAYS_BY_ROW: usize = 256;
/// What deciding for one customer costs, in customers of a rule that is evaluated for everybody: an
/// estimate, of which no more hangs than how fast the same answer comes.
const ROW_COST: usize = 1_024;
/// Customers that one thread decides at least.
const ROWS_PER_TASK: usize = 256;

/// Columns up to which one thread changes them: to wake another takes as long.
const EDITS_ALONE: usize = 64;

/// Customers who are looked at, and why, ascending by row: the sieve whose attribute may have another
/// value, or whose spans may hold another answer; none of who is new.
type Causes = Vec<(RowId, Option<usize>)>;

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
        let mut causes = self.causes(touched, done)?;
        causes.retain(|(row, _)| done.snapshot.is_alive(*row));
        let mut whole = self.read_whole(done);
        if causes.len() > ALWAYS_BY_ROW {
            let all = self.all_of(&causes);
            let n_customers = done.snapshot.n_customers() as usize;
            let n = causes.chunk_by(|a, b| a.0 == b.0).count();
            if n > ALWAYS_BY_ROW && n * ROW_COST > (all.len() + 1) * n_customers {
                whole.extend(all);
                causes.clear();
            }
        }
        let whole = self.with_readers(whole);
        let decided = self.decided(&causes, &whole, done)?;
        self.apply(decided, done)?;
        if whole.is_empty() {
            return Ok(());
        }
        for derived in self.of_phase(Phase::Together) {
            if whole.contains(&derived.attribute.id) {
                self.whole(derived, done)?;
            }
        }
        Ok(())
    }

    /// Who is looked at, and why.
    fn causes(&self, touched: &Touched, done: &Refreshed) -> Result<Causes, DeriveError> {
        let deciders = self.watch.deciders();
        let mut causes: Causes = touched.inserted.iter().map(|row| (*row, None)).collect();
        for (attributes, rows) in touched.named.iter().chain(&done.computed.named) {
            for at in attributes.iter().filter_map(|id| deciders.sieve(*id)) {
                causes.extend(rows.iter().map(|row| (*row, Some(at))));
            }
        }
        if self.from < self.to {
            for (at, sieve) in deciders.sieves.iter().enumerate() {
                for (_, timing, _) in &sieve.timed {
                    let line = LineId::Attribute(sieve.attribute);
                    let counted = Counted::of_attribute(line, timing);
                    let rows = self.watch.rows_crossed(counted, self.from, self.to)?;
                    causes.extend(rows.into_iter().map(|row| (row, Some(at))));
                }
            }
        }
        causes.sort_unstable();
        causes.dedup();
        Ok(causes)
    }

    /// The rules that read what was computed of everybody.
    fn read_whole(&self, done: &Refreshed) -> BTreeSet<AttributeId> {
        if done.whole.is_empty() {
            return BTreeSet::new();
        }
        let reads = |derived: &&Derived| derived.reads.iter().any(|id| done.whole.contains(id));
        self.of_phase(Phase::Together).filter(reads).map(|derived| derived.attribute.id).collect()
    }

    /// The rules that any of the customers may have been looked at for.
    fn all_of(&self, causes: &Causes) -> BTreeSet<AttributeId> {
        let deciders = self.watch.deciders();
        if causes.iter().any(|(_, cause)| cause.is_none()) {
            return deciders.ids().collect();
        }
        let sieves: BTreeSet<usize> = causes.iter().filter_map(|(_, cause)| *cause).collect();
        let changed: BTreeSet<AttributeId> =
            sieves.into_iter().map(|at| deciders.sieves[at].attribute).collect();
        let reads = |derived: &&Derived| derived.reads.iter().any(|id| changed.contains(id));
        self.of_phase(Phase::Together).filter(reads).map(|derived| derived.attribute.id).collect()
    }

    /// Some rules, and those that read them.
    fn with_readers(&self, mut some: BTreeSet<AttributeId>) -> BTreeSet<AttributeId> {
        if some.is_empty() {
            return some;
        }
        for derived in self.of_phase(Phase::Together) {
            if derived.reads.iter().any(|id| some.contains(id)) {
                some.insert(derived.attribute.id);
            }
        }
        some
    }

    /// Decides the rules for each customer, short of those that are computed of everybody.
    fn decided(
        &self,
        causes: &Causes,
        whole: &BTreeSet<AttributeId>,
        done: &Refreshed,
    ) -> Result<Vec<Decided>, DeriveError> {
        if causes.is_empty() {
            return Ok(Vec::new());
        }
        let (deciders, snapshot) = (self.watch.deciders(), &done.snapshot);
        let was = self.before.unwrap_or(self.watch.snapshot);
        let executor =
            if causes.len() > ROWS_PER_TASK { self.watch.threads } else { self.watch.executor };
        let after = self.watch.times_at(self.to)?;
        let earlier = (self.from < self.to).then(|| self.watch.times_at(self.from)).transpose()?;
        let load = |snapshot: &Snapshot, ids: &[AttributeId]| -> Result<(), DeriveError> {
            Ok(snapshot.load(ids, executor, self.watch.budget)?)
        };
        let mut is_named = vec![false; deciders.sieves.len()];
        causes.iter().filter_map(|(_, cause)| *cause).for_each(|at| is_named[at] = true);
        let now = Values::new(deciders, snapshot, &after, |_| true, |ids| load(snapshot, ids))?;
        let times = earlier.as_ref().unwrap_or(&after);
        let before = Values::new(deciders, was, times, |at| is_named[at], |ids| load(was, ids))?;
        if causes.len() <= ROWS_PER_TASK {
            return Ok(decided(deciders, &now, &before, causes, whole));
        }
        let mut parts: Vec<&[(RowId, Option<usize>)]> = Vec::new();
        let mut rest = &causes[..];
        while !rest.is_empty() {
            let last = rest[ROWS_PER_TASK.min(rest.len()) - 1].0;
            let (part, others) = rest.split_at(rest.partition_point(|(row, _)| *row <= last));
            parts.push(part);
            rest = others;
        }
        let decide = |part: usize| match executor.interrupted() {
            true => Err(ExecError::Interrupted.into()),
            false => Ok(decided(deciders, &now, &before, parts[part], whole)),
        };
        let decided = executor.map_heavy(parts.len(), decide);
        Ok(decided.into_iter().collect::<Result<Vec<_>, DeriveError>>()?.concat())
    }

    /// How many memberships of groups as they were before turn; nothing is applied.
    #[cfg(test)]
    pub(crate) fn deciding(&self, touched: &Touched) -> Result<usize, DeriveError> {
        let done = Refreshed::of(&self.watch);
        let causes = self.causes(touched, &done)?;
        Ok(self.decided(&causes, &BTreeSet::new(), &done)?.len())
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
            if edits.len() > EDITS_ALONE { self.watch.threads } else { self.watch.executor };
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

/// Decides the rules for some customers, short of those that are computed of everybody.
fn decided(
    deciders: &Deciders,
    now: &Values<'_>,
    before: &Values<'_>,
    causes: &[(RowId, Option<usize>)],
    whole: &BTreeSet<AttributeId>,
) -> Vec<Decided> {
    let mut room = Row::new(deciders, now, before);
    let mut decided = Vec::new();
    let is_wanted = |id| !whole.contains(&id);
    for of_row in causes.chunk_by(|a, b| a.0 == b.0) {
        let row = of_row[0].0;
        match of_row[0].1 {
            None => room.new_customer(row, is_wanted, &mut decided),
            Some(_) => {
                let sieves = of_row.iter().filter_map(|(_, cause)| *cause);
                room.changed(row, sieves, is_wanted, &mut decided);
            }
        }
    }
    decided
}

impl Watch<'_> {
    /// The spans of every sieve that has such, resolved at an instant.
    fn times_at(&self, at: Instant) -> Result<Vec<Option<Arc<Times>>>, DeriveError> {
        let day = self.zone.day_of(at);
        let times = self.deciders().sieves.iter().map(|sieve| {
            if sieve.timed.is_empty() {
                return Ok(None);
            }
            let line = LineId::Attribute(sieve.attribute);
            let moment = match sieve.is_of_days {
                true => i64::from(day.days()),
                false => at.micros(),
            };
            let times = sieve.times(moment, |sieve| {
                let resolve = |(bit, timing, negated): &(u32, _, bool)| {
                    Ok((*bit, self.resolved_at(line, timing, at)?, *negated))
                };
                let spans = sieve.timed.iter().map(resolve);
                spans.collect::<Result<Vec<_>, DeriveError>>().map(Times::new)
            });
            times.map(Some)
        });
        times.collect()
    }

    /// Of the columns of groups that are decided together, those whose rules hold of a customer at an
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
        let times = self.times_at(at)?;
        let load = |ids: &[AttributeId]| -> Result<(), DeriveError> {
            Ok(self.snapshot.load(ids, self.threads, self.budget)?)
        };
        let values = Values::new(deciders, self.snapshot, &times, |_| true, load)?;
        Ok((deciders.of_row(row, &values), deciders))
    }
}
