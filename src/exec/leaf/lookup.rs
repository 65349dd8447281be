//! A set of units as a table of bits.

use crate::model::RangeSet;

/// Whether a unit belongs, by one bit each from `base` on; made where a set has many ranges.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Lookup {
    base: i64,
    words: Vec<u64>,
}

/// Bits of the largest table: 8 MiB.
const MAX_BITS: u64 = 1 << 26;

impl Lookup {
    /// The table of a set within `low..=high`; `None` where it would be too large.
    pub(in crate::exec) fn new(ranges: &RangeSet, low: i64, high: i64) -> Option<Self> {
        let span = high.wrapping_sub(low) as u64;
        if low > high || span >= MAX_BITS {
            return None;
        }
        let mut words = vec![0u64; span as usize / 64 + 1];
        for range in ranges.clamped(low, high) {
            let (first, last) = ((range.low - low) as usize, (range.high - low) as usize);
            fill(&mut words, first, last);
        }
        Some(Self { base: low, words })
    }

    /// Whether a unit within the table's bounds belongs; one outside does not.
    pub(in crate::exec) fn contains(&self, units: i64) -> bool {
        let bit = units.wrapping_sub(self.base) as u64;
        self.words.get((bit / 64) as usize).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Bytes on the heap.
    pub(in crate::exec) fn bytes(&self) -> usize {
        self.words.len() * 8
    }
}

/// Sets the bits from `first` to `last`.
fn fill(words: &mut [u64], first: usize, last: usize) {
    let (from, to) = (first / 64, last / 64);
    let (low, high) = (u64::MAX << (first % 64), u64::MAX >> (63 - last % 64));
    if from == to {
        words[from] |= low & high;
        return;
    }
    words[from] |= low;
    words[from + 1..to].fill(u64::MAX);
    words[to] |= high;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_what_the_set_holds() {
        let ranges = RangeSet::from_ranges(
            [(-70, -64), (-1, 0), (5, 5), (63, 64), (100, 260), (300, 900)]
                .map(|(low, high)| crate::model::Range { low, high }),
        );
        for (low, high) in [(-100, 400), (0, 0), (-64, 63), (1, 127), (110, 240)] {
            let table = Lookup::new(&ranges, low, high).unwrap();
            for units in low..=high {
                assert_eq!(
                    table.contains(units),
                    ranges.contains(units),
                    "{units} in {low}..={high}"
                );
            }
            assert!(!table.contains(high + 64));
        }
        assert!(Lookup::new(&ranges, i64::MIN, i64::MAX).is_none());
        assert!(Lookup::new(&ranges, 1, 0).is_none());
    }
}
