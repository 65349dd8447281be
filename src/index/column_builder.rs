//! One column built from batches.

use std::sync::Arc;

use super::container::words_of;
use super::interner::Interner;
use super::{
    Alive, Column, ColumnData, Container, IndexError, Layout, Offsets, Packed, SetChunk, SetColumn,
    TextColumn, UnitsChunk, UnitsColumn,
};
use crate::model::{ChunkSize, RowId, Type};
use crate::parallel::Executor;

/// A column while rows are added; chunks are sealed as they fill.
#[derive(Debug)]
pub(super) enum ColumnBuilder {
    /// Units: sealed chunks are ready.
    Units { ty: Type, open: OpenChunk, sealed: Vec<Sealed> },
    /// Text: sealed chunks hold provisional codes.
    Text { texts: Interner, open: OpenChunk, sealed: Vec<Sealed> },
    /// Sets: the same.
    Set { texts: Interner, open: OpenSets, sealed: Vec<(Packed, Offsets)>, size: ChunkSize },
}

/// A chunk that is still filling.
#[derive(Debug)]
pub(super) struct OpenChunk {
    rows: usize,
    values: Vec<i64>,
    known: Vec<u64>,
}

/// Sets of a chunk that is still filling, by provisional codes.
#[derive(Debug, Default)]
pub(super) struct OpenSets {
    codes: Vec<i64>,
    sizes: Vec<u32>,
    row: Vec<u32>,
}

/// A chunk that is full, without its index.
#[derive(Debug)]
pub(super) struct Sealed {
    rows: u32,
    known: Container,
    values: Packed,
}

impl ColumnBuilder {
    /// A column without rows.
    pub(super) fn new(ty: Type, size: ChunkSize) -> Self {
        let open = OpenChunk::new(size);
        match ty {
            Type::Text => Self::Text { texts: Interner::new(), open, sealed: Vec::new() },
            Type::Set => {
                let (texts, open) = (Interner::new(), OpenSets::default());
                Self::Set { texts, open, sealed: Vec::new(), size }
            }
            _ => Self::Units { ty, open, sealed: Vec::new() },
        }
    }

    /// Adds `n` rows, all missing when the batch has no such column.
    pub(super) fn push(&mut self, data: Option<&ColumnData>, n: usize) -> Result<(), IndexError> {
        match (self, data) {
            (Self::Units { open, sealed, .. }, Some(ColumnData::Units(values))) => {
                values.iter().for_each(|value| open.push(*value, sealed));
            }
            (Self::Text { texts, open, sealed }, Some(data @ ColumnData::Text { .. })) => {
                for row in 0..n {
                    open.push(data.text(row).map(|text| i64::from(texts.code(text))), sealed);
                }
            }
            (Self::Set { texts, open, sealed, size }, Some(data @ ColumnData::Set { .. })) => {
                for row in 0..n {
                    open.push(data.elements(row).map(|text| texts.code(text)));
                    open.seal_full(*size, sealed);
                }
            }
            (Self::Units { open, sealed, .. } | Self::Text { open, sealed, .. }, None) => {
                (0..n).for_each(|_| open.push(None, sealed));
            }
            (Self::Set { open, sealed, size, .. }, None) => {
                for _ in 0..n {
                    open.push(std::iter::empty());
                    open.seal_full(*size, sealed);
                }
            }
            _ => return Err(IndexError::Mismatch("a column's values are of another type")),
        }
        Ok(())
    }

    /// A column of numbers, of chunks that are ready.
    pub(super) fn of_units(ty: Type, sealed: Vec<Sealed>, size: ChunkSize) -> Self {
        Self::Units { ty, open: OpenChunk::new(size), sealed }
    }

    /// Seals the chunk that is filling, after which no row may be added.
    pub(super) fn seal_open(&mut self) {
        match self {
            Self::Units { open, sealed, .. } | Self::Text { open, sealed, .. } => open.seal(sealed),
            Self::Set { open, sealed, .. } => open.seal(sealed),
        }
    }

    /// The chunks of a column of numbers that are full.
    pub(super) fn sealed_units(&self) -> Option<&[Sealed]> {
        match self {
            Self::Units { sealed, .. } => Some(sealed),
            _ => None,
        }
    }

    /// Puts the rows of sealed chunks in another order, that of `order`.
    pub(super) fn reorder(&mut self, order: &[u32], size: ChunkSize, executor: &Executor) {
        let chunks: Vec<&[u32]> = order.chunks(size.rows() as usize).collect();
        let place = |row: &u32| (size.chunk_of(RowId(*row)), size.position_of(RowId(*row)));
        match self {
            Self::Units { sealed, .. } | Self::Text { sealed, .. } => {
                *sealed = executor.map_heavy(chunks.len(), |at| {
                    let mut open = OpenChunk::new(size);
                    for (chunk, position) in chunks[at].iter().map(place) {
                        open.put(sealed[chunk].get(position));
                    }
                    open.take()
                });
            }
            Self::Set { sealed, .. } => {
                *sealed = executor.map_heavy(chunks.len(), |at| {
                    let mut open = OpenSets::default();
                    for (chunk, position) in chunks[at].iter().map(place) {
                        let (codes, places) = &sealed[chunk];
                        let own = places.range(usize::from(position));
                        open.push(own.map(|at| codes.get(at) as u32));
                    }
                    open.into_sealed()
                });
            }
        }
    }

    /// The values of the sealed chunks as a batch has them.
    pub(super) fn into_data(self) -> ColumnData {
        match self {
            Self::Units { sealed, .. } => {
                ColumnData::Units(sealed.iter().flat_map(Sealed::values).collect())
            }
            Self::Text { texts, sealed, .. } => {
                let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
                for code in sealed.iter().flat_map(Sealed::values) {
                    code.iter().for_each(|code| bytes += texts.text(*code as u32));
                    ends.push(bytes.len());
                    known.push(code.is_some());
                }
                ColumnData::Text { bytes, ends, known }
            }
            Self::Set { texts, sealed, .. } => {
                let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
                for (codes, places) in &sealed {
                    for row in 0..places.len() {
                        for at in places.range(row) {
                            bytes += texts.text(codes.get(at) as u32);
                            ends.push(bytes.len());
                        }
                        row_ends.push(ends.len());
                    }
                }
                ColumnData::Set { bytes, ends, row_ends }
            }
        }
    }

    /// The column; rows that are not alive lose their values.
    pub(super) fn finish(self, alive: &Alive, executor: &Executor) -> Result<Column, IndexError> {
        match self {
            Self::Units { ty, mut open, mut sealed } => {
                open.seal(&mut sealed);
                let layout = UnitsColumn::layout_of(ty);
                let chunks = index(&sealed, alive, layout, None, executor);
                Ok(Column::Units(UnitsColumn::new(ty, layout, chunks)))
            }
            Self::Text { texts, mut open, mut sealed } => {
                open.seal(&mut sealed);
                Ok(Column::Text(finish_text(texts, &sealed, alive, executor)))
            }
            Self::Set { texts, mut open, mut sealed, .. } => {
                open.seal(&mut sealed);
                Ok(Column::Set(finish_sets(texts, &sealed, alive, executor)))
            }
        }
    }
}

fn finish_text(
    texts: Interner,
    sealed: &[Sealed],
    alive: &Alive,
    executor: &Executor,
) -> TextColumn {
    let (dictionary, recode) = texts.sorted(executor);
    let known = |(chunk, sealed): (usize, &Sealed)| {
        u64::from(sealed.known.and_len(&alive.chunks[chunk], sealed.rows))
    };
    let n_known = sealed.iter().enumerate().map(known).sum();
    let layout = TextColumn::layout_of(&dictionary, n_known);
    let chunks = index(sealed, alive, layout, Some(&recode), executor);
    TextColumn::new(UnitsColumn::new(Type::Int, layout, chunks), Arc::new(dictionary), alive.size)
}

/// Chunks with their indexes, of values or, with `recode`, of the codes that provisional ones
/// became.
fn index(
    sealed: &[Sealed],
    alive: &Alive,
    layout: Layout,
    recode: Option<&[u32]>,
    executor: &Executor,
) -> Vec<Arc<UnitsChunk>> {
    executor.map_heavy(sealed.len(), |chunk| {
        let Sealed { rows, known, values } = &sealed[chunk];
        let known = known.and(&alive.chunks[chunk], *rows);
        let mut values = values.to_vec(*rows as usize);
        if let Some(recode) = recode {
            let recoded = |code: i64| recode.get(code as usize).map_or(0, |code| i64::from(*code));
            values.iter_mut().for_each(|value| *value = recoded(*value));
        }
        Arc::new(UnitsChunk::build(known, &mut values, layout))
    })
}

fn finish_sets(
    texts: Interner,
    sealed: &[(Packed, Offsets)],
    alive: &Alive,
    executor: &Executor,
) -> SetColumn {
    let (dictionary, recode) = texts.sorted(executor);
    let chunks = executor.map_heavy(sealed.len(), |chunk| {
        let (codes, places) = &sealed[chunk];
        let mut recoded: Vec<u32> = Vec::new();
        let mut sizes: Vec<u32> = Vec::with_capacity(places.len());
        for row in 0..places.len() {
            let start = recoded.len();
            if alive.chunks[chunk].contains(row as u16) {
                recoded.extend(places.range(row).map(|at| recode[codes.get(at) as usize]));
                recoded[start..].sort_unstable();
            }
            sizes.push((recoded.len() - start) as u32);
        }
        Arc::new(SetChunk::build(&alive.chunks[chunk], &recoded, &sizes))
    });
    SetColumn::new(chunks, Arc::new(dictionary))
}

impl Sealed {
    /// The value of a row; `None` when missing.
    #[inline]
    fn get(&self, position: u16) -> Option<i64> {
        self.known.contains(position).then(|| self.value(position))
    }

    /// The value of a row; when missing, that of a row before.
    #[inline]
    pub(super) fn value(&self, position: u16) -> i64 {
        self.values.get(usize::from(position))
    }

    /// The values of all rows; a missing one's is that of a row before.
    pub(super) fn to_vec(&self) -> Vec<i64> {
        self.values.to_vec(self.rows as usize)
    }

    /// The values of all rows; `None` where missing.
    fn values(&self) -> impl Iterator<Item = Option<i64>> {
        let known = self.known.to_words(self.rows);
        let is_known = move |row: usize| known[row / 64] >> (row % 64) & 1 == 1;
        self.to_vec()
            .into_iter()
            .enumerate()
            .map(move |(row, value)| is_known(row).then_some(value))
    }
}

impl OpenChunk {
    pub(super) fn new(size: ChunkSize) -> Self {
        let rows = size.rows() as usize;
        Self { rows, values: Vec::with_capacity(rows), known: vec![0; size.words()] }
    }

    #[inline]
    fn push(&mut self, value: Option<i64>, sealed: &mut Vec<Sealed>) {
        self.put(value);
        if self.values.len() == self.rows {
            sealed.push(self.take());
        }
    }

    /// Adds a row to a chunk that is not full.
    #[inline]
    pub(super) fn put(&mut self, value: Option<i64>) {
        let row = self.values.len();
        self.known[row / 64] |= u64::from(value.is_some()) << (row % 64);
        // A missing value repeats the one before, so that it widens nothing.
        let last = self.values.last().copied().unwrap_or(0);
        self.values.push(value.unwrap_or(last));
    }

    fn seal(&mut self, sealed: &mut Vec<Sealed>) {
        if !self.values.is_empty() {
            sealed.push(self.take());
        }
    }

    /// The chunk as it is; another begins.
    pub(super) fn take(&mut self) -> Sealed {
        let rows = self.values.len() as u32;
        let known = Container::from_words(&self.known[..words_of(rows)], rows);
        let sealed = Sealed { rows, known, values: Packed::from_values(&self.values) };
        self.values.clear();
        self.known.fill(0);
        sealed
    }
}

impl OpenSets {
    fn push(&mut self, codes: impl Iterator<Item = u32>) {
        self.row.clear();
        self.row.extend(codes);
        self.row.sort_unstable();
        self.row.dedup();
        self.codes.extend(self.row.iter().map(|code| i64::from(*code)));
        self.sizes.push(self.row.len() as u32);
    }

    fn seal_full(&mut self, size: ChunkSize, sealed: &mut Vec<(Packed, Offsets)>) {
        if self.sizes.len() == size.rows() as usize {
            sealed.push(std::mem::take(self).into_sealed());
        }
    }

    fn seal(&mut self, sealed: &mut Vec<(Packed, Offsets)>) {
        if !self.sizes.is_empty() {
            sealed.push(std::mem::take(self).into_sealed());
        }
    }

    fn into_sealed(self) -> (Packed, Offsets) {
        (Packed::from_values(&self.codes), Offsets::from_lengths(&self.sizes))
    }
}
