//! One column built from batches.

use std::sync::Arc;

use super::container::words_of;
use super::interner::Interner;
use super::{
    Alive, Column, ColumnData, Container, IndexError, Layout, Offsets, Packed, SetChunk, SetColumn,
    TextColumn, UnitsChunk, UnitsColumn,
};
use crate::model::{ChunkSize, Type};
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

    /// The column; rows that are not alive lose their values.
    pub(super) fn finish(self, alive: &Alive, executor: &Executor) -> Result<Column, IndexError> {
        match self {
            Self::Units { ty, open, mut sealed } => {
                open.seal(&mut sealed);
                let layout = UnitsColumn::layout_of(ty);
                let chunks = index(&sealed, alive, layout, None, executor);
                Ok(Column::Units(UnitsColumn::new(ty, layout, chunks)))
            }
            Self::Text { texts, open, mut sealed } => {
                open.seal(&mut sealed);
                Ok(Column::Text(finish_text(texts, &sealed, alive, executor)))
            }
            Self::Set { texts, open, mut sealed, .. } => {
                if !open.sizes.is_empty() {
                    sealed.push(open.into_sealed());
                }
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

impl OpenChunk {
    fn new(size: ChunkSize) -> Self {
        let rows = size.rows() as usize;
        Self { rows, values: Vec::with_capacity(rows), known: vec![0; size.words()] }
    }

    #[inline]
    fn push(&mut self, value: Option<i64>, sealed: &mut Vec<Sealed>) {
        let row = self.values.len();
        self.known[row / 64] |= u64::from(value.is_some()) << (row % 64);
        // A missing value repeats the one before, so that it widens nothing.
        let last = self.values.last().copied().unwrap_or(0);
        self.values.push(value.unwrap_or(last));
        if row + 1 == self.rows {
            self.take(sealed);
        }
    }

    fn seal(mut self, sealed: &mut Vec<Sealed>) {
        if !self.values.is_empty() {
            self.take(sealed);
        }
    }

    fn take(&mut self, sealed: &mut Vec<Sealed>) {
        let rows = self.values.len() as u32;
        let known = Container::from_words(&self.known[..words_of(rows)], rows);
        sealed.push(Sealed { rows, known, values: Packed::from_values(&self.values) });
        self.values.clear();
        self.known.fill(0);
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

    fn into_sealed(self) -> (Packed, Offsets) {
        (Packed::from_values(&self.codes), Offsets::from_lengths(&self.sizes))
    }
}
