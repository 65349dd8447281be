//! Tables of events as commits change them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::changes::{Changes, Dirty, TouchedEvents};
use super::picked::Places;
use super::resident::{Loaded, Slot};
use super::{
    Column, ColumnData, Container, Events, IndexError, Ordered, Rows, Snapshot, UnitsChunk,
    UnitsIndex,
};
use crate::model::{AttributeId, RowId, TableId, Type};
use crate::parallel::Executor;

/// Customers up to which each event's is sought among them.
const FEW_CUSTOMERS: usize = 16;
/// Customers of one chunk of events up to which their events are found one customer at a time.
const FEW_OF_CHUNK: usize = 8;

/// What a commit does to the tables of events.
#[derive(Debug, Default)]
pub(super) struct EventChanges {
    /// What must be written.
    pub(super) dirty: BTreeMap<TableId, Dirty>,
    /// Events that came and went, those that went with their customers apart.
    pub(super) n_events: u64,
    /// What was touched, by table.
    pub(super) touched: BTreeMap<TableId, TouchedEvents>,
}

impl Snapshot {
    /// The tables after some changes, and after some customers have gone, with their events; this
    /// snapshot has the customers that are left. A table of which nothing changes is shared.
    pub(super) fn tables_after(
        &self,
        changes: &Changes,
        gone: &[RowId],
        executor: &Executor,
    ) -> Result<(BTreeMap<TableId, Events>, EventChanges), IndexError> {
        let mut tables = self.tables.clone();
        for (id, link) in &changes.created {
            let snapshot = Arc::new(Self::empty(self.size(), None));
            if tables.insert(*id, Events { link: *link, snapshot }).is_some() {
                return Err(IndexError::Mismatch("an event table is made twice"));
            }
        }
        if let Some(id) = changes.tables.keys().find(|id| !tables.contains_key(id)) {
            return Err(IndexError::NoTable(*id));
        }
        let mut done = EventChanges::default();
        for (id, events) in &mut tables {
            let own = changes.tables.get(id);
            let orphans = events.of_customers(gone, executor)?;
            if own.is_none() && orphans.is_empty() {
                continue;
            }
            let mut all = own.cloned().unwrap_or_default();
            let n_own = events.snapshot.living(&all.deleted).len() as u64;
            let mut customers = events.customers_of(&all.deleted)?;
            all.deleted.extend(orphans);
            all.upserted.iter_mut().try_for_each(|rows| self.link(rows, events.link))?;
            all.upserted.iter().for_each(|rows| customers.extend(linked(rows, events.link)));
            let applied = events.snapshot.apply(&all, self.commit, executor)?;
            done.n_events += applied.n_inserted + n_own;
            events.snapshot = Arc::new(applied.snapshot);
            let came = applied.touched.inserted;
            done.touched.insert(*id, TouchedEvents { customers, came });
            done.dirty.insert(*id, applied.dirty);
        }
        Ok((tables, done))
    }
}

impl Snapshot {
    /// Gives events whose customers are told by their keys the customers' rows.
    fn link(&self, rows: &mut Rows, link: AttributeId) -> Result<(), IndexError> {
        let Some(keys) = rows.keys.take() else { return Ok(()) };
        let customers = self.keys()?;
        let customer = |at: usize| {
            let key = keys.key(at);
            let row = customers.row_of(key).ok_or_else(|| IndexError::NoCustomer(key.to_owned()));
            row.map(|row| Some(i64::from(row.0)))
        };
        let links = (0..rows.len).map(customer).collect::<Result<_, _>>()?;
        rows.columns.insert(0, (link, ColumnData::Units(links)));
        Ok(())
    }

    /// The same customers with a table that was built apart, in place of one without events; and
    /// what of it must be written.
    pub(crate) fn with_events(mut self, table: TableId, events: Events) -> (Self, Dirty) {
        let everything = Dirty::everything(&events.snapshot);
        self.tables.insert(table, events);
        (self, Dirty { tables: [(table, everything)].into(), ..Dirty::default() })
    }

    /// A snapshot without rows that has the columns of another, none of whose rows are kept.
    ///
    /// # Errors
    ///
    /// `Mismatch` when a column comes twice.
    pub(crate) fn with_columns_of(self, other: &Self) -> Result<Self, IndexError> {
        let added = other.attributes().collect();
        let changes = Changes { added, ..Changes::default() };
        let mut snapshot = self.apply(&changes, other.commit, &Executor::inline())?.snapshot;
        snapshot.tables.clone_from(&other.tables);
        Ok(snapshot)
    }

    /// The same customers, with the events of another snapshot of theirs.
    pub(crate) fn with_events_of(mut self, other: &Self) -> Self {
        self.tables.clone_from(&other.tables);
        self
    }
}

impl Snapshot {
    /// The same rows with one more column, for the length of a statement.
    pub(crate) fn with_passing(&self, id: AttributeId, ty: Type, column: Column) -> Self {
        let mut with = self.clone();
        with.columns.insert(id, Slot::loaded(ty, Loaded::new(column), self.commit));
        with
    }
}

/// The customers of events that come.
fn linked(rows: &Rows, link: AttributeId) -> impl Iterator<Item = RowId> + '_ {
    let column = rows.columns.iter().find(|(id, _)| *id == link);
    let links = match column {
        Some((_, ColumnData::Units(links))) => &links[..],
        _ => &[],
    };
    links.iter().flatten().map(|row| RowId(*row as u32))
}

/// The positions of events of customers between a chunk's least and greatest, ascending.
fn positions_in_order(
    chunk: &UnitsChunk,
    ordered: &Ordered,
    customers: &[RowId],
    alive: &Container,
) -> Vec<u16> {
    let mut positions = Vec::new();
    for customer in customers {
        let customer = i64::from(customer.0);
        let theirs = chunk.stretch(ordered, customer, customer);
        let living = theirs.parts().flatten().filter(|at| alive.contains(**at));
        positions.extend(living.copied());
    }
    positions.sort_unstable();
    positions
}

impl Events {
    /// The customers of some events, in their order.
    ///
    /// # Errors
    ///
    /// What the store says when the column of customers must be read first.
    pub(crate) fn customers_of(&self, events: &[RowId]) -> Result<Vec<RowId>, IndexError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (links, size) = (self.links(&Executor::inline())?, self.snapshot.size());
        let customer = |event: &RowId| {
            let link = links.get(size.chunk_of(*event))?.get(size.position_of(*event))?;
            Some(RowId(link as u32))
        };
        Ok(events.iter().filter_map(customer).collect())
    }

    /// The events of some customers, ascending; the customers ascend as well.
    ///
    /// # Errors
    ///
    /// What the store says when the column of customers must be read first.
    pub(crate) fn of_customers(
        &self,
        customers: &[RowId],
        executor: &Executor,
    ) -> Result<Vec<RowId>, IndexError> {
        let Some(last) = customers.last() else { return Ok(Vec::new()) };
        let chunks = self.links(executor)?;
        let size = self.snapshot.size();
        let places = (customers.len() > FEW_CUSTOMERS).then(|| Places::of(customers, last.0 + 1));
        let found = executor.map(chunks.len(), |at| {
            let (chunk, alive) = (&chunks[at], self.snapshot.alive(at));
            let from = customers.partition_point(|row| i64::from(row.0) < chunk.min);
            let to = customers.partition_point(|row| i64::from(row.0) <= chunk.max);
            // Where no event has a customer, the least is above the greatest.
            let theirs = customers.get(from..to).unwrap_or_default();
            if theirs.is_empty() {
                return Vec::new();
            }
            let positions = match &chunk.index {
                UnitsIndex::Ordered(ordered) if theirs.len() <= FEW_OF_CHUNK => {
                    positions_in_order(chunk, ordered, theirs, alive)
                }
                _ => {
                    let values = chunk.values.to_vec(chunk.rows as usize);
                    let is_theirs = |position: &u16| {
                        let customer = values[usize::from(*position)] as u32;
                        match &places {
                            Some(places) => places.has(customer),
                            None => theirs.binary_search(&RowId(customer)).is_ok(),
                        }
                    };
                    alive.iter(chunk.rows).filter(is_theirs).collect()
                }
            };
            positions.into_iter().map(|position| size.row(at, position)).collect::<Vec<_>>()
        });
        Ok(found.concat())
    }

    /// The customers' row ids, chunk by chunk of events; every event has one.
    ///
    /// # Errors
    ///
    /// What the store says when the column must be read first.
    pub(crate) fn links(&self, executor: &Executor) -> Result<&[Arc<UnitsChunk>], IndexError> {
        match &**self.snapshot.column_by(self.link, executor, None)? {
            Column::Units(units) => Ok(&units.chunks),
            _ => Err(IndexError::Mismatch("the events' customers are no numbers")),
        }
    }
}
