//! The customers a plan yields.

use roaring::RoaringBitmap;

use crate::index::{Container, Snapshot};
use crate::model::{ChunkSize, RowId};

/// A set of customers of one snapshot, chunk by chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemberSet {
    size: ChunkSize,
    n_rows: u32,
    len: u64,
    chunks: Vec<Container>,
}

impl MemberSet {
    /// The rows of these bitmaps, one a chunk of `n_rows` rows.
    pub(crate) fn new(size: ChunkSize, n_rows: u32, chunks: Vec<Container>) -> Self {
        debug_assert_eq!(chunks.len(), size.n_chunks(n_rows));
        let rows = |chunk: usize| size.rows_in(chunk, n_rows);
        let len = chunks.iter().enumerate().map(|(i, one)| u64::from(one.len(rows(i)))).sum();
        Self { size, n_rows, len, chunks }
    }

    /// These rows of `n_rows`, ascending, each once.
    pub(crate) fn of_rows(size: ChunkSize, n_rows: u32, rows: &[RowId]) -> Self {
        let mut chunks = vec![Container::Empty; size.n_chunks(n_rows)];
        for group in rows.chunk_by(|a, b| size.chunk_of(*a) == size.chunk_of(*b)) {
            let chunk = size.chunk_of(group[0]);
            let positions: Vec<u16> = group.iter().map(|row| size.position_of(*row)).collect();
            chunks[chunk] = Container::from_sorted(&positions, size.rows_in(chunk, n_rows));
        }
        Self::new(size, n_rows, chunks)
    }

    /// Every customer of a snapshot.
    pub(crate) fn everybody(snapshot: &Snapshot) -> Self {
        let chunks = (0..snapshot.n_chunks()).map(|chunk| snapshot.alive(chunk).clone()).collect();
        Self::new(snapshot.size(), snapshot.n_rows(), chunks)
    }

    /// Those who belong to another set of the same customers as well.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let both = self.chunks.iter().zip(&other.chunks).enumerate();
        let both = both.map(|(chunk, (one, other))| one.and(other, self.rows_in(chunk)));
        Self::new(self.size, self.n_rows, both.collect())
    }

    /// Those who belong to either of two sets of the same customers.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let either = self.chunks.iter().zip(&other.chunks).enumerate();
        let either = either.map(|(chunk, (one, other))| one.or(other, self.rows_in(chunk)));
        Self::new(self.size, self.n_rows, either.collect())
    }

    /// How many.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// How many in each chunk.
    pub(crate) fn lens(&self) -> impl Iterator<Item = u32> + '_ {
        let chunks = self.chunks.iter().enumerate();
        chunks.map(|(chunk, members)| members.len(self.rows_in(chunk)))
    }

    /// The bitmaps, one a chunk.
    pub(crate) fn chunks(&self) -> &[Container] {
        &self.chunks
    }

    /// The rows of a chunk, a bit each.
    pub(crate) fn words(&self, chunk: usize) -> Vec<u64> {
        self.chunks[chunk].to_words(self.rows_in(chunk))
    }

    /// Whether a row belongs.
    pub(crate) fn contains(&self, row: RowId) -> bool {
        row.0 < self.n_rows
            && self.chunks[self.size.chunk_of(row)].contains(self.size.position_of(row))
    }

    /// The rows, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RowId> + '_ {
        self.chunks.iter().enumerate().flat_map(move |(chunk, one)| {
            one.iter(self.rows_in(chunk)).map(move |position| self.size.row(chunk, position))
        })
    }

    /// All rows, ascending.
    pub(crate) fn to_rows(&self) -> Vec<RowId> {
        let mut rows = Vec::with_capacity(usize::try_from(self.len).unwrap_or(0));
        for (chunk, one) in self.chunks.iter().enumerate() {
            rows.extend(one.iter(self.rows_in(chunk)).map(|p| self.size.row(chunk, p)));
        }
        rows
    }

    /// The first `limit` rows after a cursor, ascending; from the first row without one.
    pub(crate) fn page(&self, after: Option<RowId>, limit: usize) -> Vec<RowId> {
        let first = after.map_or(0, |row| row.0.saturating_add(1));
        let start = self.size.chunk_of(RowId(first)).min(self.chunks.len());
        let rest = self.chunks[start..].iter().zip(start..).flat_map(|(one, chunk)| {
            one.iter(self.rows_in(chunk)).map(move |position| self.size.row(chunk, position))
        });
        rest.skip_while(|row| row.0 < first).take(limit).collect()
    }

    /// The rows as a roaring bitmap.
    pub(crate) fn to_roaring(&self) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        for (chunk, one) in self.chunks.iter().enumerate() {
            all |= super::roaring_set::of_container(one, chunk, self.rows_in(chunk), self.size);
        }
        all
    }

    fn rows_in(&self, chunk: usize) -> u32 {
        self.size.rows_in(chunk, self.n_rows)
    }
}
