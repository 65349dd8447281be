//! Some rows of a snapshot as one of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::container::words_of;
use super::resident::{Loaded, Slot};
use super::{
    Builder, Column, ColumnData, Container, Events, IndexError, KeyData, Layout, Rows, Snapshot,
    TextColumn, UnitsChunk, UnitsColumn,
};
use crate::catalog::KeyType;
use crate::model::{AttributeId, ChunkSize, RowId, TableId, Type};
use crate::parallel::Executor;

/// Rows up to which a text is worth a dictionary of its own, which patterns are soon through with.
const OWN_DICTIONARY: usize = 4_096;

/// Some rows, and the place of each among them.
#[derive(Debug)]
pub(super) struct Places {
    words: Vec<u64>,
    /// How many of them lie before each word.
    before: Vec<u32>,
}

impl Places {
    /// The places of some of `n_rows` rows, ascending, each once.
    pub(super) fn of(rows: &[RowId], n_rows: u32) -> Self {
        let mut words = vec![0u64; words_of(n_rows)];
        rows.iter().for_each(|row| words[row.0 as usize / 64] |= 1 << (row.0 % 64));
        let mut n = 0;
        let before = words.iter().map(|word| {
            let before = n;
            n += word.count_ones();
            before
        });
        let before = before.collect();
        Self { words, before }
    }

    /// Whether a row is among them.
    #[inline]
    pub(super) fn has(&self, row: u32) -> bool {
        let word = self.words.get(row as usize / 64).copied().unwrap_or(0);
        word >> (row % 64) & 1 == 1
    }

    /// The place of a row among them.
    fn place(&self, row: u32) -> Option<u32> {
        let (at, bit) = (row as usize / 64, row % 64);
        let below = || (self.words[at] & ((1 << bit) - 1)).count_ones();
        self.has(row).then(|| self.before[at] + below())
    }
}

impl Snapshot {
    /// A snapshot of its own of some customers, in their order, with these attributes and all their
    /// events in these tables with these properties. Their keys are their own when asked for, and
    /// else their places.
    ///
    /// # Errors
    ///
    /// When a column has to be read, and cannot be.
    pub(crate) fn picked(
        &self,
        customers: &[RowId],
        attributes: &[AttributeId],
        tables: &BTreeMap<TableId, Vec<AttributeId>>,
        own_keys: bool,
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let mut own = self.part(customers, attributes, executor)?;
        let data = match own_keys {
            true => self.load_keys(executor)?.at(customers),
            false => KeyData::Int((0..customers.len() as i64).collect()),
        };
        let ty = match data {
            KeyData::Int(_) => KeyType::Int,
            KeyData::Text { .. } => KeyType::Text,
        };
        let mut keys = Builder::new(self.size(), Some(ty), &[]);
        let (len, data) = (customers.len(), Some(data));
        keys.push(&Rows { len, keys: data, columns: Vec::new() }, executor)?;
        own.keys = keys.finish(self.commit, executor)?.keys;
        let places = Places::of(customers, self.n_rows());
        for (id, properties) in tables {
            let events = self.events(*id)?;
            let rows = events.of_customers(customers, executor)?;
            let mut part = events.snapshot.part(&rows, properties, executor)?;
            let whose = events.customers_of(&rows)?;
            let place = |row: &RowId| places.place(row.0).map(i64::from);
            let links = units(rows.len(), self.size(), executor, |at| place(&whose[at]));
            let links = UnitsColumn::new(Type::Int, Layout::Forward, links);
            let links = Slot::loaded(Type::Int, Loaded::new(Column::Units(links)), self.commit);
            part.columns.insert(events.link, links);
            own.tables.insert(*id, Events { link: events.link, snapshot: Arc::new(part) });
        }
        Ok(own)
    }

    /// Some rows, with these columns.
    fn part(
        &self,
        rows: &[RowId],
        columns: &[AttributeId],
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let mut part = Self::of_columns(self.size(), &[], rows.len(), executor)?;
        part.commit = self.commit;
        for id in columns {
            let slot = self.columns.get(id).ok_or(IndexError::NoColumn(*id))?;
            let column = self.column_by(*id, executor, None)?.picked(rows, self, executor)?;
            part.columns.insert(*id, Slot::loaded(slot.ty, Loaded::new(column), self.commit));
        }
        Ok(part)
    }

    /// The values of some rows, in their order; a row may come more than once.
    ///
    /// # Errors
    ///
    /// When the column has to be read, and cannot be.
    pub(crate) fn gathered(
        &self,
        id: AttributeId,
        rows: &[RowId],
    ) -> Result<ColumnData, IndexError> {
        Ok(self.column(id)?.at(rows, self))
    }

    /// A snapshot of columns of so many rows, which have no keys.
    ///
    /// # Errors
    ///
    /// When the columns are not of so many rows, or not of their types.
    pub(crate) fn of_columns(
        size: ChunkSize,
        columns: &[(AttributeId, Type, ColumnData)],
        len: usize,
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let types: Vec<(AttributeId, Type)> =
            columns.iter().map(|(id, ty, _)| (*id, *ty)).collect();
        let mut builder = Builder::new(size, None, &types);
        let columns = columns.iter().map(|(id, _, data)| (*id, data.clone())).collect();
        builder.push(&Rows { len, keys: None, columns }, executor)?;
        builder.finish(0, executor)
    }
}

/// Chunks of `n` values that are looked at row by row.
fn units(
    n: usize,
    size: ChunkSize,
    executor: &Executor,
    value: impl Fn(usize) -> Option<i64> + Sync,
) -> Vec<Arc<UnitsChunk>> {
    laid_out(n, size, executor, Layout::Forward, value)
}

fn laid_out(
    n: usize,
    size: ChunkSize,
    executor: &Executor,
    layout: Layout,
    value: impl Fn(usize) -> Option<i64> + Sync,
) -> Vec<Arc<UnitsChunk>> {
    let n_rows = n as u32;
    executor.map_heavy(size.n_chunks(n_rows), |chunk| {
        let rows = size.rows_in(chunk, n_rows);
        let first = size.row(chunk, 0).0 as usize;
        let (mut values, mut known) = (vec![0; rows as usize], vec![0u64; words_of(rows)]);
        for at in 0..rows as usize {
            if let Some(value) = value(first + at) {
                values[at] = value;
                known[at / 64] |= 1 << (at % 64);
            }
        }
        let known = Container::from_words(&known, rows);
        Arc::new(UnitsChunk::build(known, &mut values, layout))
    })
}

impl Column {
    /// The column of some rows of a snapshot, in their order.
    fn picked(
        &self,
        rows: &[RowId],
        of: &Snapshot,
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let size = of.size();
        let place = |at: usize| (size.chunk_of(rows[at]), size.position_of(rows[at]));
        let value = |units: &UnitsColumn, at: usize| {
            let (chunk, position) = place(at);
            units.chunks[chunk].get(position)
        };
        match self {
            Self::Units(units) => {
                let layout = match units.ty {
                    Type::Bool => Layout::Codes,
                    _ => Layout::Forward,
                };
                let chunks = laid_out(rows.len(), size, executor, layout, |at| value(units, at));
                Ok(Self::Units(UnitsColumn::new(units.ty, layout, chunks)))
            }
            Self::Text(text) if rows.len() > OWN_DICTIONARY => {
                let codes = &text.codes;
                let of = |at: usize| value(codes, at);
                let chunks = laid_out(rows.len(), size, executor, Layout::Codes, of);
                let codes = UnitsColumn::new(Type::Int, Layout::Codes, chunks);
                Ok(Self::Text(TextColumn::new(codes, Arc::clone(&text.dictionary), size)))
            }
            Self::Text(_) | Self::Set(_) => {
                let ty = if matches!(self, Self::Set(_)) { Type::Set } else { Type::Text };
                let id = AttributeId(0);
                let columns = [(id, ty, self.at(rows, of))];
                let built = Snapshot::of_columns(size, &columns, rows.len(), executor)?;
                Ok(Self::clone(built.column(id)?))
            }
        }
    }

    /// The values of some rows, in their order.
    pub(super) fn at(&self, rows: &[RowId], of: &Snapshot) -> ColumnData {
        let size = of.size();
        let place = |row: RowId| (size.chunk_of(row), size.position_of(row));
        match self {
            Self::Units(units) => {
                let value = |row: &RowId| {
                    let (chunk, position) = place(*row);
                    units.chunks[chunk].get(position)
                };
                ColumnData::Units(rows.iter().map(value).collect())
            }
            Self::Text(text) => {
                let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(rows.len()));
                let mut known = Vec::with_capacity(rows.len());
                for row in rows {
                    let (chunk, position) = place(*row);
                    let code = text.codes.chunks[chunk].get(position);
                    code.iter().for_each(|code| bytes += text.dictionary.text(*code as u32));
                    ends.push(bytes.len());
                    known.push(code.is_some());
                }
                ColumnData::Text { bytes, ends, known }
            }
            Self::Set(set) => {
                let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
                for row in rows {
                    let (chunk, position) = place(*row);
                    for code in set.chunks[chunk].codes_at(position) {
                        bytes += set.dictionary.text(code);
                        ends.push(bytes.len());
                    }
                    row_ends.push(ends.len());
                }
                ColumnData::Set { bytes, ends, row_ends }
            }
        }
    }
}
