//! Columns that are computed: parts of a snapshot to compute on, and the values that come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::changes::{Dirty, DirtyColumn, DirtyDictionary};
use super::edits::{ColumnEdit, Edit, Stage};
use super::resident::{Loaded, Slot};
use super::{Builder, Column, ColumnData, Events, IndexError, KeyData, Rows, Snapshot};
use crate::catalog::KeyType;
use crate::model::{AttributeId, ChunkSize, RowId, TableId, Type};
use crate::parallel::Executor;

impl Snapshot {
    /// A snapshot of its own of some customers, in their order, with these attributes and all their
    /// events in these tables with these properties. Their keys are their places.
    ///
    /// # Errors
    ///
    /// When a column has to be read, and cannot be.
    pub(crate) fn picked(
        &self,
        customers: &[RowId],
        attributes: &[AttributeId],
        tables: &BTreeMap<TableId, Vec<AttributeId>>,
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let mut own = self.part(customers, attributes, true, executor)?;
        for (id, properties) in tables {
            let events = self.events(*id)?;
            let rows = events.of_customers(customers, executor)?;
            let mut part = events.snapshot.part(&rows, properties, false, executor)?;
            let places = events.customers_of(&rows)?;
            let place = |row: &RowId| customers.binary_search(row).ok().map(|at| at as i64);
            let links = ColumnData::Units(places.iter().map(place).collect());
            let links = part.built(&[(events.link, Type::Int, links)], rows.len(), executor)?;
            part.columns.extend(links.columns);
            own.tables.insert(*id, Events { link: events.link, snapshot: Arc::new(part) });
        }
        Ok(own)
    }

    /// Some rows, with these columns.
    fn part(
        &self,
        rows: &[RowId],
        columns: &[AttributeId],
        keyed: bool,
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let mut gathered = Vec::with_capacity(columns.len());
        for id in columns {
            let slot = self.columns.get(id).ok_or(IndexError::NoColumn(*id))?;
            gathered.push((*id, slot.ty, self.column_by(*id, executor, None)?.at(rows, self)));
        }
        let mut part = self.built(&gathered, rows.len(), executor)?;
        if keyed {
            let own: Vec<i64> = (0..rows.len() as i64).collect();
            let mut keys = Builder::new(self.size(), Some(KeyType::Int), &[]);
            let batch =
                Rows { len: rows.len(), keys: Some(KeyData::Int(own)), columns: Vec::new() };
            keys.push(&batch, executor)?;
            part.keys = keys.finish(self.commit, executor)?.keys;
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
        Self::empty(size, None).built(columns, len, executor)
    }

    /// A snapshot of columns of so many rows.
    fn built(
        &self,
        columns: &[(AttributeId, Type, ColumnData)],
        len: usize,
        executor: &Executor,
    ) -> Result<Self, IndexError> {
        let types: Vec<(AttributeId, Type)> =
            columns.iter().map(|(id, ty, _)| (*id, *ty)).collect();
        let mut builder = Builder::new(self.size(), None, &types);
        let columns = columns.iter().map(|(id, _, data)| (*id, data.clone())).collect();
        builder.push(&Rows { len, keys: None, columns }, executor)?;
        builder.finish(self.commit, executor)
    }

    /// The same customers with other values of an attribute for some of them, ascending; and what
    /// of it must be written. Values that are the same change nothing.
    ///
    /// # Errors
    ///
    /// When the column has to be read, and cannot be.
    pub(crate) fn with_values(
        &self,
        id: AttributeId,
        rows: &[RowId],
        values: &ColumnData,
        executor: &Executor,
    ) -> Result<(Self, DirtyColumn), IndexError> {
        self.column_by(id, executor, None)?;
        let slot = self.columns.get(&id).ok_or(IndexError::NoColumn(id))?;
        let loaded = slot.column.get().ok_or(IndexError::NoColumn(id))?;
        let differs = |(at, row): &(usize, &RowId)| loaded.column.differs(**row, self, values, *at);
        let edit = |(at, row): (usize, &RowId)| Edit { row: *row, batch: 0, at: at as u32 };
        let edits: Vec<Edit> = rows.iter().enumerate().filter(differs).map(edit).collect();
        if edits.is_empty() {
            return Ok((self.clone(), DirtyColumn::default()));
        }
        let stage = Stage {
            kept: Arc::clone(&self.alive),
            alive: &self.alive,
            n_rows_before: self.n_rows(),
            moved: BTreeSet::new(),
            reused: BTreeSet::new(),
            deleted: &[],
            inserted: Vec::new(),
            executor,
        };
        let edit = ColumnEdit { edits: &edits, data: vec![Some(values)] };
        let (column, dirty) = stage.column(&loaded.column, &edit);
        let mut after = self.clone();
        after.columns.insert(id, Slot::loaded(slot.ty, loaded.changed(column), self.commit));
        Ok((after, dirty))
    }

    /// The same customers with other values of an attribute for all of them, given for every row
    /// and piece by piece; and what of it must be written.
    ///
    /// # Errors
    ///
    /// When the pieces are not of the attribute's type, or of another number of rows.
    pub(crate) fn with_column(
        &self,
        id: AttributeId,
        ty: Type,
        pieces: Vec<(usize, ColumnData)>,
        executor: &Executor,
    ) -> Result<(Self, Dirty), IndexError> {
        let mut builder = Builder::new(self.size(), None, &[(id, ty)]);
        for (len, data) in pieces {
            builder.push(&Rows { len, keys: None, columns: vec![(id, data)] }, executor)?;
        }
        let built = builder.finish(self.commit, executor)?;
        if built.n_rows() != self.n_rows() {
            return Err(IndexError::Mismatch("a computed column is of other rows"));
        }
        let column = Column::clone(built.column(id)?);
        let loaded = match self.columns.get(&id).and_then(|slot| slot.column.get()) {
            Some(loaded) => loaded.changed(column),
            None => Loaded::new(column),
        };
        let mut after = self.clone();
        after.columns.insert(id, Slot::loaded(ty, loaded, self.commit));
        let (chunks, dictionary) = ((0..self.n_chunks()).collect(), DirtyDictionary::Whole);
        let columns = [(id, DirtyColumn { chunks, dictionary })].into();
        Ok((after, Dirty { columns, ..Dirty::default() }))
    }
}

impl Column {
    /// The values of some rows, in their order.
    fn at(&self, rows: &[RowId], of: &Snapshot) -> ColumnData {
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

    /// Whether a row has another value than the one that stands at a place of some values.
    fn differs(&self, row: RowId, of: &Snapshot, values: &ColumnData, at: usize) -> bool {
        let (chunk, position) = (of.size().chunk_of(row), of.size().position_of(row));
        match (self, values) {
            (Self::Units(units), ColumnData::Units(values)) => {
                units.chunks[chunk].get(position) != values[at]
            }
            (Self::Text(text), values) => {
                let code = text.codes.chunks[chunk].get(position);
                code.map(|code| text.dictionary.text(code as u32)) != values.text(at)
            }
            _ => true,
        }
    }
}
