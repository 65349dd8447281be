//! Set algebra between containers of one chunk.

use super::Container;
use super::container::{hits, set_bits, words_of};

/// What a step of a binary search costs, in bits that are set one after the other.
const COST_OF_STEP: usize = 4;

impl Container {
    /// Positions of both.
    pub(crate) fn and(&self, other: &Self, rows: u32) -> Self {
        match (self, other) {
            (Self::Empty, _) | (_, Self::Empty) => Self::Empty,
            (Self::Full, x) | (x, Self::Full) => x.clone(),
            (Self::Sparse(positions), x) | (x, Self::Sparse(positions)) => {
                filtered(positions, rows, |position| x.contains(position))
            }
            (Self::Inverse(a), Self::Inverse(b)) => Self::all_but(&merged(a, b), rows),
            _ => self.by_words(rows, |words| other.and_into(words, rows)),
        }
    }

    /// Positions of either.
    pub(crate) fn or(&self, other: &Self, rows: u32) -> Self {
        match (self, other) {
            (Self::Full, _) | (_, Self::Full) => Self::Full,
            (Self::Empty, x) | (x, Self::Empty) => x.clone(),
            (Self::Inverse(out), x) | (x, Self::Inverse(out)) => {
                filtered(out, rows, |position| !x.contains(position)).flip(rows)
            }
            (Self::Sparse(a), Self::Sparse(b)) => Self::from_sorted(&merged(a, b), rows),
            _ => self.by_words(rows, |words| other.or_into(words, rows)),
        }
    }

    /// Positions of the first that are not in the second.
    pub(crate) fn and_not(&self, other: &Self, rows: u32) -> Self {
        match (self, other) {
            (Self::Empty, _) | (_, Self::Full) => Self::Empty,
            (_, Self::Empty) => self.clone(),
            (Self::Full, x) => x.flip(rows),
            (Self::Sparse(positions), x) => {
                filtered(positions, rows, |position| !x.contains(position))
            }
            (x, Self::Inverse(out)) => filtered(out, rows, |position| x.contains(position)),
            (Self::Inverse(a), Self::Sparse(b)) => Self::all_but(&merged(a, b), rows),
            _ => self.by_words(rows, |words| other.and_not_into(words, rows)),
        }
    }

    /// Every position below `rows` that does not belong.
    pub(crate) fn flip(&self, rows: u32) -> Self {
        match self {
            Self::Empty if rows > 0 => Self::Full,
            Self::Empty | Self::Full => Self::Empty,
            Self::Sparse(positions) if is_smaller_half(positions, rows) => {
                Self::Inverse(positions.clone())
            }
            Self::Inverse(out) if is_smaller_half(out, rows) => Self::Sparse(out.clone()),
            Self::Sparse(_) | Self::Inverse(_) | Self::Dense(_) => {
                let mut words = Self::Full.to_words(rows);
                self.and_not_into(&mut words, rows);
                Self::from_words(&words, rows)
            }
        }
    }

    /// How many positions are in both.
    pub(crate) fn and_len(&self, other: &Self, rows: u32) -> u32 {
        match (self, other) {
            (Self::Empty, _) | (_, Self::Empty) => 0,
            (Self::Full, x) | (x, Self::Full) => x.len(rows),
            (Self::Sparse(positions), Self::Dense(words))
            | (Self::Dense(words), Self::Sparse(positions)) => hits(words, positions) as u32,
            (Self::Sparse(a), Self::Sparse(b)) => in_both(a, b, rows),
            (Self::Sparse(a), Self::Inverse(b)) | (Self::Inverse(b), Self::Sparse(a)) => {
                a.len() as u32 - in_both(a, b, rows)
            }
            (Self::Dense(words), x) | (x, Self::Dense(words)) => x.and_count(words, rows) as u32,
            (Self::Inverse(a), Self::Inverse(b)) => rows - merged(a, b).len() as u32,
        }
    }

    fn by_words(&self, rows: u32, change: impl FnOnce(&mut [u64])) -> Self {
        let mut buffer = [0; 1024];
        let words = &mut buffer[..words_of(rows)];
        self.write_to(words, rows);
        change(words);
        Self::from_words(words, rows)
    }
}

/// Whether the complement of a sparse form is the other sparse form: at exactly half, both costs
/// are equal and the positions win.
fn is_smaller_half(positions: &[u16], rows: u32) -> bool {
    positions.len() * 2 < rows as usize
}

fn filtered(positions: &[u16], rows: u32, keep: impl Fn(u16) -> bool) -> Container {
    let kept: Vec<u16> = positions.iter().copied().filter(|position| keep(*position)).collect();
    Container::from_sorted(&kept, rows)
}

/// The sorted union of two sorted lists.
fn merged(a: &[u16], b: &[u16]) -> Vec<u16> {
    let mut union = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let next = a[i].min(b[j]);
        union.push(next);
        i += usize::from(a[i] == next);
        j += usize::from(b[j] == next);
    }
    union.extend_from_slice(&a[i..]);
    union.extend_from_slice(&b[j..]);
    union
}

/// How many positions two ascending lists share: those of the shorter one are looked for in the
/// other, or, where that takes longer, in its bits.
fn in_both(a: &[u16], b: &[u16], rows: u32) -> u32 {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let steps = many.len().checked_ilog2().map_or(1, |log| log as usize + 1);
    if few.len() * steps * COST_OF_STEP <= few.len() + many.len() {
        return few.iter().filter(|at| many.binary_search(at).is_ok()).count() as u32;
    }
    let mut buffer = [0; 1024];
    let words = &mut buffer[..words_of(rows)];
    set_bits(words, many);
    hits(words, few) as u32
}
