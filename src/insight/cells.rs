//! Something kept for each pair of values.

use std::collections::HashMap;

/// Bytes up to which every pair of codes has a place of its own.
const MOST_DENSE: usize = 8 << 20;

/// A cell for each pair of values that occurs.
#[derive(Clone, Debug)]
pub(super) enum Cells<T> {
    /// Every pair of `n` codes, row by row.
    Dense { n: usize, cells: Vec<T> },
    /// The pairs that occurred.
    Sparse(HashMap<(i64, i64), T>),
}

impl<T: Clone + Default> Cells<T> {
    /// Cells of pairs of this many codes; `None` where values are no codes.
    pub(super) fn new(n_codes: Option<usize>) -> Self {
        match n_codes {
            Some(n) if n.saturating_mul(n).saturating_mul(size_of::<T>()) <= MOST_DENSE => {
                Self::Dense { n, cells: vec![T::default(); n * n] }
            }
            _ => Self::Sparse(HashMap::new()),
        }
    }

    /// The cell of a pair.
    #[inline]
    pub(super) fn of(&mut self, from: i64, to: i64) -> &mut T {
        match self {
            Self::Dense { n, cells } => &mut cells[from as usize * *n + to as usize],
            Self::Sparse(cells) => cells.entry((from, to)).or_default(),
        }
    }

    /// The cells that are not as they began, in no order.
    pub(super) fn into_used(self, is_used: impl Fn(&T) -> bool) -> Vec<((i64, i64), T)> {
        match self {
            Self::Dense { n, cells } => {
                let cells = cells.into_iter().enumerate().filter(|(_, cell)| is_used(cell));
                cells.map(|(at, cell)| (((at / n) as i64, (at % n) as i64), cell)).collect()
            }
            Self::Sparse(cells) => cells.into_iter().filter(|(_, cell)| is_used(cell)).collect(),
        }
    }

    /// All of them as one, what two have of a pair taken together.
    pub(super) fn merged(all: Vec<Self>, add: impl Fn(&mut T, T), n_codes: Option<usize>) -> Self {
        let mut all = all.into_iter();
        let mut merged = all.next().unwrap_or_else(|| Self::new(n_codes));
        for part in all {
            match (&mut merged, part) {
                (Self::Dense { cells, .. }, Self::Dense { cells: own, .. }) => {
                    cells.iter_mut().zip(own).for_each(|(cell, own)| add(cell, own));
                }
                (merged, part) => {
                    for ((from, to), cell) in part.into_used(|_| true) {
                        add(merged.of(from, to), cell);
                    }
                }
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_cells_hold_the_same() {
        for n_codes in [Some(5), None] {
            let mut parts = vec![Cells::<u64>::new(n_codes), Cells::new(n_codes)];
            for (part, from, to) in [(0, 1, 2), (1, 1, 2), (1, 4, 0), (0, 1, 2)] {
                *parts[part].of(from, to) += 1;
            }
            let mut used =
                Cells::merged(parts, |all, own| *all += own, n_codes).into_used(|n| *n > 0);
            used.sort_unstable();
            assert_eq!(used, [((1, 2), 3), ((4, 0), 1)]);
        }
    }
}
