//! Columns and keys after a commit, chunk by chunk.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::changes::{DirtyColumn, DirtyDictionary};
use super::container::words_of;
use super::patch;
use super::{
    Alive, Column, ColumnData, Container, Dictionary, Layout, Postings, SetChunk, SetColumn,
    TextColumn, UnitsChunk, UnitsColumn,
};
use crate::model::RowId;
use crate::parallel::Executor;

/// A row that takes a value, and where in the batches that stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit {
    pub(super) row: RowId,
    pub(super) batch: u32,
    pub(super) at: u32,
}

/// What happens to the rows of every column in one commit.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    /// Rows that keep what they have.
    pub(super) kept: Arc<Alive>,
    /// Rows that are customers afterwards.
    pub(super) alive: &'a Alive,
    /// Rows before the commit.
    pub(super) n_rows_before: u32,
    /// Chunks in which rows came, went or were added.
    pub(super) moved: BTreeSet<usize>,
    /// Chunks in which a new customer took a dead row: what is stored there must be replaced.
    pub(super) reused: BTreeSet<usize>,
    /// Customers that went, ascending.
    pub(super) deleted: &'a [RowId],
    /// Customers that came, ascending.
    pub(super) inserted: Vec<RowId>,
    /// Runs the chunks.
    pub(super) executor: &'a Executor,
}

/// The values that one column takes.
#[derive(Debug)]
pub(super) struct ColumnEdit<'a> {
    /// Ascending by row, each row once.
    pub(super) edits: &'a [Edit],
    /// The column in each batch.
    pub(super) data: Vec<Option<&'a ColumnData>>,
}

/// The set of a new customer who was given none.
const EMPTY: Option<&[u32]> = Some(&[]);

/// Postings changed one by one up to this share of all; more are made anew.
const POSTINGS_SHARE: usize = 16;

impl Stage<'_> {
    /// A column after the commit, and which parts of it differ from what is stored.
    pub(super) fn column(&self, column: &Column, edit: &ColumnEdit<'_>) -> (Column, DirtyColumn) {
        let mut dirty = self.dirty_chunks(edit);
        let column = match column {
            Column::Units(units) => {
                let values: Vec<Option<i64>> = edit.edits.iter().map(|e| edit.units(*e)).collect();
                let chunks = self.units(&units.chunks, edit.edits, &values, units.layout);
                Column::Units(units.changed(chunks))
            }
            Column::Text(text) => Column::Text(self.text(text, edit, &mut dirty)),
            Column::Set(set) => Column::Set(self.sets(set, edit, &mut dirty)),
        };
        (column, dirty)
    }

    fn dirty_chunks(&self, edit: &ColumnEdit<'_>) -> DirtyColumn {
        let size = self.alive.size;
        let edited = edit.edits.iter().map(|edit| size.chunk_of(edit.row));
        let chunks = edited.chain(self.reused.iter().copied()).collect();
        DirtyColumn { chunks, dictionary: DirtyDictionary::Clean }
    }

    /// Chunks after the commit: those that neither moved nor take a value are shared.
    fn units(
        &self,
        chunks: &[Arc<UnitsChunk>],
        edits: &[Edit],
        values: &[Option<i64>],
        layout: Layout,
    ) -> Vec<Arc<UnitsChunk>> {
        self.executor.map_heavy(self.alive.chunks.len(), |at| {
            let range = self.edits_of(edits, at);
            match chunks.get(at) {
                Some(chunk) if range.is_empty() && !self.moved.contains(&at) => Arc::clone(chunk),
                chunk => {
                    let edits = edits[range.clone()].iter().zip(&values[range]);
                    let patched = chunk.and_then(|chunk| {
                        let values = edits.clone().map(|(edit, value)| (edit.row, *value));
                        let values = self.with_deleted(at, values.collect(), None)?;
                        chunk.patched(self.alive.rows_in(at), &values, layout)
                    });
                    Arc::new(patched.unwrap_or_else(|| {
                        self.units_chunk(at, chunk.map(|chunk| &**chunk), edits, layout)
                    }))
                }
            }
        })
    }

    /// The new values of a chunk by position, those of deleted customers, which have none, among
    /// them; `None` when they are not few.
    fn with_deleted<T: Copy>(
        &self,
        at: usize,
        edits: Vec<(RowId, T)>,
        none: T,
    ) -> Option<Vec<(u16, T)>> {
        let size = self.alive.size;
        let from = self.deleted.partition_point(|row| size.chunk_of(*row) < at);
        let to = self.deleted.partition_point(|row| size.chunk_of(*row) <= at);
        if !patch::are_few(edits.len() + to - from, self.alive.rows_in(at)) {
            return None;
        }
        let mut values: Vec<(u16, T)> =
            self.deleted[from..to].iter().map(|row| (size.position_of(*row), none)).collect();
        for (row, value) in edits {
            let position = size.position_of(row);
            match values.binary_search_by_key(&position, |(position, _)| *position) {
                Ok(place) => values[place].1 = value,
                Err(place) => values.insert(place, (position, value)),
            }
        }
        Some(values)
    }

    fn units_chunk<'e>(
        &self,
        at: usize,
        chunk: Option<&UnitsChunk>,
        edits: impl Iterator<Item = (&'e Edit, &'e Option<i64>)>,
        layout: Layout,
    ) -> UnitsChunk {
        let rows = self.alive.rows_in(at);
        let (mut values, mut known) = (vec![0; rows as usize], vec![0; words_of(rows)]);
        if let Some(chunk) = chunk {
            chunk.values.decode_into(&mut values[..chunk.rows as usize]);
            chunk.known.write_to(&mut known, chunk.rows);
            self.kept.chunks[at].and_into(&mut known, rows);
        }
        for (edit, value) in edits {
            let position = usize::from(self.alive.size.position_of(edit.row));
            known[position / 64] &= !(1 << (position % 64));
            known[position / 64] |= u64::from(value.is_some()) << (position % 64);
            values[position] = value.unwrap_or(0);
        }
        UnitsChunk::build(Container::from_words(&known, rows), &mut values, layout)
    }

    fn text(
        &self,
        text: &TextColumn,
        edit: &ColumnEdit<'_>,
        dirty: &mut DirtyColumn,
    ) -> TextColumn {
        let texts: Vec<Option<&str>> = edit.edits.iter().map(|e| edit.text(*e)).collect();
        let (dictionary, codes) =
            text.dictionary.with(&texts.iter().copied().flatten().collect::<Vec<&str>>());
        let mut codes = codes.into_iter().map(i64::from);
        let values: Vec<Option<i64>> =
            texts.iter().map(|text| text.and_then(|_| codes.next())).collect();
        let chunks = self.units(&text.codes.chunks, edit.edits, &values, text.codes.layout);
        if dictionary.is_overgrown() {
            return self.recoded(&dictionary, &chunks, dirty);
        }
        if dictionary.len() > text.dictionary.len() {
            dirty.dictionary = DirtyDictionary::Tail;
        }
        let codes = text.codes.changed(chunks);
        match &text.postings {
            Some(old)
                if edit.edits.len() + self.deleted.len() <= dictionary.len() / POSTINGS_SHARE =>
            {
                let postings = self.postings(old, &text.codes, &codes, edit.edits);
                let (dictionary, postings) = (Arc::new(dictionary), Some(Arc::new(postings)));
                TextColumn { codes, dictionary, postings }
            }
            _ => TextColumn::new(codes, Arc::new(dictionary), self.alive.size),
        }
    }

    /// The column with its dictionary sorted anew; every chunk changes.
    fn recoded(
        &self,
        dictionary: &Dictionary,
        chunks: &[Arc<UnitsChunk>],
        dirty: &mut DirtyColumn,
    ) -> TextColumn {
        let (dictionary, recode) = dictionary.sorted();
        let n_known = chunks.iter().map(|chunk| u64::from(chunk.n_known)).sum();
        let layout = TextColumn::layout_of(&dictionary, n_known);
        let chunks = self.executor.map_heavy(chunks.len(), |at| {
            let chunk = &chunks[at];
            let recoded = |code: i64| recode.get(code as usize).map_or(0, |new| i64::from(*new));
            let mut values = chunk.values.to_vec(chunk.rows as usize);
            values.iter_mut().for_each(|value| *value = recoded(*value));
            Arc::new(UnitsChunk::build(chunk.known.clone(), &mut values, layout))
        });
        dirty.chunks = (0..chunks.len()).collect();
        dirty.dictionary = DirtyDictionary::Whole;
        let codes = UnitsColumn::new(crate::model::Type::Int, layout, chunks);
        TextColumn::new(codes, Arc::new(dictionary), self.alive.size)
    }

    fn postings(
        &self,
        postings: &Postings,
        old: &UnitsColumn,
        new: &UnitsColumn,
        edits: &[Edit],
    ) -> Postings {
        let size = self.alive.size;
        let code = |column: &UnitsColumn, row: RowId| {
            let chunk = column.chunks.get(size.chunk_of(row))?;
            let position = size.position_of(row);
            (u32::from(position) < chunk.rows).then(|| chunk.get(position)).flatten()
        };
        let mut postings = postings.clone();
        let touched = edits.iter().map(|edit| edit.row).chain(self.deleted.iter().copied());
        for row in touched {
            let (before, after) = (code(old, row), code(new, row));
            if before != after {
                before.iter().for_each(|code| postings.remove(*code as u32, row));
                after.iter().for_each(|code| postings.insert(*code as u32, row));
            }
        }
        postings
    }

    fn sets(&self, set: &SetColumn, edit: &ColumnEdit<'_>, dirty: &mut DirtyColumn) -> SetColumn {
        let elements = || edit.edits.iter().map(|e| edit.elements(*e));
        let (dictionary, codes) = set.dictionary.with(&elements().flatten().collect::<Vec<&str>>());
        let mut codes = codes.into_iter();
        let sets: Vec<Vec<u32>> =
            elements().map(|set| sorted(codes.by_ref().take(set.count()).collect())).collect();
        let chunks = self.executor.map_heavy(self.alive.chunks.len(), |at| {
            let range = self.edits_of(edit.edits, at);
            match set.chunks.get(at) {
                Some(chunk) if range.is_empty() && !self.moved.contains(&at) => Arc::clone(chunk),
                chunk => {
                    let edits = edit.edits[range.clone()].iter().zip(&sets[range]);
                    let patched = chunk.and_then(|chunk| {
                        let sets = edits.clone().map(|(edit, set)| (edit.row, Some(&set[..])));
                        let sets = self.with_deleted(at, self.with_inserted(at, sets), None)?;
                        chunk.patched(self.alive.rows_in(at), &sets)
                    });
                    Arc::new(
                        patched.unwrap_or_else(|| {
                            self.set_chunk(at, chunk.map(|chunk| &**chunk), edits)
                        }),
                    )
                }
            }
        });
        if dictionary.is_overgrown() {
            return self.recoded_sets(&dictionary, &chunks, dirty);
        }
        if dictionary.len() > set.dictionary.len() {
            dirty.dictionary = DirtyDictionary::Tail;
        }
        set.changed(chunks, Arc::new(dictionary))
    }

    /// The new sets of a chunk, with the empty ones of new customers who were given none.
    fn with_inserted<'e>(
        &self,
        at: usize,
        edits: impl Iterator<Item = (RowId, Option<&'e [u32]>)>,
    ) -> Vec<(RowId, Option<&'e [u32]>)> {
        let size = self.alive.size;
        let from = self.inserted.partition_point(|row| size.chunk_of(*row) < at);
        let to = self.inserted.partition_point(|row| size.chunk_of(*row) <= at);
        let mut sets: Vec<_> = self.inserted[from..to].iter().map(|row| (*row, EMPTY)).collect();
        for (row, set) in edits {
            match sets.binary_search_by_key(&row, |(row, _)| *row) {
                Ok(place) => sets[place].1 = set,
                Err(place) => sets.insert(place, (row, set)),
            }
        }
        sets
    }

    fn set_chunk<'e>(
        &self,
        at: usize,
        chunk: Option<&SetChunk>,
        edits: impl Iterator<Item = (&'e Edit, &'e Vec<u32>)>,
    ) -> SetChunk {
        let rows = self.alive.rows_in(at);
        let kept = chunk.map_or(0, |chunk| chunk.rows);
        let (mut codes, mut sizes) = (Vec::new(), Vec::with_capacity(rows as usize));
        let mut edits = edits.peekable();
        for row in 0..rows {
            let (position, before) = (row as u16, codes.len());
            if let Some((_, set)) =
                edits.next_if(|(edit, _)| self.alive.size.position_of(edit.row) == position)
            {
                codes.extend(set);
            } else if row < kept && self.kept.chunks[at].contains(position) {
                codes.extend(chunk.iter().flat_map(|chunk| chunk.codes_at(position)));
            }
            sizes.push((codes.len() - before) as u32);
        }
        SetChunk::build(&self.alive.chunks[at], &codes, &sizes)
    }

    fn recoded_sets(
        &self,
        dictionary: &Dictionary,
        chunks: &[Arc<SetChunk>],
        dirty: &mut DirtyColumn,
    ) -> SetColumn {
        let (dictionary, recode) = dictionary.sorted();
        let chunks = self.executor.map_heavy(chunks.len(), |at| {
            let chunk = &chunks[at];
            let (mut codes, mut sizes) = (Vec::new(), Vec::with_capacity(chunk.rows as usize));
            for row in 0..chunk.rows {
                let set = chunk.codes_at(row as u16).map(|code| recode[code as usize]);
                let set = sorted(set.collect());
                sizes.push(set.len() as u32);
                codes.extend(set);
            }
            Arc::new(SetChunk::build(&self.alive.chunks[at], &codes, &sizes))
        });
        dirty.chunks = (0..chunks.len()).collect();
        dirty.dictionary = DirtyDictionary::Whole;
        SetColumn::new(chunks, Arc::new(dictionary))
    }

    fn edits_of(&self, edits: &[Edit], at: usize) -> Range<usize> {
        let size = self.alive.size;
        let from = edits.partition_point(|edit| size.chunk_of(edit.row) < at);
        from..edits.partition_point(|edit| size.chunk_of(edit.row) <= at)
    }
}

impl<'a> ColumnEdit<'a> {
    fn column(&self, edit: Edit) -> Option<&'a ColumnData> {
        self.data[edit.batch as usize]
    }

    fn units(&self, edit: Edit) -> Option<i64> {
        match self.column(edit) {
            Some(ColumnData::Units(values)) => values[edit.at as usize],
            _ => None,
        }
    }

    fn text(&self, edit: Edit) -> Option<&'a str> {
        self.column(edit)?.text(edit.at as usize)
    }

    fn elements(&self, edit: Edit) -> impl Iterator<Item = &'a str> {
        let column = self.column(edit);
        column.into_iter().flat_map(move |column| column.elements(edit.at as usize))
    }
}

fn sorted(mut codes: Vec<u32>) -> Vec<u32> {
    codes.sort_unstable();
    codes.dedup();
    codes
}
