//! Customers' events in order of time: what reports about what follows what go through.
//!
//! A chunk of customers is done after the other, in buffers that are used again. Where events lie by
//! customer, as a bulk import leaves them, the bounds of each chunk of events say which few hold
//! those of a chunk of customers; where they do not, events are brought to their customers first.

use super::columns::Columns;
use super::{ByCustomers, ExecError, Folding, MemberSet};
use crate::index::{Column, Container, UnitsChunk, UnitsColumn};
use crate::model::{AttributeId, ChunkSize, RowId};
use std::sync::Arc;

/// One event of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// When it happened, in microseconds.
    pub(crate) at: i64,
    /// Its row.
    pub(crate) event: u32,
    is_known: bool,
    value: i64,
}

impl Step {
    /// The units or code of the property that is read, if there is one and the event has a value.
    #[inline]
    pub(crate) fn value(&self) -> Option<i64> {
        self.is_known.then_some(self.value)
    }
}

/// The greatest share of a chunk's values that is read one by one, one in so many.
const SPARSE: usize = 8;
/// How often each chunk of events may be looked at, on average, before it is better to bring the
/// events to their customers.
const MOST_LOOKS: usize = 4;

/// What an accumulator's thread uses again from chunk to chunk.
#[derive(Default)]
struct Buffers {
    /// Each step's customer, by their position in the chunk.
    positions: Vec<u16>,
    steps: Vec<Step>,
    /// Steps that lie out of order, with their customers.
    unordered: Vec<(u16, Step)>,
    /// The events of one chunk that belong: where they lie, and whose they are.
    found: Vec<(u16, u16)>,
    links: Vec<i64>,
    units: Vec<i64>,
    members: Vec<u64>,
    events: Vec<u64>,
}

/// The columns that are read of events.
#[derive(Clone, Copy)]
struct Read<'a> {
    times: &'a UnitsColumn,
    values: Option<&'a UnitsColumn>,
}

/// Whose events are gone through.
#[derive(Clone, Copy)]
struct Sets<'a> {
    events: &'a MemberSet,
    customers: &'a MemberSet,
}

impl Folding<'_> {
    /// Those of some events whose customers belong to a set.
    ///
    /// # Errors
    ///
    /// When the column of customers cannot be read, the budget does not suffice, or the executor is
    /// interrupted.
    pub(crate) fn events_of(
        &self,
        events: &MemberSet,
        customers: &MemberSet,
    ) -> Result<MemberSet, ExecError> {
        if customers.len() == u64::from(self.customers.n_customers()) {
            return Ok(events.clone());
        }
        let is_member = Flags::of(customers, self.customers.n_rows());
        let _charge = self.budget.charge(is_member.0.len() * size_of::<u64>())?;
        let links = self.events.links(self.executor)?;
        let chunks = self.executor.map_with(links.len(), Vec::new, |decoded: &mut Vec<i64>, at| {
            let (link, found) = (&links[at], &events.chunks()[at]);
            if *found == Container::Empty || self.executor.interrupted() {
                return Container::Empty;
            }
            let n = found.len(link.rows) as usize;
            if n * SPARSE < link.rows as usize {
                let of = |at: &u16| is_member.has(link.values.get(usize::from(*at)));
                let positions: Vec<u16> = found.iter(link.rows).filter(of).collect();
                return Container::from_sorted(&positions, link.rows);
            }
            let customers = decode(link, decoded);
            let word = |all: &[i64]| {
                let bits = all.iter().enumerate();
                bits.fold(0u64, |word, (bit, row)| word | u64::from(is_member.has(*row)) << bit)
            };
            let mut words: Vec<u64> = customers.chunks(64).map(word).collect();
            found.and_into(&mut words, link.rows);
            Container::from_words(&words, link.rows)
        });
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        let snapshot = &self.events.snapshot;
        Ok(MemberSet::new(snapshot.size(), snapshot.n_rows(), chunks))
    }

    /// The customers of some events.
    ///
    /// # Errors
    ///
    /// When the column of customers cannot be read, or the executor is interrupted.
    pub(crate) fn owners(&self, events: &MemberSet) -> Result<MemberSet, ExecError> {
        let links = self.events.links(self.executor)?;
        let n_rows = self.customers.n_rows();
        let start = || (Vec::new(), vec![0u64; n_rows.div_ceil(64) as usize]);
        let all = self.executor.fold(links.len(), start, |(decoded, owners), at| {
            let (link, found) = (&links[at], &events.chunks()[at]);
            if *found == Container::Empty || self.executor.interrupted() {
                return;
            }
            let customers = decode(link, decoded);
            for position in found.iter(link.rows) {
                let row = customers[usize::from(position)] as usize;
                if let Some(word) = owners.get_mut(row / 64) {
                    *word |= 1 << (row % 64);
                }
            }
        });
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        let mut owners = vec![0u64; n_rows.div_ceil(64) as usize];
        for (_, part) in all {
            owners.iter_mut().zip(part).for_each(|(all, own)| *all |= own);
        }
        let size = self.customers.size();
        let chunk = |chunk: usize| {
            let rows = size.rows_in(chunk, n_rows);
            let first = chunk * size.words();
            let words = &owners[first..first + rows.div_ceil(64) as usize];
            Container::from_words(words, rows)
        };
        Ok(MemberSet::new(size, n_rows, (0..self.customers.n_chunks()).map(chunk).collect()))
    }

    /// Goes through those of some events that belong to some customers: through each customer's who
    /// has any, in order of time and then of arrival. The customers come in order within an
    /// accumulator, and the accumulators in the customers'.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
    pub(crate) fn journeys<A: Send>(
        &self,
        (events, customers): (&MemberSet, &MemberSet),
        property: Option<AttributeId>,
        start: impl Fn() -> A + Sync,
        visit: impl Fn(&mut A, RowId, &[Step]) + Sync,
    ) -> Result<Vec<A>, ExecError> {
        let columns = Columns::new(&self.events.snapshot);
        let Column::Units(times) = columns.any(self.at)? else {
            return Err(ExecError::Unplanned("events without a time"));
        };
        let values = property.map(|property| columns.codes(property)).transpose()?;
        let (read, sets) = (Read { times, values }, Sets { events, customers });
        let links = self.events.links(self.executor)?;
        let near = self.near(links, events);
        let brought = match near {
            Some(_) => None,
            None => Some(self.by_customers(events, Some(customers))?),
        };
        let size = self.customers.size();
        let begin = || (Buffers::default(), start());
        let all = self.executor.fold(self.customers.n_chunks(), begin, |(buffers, all), chunk| {
            if customers.chunks()[chunk] == Container::Empty || self.executor.interrupted() {
                return;
            }
            buffers.positions.clear();
            buffers.steps.clear();
            match (&near, &brought) {
                (Some(near), _) => {
                    buffers.members(sets, chunk, self.customers.rows_in(chunk));
                    let first = size.row(chunk, 0).0;
                    for at in &near[chunk] {
                        buffers.near(self, sets, read, (*at, &links[*at]), first);
                    }
                }
                (None, brought) => buffers.brought(brought.as_ref(), chunk, read, self),
            }
            buffers.order();
            let mut rest = &buffers.steps[..];
            for own in buffers.positions.chunk_by(|a, b| a == b) {
                let (steps, later) = rest.split_at(own.len());
                visit(all, size.row(chunk, own[0]), steps);
                rest = later;
            }
        });
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        Ok(all.into_iter().map(|(_, all)| all).collect())
    }

    /// The chunks of events that may hold those of each chunk of customers; `None` where these are
    /// too many.
    fn near(&self, links: &[Arc<UnitsChunk>], events: &MemberSet) -> Option<Vec<Vec<usize>>> {
        let (size, n_chunks) = (self.customers.size(), self.customers.n_chunks());
        let mut near = vec![Vec::new(); n_chunks];
        let mut rest = links.len() * MOST_LOOKS + n_chunks;
        for (at, link) in links.iter().enumerate() {
            if link.n_known == 0 || events.chunks()[at] == Container::Empty {
                continue;
            }
            let chunk = |row: i64| size.chunk_of(RowId(row as u32));
            let (first, last) = (chunk(link.min), chunk(link.max).min(n_chunks.saturating_sub(1)));
            for near in near.get_mut(first..=last)? {
                rest = rest.checked_sub(1)?;
                near.push(at);
            }
        }
        Some(near)
    }
}

impl Buffers {
    /// The customers of a chunk, a bit each.
    fn members(&mut self, sets: Sets<'_>, chunk: usize, rows: u32) {
        self.members.resize(rows.div_ceil(64) as usize, 0);
        sets.customers.chunks()[chunk].write_to(&mut self.members, rows);
    }

    /// Takes in the events of a chunk of events that belong to the members of a chunk of customers,
    /// whose rows begin with `first`.
    fn near(
        &mut self,
        folding: &Folding<'_>,
        sets: Sets<'_>,
        read: Read<'_>,
        (at, link): (usize, &UnitsChunk),
        first: u32,
    ) {
        let counted = &sets.events.chunks()[at];
        let Self { found, links, members, .. } = self;
        found.clear();
        let mut add = |position: usize, row: i64| {
            let of = row.wrapping_sub(i64::from(first)) as usize;
            if members.get(of / 64).is_some_and(|word| word >> (of % 64) & 1 == 1) {
                found.push((position as u16, of as u16));
            }
        };
        if counted.len(link.rows) as usize * SPARSE < link.rows as usize {
            for position in counted.iter(link.rows) {
                let position = usize::from(position);
                add(position, link.values.get(position));
            }
        } else {
            let rows = decode(link, links).iter().enumerate();
            if *counted == Container::Full {
                rows.for_each(|(position, row)| add(position, *row));
            } else {
                self.events.resize(link.rows.div_ceil(64) as usize, 0);
                counted.write_to(&mut self.events, link.rows);
                let counts =
                    |position: usize| self.events[position / 64] >> (position % 64) & 1 == 1;
                rows.filter(|(position, _)| counts(*position)).for_each(|(p, row)| add(p, *row));
            }
        }
        let size = folding.events.snapshot.size();
        let first_event = size.row(at, 0).0;
        let step = |(position, of): &(u16, u16)| {
            (
                *of,
                Step {
                    at: 0,
                    event: first_event + u32::from(*position),
                    is_known: false,
                    value: 0,
                },
            )
        };
        self.take(read, size, |found| found.iter().map(step));
    }

    /// Takes in the events that were brought to a chunk of customers.
    fn brought(
        &mut self,
        brought: Option<&ByCustomers>,
        chunk: usize,
        read: Read<'_>,
        folding: &Folding<'_>,
    ) {
        let size = folding.events.snapshot.size();
        let entries = brought.into_iter().flat_map(|brought| brought.of_chunk(chunk));
        let step = |(of, event)| (of, Step { at: 0, event, is_known: false, value: 0 });
        let steps = entries.map(step);
        self.take(read, size, |_| steps);
    }

    /// Takes in steps, with their times and values.
    fn take<'s, I: Iterator<Item = (u16, Step)>>(
        &'s mut self,
        read: Read<'_>,
        size: ChunkSize,
        steps: impl FnOnce(&'s [(u16, u16)]) -> I,
    ) {
        let from = self.steps.len();
        let Self { positions, steps: all, found, units, .. } = self;
        for (of, step) in steps(found) {
            positions.push(of);
            all.push(step);
        }
        let steps = &mut all[from..];
        fill(read.times, steps, size, units, |step, at| step.at = at);
        if let Some(values) = read.values {
            fill(values, steps, size, units, |step, value| {
                (step.is_known, step.value) = (true, value);
            });
        }
    }

    /// Brings the steps in the order of customers, times and arrival.
    fn order(&mut self) {
        let key = |(of, step): &(u16, Step)| (*of, step.at, step.event);
        let pairs = || self.positions.iter().copied().zip(self.steps.iter().copied());
        if pairs().is_sorted_by(|a, b| key(a) <= key(b)) {
            return;
        }
        self.unordered.clear();
        self.unordered.extend(self.positions.iter().copied().zip(self.steps.iter().copied()));
        self.unordered.sort_unstable_by_key(key);
        self.positions.clear();
        self.steps.clear();
        for (of, step) in &self.unordered {
            self.positions.push(*of);
            self.steps.push(*step);
        }
    }
}

/// Gives steps what a column has of their events: many of one chunk decoded together.
fn fill(
    column: &UnitsColumn,
    steps: &mut [Step],
    size: ChunkSize,
    units: &mut Vec<i64>,
    set: impl Fn(&mut Step, i64),
) {
    let chunk_of = |step: &Step| size.chunk_of(RowId(step.event));
    for part in steps.chunk_by_mut(|a, b| chunk_of(a) == chunk_of(b)) {
        let Some(first) = part.first() else { continue };
        let chunk = &column.chunks[chunk_of(first)];
        let position = |step: &Step| size.position_of(RowId(step.event));
        if part.len() * SPARSE < chunk.rows as usize {
            for step in part {
                if let Some(value) = chunk.get(position(step)) {
                    set(step, value);
                }
            }
            continue;
        }
        let values = decode(chunk, units);
        let is_full = chunk.known == Container::Full;
        for step in part {
            let position = position(step);
            if is_full || chunk.known.contains(position) {
                set(step, values[usize::from(position)]);
            }
        }
    }
}

/// The values of a chunk, missing ones too, in a buffer that is used again.
fn decode<'b>(chunk: &UnitsChunk, buffer: &'b mut Vec<i64>) -> &'b [i64] {
    buffer.resize(chunk.rows as usize, 0);
    chunk.values.decode_from(0, buffer);
    buffer
}

/// A set of customers, a bit each.
struct Flags(Vec<u64>);

impl Flags {
    fn of(members: &MemberSet, n_rows: u32) -> Self {
        let mut words = vec![0; n_rows.div_ceil(64) as usize];
        members.iter().for_each(|row| words[row.0 as usize / 64] |= 1 << (row.0 % 64));
        Self(words)
    }

    #[inline]
    fn has(&self, row: i64) -> bool {
        let row = row as usize;
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}
