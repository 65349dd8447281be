//! Between chunks and roaring bitmaps.

use roaring::RoaringBitmap;

use crate::index::{Container, Snapshot};
use crate::model::ChunkSize;

/// The rows of a container as a roaring bitmap without run containers, which are slow in algebra.
pub(super) fn of_container(
    container: &Container,
    chunk: usize,
    rows: u32,
    size: ChunkSize,
) -> RoaringBitmap {
    let first = size.row(chunk, 0).0;
    match container {
        Container::Empty => RoaringBitmap::new(),
        Container::Sparse(positions) => {
            let rows = positions.iter().map(|position| first + u32::from(*position));
            RoaringBitmap::from_sorted_iter(rows).unwrap_or_default()
        }
        Container::Dense(words) => of_words(words, first),
        Container::Full | Container::Inverse(_) => of_words(&container.to_words(rows), first),
    }
}

/// The set bits of words whose first bit is row `first`, a multiple of 64.
pub(super) fn of_words(words: &[u64], first: u32) -> RoaringBitmap {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    RoaringBitmap::from_lsb0_bytes(first, &bytes)
}

/// The rows of a roaring bitmap, chunk by chunk.
pub(super) fn to_containers(set: &RoaringBitmap, snapshot: &Snapshot) -> Vec<Container> {
    let size = snapshot.size();
    let mut rows = set.iter().peekable();
    let one = |chunk: usize| {
        let mut words = vec![0u64; size.words()];
        while let Some(row) = rows.next_if(|row| size.chunk_of(crate::model::RowId(*row)) == chunk)
        {
            let position = usize::from(size.position_of(crate::model::RowId(row)));
            words[position / 64] |= 1 << (position % 64);
        }
        Container::from_words(&words, snapshot.rows_in(chunk))
    };
    (0..snapshot.n_chunks()).map(one).collect()
}
