//! Events in the order of their time, as far as the clock may soon come.
//!
//! The clock crosses few events at a time, and events lie by customer. So the events of the next
//! day from a point of time are sought out once, in a pass over the times of the table, and kept in
//! order: until the clock is through with them, every move of it costs the events that it crosses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::events::DeriveError;
use crate::catalog::{Catalog, EventTable};
use crate::exec::ExecError;
use crate::index::{Column, Snapshot, Touched, UnitsChunk};
use crate::model::{RowId, TableId};
use crate::parallel::{Budget, Charge, Executor, Usage};

/// How far from the first event a horizon reaches, in microseconds.
const REACH: i64 = 24 * 3_600_000_000;
/// The most events of a horizon, those of one instant apart.
const MOST_EVENTS: usize = 1 << 19;
/// The most horizons kept; a pool has one in use for each bound of a span that a definition has.
const MOST: usize = 64;
/// New events up to which they are put in their place, rather than sought out again.
const FEW_EVENTS: usize = 1_024;
/// Events that came since a horizon was made up to which they are kept apart: every commit that
/// brings one copies these, and not the others.
const MOST_LATE: usize = 1_024;

/// An instant in microseconds, and whose event that is.
type Crossing = (i64, RowId);

/// The horizons of one snapshot's tables, made as they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Horizons {
    made: Mutex<Vec<Arc<Horizon>>>,
}

/// The events of a table from one instant up to another.
#[derive(Clone, Debug)]
struct Horizon {
    table: TableId,
    from: i64,
    /// The first instant beyond it; `None` when no event lies beyond it.
    to: Option<i64>,
    /// In order of time.
    events: Arc<Vec<Crossing>>,
    /// Those that came since, in order of time as well.
    late: Vec<Crossing>,
    /// One for all forms that commits make of it; `None` when the budget did not allow it, and it
    /// is not kept.
    charge: Option<Arc<Charge>>,
}

impl Horizon {
    fn holds(&self, table: TableId, at: i64) -> bool {
        self.table == table && self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// Whether it holds every instant that another one does.
    fn covers(&self, other: &Self) -> bool {
        let ends_later = match (self.to, other.to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => own >= other,
        };
        self.from <= other.from && ends_later
    }

    /// The time of the first event at an instant or later.
    fn first(&self, at: i64) -> Option<i64> {
        let first = |events: &[Crossing]| since(events, at).first().map(|(time, _)| *time);
        first(&self.events).into_iter().chain(first(&self.late)).min()
    }

    /// The customers of the events between two instants, both in.
    fn between(&self, low: i64, high: i64) -> Vec<RowId> {
        let both = since(&self.events, low).iter().take_while(|(time, _)| *time <= high);
        let late = since(&self.late, low).iter().take_while(|(time, _)| *time <= high);
        both.chain(late).map(|(_, customer)| *customer).collect()
    }

    /// Puts an event in its place.
    fn add(&mut self, event: Crossing) {
        let place = self.late.partition_point(|(time, _)| *time < event.0);
        self.late.insert(place, event);
        if self.late.len() > MOST_LATE {
            let mut all = Vec::with_capacity(self.events.len() + self.late.len());
            all.extend_from_slice(&self.events);
            all.append(&mut self.late);
            all.sort_unstable();
            self.events = Arc::new(all);
        }
    }
}

/// Those of some events, in order of time, that happen at an instant and later.
fn since(events: &[Crossing], at: i64) -> &[Crossing] {
    &events[events.partition_point(|(time, _)| *time < at)..]
}

/// A table's times, and the means to read them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times<'a> {
    /// The pool.
    pub(super) snapshot: &'a Snapshot,
    /// The table.
    pub(super) table: &'a EventTable,
    /// The threads.
    pub(super) executor: &'a Executor,
    /// What is kept is charged to it.
    pub(super) budget: &'a Budget,
}

impl Horizons {
    /// The horizons after a commit, which the snapshot is of: its new events put in their places.
    ///
    /// # Errors
    ///
    /// When a column has to be read, and cannot be.
    pub(crate) fn after(
        &self,
        touched: &Touched,
        snapshot: &Snapshot,
        catalog: &Catalog,
    ) -> Result<Self, ExecError> {
        let mut made = self.made().clone();
        for (id, events) in &touched.events {
            let Some(table) = catalog.table_by_id(*id).filter(|_| !events.came.is_empty()) else {
                continue;
            };
            if events.came.len() > FEW_EVENTS {
                made.retain(|horizon| horizon.table != *id);
            } else if made.iter().any(|horizon| horizon.table == *id) {
                for (at, customer) in crossings(&events.came, table, snapshot)? {
                    for horizon in made.iter_mut().filter(|horizon| horizon.holds(*id, at)) {
                        Arc::make_mut(horizon).add((at, customer));
                    }
                }
            }
        }
        Ok(Self { made: Mutex::new(made) })
    }

    /// The customers of the events between two instants, both in; perhaps of some that are gone.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, or the executor is interrupted.
    pub(super) fn between(
        &self,
        low: i64,
        high: i64,
        times: &Times<'_>,
    ) -> Result<Vec<RowId>, DeriveError> {
        let id = times.table.id();
        let horizon = match self.used(|horizon| horizon.holds(id, low)) {
            Some(horizon) => horizon,
            None => self.make(low, times)?,
        };
        if horizon.holds(id, high) {
            return Ok(horizon.between(low, high));
        }
        // The clock has come further than that.
        let crossed = times.between(low, high)?;
        Ok(crossed.into_iter().map(|(_, customer)| customer).collect())
    }

    /// The time of the first event at an instant or later.
    ///
    /// # Errors
    ///
    /// As [`between`](Self::between).
    pub(super) fn next(&self, from: i64, times: &Times<'_>) -> Result<Option<i64>, DeriveError> {
        let id = times.table.id();
        if let Some(horizon) = self.used(|horizon| horizon.holds(id, from)) {
            match (horizon.first(from), horizon.to) {
                (Some(time), _) => return Ok(Some(time)),
                (None, None) => return Ok(None),
                // Where it ends, another begins.
                (None, Some(_)) => {}
            }
        }
        Ok(self.make(from, times)?.first(from))
    }

    /// A horizon that is wanted, which is then the last to be given up.
    fn used(&self, is_wanted: impl Fn(&Horizon) -> bool) -> Option<Arc<Horizon>> {
        let mut made = self.made();
        let at = made.iter().position(|horizon| is_wanted(horizon))?;
        let horizon = made.remove(at);
        made.push(Arc::clone(&horizon));
        Some(horizon)
    }

    /// Makes the horizon from an instant on, and keeps it where the budget allows.
    fn make(&self, from: i64, times: &Times<'_>) -> Result<Arc<Horizon>, DeriveError> {
        let horizon = Arc::new(times.horizon(from)?);
        if horizon.charge.is_none() {
            return Ok(horizon);
        }
        let mut made = self.made();
        // One that begins later and lies within is not needed beside it.
        made.retain(|other| other.table != horizon.table || !horizon.covers(other));
        if made.len() >= MOST {
            made.remove(0);
        }
        made.push(Arc::clone(&horizon));
        Ok(horizon)
    }

    fn made(&self) -> MutexGuard<'_, Vec<Arc<Horizon>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When some events happen, and whose they are.
fn crossings(
    events: &[RowId],
    table: &EventTable,
    snapshot: &Snapshot,
) -> Result<Vec<Crossing>, ExecError> {
    let own = snapshot.events(table.id())?;
    let customers = own.customers_of(events)?;
    let times = match &**own.snapshot.column(table.at())? {
        Column::Units(times) => &times.chunks,
        _ => return Err(ExecError::Unplanned("events without a time")),
    };
    let size = own.snapshot.size();
    let time = |event: &RowId| times[size.chunk_of(*event)].get(size.position_of(*event));
    let crossing = |(event, customer): (&RowId, RowId)| Some((time(event)?, customer));
    Ok(events.iter().zip(customers).filter_map(crossing).collect())
}

impl Times<'_> {
    /// The events from an instant on, as many as a horizon holds.
    fn horizon(&self, from: i64) -> Result<Horizon, DeriveError> {
        let table = self.table.id();
        let mut end = from.saturating_add(REACH);
        let (mut events, mut to) = (self.between(from, end - 1)?, None);
        if events.is_empty()
            && let Some(first) = self.least(end)?
        {
            end = first.saturating_add(REACH);
            events = self.between(first, end - 1)?;
        }
        if !events.is_empty() {
            events.sort_unstable();
            to = Some(end);
            if let Some((cut, _)) = events.get(MOST_EVENTS).copied() {
                let whole = events.partition_point(|(time, _)| *time < cut);
                if whole > 0 {
                    events.truncate(whole);
                    to = Some(cut);
                }
            }
        }
        let budget = self.budget.of(Usage::Caches);
        let charge = budget.charge(events.len() * size_of::<Crossing>()).ok().map(Arc::new);
        let (events, late) = (Arc::new(events), Vec::new());
        Ok(Horizon { table, from, to, events, late, charge })
    }

    /// The least time that is not before an instant.
    fn least(&self, from: i64) -> Result<Option<i64>, DeriveError> {
        let least = self.each(from, i64::MAX, |chunk, _| {
            let later = |position: u16| Some(chunk.values.get(usize::from(position)));
            let times = chunk.known.iter(chunk.rows).filter_map(later);
            times.filter(|time| *time >= from).min().into_iter().collect()
        })?;
        Ok(least.into_iter().min())
    }

    /// The events between two instants, both in.
    fn between(&self, low: i64, high: i64) -> Result<Vec<Crossing>, DeriveError> {
        self.each(low, high, |times, links| {
            let crossing = |position: u16| {
                let time = times.values.get(usize::from(position));
                let customer = links.get(position).filter(|_| (low..=high).contains(&time))?;
                Some((time, RowId(customer as u32)))
            };
            let found = times.within(low, high);
            found.iter(times.rows).filter_map(crossing).collect()
        })
    }

    /// What is found in the chunks that have times between two instants.
    fn each<T: Send>(
        &self,
        low: i64,
        high: i64,
        find: impl Fn(&UnitsChunk, &UnitsChunk) -> Vec<T> + Sync + Send,
    ) -> Result<Vec<T>, DeriveError> {
        let events = self.snapshot.events(self.table.id())?;
        events.snapshot.load(&[self.table.at(), events.link], self.executor, self.budget)?;
        let links = events.links(self.executor)?;
        let Column::Units(times) = &**events.snapshot.column(self.table.at())? else {
            return Err(ExecError::Unplanned("events without a time").into());
        };
        let parts = self.executor.map(times.chunks.len(), |at| {
            let chunk = &times.chunks[at];
            let is_apart = chunk.n_known == 0 || chunk.max < low || chunk.min > high;
            if is_apart || self.executor.interrupted() {
                return Vec::new();
            }
            find(chunk, &links[at])
        });
        match self.executor.interrupted() {
            true => Err(ExecError::Interrupted.into()),
            false => Ok(parts.into_iter().flatten().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_come_later_are_found_as_those_before() {
        let at = |n: i64| (n * 7_919 % 5_003, RowId(n as u32));
        let mut all: Vec<Crossing> = (0..500).map(at).collect();
        all.sort_unstable();
        let mut horizon = Horizon {
            table: TableId(1),
            from: 0,
            to: None,
            events: Arc::new(all.clone()),
            late: Vec::new(),
            charge: None,
        };
        for n in 500..500 + 2 * MOST_LATE as i64 + 300 {
            horizon.add(at(n));
            all.push(at(n));
            if n % 97 != 0 {
                continue;
            }
            all.sort_unstable();
            for low in [0, 1, 2_500, 5_002, 6_000] {
                let expected = all.iter().map(|(time, _)| *time).find(|time| *time >= low);
                assert_eq!(horizon.first(low), expected);
                let within = |(time, _): &&Crossing| (low..=low + 40).contains(time);
                let mut expected: Vec<RowId> =
                    all.iter().filter(within).map(|(_, row)| *row).collect();
                let mut found = horizon.between(low, low + 40);
                expected.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        }
        assert!(horizon.late.len() <= MOST_LATE && horizon.events.len() > 500);
    }
}
