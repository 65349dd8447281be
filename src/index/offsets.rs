//! Where each of many pieces of varying length starts.

use std::ops::Range;

use super::Packed;

/// Pieces laid one after the other: their lengths packed, and every sixteenth start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offsets {
    lengths: Packed,
    starts: Box<[u64]>,
    n: usize,
}

/// Pieces between two recorded starts: a look-up adds fewer lengths than this.
const STRIDE: usize = 16;

impl Offsets {
    /// The pieces of these lengths.
    pub(crate) fn from_lengths(lengths: &[u32]) -> Self {
        let values = lengths.iter().map(|length| i64::from(*length));
        let least = values.clone().min().unwrap_or(0);
        let most = values.clone().max().unwrap_or(0);
        Self::from_packed(Packed::pack(values, least, most), lengths.len())
    }

    /// The pieces whose lengths are packed; each must lie in 0..=`u32::MAX`.
    pub(crate) fn from_packed(lengths: Packed, n: usize) -> Self {
        let mut starts = Vec::with_capacity(n / STRIDE + 1);
        let mut total = 0u64;
        for (index, length) in lengths.to_vec(n).into_iter().enumerate() {
            if index % STRIDE == 0 {
                starts.push(total);
            }
            total += length as u64;
        }
        if n.is_multiple_of(STRIDE) {
            starts.push(total);
        }
        Self { lengths, starts: starts.into(), n }
    }

    /// How many pieces.
    pub(crate) fn len(&self) -> usize {
        self.n
    }

    /// Where piece `index` lies.
    #[inline]
    pub(crate) fn range(&self, index: usize) -> Range<usize> {
        let start = self.start(index);
        start..start + self.length(index)
    }

    /// How long piece `index` is.
    #[inline]
    pub(crate) fn length(&self, index: usize) -> usize {
        self.lengths.get(index) as usize
    }

    /// Where piece `index` starts, or, for the number of pieces, where the last one ends.
    pub(crate) fn start(&self, index: usize) -> usize {
        let first = index / STRIDE * STRIDE;
        let before = if self.lengths.width == 0 {
            (index - first) * self.lengths.base as usize
        } else {
            (first..index).map(|before| self.length(before)).sum()
        };
        self.starts[index / STRIDE] as usize + before
    }

    /// The piece that holds `offset`, which must lie below the end.
    pub(crate) fn piece_at(&self, offset: usize) -> usize {
        let group = self.starts.partition_point(|start| *start as usize <= offset).max(1) - 1;
        let mut index = group * STRIDE;
        let mut end = self.starts[group] as usize + self.length(index);
        while end <= offset {
            index += 1;
            end += self.length(index);
        }
        index
    }

    /// The lengths, packed.
    pub(crate) fn lengths(&self) -> &Packed {
        &self.lengths
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.lengths.bytes() + self.starts.len() * 8
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_lie_one_after_the_other(lengths in prop::collection::vec(0u32..5, 0..100)) {
            let offsets = Offsets::from_lengths(&lengths);
            let mut start = 0;
            for (index, length) in lengths.iter().enumerate() {
                let end = start + *length as usize;
                prop_assert_eq!(offsets.range(index), start..end);
                for offset in start..end {
                    prop_assert_eq!(offsets.piece_at(offset), index);
                }
                start = end;
            }
            prop_assert_eq!(offsets.start(lengths.len()), start);
        }
    }
}
