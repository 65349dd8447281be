//! Values gathered for figures that need them all.

/// Values in any order, repeats kept; nearly always of 64 bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Bag {
    narrow: Vec<i64>,
    wide: Vec<i128>,
}

impl Bag {
    /// Adds a value.
    pub(super) fn push(&mut self, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.narrow.push(value),
            Err(_) => self.wide.push(value),
        }
    }

    /// Adds all of another's.
    pub(super) fn append(&mut self, mut other: Self) {
        if self.narrow.is_empty() {
            std::mem::swap(&mut self.narrow, &mut other.narrow);
        }
        self.narrow.append(&mut other.narrow);
        self.wide.append(&mut other.wide);
    }

    /// Leaves each value once.
    pub(super) fn dedup(&mut self) {
        self.narrow.sort_unstable();
        self.narrow.dedup();
        self.wide.sort_unstable();
        self.wide.dedup();
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.narrow.len() + self.wide.len()
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.narrow.capacity() * 8 + self.wide.capacity() * 16
    }

    /// The middle value, or the two around the middle.
    pub(super) fn middle(mut self) -> Option<(i128, i128)> {
        let upper = self.len() / 2;
        let lower = self.len().checked_sub(1)? / 2;
        if self.wide.is_empty() {
            let (before, high, _) = self.narrow.select_nth_unstable(upper);
            let high = i128::from(*high);
            let low = if lower == upper { high } else { before.iter().copied().max()?.into() };
            return Some((low, high));
        }
        self.wide.extend(self.narrow.iter().map(|value| i128::from(*value)));
        let (before, high, _) = self.wide.select_nth_unstable(upper);
        let high = *high;
        let low = if lower == upper { high } else { before.iter().copied().max()? };
        Some((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_one_value_or_two() {
        let middle = |values: &[i128]| {
            let mut bag = Bag::default();
            values.iter().for_each(|value| bag.push(*value));
            bag.middle()
        };
        assert_eq!(middle(&[]), None);
        assert_eq!(middle(&[5]), Some((5, 5)));
        assert_eq!(middle(&[9, 1]), Some((1, 9)));
        assert_eq!(middle(&[3, 1, 2]), Some((2, 2)));
        assert_eq!(middle(&[4, 1, 3, 2]), Some((2, 3)));
        let wide = i128::from(i64::MAX) + 1;
        assert_eq!(middle(&[wide, 1, -wide - 5, 2]), Some((1, 2)));
        assert_eq!(middle(&[wide, 1, wide + 1]), Some((wide, wide)));
    }
}
