//! The values of columns that are computed, in their places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::changes::{Dirty, DirtyColumn, DirtyDictionary};
use super::chunk::UnitsIndex;
use super::edits::{ColumnEdit, Edit, Stage};
use super::resident::{Loaded, Slot};
use super::{
    Builder, Column, ColumnData, Container, IndexError, Layout, Packed, Rows, Snapshot, UnitsChunk,
    UnitsColumn,
};
use crate::model::{AttributeId, RowId, Type};
use crate::parallel::Executor;

impl Snapshot {
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

    /// The same customers with a bool of everybody: whether they are among some, chunk by chunk; and
    /// what of it must be written. Chunks that stay as they were are shared. Whoever is not among
    /// them has the value false, or, where only `members` have one, none.
    ///
    /// # Errors
    ///
    /// When the column has to be read, and cannot be, or is of no bools.
    pub(crate) fn with_flags(
        &self,
        id: AttributeId,
        members: &[Container],
        others: Others,
        executor: &Executor,
    ) -> Result<(Self, DirtyColumn), IndexError> {
        self.column_by(id, executor, None)?;
        let slot = self.columns.get(&id).ok_or(IndexError::NoColumn(id))?;
        let loaded = slot.column.get().ok_or(IndexError::NoColumn(id))?;
        let Column::Units(before) = &*loaded.column else {
            return Err(IndexError::Mismatch("a column of another type than bool"));
        };
        let chunks = executor.map(self.n_chunks(), |chunk| {
            let (rows, alive) = (self.rows_in(chunk), self.alive(chunk));
            let (before, members) = (&before.chunks[chunk], &members[chunk]);
            let is_known = match others {
                Others::False => before.known == *alive,
                Others::Missing => before.known == *members,
            };
            let is_same = is_known && before.flagged(true) == *members;
            if is_same {
                Arc::clone(before)
            } else {
                Arc::new(UnitsChunk::flags(alive, members, others, rows))
            }
        });
        let is_other = |chunk: &usize| !Arc::ptr_eq(&chunks[*chunk], &before.chunks[*chunk]);
        let dirty: BTreeSet<usize> = (0..chunks.len()).filter(is_other).collect();
        if dirty.is_empty() {
            return Ok((self.clone(), DirtyColumn::default()));
        }
        let column = Column::Units(UnitsColumn::new(before.ty, Layout::Codes, chunks));
        let mut after = self.clone();
        after.columns.insert(id, Slot::loaded(slot.ty, loaded.changed(column), self.commit));
        Ok((after, DirtyColumn { chunks: dirty, dictionary: DirtyDictionary::Clean }))
    }

    /// The same customers with bools turned for some of them, ascending by row and all others than
    /// they are; and what of it must be written.
    ///
    /// # Errors
    ///
    /// When a column has to be read, and cannot be.
    pub(crate) fn with_flag_edits(
        &self,
        edits: &[FlagEdit],
        executor: &Executor,
    ) -> Result<(Self, BTreeMap<AttributeId, DirtyColumn>), IndexError> {
        let edited = executor.map_heavy(edits.len(), |at| {
            let FlagEdit { id, others, rows } = &edits[at];
            self.column_by(*id, &executor.inlined(), None)?;
            let slot = self.columns.get(id).ok_or(IndexError::NoColumn(*id))?;
            let loaded = slot.column.get().ok_or(IndexError::NoColumn(*id))?;
            let Column::Units(flags) = &*loaded.column else {
                return Err(IndexError::Mismatch("a column of another type than bool"));
            };
            let (mut chunks, mut dirty) = (flags.chunks.clone(), BTreeSet::new());
            let size = self.size();
            for of in rows.chunk_by(|a, b| size.chunk_of(a.0) == size.chunk_of(b.0)) {
                let chunk = size.chunk_of(of[0].0);
                let n_rows = self.rows_in(chunk);
                let rows_of = |flag: bool| -> Vec<u16> {
                    let own = of.iter().filter(|(_, holds)| *holds == flag);
                    own.map(|(row, _)| size.position_of(*row)).collect()
                };
                let (came, went) = (rows_of(true), rows_of(false));
                let before = &chunks[chunk];
                let members = match others {
                    Others::Missing => &before.known,
                    Others::False => &before.flagged(true),
                };
                let members = members.patched((before.rows, n_rows), &came, &went);
                let flags = UnitsChunk::flags(self.alive(chunk), &members, *others, n_rows);
                chunks[chunk] = Arc::new(flags);
                dirty.insert(chunk);
            }
            let column = Column::Units(UnitsColumn::new(flags.ty, Layout::Codes, chunks));
            let slot = Slot::loaded(slot.ty, loaded.changed(column), self.commit);
            Ok((*id, slot, DirtyColumn { chunks: dirty, dictionary: DirtyDictionary::Clean }))
        });
        let (mut after, mut dirty) = (self.clone(), BTreeMap::new());
        for edit in edited {
            let (id, slot, parts) = edit?;
            after.columns.insert(id, slot);
            dirty.insert(id, parts);
        }
        Ok((after, dirty))
    }

    /// The same customers with other values of an attribute for all of them, given for every row
    /// and piece by piece; and what of it must be written.
    ///
    /// # Errors
    ///
    /// When the pieces are not of the attribute's type, or of another number of rows, or the column
    /// that was has to be read, and cannot be.
    pub(crate) fn with_column(
        &self,
        id: AttributeId,
        ty: Type,
        pieces: Vec<(usize, ColumnData)>,
        executor: &Executor,
    ) -> Result<(Self, Dirty), IndexError> {
        let column = self.column_of(ty, pieces, executor)?;
        self.with_computed(id, ty, column, executor)
    }

    /// A column of values given for every row and piece by piece.
    ///
    /// # Errors
    ///
    /// When the pieces are not of the type, or of another number of rows.
    pub(crate) fn column_of(
        &self,
        ty: Type,
        pieces: Vec<(usize, ColumnData)>,
        executor: &Executor,
    ) -> Result<Column, IndexError> {
        const ONLY: AttributeId = AttributeId(0);
        let mut builder = Builder::new(self.size(), None, &[(ONLY, ty)]);
        for (len, data) in pieces {
            builder.push(&Rows { len, keys: None, columns: vec![(ONLY, data)] }, executor)?;
        }
        let built = builder.finish(self.commit, executor)?;
        if built.n_rows() != self.n_rows() {
            return Err(IndexError::Mismatch("a computed column is of other rows"));
        }
        Ok(Column::clone(built.column(ONLY)?))
    }

    /// The same customers with another column of an attribute; and what of it must be written:
    /// chunks that are as they were are shared.
    ///
    /// # Errors
    ///
    /// When the column that was has to be read, and cannot be.
    pub(crate) fn with_computed(
        &self,
        id: AttributeId,
        ty: Type,
        column: Column,
        executor: &Executor,
    ) -> Result<(Self, Dirty), IndexError> {
        if self.columns.contains_key(&id) {
            self.column_by(id, executor, None)?;
        }
        let before = self.columns.get(&id).and_then(|slot| slot.column.get());
        let (column, dirty) = match before {
            Some(before) => before.column.taken_over(column),
            None => (column, None),
        };
        let whole = || DirtyColumn {
            chunks: (0..self.n_chunks()).collect(),
            dictionary: DirtyDictionary::Whole,
        };
        let dirty = dirty.unwrap_or_else(whole);
        let loaded = match before {
            Some(loaded) => loaded.changed(column),
            None => Loaded::new(column),
        };
        let mut after = self.clone();
        after.columns.insert(id, Slot::loaded(ty, loaded, self.commit));
        Ok((after, Dirty { columns: [(id, dirty)].into(), ..Dirty::default() }))
    }
}

/// What a bool is of customers for whom it does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// False, as of an attribute.
    False,
    /// Missing: the column is a set of members.
    Missing,
}

/// Bools of one column that are turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlagEdit {
    /// The column.
    pub(crate) id: AttributeId,
    /// What those have who are no members.
    pub(crate) others: Others,
    /// The customers, ascending, and whether they are members.
    pub(crate) rows: Vec<(RowId, bool)>,
}

impl UnitsChunk {
    /// A chunk of bools: whether each living row is among some.
    pub(crate) fn flags(alive: &Container, members: &Container, others: Others, rows: u32) -> Self {
        if others == Others::Missing {
            return Self::members(members.clone(), rows);
        }
        let mut flags = vec![0; rows as usize];
        members.iter(rows).for_each(|position| flags[usize::from(position)] = 1);
        Self::build(alive.clone(), &mut flags, Layout::Codes)
    }

    /// A chunk of bools that some rows have, and that is true of them.
    fn members(members: Container, rows: u32) -> Self {
        let n_known = members.len(rows);
        if n_known == 0 {
            return Self::missing(rows);
        }
        let values = Packed::mostly_base(rows as usize, 1, 1, std::iter::empty());
        let index = UnitsIndex::per_value(vec![(1, members.clone())]);
        Self { rows, known: members, n_known, min: 1, max: 1, values, index }
    }

    /// The rows of a chunk of bools that hold one of the two.
    pub(crate) fn flagged(&self, flag: bool) -> Container {
        let value = i64::from(flag);
        match &self.index {
            UnitsIndex::PerValue { values, .. } => {
                let found = values.iter().find(|(known, _)| *known == value);
                found.map_or(Container::Empty, |(_, rows)| rows.clone())
            }
            _ => {
                let is_it = |position: &u16| self.get(*position) == Some(value);
                let rows: Vec<u16> = self.known.iter(self.rows).filter(is_it).collect();
                Container::from_sorted(&rows, self.rows)
            }
        }
    }
}

impl Column {
    /// A column that takes the place of this one, with those chunks shared that are as they were;
    /// and what of it must be written, when that is not all.
    fn taken_over(&self, by: Self) -> (Self, Option<DirtyColumn>) {
        let chunks = |before: &UnitsColumn, after: &mut UnitsColumn| {
            let mut chunks = after.chunks.clone();
            let mut dirty = BTreeSet::new();
            for (at, chunk) in chunks.iter_mut().enumerate() {
                match before.chunks.get(at) {
                    Some(before) if before == chunk => *chunk = Arc::clone(before),
                    _ => drop(dirty.insert(at)),
                }
            }
            *after = UnitsColumn::new(after.ty, after.layout, chunks);
            let dictionary = DirtyDictionary::Clean;
            Some(DirtyColumn { chunks: dirty, dictionary })
        };
        match (self, by) {
            (Self::Units(before), Self::Units(mut after)) if before.layout == after.layout => {
                let dirty = chunks(before, &mut after);
                (Self::Units(after), dirty)
            }
            (Self::Text(before), Self::Text(mut after))
                if before.codes.layout == after.codes.layout
                    && after.postings.is_none()
                    && before.dictionary.is_same(&after.dictionary) =>
            {
                let dirty = chunks(&before.codes, &mut after.codes);
                after.dictionary = Arc::clone(&before.dictionary);
                (Self::Text(after), dirty)
            }
            (_, by) => (by, None),
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
