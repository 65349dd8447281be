//! Two text columns compared: codes of either dictionary become places in one common order.

use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::keep_positions;
use crate::index::{Dictionary, TextColumn};
use crate::model::Comparison;

/// `left op right` of two text columns, both known.
#[derive(Clone, Debug)]
pub(in crate::exec) struct TextComparison<'a> {
    op: Comparison,
    left: &'a TextColumn,
    right: &'a TextColumn,
    /// Places by code; equal texts share one.
    left_ranks: Vec<u32>,
    right_ranks: Vec<u32>,
}

impl<'a> TextComparison<'a> {
    /// The comparison of two columns.
    pub(in crate::exec) fn new(
        left: &'a TextColumn,
        op: Comparison,
        right: &'a TextColumn,
    ) -> Self {
        let (left_ranks, right_ranks) = common_ranks(&left.dictionary, &right.dictionary);
        Self { op, left, right, left_ranks, right_ranks }
    }

    /// Bytes of temporaries.
    pub(in crate::exec) fn bytes(&self) -> usize {
        (self.left_ranks.len() + self.right_ranks.len()) * 4
    }

    /// Keeps the rows of `acc` where the comparison holds.
    pub(in crate::exec) fn narrow(&self, at: &At<'_>, acc: &mut [u64], _: &mut Scratch) {
        let left = &self.left.codes.chunks[at.chunk];
        let right = &self.right.codes.chunks[at.chunk];
        left.known.and_into(acc, at.rows);
        right.known.and_into(acc, at.rows);
        keep_positions(acc, |position| {
            let a = left.values.get(usize::from(position)) as usize;
            let b = right.values.get(usize::from(position)) as usize;
            self.op.holds(self.left_ranks[a].cmp(&self.right_ranks[b]))
        });
    }
}

/// Each code's place in the order of its own dictionary.
pub(in crate::exec) fn ranks(dictionary: &Dictionary) -> Vec<u32> {
    let mut ranks = vec![0; dictionary.len()];
    for (rank, code) in (0u32..).zip(dictionary.sorted_codes()) {
        ranks[code as usize] = rank;
    }
    ranks
}

/// Each code's place in the order of both dictionaries' texts.
fn common_ranks(left: &Dictionary, right: &Dictionary) -> (Vec<u32>, Vec<u32>) {
    let (mut left_ranks, mut right_ranks) = (vec![0; left.len()], vec![0; right.len()]);
    let (left_codes, right_codes) = (left.sorted_codes(), right.sorted_codes());
    let (mut i, mut j, mut rank) = (0, 0, 0);
    while i < left_codes.len() || j < right_codes.len() {
        let (a, b) = (left_codes.get(i), right_codes.get(j));
        let order = match (a, b) {
            (Some(a), Some(b)) => left.text(*a).cmp(right.text(*b)),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        if let Some(a) = a.filter(|_| order.is_le()) {
            left_ranks[*a as usize] = rank;
            i += 1;
        }
        if let Some(b) = b.filter(|_| order.is_ge()) {
            right_ranks[*b as usize] = rank;
            j += 1;
        }
        rank += 1;
    }
    (left_ranks, right_ranks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_place() {
        let dictionary = |texts: &[&str]| Dictionary::empty().with(texts).0;
        let (left, right) = (dictionary(&["b", "a", "d"]), dictionary(&["d", "c", "b", "e"]));
        // a, b, c, d, e
        assert_eq!(common_ranks(&left, &right), (vec![1, 0, 3], vec![3, 2, 1, 4]));
        assert_eq!(ranks(&right), [2, 1, 0, 3]);
    }
}
