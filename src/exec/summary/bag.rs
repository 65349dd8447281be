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

    /// The values at a place, counted from 0, of their order and at the next; past the last, the last.
    pub(super) fn at(mut self, place: usize) -> Option<(i128, i128)> {
        let last = self.len().checked_sub(1)?;
        let place = place.min(last);
        if self.wide.is_empty() {
            let (_, low, above) = self.narrow.select_nth_unstable(place);
            let low = i128::from(*low);
            let high = above.iter().min().map_or(low, |high| i128::from(*high));
            return Some((low, high));
        }
        self.wide.extend(self.narrow.iter().map(|value| i128::from(*value)));
        let (_, low, above) = self.wide.select_nth_unstable(place);
        let low = *low;
        Some((low, above.iter().min().copied().unwrap_or(low)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_order() {
        let at = |values: &[i128], place| {
            let mut bag = Bag::default();
            values.iter().for_each(|value| bag.push(*value));
            bag.at(place)
        };
        assert_eq!(at(&[], 0), None);
        assert_eq!(at(&[5], 0), Some((5, 5)));
        assert_eq!(at(&[9, 1], 0), Some((1, 9)));
        assert_eq!(at(&[9, 1], 7), Some((9, 9)));
        assert_eq!(at(&[3, 1, 2], 1), Some((2, 3)));
        assert_eq!(at(&[4, 1, 3, 2], 1), Some((2, 3)));
        let wide = i128::from(i64::MAX) + 1;
        assert_eq!(at(&[wide, 1, -wide - 5, 2], 1), Some((1, 2)));
        assert_eq!(at(&[wide, 1, wide + 1], 1), Some((wide, wide + 1)));
    }
}
