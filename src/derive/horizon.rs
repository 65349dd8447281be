//! Events, and customers by a date or timestamp of theirs, in the order of their time, as far as the
//! clock may soon come.
//!
//! The clock crosses few events at a time, and events lie by customer. So the events of the next
//! day from a point of time are sought out once, in a pass over the times of the table, and kept in
//! order: until the clock is through with them, every move of it costs the events that it crosses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::events::DeriveError;
use crate::catalog::{Attribute, Catalog, EventTable};
use crate::exec::ExecError;
use crate::index::{Column, Snapshot, Touched, UnitsChunk};
use crate::model::{AttributeId, RowId, TableId, Type};
use crate::parallel::{Budget, Charge, Executor, Usage};

/// How far from the first event a horizon reaches, in microseconds.
const REACH: i64 = 24 * 3_600_000_000;
/// The most events of a horizon, those of one instant apart.
const MOST_EVENTS: usize = 1 << 19;
/// The most horizons kept; a pool has one in use for each bound of a span that a definition has.
const MOST: usize = 512;
/// New events up to which they are put in their place, rather than sought out again.
const FEW_EVENTS: usize = 1_024;
/// Events that came since a horizon was made up to which they are kept apart: every commit that
/// brings one copies these, and not the others.
const MOST_LATE: usize = 1_024;

/// What has times that the clock comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineId {
    /// The events of a table.
    Events(TableId),
    /// The customers who have a value of an attribute.
    Attribute(AttributeId),
}

/// An instant in microseconds, or a day of an attribute that holds dates, and whose that is.
pub(super) type Crossing = (i64, RowId);

/// The horizons of one snapshot's tables, made as they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Horizons {
    made: Mutex<Vec<Arc<Horizon>>>,
}

/// The events of a table, or customers, from one instant up to another.
#[derive(Clone, Debug)]
struct Horizon {
    line: LineId,
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
    fn holds(&self, line: LineId, at: i64) -> bool {
        self.line == line && self.from <= at && self.to.is_none_or(|to| at < to)
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

    /// The time of the first event at an instant or later that is still so.
    fn first(&self, at: i64, is_so: impl Fn(Crossing) -> bool) -> Option<i64> {
        let first = |events: &[Crossing]| {
            since(events, at).iter().find(|event| is_so(**event)).map(|(time, _)| *time)
        };
        first(&self.events).into_iter().chain(first(&self.late)).min()
    }

    /// The events between two instants, both in.
    fn between(&self, low: i64, high: i64) -> Vec<Crossing> {
        let both = since(&self.events, low).iter().take_while(|(time, _)| *time <= high);
        let late = since(&self.late, low).iter().take_while(|(time, _)| *time <= high);
        both.chain(late).copied().collect()
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

/// Whose times they are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line<'a> {
    /// A table's events.
    Events(&'a EventTable),
    /// Customers, by a date or timestamp.
    Attribute(&'a Attribute),
}

impl Line<'_> {
    /// Which it is.
    pub(super) fn id(self) -> LineId {
        match self {
            Self::Events(table) => LineId::Events(table.id()),
            Self::Attribute(attribute) => LineId::Attribute(attribute.id),
        }
    }

    /// Whether its times are days.
    pub(super) fn is_of_days(self) -> bool {
        matches!(self, Self::Attribute(attribute) if attribute.ty == Type::Date)
    }

    /// Its name, as messages tell it.
    pub(super) fn name(self) -> String {
        match self {
            Self::Events(table) => format!("{}.at", table.name()),
            Self::Attribute(attribute) => attribute.name.clone(),
        }
    }
}

/// Times, and the means to read them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times<'a> {
    /// The pool.
    pub(super) snapshot: &'a Snapshot,
    /// Whose.
    pub(super) line: Line<'a>,
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
            let line = LineId::Events(*id);
            if events.came.len() > FEW_EVENTS {
                made.retain(|horizon| horizon.line != line);
            } else if made.iter().any(|horizon| horizon.line == line) {
                for crossing in crossings(&events.came, table, snapshot)? {
                    put(&mut made, line, crossing);
                }
            }
        }
        let mut lines: Vec<LineId> = Vec::new();
        for horizon in &made {
            if !lines.contains(&horizon.line) {
                lines.push(horizon.line);
            }
        }
        for line in lines {
            let LineId::Attribute(attribute) = line else { continue };
            let named = touched.named.iter().filter(|(named, _)| named.contains(&attribute));
            let rows: Vec<RowId> = named.flat_map(|(_, rows)| rows).copied().collect();
            if rows.len() > FEW_EVENTS {
                made.retain(|horizon| horizon.line != line);
                continue;
            }
            for row in rows {
                if let Some(time) = time_of(attribute, row, snapshot)? {
                    put(&mut made, line, (time, row));
                }
            }
        }
        Ok(Self { made: Mutex::new(made) })
    }

    /// The horizons once derived attributes have other values too: those of them are given up.
    pub(crate) fn without(&self, is_derived: impl Fn(AttributeId) -> bool) -> Self {
        let mut made = self.made().clone();
        made.retain(|horizon| match horizon.line {
            LineId::Events(_) => true,
            LineId::Attribute(id) => !is_derived(id),
        });
        Self { made: Mutex::new(made) }
    }

    /// The events between two instants, both in; perhaps of customers that are gone, or of times
    /// that are theirs no more.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, or the executor is interrupted.
    pub(super) fn between(
        &self,
        low: i64,
        high: i64,
        times: &Times<'_>,
    ) -> Result<Vec<Crossing>, DeriveError> {
        let id = times.line.id();
        let horizon = match self.used(|horizon| horizon.holds(id, low)) {
            Some(horizon) => horizon,
            None => self.make(low, times)?,
        };
        if horizon.holds(id, high) {
            return Ok(horizon.between(low, high));
        }
        // The clock has come further than that.
        times.between(low, high)
    }

    /// The time of the first event at an instant or later.
    ///
    /// # Errors
    ///
    /// As [`between`](Self::between).
    pub(super) fn next(&self, from: i64, times: &Times<'_>) -> Result<Option<i64>, DeriveError> {
        let id = times.line.id();
        times.load()?;
        let is_so = |crossing| times.still(crossing);
        if let Some(horizon) = self.used(|horizon| horizon.holds(id, from)) {
            match (horizon.first(from, is_so), horizon.to) {
                (Some(time), _) => return Ok(Some(time)),
                (None, None) => return Ok(None),
                // Where it ends, another begins.
                (None, Some(_)) => {}
            }
        }
        Ok(self.make(from, times)?.first(from, is_so))
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
        made.retain(|other| other.line != horizon.line || !horizon.covers(other));
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

/// Puts a time in its place in every horizon that reaches so far.
fn put(made: &mut [Arc<Horizon>], line: LineId, crossing: Crossing) {
    for horizon in made.iter_mut().filter(|horizon| horizon.holds(line, crossing.0)) {
        Arc::make_mut(horizon).add(crossing);
    }
}

/// A customer's value of a date or timestamp.
fn time_of(
    attribute: AttributeId,
    row: RowId,
    snapshot: &Snapshot,
) -> Result<Option<i64>, ExecError> {
    let size = snapshot.size();
    let column = snapshot.column(attribute)?;
    let units = column.units().ok_or(ExecError::Unplanned("a time that is no number"))?;
    let chunk = units.chunks.get(size.chunk_of(row)).filter(|_| snapshot.is_alive(row));
    Ok(chunk.and_then(|chunk| chunk.get(size.position_of(row))))
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
        let line = self.line.id();
        let reach = if self.line.is_of_days() { 1 } else { REACH };
        let mut end = from.saturating_add(reach);
        let (mut events, mut to) = (self.between(from, end - 1)?, None);
        if events.is_empty()
            && let Some(first) = self.least(end)?
        {
            end = first.saturating_add(reach);
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
        Ok(Horizon { line, from, to, events, late, charge })
    }

    /// Reads what tells whether a time is still a customer's.
    pub(super) fn load(&self) -> Result<(), DeriveError> {
        match self.line {
            Line::Events(_) => Ok(()),
            Line::Attribute(attribute) => {
                Ok(self.snapshot.load(&[attribute.id], self.executor, self.budget)?)
            }
        }
    }

    /// Whether a time is still a customer's: values change. Events stay as they are.
    pub(super) fn still(&self, (time, row): Crossing) -> bool {
        match self.line {
            Line::Events(_) => true,
            Line::Attribute(attribute) => {
                let now = time_of(attribute.id, row, self.snapshot);
                now.is_ok_and(|now| now == Some(time))
            }
        }
    }

    /// The least time that is not before an instant.
    fn least(&self, from: i64) -> Result<Option<i64>, DeriveError> {
        let least =
            self.each(from, i64::MAX, |chunk, _| chunk.least_from(from).into_iter().collect())?;
        Ok(least.into_iter().min())
    }

    /// The events between two instants, both in.
    fn between(&self, low: i64, high: i64) -> Result<Vec<Crossing>, DeriveError> {
        self.each(low, high, |times, whose| {
            let crossing = |position: u16| {
                let time = times.values.get(usize::from(position));
                let customer = whose(position).filter(|_| (low..=high).contains(&time))?;
                Some((time, customer))
            };
            let found = times.within(low, high);
            found.iter(times.rows).filter_map(crossing).collect()
        })
    }

    /// The times of which something holds.
    pub(super) fn found(
        &self,
        holds: impl Fn(i64) -> bool + Sync,
    ) -> Result<Vec<Crossing>, DeriveError> {
        self.each(i64::MIN, i64::MAX, |times, whose| {
            let crossing = |position: u16| {
                let time = times.values.get(usize::from(position));
                whose(position).filter(|_| holds(time)).map(|customer| (time, customer))
            };
            times.known.iter(times.rows).filter_map(crossing).collect()
        })
    }

    /// What is found in the chunks that have times between two instants.
    fn each<T: Send>(
        &self,
        low: i64,
        high: i64,
        find: impl Fn(&UnitsChunk, &dyn Fn(u16) -> Option<RowId>) -> Vec<T> + Sync + Send,
    ) -> Result<Vec<T>, DeriveError> {
        let is_apart =
            |chunk: &UnitsChunk| chunk.n_known == 0 || chunk.max < low || chunk.min > high;
        let not_times = || ExecError::Unplanned("times that are no numbers");
        let parts = match self.line {
            Line::Events(table) => {
                let events = self.snapshot.events(table.id())?;
                events.snapshot.load(&[table.at(), events.link], self.executor, self.budget)?;
                let links = events.links(self.executor)?;
                let times = events.snapshot.column(table.at())?.units().ok_or_else(not_times)?;
                self.executor.map(times.chunks.len(), |at| {
                    let chunk = &times.chunks[at];
                    if is_apart(chunk) || self.executor.interrupted() {
                        return Vec::new();
                    }
                    let whose =
                        |at_event: u16| links[at].get(at_event).map(|row| RowId(row as u32));
                    find(chunk, &whose)
                })
            }
            Line::Attribute(attribute) => {
                self.snapshot.load(&[attribute.id], self.executor, self.budget)?;
                let times = self.snapshot.column(attribute.id)?.units().ok_or_else(not_times)?;
                let size = self.snapshot.size();
                self.executor.map(times.chunks.len(), |at| {
                    let chunk = &times.chunks[at];
                    if is_apart(chunk) || self.executor.interrupted() {
                        return Vec::new();
                    }
                    let whose = |position: u16| {
                        let row = size.row(at, position);
                        self.snapshot.is_alive(row).then_some(row)
                    };
                    find(chunk, &whose)
                })
            }
        };
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
            line: LineId::Events(TableId(1)),
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
                assert_eq!(horizon.first(low, |_| true), expected);
                let within = |(time, _): &&Crossing| (low..=low + 40).contains(time);
                let mut expected: Vec<Crossing> = all.iter().filter(within).copied().collect();
                let mut found = horizon.between(low, low + 40);
                expected.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        }
        assert!(horizon.late.len() <= MOST_LATE && horizon.events.len() > 500);
    }
}
