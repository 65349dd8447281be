//! The five forms of a bitmap within one chunk.

use std::sync::Arc;

use super::kernel;
pub(super) use super::kernel::{clear_bits, hits, set_bits};

/// A set of positions within a chunk of known size (`rows`, at most 65,536), in its smallest form.
///
/// `rows` is the number of rows the chunk has, which the last chunk's container needs to know what
/// full means; words past it are zero. Clones share what they hold. The form is canonical: equal sets of one chunk are equal
/// containers. A form that costs as much as another gives way in the order of the variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// No position.
    Empty,
    /// Every position below `rows`.
    Full,
    /// These positions, ascending, at most 4,096 (four for each 64 rows).
    Sparse(Arc<[u16]>),
    /// Every position below `rows` but these, ascending, at most 4,096 (four for each 64 rows).
    Inverse(Arc<[u16]>),
    /// One bit a position, `rows.div_ceil(64)` words.
    Dense(Arc<[u64]>),
}

/// Words of the largest chunk.
pub(super) const MAX_WORDS: usize = 1024;

/// Words of a chunk of `rows` rows as a dense bit set.
pub(crate) fn words_of(rows: u32) -> usize {
    rows.div_ceil(64) as usize
}

/// Positions a sparse form may hold before words are smaller: two bytes each against eight a word.
fn sparse_limit(rows: u32) -> usize {
    words_of(rows) * 4
}

impl Container {
    /// The set of the bits in `words`; bits at `rows` and above must be zero, and missing words
    /// count as zero.
    pub(crate) fn from_words(words: &[u64], rows: u32) -> Self {
        let words = &words[..words.len().min(words_of(rows))];
        let n = kernel::count(words) as usize;
        let limit = sparse_limit(rows);
        let n_out = (rows as usize).saturating_sub(n);
        if n == 0 {
            Self::Empty
        } else if n_out == 0 {
            Self::Full
        } else if n <= limit && n <= n_out {
            Self::Sparse(positions_of(words, 0, n).into())
        } else if n_out <= limit {
            let mut out = positions_of(words, u64::MAX, n_out + 64);
            out.retain(|position| u32::from(*position) < rows);
            out.extend((words.len() * 64..rows as usize).map(|position| position as u16));
            Self::Inverse(out.into())
        } else {
            let mut dense = vec![0; words_of(rows)];
            dense[..words.len()].copy_from_slice(words);
            Self::Dense(dense.into())
        }
    }

    /// The set of the bits in all words of a chunk; bits at `rows` and above must be zero.
    pub(super) fn from_dense(words: Arc<[u64]>, rows: u32) -> Self {
        let (n, limit) = (kernel::count(&words) as usize, sparse_limit(rows));
        match n > limit && (rows as usize).saturating_sub(n) > limit {
            true => Self::Dense(words),
            false => Self::from_words(&words, rows),
        }
    }

    /// The set of these positions, ascending and without repeats, all below `rows`.
    pub(crate) fn from_sorted(positions: &[u16], rows: u32) -> Self {
        debug_assert!(positions.is_sorted_by(|a, b| a < b));
        debug_assert!(positions.last().is_none_or(|last| u32::from(*last) < rows));
        let n = positions.len();
        if n == 0 {
            Self::Empty
        } else if n == rows as usize {
            Self::Full
        } else if n <= sparse_limit(rows) && n * 2 <= rows as usize {
            Self::Sparse(positions.into())
        } else {
            Self::from_words(&bits_of(positions, rows), rows)
        }
    }

    /// Those of some positions, ascending, whose bits are set.
    pub(crate) fn kept(positions: &[u16], words: &[u64], rows: u32) -> Self {
        let mut kept = vec![0; positions.len() + 1];
        let mut len = 0;
        for position in positions {
            // Each is written, and left standing only when its bit is set.
            kept[len] = *position;
            len += usize::from(has_bit(words, *position));
        }
        Self::from_sorted(&kept[..len], rows)
    }

    /// Every position of a chunk but these, ascending and without repeats, all below `rows`.
    pub(crate) fn all_but(positions: &[u16], rows: u32) -> Self {
        Self::from_sorted(positions, rows).flip(rows)
    }

    /// How many positions belong.
    pub(crate) fn len(&self, rows: u32) -> u32 {
        match self {
            Self::Empty => 0,
            Self::Full => rows,
            Self::Sparse(positions) => positions.len() as u32,
            Self::Inverse(out) => rows - out.len() as u32,
            Self::Dense(words) => kernel::count(words) as u32,
        }
    }

    /// Whether no position belongs.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether a position, below the chunk's rows, belongs.
    pub(crate) fn contains(&self, position: u16) -> bool {
        match self {
            Self::Empty => false,
            Self::Full => true,
            Self::Sparse(positions) => positions.binary_search(&position).is_ok(),
            Self::Inverse(out) => out.binary_search(&position).is_err(),
            Self::Dense(words) => has_bit(words, position),
        }
    }

    /// Sets `words` to the set: all of them, zero past the rows.
    pub(crate) fn write_to(&self, words: &mut [u64], rows: u32) {
        match self {
            Self::Dense(dense) => {
                let (head, tail) = words.split_at_mut(dense.len());
                head.copy_from_slice(dense);
                tail.fill(0);
            }
            Self::Full | Self::Inverse(_) => {
                fill(words, rows);
                self.and_into(words, rows);
            }
            Self::Empty | Self::Sparse(_) => {
                words.fill(0);
                self.or_into(words, rows);
            }
        }
    }

    /// `words &= self`; whatever lies past the rows becomes zero.
    pub(crate) fn and_into(&self, words: &mut [u64], rows: u32) {
        match self {
            Self::Empty => words.fill(0),
            Self::Full => clear_past(words, rows),
            Self::Sparse(positions) => keep_only(words, positions),
            Self::Inverse(out) => {
                clear_past(words, rows);
                clear_bits(words, out);
            }
            Self::Dense(dense) => {
                let (head, tail) = words.split_at_mut(dense.len());
                kernel::and(head, dense);
                tail.fill(0);
            }
        }
    }

    /// `words |= self`.
    pub(crate) fn or_into(&self, words: &mut [u64], rows: u32) {
        match self {
            Self::Empty => {}
            Self::Full => fill_rows(words, rows),
            Self::Sparse(positions) => set_bits(words, positions),
            Self::Inverse(out) => or_inverse(words, out, rows),
            Self::Dense(dense) => kernel::or(words, dense),
        }
    }

    /// `words &= !self`; words past the rows stay as they are.
    pub(crate) fn and_not_into(&self, words: &mut [u64], rows: u32) {
        match self {
            Self::Empty => {}
            Self::Full => words[..words_of(rows)].fill(0),
            Self::Sparse(positions) => clear_bits(words, positions),
            Self::Inverse(out) => keep_only(&mut words[..words_of(rows)], out),
            Self::Dense(dense) => kernel::and_not(words, dense),
        }
    }

    /// How many bits of `words` belong as well, without writing anything.
    pub(crate) fn and_count(&self, words: &[u64], rows: u32) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Full => kernel::count(&words[..words_of(rows)]),
            Self::Sparse(positions) => hits(words, positions),
            Self::Inverse(out) => kernel::count(&words[..words_of(rows)]) - hits(words, out),
            Self::Dense(dense) => kernel::and_count(words, dense),
        }
    }

    /// The set as words, `rows.div_ceil(64)` of them.
    pub(crate) fn to_words(&self, rows: u32) -> Vec<u64> {
        let mut words = vec![0; words_of(rows)];
        self.write_to(&mut words, rows);
        words
    }

    /// The same positions in a chunk that has grown from `from` rows to `to`.
    pub(crate) fn grown(&self, from: u32, to: u32) -> Self {
        if from == to || self.is_empty() {
            return self.clone();
        }
        Self::from_words(&self.to_words(from), to)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Empty | Self::Full => 0,
            Self::Sparse(positions) | Self::Inverse(positions) => positions.len() * 2,
            Self::Dense(words) => words.len() * 8,
        }
    }
}

/// Whether a bit is set.
pub(super) fn has_bit(words: &[u64], position: u16) -> bool {
    words[usize::from(position) / 64] >> (position % 64) & 1 == 1
}

/// The bits of sorted positions.
pub(super) fn bits_of(positions: &[u16], rows: u32) -> Vec<u64> {
    let mut words = vec![0; words_of(rows)];
    set_bits(&mut words, positions);
    words
}

/// The positions of the set bits of `word ^ flip`, of which there are at most `n`.
///
/// Of every word four are written whether it has so many or not, since where few are set a branch
/// for each costs more than the writing (Lemire, "Iterating over set bits quickly", 2018).
fn positions_of(words: &[u64], flip: u64, n: usize) -> Vec<u16> {
    let mut positions = vec![0; n + 64];
    let mut len = 0;
    for (index, word) in words.iter().enumerate() {
        let mut word = word ^ flip;
        if word == 0 {
            continue;
        }
        let (count, base) = (word.count_ones() as usize, (index * 64) as u16);
        let Some(places) = positions.get_mut(len..len + 64) else { break };
        let (few, more) = places.split_at_mut(4);
        for place in few {
            *place = base.wrapping_add(word.trailing_zeros() as u16);
            word &= word.wrapping_sub(1);
        }
        for place in more {
            if word == 0 {
                break;
            }
            *place = base + word.trailing_zeros() as u16;
            word &= word - 1;
        }
        len += count;
    }
    positions.truncate(len);
    positions
}

/// The bits below `rows` of the last word of a chunk.
pub(super) fn last_mask(rows: u32) -> u64 {
    u64::MAX >> ((64 - rows % 64) % 64)
}

/// Sets every bit below `rows` and clears the others.
fn fill(words: &mut [u64], rows: u32) {
    words.fill(0);
    fill_rows(words, rows);
}

fn fill_rows(words: &mut [u64], rows: u32) {
    let n = words_of(rows);
    if let Some((last, others)) = words[..n].split_last_mut() {
        others.fill(u64::MAX);
        *last |= last_mask(rows);
    }
}

/// Clears every bit at `rows` and above.
pub(super) fn clear_past(words: &mut [u64], rows: u32) {
    let (inside, past) = words.split_at_mut(words_of(rows));
    past.fill(0);
    if let Some(last) = inside.last_mut() {
        *last &= last_mask(rows);
    }
}

/// Clears every bit but those at positions.
fn keep_only(words: &mut [u64], positions: &[u16]) {
    let mut kept = [0u64; MAX_WORDS];
    set_bits(&mut kept, positions);
    kernel::and(words, &kept);
    words.get_mut(MAX_WORDS..).unwrap_or_default().fill(0);
}

/// Sets every bit below `rows` but those at sorted positions, which keep what they are.
fn or_inverse(words: &mut [u64], out: &[u16], rows: u32) {
    let kept: Vec<u16> =
        out.iter().copied().filter(|position| !has_bit(words, *position)).collect();
    fill_rows(words, rows);
    clear_bits(words, &kept);
}

#[cfg(test)]
#[path = "container_tests.rs"]
mod tests;
