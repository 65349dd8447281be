//! Events in the order of their customers: those of one lie together, by time, so that what is
//! computed of one customer's events reads few chunks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::column_builder::{ColumnBuilder, OpenChunk, Sealed};
use super::{Alive, Builder, IndexError, Keys, Rows, Snapshot};
use crate::catalog::KeyType;
use crate::model::{AttributeId, ChunkSize, RowId, Type};
use crate::parallel::Executor;

/// Events on their way into a table, each with its customer's key, packed as they come: a file of
/// any length takes little more memory than the table that is made of it.
#[derive(Debug)]
pub(crate) struct Gathered {
    rows: Builder,
    link: AttributeId,
    at: AttributeId,
}

/// All events of a file, before their customers' rows are known.
#[derive(Debug)]
pub(crate) struct Keyed {
    rows: Builder,
    keys: Keys,
    /// The column of the customers' rows, which is still lacking.
    link: AttributeId,
    /// The column of the times.
    at: AttributeId,
}

impl Gathered {
    /// No event yet of a table of these columns, of customers whose keys are of a type.
    pub(crate) fn new(
        size: ChunkSize,
        key: KeyType,
        link: AttributeId,
        at: AttributeId,
        columns: impl Iterator<Item = (AttributeId, Type)>,
    ) -> Self {
        let columns: Vec<(AttributeId, Type)> = columns.filter(|(id, _)| *id != link).collect();
        Self { rows: Builder::new(size, Some(key), &columns), link, at }
    }

    /// Adds events with their customers' keys.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::push`].
    pub(crate) fn push(&mut self, rows: &Rows, executor: &Executor) -> Result<(), IndexError> {
        self.rows.push(rows, executor)
    }

    /// All of them.
    pub(crate) fn finish(mut self) -> Keyed {
        let (size, n_rows) = (self.rows.size, self.rows.n_rows);
        let keys = Keys::new(Arc::new(Alive::all(size, n_rows)), self.rows.take_keys());
        Keyed { rows: self.rows, keys, link: self.link, at: self.at }
    }
}

impl Keyed {
    /// New customers for the keys that are nobody's, each once, in the order of their first event.
    ///
    /// # Errors
    ///
    /// What the store says when the customers' keys must be read first.
    pub(crate) fn newcomers(
        &self,
        customers: &Snapshot,
        executor: &Executor,
    ) -> Result<Rows, IndexError> {
        let known = customers.load_keys(executor)?;
        let mut seen = HashSet::new();
        let is_new = |event: &RowId| {
            let key = self.keys.key(*event);
            known.row_of(key).is_none() && seen.insert(key)
        };
        let new: Vec<RowId> = (0..self.rows.n_rows).map(RowId).filter(is_new).collect();
        Ok(Rows { len: new.len(), keys: Some(self.keys.at(&new)), columns: Vec::new() })
    }

    /// The events by customer, then by time, then as they came.
    ///
    /// # Errors
    ///
    /// `NoCustomer` for a key that is nobody's; what the store says when the customers' keys must
    /// be read first.
    pub(crate) fn clustered(
        self,
        customers: &Snapshot,
        executor: &Executor,
    ) -> Result<Builder, IndexError> {
        let Self { rows: mut built, keys, link, at } = self;
        built.columns.iter_mut().for_each(|(.., column)| inner(column).seal_open());
        let links = links(&keys, built.n_rows, customers, executor)?;
        drop(keys);
        let times = built.columns.iter_mut().find(|(id, ..)| *id == at);
        let times = times.and_then(|(.., column)| inner(column).sealed_units());
        let times = times.ok_or(IndexError::Mismatch("events without a time"))?;
        let order = order(&links, times, built.size, customers.n_rows());
        let links = ColumnBuilder::of_units(Type::Int, links, built.size);
        built.columns.insert(0, (link, Type::Int, Mutex::new(links)));
        for (.., column) in &mut built.columns {
            inner(column).reorder(&order, built.size, executor);
        }
        Ok(built)
    }
}

fn inner(column: &mut Mutex<ColumnBuilder>) -> &mut ColumnBuilder {
    column.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The rows of the customers of these keys.
fn links(
    keys: &Keys,
    n_rows: u32,
    customers: &Snapshot,
    executor: &Executor,
) -> Result<Vec<Sealed>, IndexError> {
    let (known, size) = (customers.load_keys(executor)?, keys.size());
    let chunks = executor.map_heavy(size.n_chunks(n_rows), |chunk| {
        let mut open = OpenChunk::new(size);
        for position in 0..size.rows_in(chunk, n_rows) {
            let key = keys.key(size.row(chunk, position as u16));
            let row = known.row_of(key).ok_or_else(|| IndexError::NoCustomer(key.to_owned()))?;
            open.put(Some(i64::from(row.0)));
        }
        Ok(open.take())
    });
    chunks.into_iter().collect()
}

/// The order of events by customer, then by time, then as they came.
///
/// Counts how many each customer has and puts every event in its place, so that the sorting left is
/// of one customer's events: some few, and none where the file is in the order of time.
fn order(links: &[Sealed], times: &[Sealed], size: ChunkSize, n_customers: u32) -> Vec<u32> {
    let mut ends = vec![0u32; n_customers as usize + 1];
    let mut n_rows = 0;
    each(links, |customer| {
        ends[customer as usize + 1] += 1;
        n_rows += 1;
    });
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut order = vec![0u32; n_rows];
    let mut row = 0;
    each(links, |customer| {
        let place = &mut ends[customer as usize];
        order[*place as usize] = row;
        *place += 1;
        row += 1;
    });
    let (mut is_sorted, mut last) = (true, i64::MIN);
    each(times, |time| is_sorted &= std::mem::replace(&mut last, time) <= time);
    if is_sorted {
        return order;
    }
    let time = |row: &u32| {
        let row = RowId(*row);
        times[size.chunk_of(row)].value(size.position_of(row))
    };
    let mut start = 0;
    for end in ends.into_iter().map(|end| end as usize) {
        if let Some(own) = order.get_mut(start..end) {
            // Equal times stay as they came: the sort is stable.
            if !own.is_sorted_by_key(time) {
                own.sort_by_cached_key(time);
            }
        }
        start = end.max(start);
    }
    order
}

/// Every value, in the order of rows.
fn each(chunks: &[Sealed], mut with: impl FnMut(i64)) {
    chunks.iter().for_each(|chunk| chunk.to_vec().into_iter().for_each(&mut with));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Column, ColumnData, Key, KeyData};

    const LINK: AttributeId = AttributeId(0);
    const AT: AttributeId = AttributeId(1);
    const NAME: AttributeId = AttributeId(2);
    const TAGS: AttributeId = AttributeId(3);
    const COLUMNS: [(AttributeId, Type); 4] =
        [(LINK, Type::Int), (AT, Type::Timestamp), (NAME, Type::Text), (TAGS, Type::Set)];

    fn customer_of(event: usize) -> usize {
        event * 7919 % 37
    }

    fn customers(n: usize) -> Snapshot {
        let mut builder = Builder::new(ChunkSize::FULL, Some(KeyType::Text), &[]);
        let keys = (0..n).map(key);
        builder.push(&customers_of(keys), &Executor::inline()).unwrap();
        builder.finish(1, &Executor::inline()).unwrap()
    }

    fn key(customer: usize) -> String {
        format!("C{customer}")
    }

    fn customers_of(keys: impl Iterator<Item = String>) -> Rows {
        let (mut bytes, mut ends) = (String::new(), Vec::new());
        for key in keys {
            bytes += &key;
            ends.push(bytes.len());
        }
        Rows { len: ends.len(), keys: Some(KeyData::Text { bytes, ends }), columns: Vec::new() }
    }

    /// Some events: their time, a text that some have, and tags, as the batch's own words.
    fn batch(events: std::ops::Range<usize>, at: impl Fn(usize) -> i64) -> Rows {
        let mut rows = customers_of(events.clone().map(|event| key(customer_of(event))));
        let times = events.clone().map(|event| Some(at(event))).collect();
        let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
        let (mut tags, mut tag_ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
        for event in events {
            known.push(event % 3 != 0);
            if event % 3 != 0 {
                bytes += &format!("n{}", event % 50);
            }
            ends.push(bytes.len());
            for tag in 0..event % 4 {
                tags += &format!("t{tag}");
                tag_ends.push(tags.len());
            }
            row_ends.push(tag_ends.len());
        }
        rows.columns = vec![
            (AT, ColumnData::Units(times)),
            (NAME, ColumnData::Text { bytes, ends, known }),
            (TAGS, ColumnData::Set { bytes: tags, ends: tag_ends, row_ends }),
        ];
        rows
    }

    fn shown(data: &ColumnData, row: usize) -> String {
        match data {
            ColumnData::Units(units) => format!("{:?}", units[row]),
            ColumnData::Text { .. } => format!("{:?}", data.text(row)),
            ColumnData::Set { .. } => data.elements(row).collect::<Vec<_>>().join(","),
        }
    }

    fn gathered(n: usize, at: impl Fn(usize) -> i64) -> Keyed {
        let columns = COLUMNS.into_iter();
        let mut gathered = Gathered::new(ChunkSize::FULL, KeyType::Text, LINK, AT, columns);
        for start in (0..n).step_by(30_011) {
            let rows = batch(start..n.min(start + 30_011), &at);
            gathered.push(&rows, &Executor::inline()).unwrap();
        }
        gathered.finish()
    }

    fn check_order(n: usize, at: impl Fn(usize) -> i64) {
        let (whole, executor) = (batch(0..n, &at), Executor::with_threads(2).unwrap());
        let mut expected: Vec<usize> = (0..n).collect();
        expected.sort_by_key(|event| (customer_of(*event), at(*event), *event));
        let built = gathered(n, at).clustered(&customers(40), &executor).unwrap();
        let rows = built.into_rows();
        rows.check().unwrap();
        assert_eq!(
            rows.columns.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            [LINK, AT, NAME, TAGS]
        );
        for (row, event) in expected.into_iter().enumerate() {
            let customer = Some(customer_of(event) as i64);
            assert_eq!(shown(&rows.columns[0].1, row), format!("{customer:?}"));
            for ((_, found), (_, data)) in rows.columns[1..].iter().zip(&whole.columns) {
                assert_eq!(shown(found, row), shown(data, event), "row {row}");
            }
        }
    }

    #[test]
    fn events_lie_by_customer_then_by_time_then_as_they_came() {
        // More than one chunk, in no order of time; one that is not full, in it; none.
        check_order(150_000, |event| (event * 104_729 % 11) as i64);
        check_order(1_000, |event| (event / 3) as i64);
        check_order(0, |_| 0);
    }

    #[test]
    fn a_table_is_built_of_them() {
        let built = gathered(70_000, |event| event as i64);
        let built = built.clustered(&customers(37), &Executor::inline()).unwrap();
        let table = built.finish(3, &Executor::inline()).unwrap();
        assert_eq!(table.n_rows(), 70_000);
        let Column::Units(links) = &**table.column(LINK).unwrap() else { panic!("links") };
        let links: Vec<i64> =
            links.chunks.iter().flat_map(|c| c.values.to_vec(c.rows as usize)).collect();
        assert!(links.is_sorted());
    }

    #[test]
    fn newcomers_come_in_the_order_of_their_first_event() {
        let events = gathered(100, |event| event as i64);
        let new = events.newcomers(&customers(30), &Executor::inline()).unwrap();
        let mut expected: Vec<usize> = (0..37).map(customer_of).filter(|c| *c >= 30).collect();
        expected.dedup();
        let keys = new.keys.unwrap();
        let found: Vec<Key> = (0..new.len).map(|at| keys.key(at).to_owned()).collect();
        assert_eq!(found, expected.into_iter().map(|c| Key::Text(key(c))).collect::<Vec<_>>());
        let strangers = events.clustered(&customers(30), &Executor::inline());
        let Err(IndexError::NoCustomer(key)) = strangers else { panic!("a stranger has a row") };
        assert!(found.contains(&key));
    }
}
