//! Customers' events in order of time: what reports about what follows what go through.

use super::columns::Columns;
use super::{ByCustomers, ExecError, Folding, MemberSet};
use crate::index::{Column, Container, UnitsColumn};
use crate::model::{AttributeId, ChunkSize, RowId};

/// One event of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    /// When it happened, in microseconds.
    pub(crate) at: i64,
    /// Its row.
    pub(crate) event: u32,
    /// The units or code of the property that is read, if there is one and the event has a value.
    pub(crate) value: Option<i64>,
}

/// The greatest share of a chunk's values that is read one by one, one in so many.
const SPARSE: usize = 8;

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
        let chunks = self.executor.map(links.len(), |at| {
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
            let customers = link.values.to_vec(link.rows as usize);
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

    /// Goes through the events of each customer who has any, in order of time and then of arrival;
    /// the customers come in order within an accumulator, and the accumulators in the customers'.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
    pub(crate) fn journeys<A: Send>(
        &self,
        by_customers: &ByCustomers,
        property: Option<AttributeId>,
        start: impl Fn() -> A + Sync,
        visit: impl Fn(&mut A, RowId, &[Step]) + Sync,
    ) -> Result<Vec<A>, ExecError> {
        let columns = Columns::new(&self.events.snapshot);
        let Column::Units(times) = columns.any(self.at)? else {
            return Err(ExecError::Unplanned("events without a time"));
        };
        let values = property.map(|property| columns.codes(property)).transpose()?;
        let (size, n_chunks) = (self.customers.size(), self.customers.n_chunks());
        let all = self.executor.fold(n_chunks, &start, |all, chunk| {
            if self.executor.interrupted() {
                return;
            }
            let (positions, steps) = self.steps(by_customers, chunk, times, values);
            let mut rest = &steps[..];
            for own in positions.chunk_by(|a, b| a == b) {
                let (steps, later) = rest.split_at(own.len());
                visit(all, size.row(chunk, own[0]), steps);
                rest = later;
            }
        });
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        Ok(all)
    }

    /// The events of a chunk's customers, by customer, time and arrival, and each one's customer.
    fn steps(
        &self,
        by_customers: &ByCustomers,
        chunk: usize,
        times: &UnitsColumn,
        values: Option<&UnitsColumn>,
    ) -> (Vec<u16>, Vec<Step>) {
        let entries: Vec<(u16, u32)> = by_customers.of_chunk(chunk).collect();
        let size = self.events.snapshot.size();
        let times = gathered(times, &entries, size);
        let values = values.map(|values| gathered(values, &entries, size));
        let mut steps = Vec::with_capacity(entries.len());
        for (place, (position, event)) in entries.iter().enumerate() {
            // Every event has a time.
            let Some(at) = times[place] else { continue };
            let value = values.as_ref().and_then(|values| values[place]);
            steps.push((*position, Step { at, event: *event, value }));
        }
        let key = |(position, step): &(u16, Step)| (*position, step.at, step.event);
        if !steps.is_sorted_by_key(key) {
            steps.sort_unstable_by_key(key);
        }
        steps.into_iter().unzip()
    }
}

/// The values of events, in their order: chunk by chunk of events, many of one chunk decoded
/// together.
fn gathered(column: &UnitsColumn, entries: &[(u16, u32)], size: ChunkSize) -> Vec<Option<i64>> {
    let chunk_of = |event: u32| size.chunk_of(RowId(event));
    let mut values = Vec::with_capacity(entries.len());
    for part in entries.chunk_by(|(_, a), (_, b)| chunk_of(*a) == chunk_of(*b)) {
        let Some((_, first)) = part.first() else { continue };
        let chunk = &column.chunks[chunk_of(*first)];
        let position = |event: u32| size.position_of(RowId(event));
        if part.len() * SPARSE < chunk.rows as usize {
            values.extend(part.iter().map(|(_, event)| chunk.get(position(*event))));
            continue;
        }
        let all = chunk.values.to_vec(chunk.rows as usize);
        let value = |event: u32| all[usize::from(position(event))];
        if chunk.known == Container::Full {
            values.extend(part.iter().map(|(_, event)| Some(value(*event))));
        } else {
            let known = chunk.known.to_words(chunk.rows);
            let is_known = |event: u32| {
                let position = usize::from(position(event));
                known[position / 64] >> (position % 64) & 1 == 1
            };
            values.extend(part.iter().map(|(_, event)| is_known(*event).then(|| value(*event))));
        }
    }
    values
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
