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
    events: Vec<Crossing>,
    /// One for all forms that commits make of it.
    _charge: Arc<Charge>,
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

    /// The events at an instant and later.
    fn from(&self, at: i64) -> &[Crossing] {
        &self.events[self.events.partition_point(|(time, _)| *time < at)..]
    }
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
                        let horizon = Arc::make_mut(horizon);
                        let place = horizon.events.partition_point(|(time, _)| *time < at);
                        horizon.events.insert(place, (at, customer));
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
        if !self.made().iter().any(|horizon| horizon.holds(id, low)) {
            self.make(low, times)?;
        }
        let both = |horizon: &Horizon| horizon.holds(id, low) && horizon.holds(id, high);
        if let Some(horizon) = self.used(both) {
            let crossed = horizon.from(low).iter().take_while(|(time, _)| *time <= high);
            return Ok(crossed.map(|(_, customer)| *customer).collect());
        }
        // The clock has come further than that.
        let crossed = times.between(low, high)?;
        Ok(crossed.into_iter().map(|(_, customer)| customer).collect())
    }

    /// The time of the first event at an instant or later.
    ///
    /// # Errors
    ///
    /// As [`between`](Self::between); and when the budget does not suffice.
    pub(super) fn next(&self, from: i64, times: &Times<'_>) -> Result<Option<i64>, DeriveError> {
        let id = times.table.id();
        if let Some(horizon) = self.used(|horizon| horizon.holds(id, from)) {
            match (horizon.from(from).first(), horizon.to) {
                (Some((time, _)), _) => return Ok(Some(*time)),
                (None, None) => return Ok(None),
                // Where it ends, another begins.
                (None, Some(_)) => {}
            }
        }
        Ok(self.make(from, times)?.events.first().map(|(time, _)| *time))
    }

    /// A horizon that is wanted, which is then the last to be given up.
    fn used(&self, is_wanted: impl Fn(&Horizon) -> bool) -> Option<Arc<Horizon>> {
        let mut made = self.made();
        let at = made.iter().position(|horizon| is_wanted(horizon))?;
        let horizon = made.remove(at);
        made.push(Arc::clone(&horizon));
        Some(horizon)
    }

    /// Makes the horizon from an instant on.
    fn make(&self, from: i64, times: &Times<'_>) -> Result<Arc<Horizon>, DeriveError> {
        let horizon = Arc::new(times.horizon(from)?);
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
        let charge = budget.charge(events.len() * size_of::<Crossing>());
        let _charge = Arc::new(charge.map_err(ExecError::from)?);
        Ok(Horizon { table, from, to, events, _charge })
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
