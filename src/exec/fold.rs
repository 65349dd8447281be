//! Figures of each customer's events: a column of one value a customer.
//!
//! The events that count are brought to their customers' chunks, which are then done side by side.
//! Where events lie by customer, as a bulk import leaves them, a chunk of events holds those of one
//! or two chunks of customers, so this is a pass over them in order.

use std::sync::Arc;

use super::columns::Columns;
use super::operand::Operand;
use super::{ExecError, MemberSet};
use crate::index::{
    Column, Container, Events, Layout, Snapshot, TextColumn, UnitsChunk, UnitsColumn,
};
use crate::model::{
    AttributeId, ChunkSize, Fold, FoldFunction, RowId, Source, Type, divide_rounded,
    float_from_units, float_to_units,
};
use crate::parallel::{Budget, Charge, Executor};
use crate::plan::StatementTime;

/// What computing figures of events takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folding<'a> {
    /// The customers.
    pub(crate) customers: &'a Snapshot,
    /// Their events.
    pub(crate) events: &'a Events,
    /// The column of the events' times.
    pub(crate) at: AttributeId,
    /// The statement's time.
    pub(crate) time: &'a StatementTime,
    /// The threads.
    pub(crate) executor: &'a Executor,
    /// What temporaries are charged to.
    pub(crate) budget: &'a Budget,
}

/// Events by their customers.
#[derive(Debug)]
pub(crate) struct ByCustomers {
    /// By chunk of customers, in the order of the events.
    chunks: Vec<Vec<Vec<Entry>>>,
    _charge: Charge,
}

/// An event of a customer: the customer's position in their chunk, and the event's row.
type Entry = (u16, u32);

/// Events of one chunk by the chunk of their customers.
#[derive(Default)]
struct Parts {
    done: Vec<(usize, Vec<Entry>)>,
    /// The part that the last event was added to.
    last: usize,
}

impl Parts {
    /// Adds an event of at most so many.
    fn add(&mut self, chunk: usize, entry: Entry, most: usize) {
        if self.done.get(self.last).is_none_or(|(of, _)| *of != chunk) {
            let known = self.done.iter().position(|(of, _)| *of == chunk);
            self.last = known.unwrap_or_else(|| {
                // Where events lie by customer, the first part takes most of them.
                let capacity = if self.done.is_empty() { most } else { 0 };
                self.done.push((chunk, Vec::with_capacity(capacity)));
                self.done.len() - 1
            });
        }
        self.done[self.last].1.push(entry);
    }
}

/// Bytes that an event and a customer take while figures are computed.
const EVENT_BYTES: usize = size_of::<Entry>();

/// The greatest share of a chunk that is read value by value, one in so many.
const SPARSE: u32 = 8;

impl ByCustomers {
    /// Whose events they are, among `n_rows` customers.
    pub(crate) fn customers(&self, size: ChunkSize, n_rows: u32) -> MemberSet {
        let chunk = |chunk: usize| {
            let rows = size.rows_in(chunk, n_rows);
            let mut words = vec![0u64; rows.div_ceil(64) as usize];
            for (position, _) in self.of_chunk(chunk) {
                words[usize::from(position) / 64] |= 1 << (position % 64);
            }
            Container::from_words(&words, rows)
        };
        MemberSet::new(size, n_rows, (0..size.n_chunks(n_rows)).map(chunk).collect())
    }

    /// The events of a chunk's customers: the position of each one's customer, and its row.
    pub(crate) fn of_chunk(&self, chunk: usize) -> impl Iterator<Item = (u16, u32)> + '_ {
        self.chunks.get(chunk).into_iter().flatten().flatten().copied()
    }
}

impl Folding<'_> {
    /// The figure of every customer over some events of theirs.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic or a sum overflows (the row is the customer's), the
    /// budget does not suffice, or the executor is interrupted.
    pub(crate) fn column(&self, fold: &Fold, by_chunk: &ByCustomers) -> Result<Column, ExecError> {
        let by_chunk = &by_chunk.chunks;
        let _customers = self.budget.charge(self.customers.n_rows() as usize * size_of::<i64>())?;
        let columns = Columns::new(&self.events.snapshot);
        let operand = match &fold.argument {
            None => None,
            Some(Source::Attribute(id)) => Some(Operand::attribute(*id, columns)?),
            Some(Source::Scalar(scalar)) => Some(Operand::scalar(scalar, columns, self.time)?),
            Some(Source::Key) => return Err(ExecError::Unplanned("keys of events")),
        };
        let Column::Units(times) = columns.any(self.at)? else {
            return Err(ExecError::Unplanned("events without a time"));
        };
        let folder = Folder { folding: self, fold, operand: operand.as_ref(), times };
        let chunks = self.executor.map(by_chunk.len(), |chunk| {
            if self.executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            folder.chunk(chunk, &by_chunk[chunk]).map(Arc::new)
        });
        let chunks = chunks.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(match (fold.ty, &operand) {
            (Type::Text, Some(Operand::Text(text, _))) => {
                let codes = UnitsColumn::new(Type::Int, Layout::Codes, chunks);
                let dictionary = Arc::clone(&text.dictionary);
                Column::Text(TextColumn::new(codes, dictionary, self.customers.size()))
            }
            (ty, _) => Column::Units(UnitsColumn::new(ty, layout(ty), chunks)),
        })
    }

    /// The events that are members, of those customers who are candidates, brought to these.
    ///
    /// # Errors
    ///
    /// When the column of customers cannot be read, the budget does not suffice, or the executor is
    /// interrupted.
    pub(crate) fn by_customers(
        &self,
        members: &MemberSet,
        candidates: Option<&MemberSet>,
    ) -> Result<ByCustomers, ExecError> {
        let charge = self.budget.charge(members.len() as usize * EVENT_BYTES)?;
        let links = self.events.links(self.executor)?;
        let (size, n_customers) = (self.customers.size(), self.customers.n_rows());
        let parts = self.executor.map(links.len(), |at| {
            let (chunk, found) = (&links[at], &members.chunks()[at]);
            if *found == Container::Empty || self.executor.interrupted() {
                return Vec::new();
            }
            let n = found.len(chunk.rows);
            let positions: Vec<u16> = found.iter(chunk.rows).collect();
            // All are fetched before one is looked at, so that none waits for another's fetch.
            let customers: Vec<i64> = if n * SPARSE < chunk.rows {
                positions.iter().map(|at| chunk.values.get(usize::from(*at))).collect()
            } else {
                let values = chunk.values.to_vec(chunk.rows as usize);
                positions.iter().map(|at| values[usize::from(*at)]).collect()
            };
            let first = size.row(at, 0).0;
            let mut parts = Parts::default();
            for (position, customer) in positions.into_iter().zip(customers) {
                let row = RowId(customer as u32);
                if candidates.is_none_or(|all| all.contains(row)) && row.0 < n_customers {
                    let entry = (size.position_of(row), first + u32::from(position));
                    parts.add(size.chunk_of(row), entry, n as usize);
                }
            }
            parts.done
        });
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        let mut by_chunk: Vec<Vec<Vec<Entry>>> = vec![Vec::new(); self.customers.n_chunks()];
        for (of, entries) in parts.into_iter().flatten() {
            if let Some(all) = by_chunk.get_mut(of) {
                all.push(entries);
            }
        }
        Ok(ByCustomers { chunks: by_chunk, _charge: charge })
    }
}

/// Numbers are read row by row, since a column that lives for one statement is asked once; codes
/// are few.
fn layout(ty: Type) -> Layout {
    match ty {
        Type::Bool => Layout::Codes,
        _ => Layout::Forward,
    }
}

/// How many events each customer has of those who have any, ascending.
fn counts(parts: &[Vec<Entry>], rows: u32) -> Vec<(u16, u32)> {
    let mut counts: Vec<(u16, u32)> = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    for (position, _) in parts.iter().flatten() {
        match counts.last_mut() {
            Some((last, n)) if last == position => *n += 1,
            Some((last, _)) if *last > *position => return unordered_counts(parts, rows),
            _ => counts.push((*position, 1)),
        }
    }
    counts
}

/// The same of events that do not lie by customer.
fn unordered_counts(parts: &[Vec<Entry>], rows: u32) -> Vec<(u16, u32)> {
    let mut by_position = vec![0u32; rows as usize];
    parts.iter().flatten().for_each(|(position, _)| by_position[usize::from(*position)] += 1);
    let counted = (0u16..=u16::MAX).zip(by_position);
    counted.filter(|(_, n)| *n > 0).collect()
}

/// Computes one figure.
struct Folder<'a> {
    folding: &'a Folding<'a>,
    fold: &'a Fold,
    operand: Option<&'a Operand<'a>>,
    times: &'a UnitsColumn,
}

impl Folder<'_> {
    /// The figure of a chunk's customers.
    fn chunk(&self, chunk: usize, parts: &[Vec<Entry>]) -> Result<UnitsChunk, ExecError> {
        let customers = self.folding.customers;
        let (rows, alive) = (customers.rows_in(chunk), customers.alive(chunk));
        if self.fold.function == FoldFunction::Count {
            return Ok(UnitsChunk::of_counts(alive.clone(), rows, &counts(parts, rows)));
        }
        let mut values = vec![0i64; rows as usize];
        let mut entries = parts.concat();
        if !entries.is_sorted_by_key(|(position, _)| *position) {
            // Stable, so that those of one customer stay in the order in which they came.
            entries.sort_by_key(|(position, _)| *position);
        }
        let mut known = Vec::new();
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            let Some((position, _)) = group.first() else { continue };
            let figure = self.figure(group);
            let figure = figure
                .map_err(|what| ExecError::of_row(customers.size().row(chunk, *position), what))?;
            if let Some(figure) = figure {
                values[usize::from(*position)] = figure;
                known.push(*position);
            }
        }
        let known = match self.fold.function.is_zero_of_nothing() {
            true => alive.clone(),
            false => Container::from_sorted(&known, rows),
        };
        Ok(UnitsChunk::build(
            known,
            &mut values,
            match self.fold.ty {
                Type::Text => Layout::Codes,
                ty => layout(ty),
            },
        ))
    }

    /// The figure of one customer's events, in the order in which they came.
    fn figure(&self, events: &[Entry]) -> Result<Option<i64>, &'static str> {
        let function = self.fold.function;
        match function {
            FoldFunction::Count => Ok(Some(events.len() as i64)),
            FoldFunction::First | FoldFunction::Last => {
                let at = |event: u32| self.time(event);
                let times = events.iter().map(|(_, event)| (at(*event), *event));
                let event = match function {
                    FoldFunction::First => times.min(),
                    _ => times.max(),
                };
                let Some((_, event)) = event else { return Ok(None) };
                Ok(self.value(event)?.map(|(_, stored)| stored))
            }
            FoldFunction::Sum if self.fold.ty == Type::Float => self.sum_of_doubles(events),
            FoldFunction::Sum => {
                let sum = self.known(events).try_fold(0i128, |sum, value| {
                    sum.checked_add(value?.0).ok_or("a sum of events")
                })?;
                i64::try_from(sum).map(Some).map_err(|_| "a sum of events")
            }
            FoldFunction::Min | FoldFunction::Max => {
                let mut best: Option<(i128, i64)> = None;
                for value in self.known(events) {
                    let value = value?;
                    let is_better = best.is_none_or(|best| match function {
                        FoldFunction::Min => value.0 < best.0,
                        _ => value.0 > best.0,
                    });
                    if is_better {
                        best = Some(value);
                    }
                }
                Ok(best.map(|(_, stored)| stored))
            }
            FoldFunction::Known => {
                let n = self.known(events).try_fold(0, |n, value| value.map(|_| n + 1))?;
                Ok(Some(n))
            }
            FoldFunction::Distinct => {
                let mut values = self.sorted(events)?;
                values.dedup();
                Ok(Some(values.len() as i64))
            }
            FoldFunction::Middles => self.middles(&self.sorted(events)?),
            FoldFunction::Interval => Ok(self.pace(events).map(|(_, span, gaps)| {
                // Millionths of a day.
                divide_rounded(span, gaps * 86_400) as i64
            })),
            FoldFunction::Expected => {
                let next = self.pace(events);
                Ok(next.map(|(latest, span, gaps)| latest + divide_rounded(span, gaps) as i64))
            }
        }
    }

    /// The latest of a customer's instants, how long it is from the first to it in microseconds, and
    /// how many gaps lie between; `None` of a single instant. The years of events keep it small.
    fn pace(&self, events: &[Entry]) -> Option<(i64, i128, i128)> {
        let mut times: Vec<i64> = events.iter().map(|(_, event)| self.time(*event)).collect();
        times.sort_unstable();
        times.dedup();
        let [first, .., latest] = times[..] else { return None };
        let gaps = times.len() as i128 - 1;
        Some((latest, i128::from(latest) - i128::from(first), gaps))
    }

    /// The known values of events.
    fn known<'e>(
        &'e self,
        events: &'e [Entry],
    ) -> impl Iterator<Item = Result<(i128, i64), &'static str>> + 'e {
        events.iter().filter_map(|(_, event)| self.value(*event).transpose())
    }

    fn sorted(&self, events: &[Entry]) -> Result<Vec<i128>, &'static str> {
        let mut values: Vec<i128> = self
            .known(events)
            .map(|value| value.map(|(order, _)| order))
            .collect::<Result<_, _>>()?;
        values.sort_unstable();
        Ok(values)
    }

    /// Doubles are added by time, then as they came, since the order tells in the last digits.
    fn sum_of_doubles(&self, events: &[Entry]) -> Result<Option<i64>, &'static str> {
        let mut by_time: Vec<(i64, u32)> =
            events.iter().map(|(_, event)| (self.time(*event), *event)).collect();
        by_time.sort_unstable();
        let mut sum = 0.0;
        for (_, event) in by_time {
            sum += self.value(event)?.map_or(0.0, |(_, units)| float_from_units(units));
        }
        float_to_units(sum).map(Some).ok_or("a sum of events")
    }

    fn middles(&self, sorted: &[i128]) -> Result<Option<i64>, &'static str> {
        let n = sorted.len();
        let (Some(low), Some(high)) = (sorted.get(n.wrapping_sub(1) / 2), sorted.get(n / 2)) else {
            return Ok(None);
        };
        let too_large = "a median of events";
        if self.fold.ty == Type::Float {
            let double = |units: i128| i64::try_from(units).map(float_from_units);
            let sum = double(*low).and_then(|low| Ok(low + double(*high)?));
            return sum.ok().and_then(float_to_units).map(Some).ok_or(too_large);
        }
        i64::try_from(low + high).map(Some).map_err(|_| too_large)
    }

    /// The value of an event: of its order, and as columns hold it.
    fn value(&self, event: u32) -> Result<Option<(i128, i64)>, &'static str> {
        let size = self.folding.events.snapshot.size();
        self.operand.map_or(Ok(None), |operand| operand.checked(RowId(event), size))
    }

    fn time(&self, event: u32) -> i64 {
        let (row, size) = (RowId(event), self.folding.events.snapshot.size());
        let chunk = &self.times.chunks[size.chunk_of(row)];
        chunk.values.get(usize::from(size.position_of(row)))
    }
}
