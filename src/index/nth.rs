//! The value at a place of a whole column's order, by the orders of its chunks.

use super::{UnitsChunk, UnitsColumn, UnitsIndex};

impl UnitsColumn {
    /// The value that so many known values come before, the least first: the `n`-th from 0.
    /// `None` when there are not so many, or a chunk has no order of its rows.
    ///
    /// The value is halved in on: how many lie below a bound is a binary search in each chunk. A
    /// sample of the column says where to begin.
    pub(crate) fn nth(&self, n: u64) -> Option<i64> {
        self.nth_about(n, 0)
    }

    /// A value up to which about `n` of those that are known lie, give or take so many, or else the
    /// `n`-th, as [`nth`](Self::nth) finds it.
    pub(crate) fn nth_about(&self, n: u64, slack: u64) -> Option<i64> {
        let chunks: Vec<&UnitsChunk> =
            self.chunks.iter().map(|chunk| &**chunk).filter(|chunk| chunk.n_known > 0).collect();
        if chunks.iter().any(|chunk| matches!(chunk.index, UnitsIndex::Forward)) {
            return None;
        }
        if chunks.iter().map(|chunk| u64::from(chunk.n_known)).sum::<u64>() <= n {
            return None;
        }
        let n_upto = |value: i64| chunks.iter().map(|chunk| chunk.n_upto(value)).sum::<u64>();
        let mut low = chunks.iter().map(|chunk| chunk.min).min()?;
        let mut high = chunks.iter().map(|chunk| chunk.max).max()?;
        let (from, to) = self.statistics().around(n);
        if from.is_some_and(|from| n_upto(from) <= n) {
            low = from?.checked_add(1)?.max(low);
        }
        if to.is_some_and(|to| n_upto(to) > n) {
            high = to?.min(high);
        }
        while low < high {
            // Towards the lower one, whatever their signs.
            let middle = low.wrapping_add((high.wrapping_sub(low) as u64 / 2) as i64);
            let found = n_upto(middle);
            if found.abs_diff(n) < slack {
                return Some(middle);
            }
            if found > n {
                high = middle;
            } else {
                low = middle.checked_add(1)?;
            }
        }
        Some(low)
    }
}

impl UnitsChunk {
    /// The least value that is not below a bound.
    pub(crate) fn least_from(&self, low: i64) -> Option<i64> {
        if self.n_known == 0 || low > self.max {
            return None;
        }
        match &self.index {
            UnitsIndex::Ordered(ordered) => {
                let next = self.stretch(ordered, low, i64::MAX).parts().flatten().next();
                next.map(|at| self.values.get(usize::from(*at)))
            }
            UnitsIndex::PerValue { values, .. } => {
                values.iter().map(|(value, _)| *value).find(|value| *value >= low)
            }
            UnitsIndex::Forward => {
                let values = self.known.iter(self.rows).map(|at| self.values.get(usize::from(at)));
                values.filter(|value| *value >= low).min()
            }
        }
    }

    /// Visits the rows whose values lie between two, both in, in the order of the values where the
    /// chunk has them in order.
    pub(crate) fn each_between(&self, low: i64, high: i64, mut visit: impl FnMut(u16)) {
        if self.n_known == 0 || low > high || low > self.max || high < self.min {
            return;
        }
        match &self.index {
            UnitsIndex::Ordered(ordered) => {
                let stretch = self.stretch(ordered, low, high);
                stretch.parts().flatten().for_each(|position| visit(*position));
            }
            UnitsIndex::PerValue { values, .. } => {
                let first = values.partition_point(|(value, _)| *value < low);
                let within = values[first..].iter().take_while(|(value, _)| *value <= high);
                within.for_each(|(_, rows)| rows.iter(self.rows).for_each(&mut visit));
            }
            UnitsIndex::Forward => {
                let range = low..=high;
                let is_in = |at: &u16| range.contains(&self.values.get(usize::from(*at)));
                self.known.iter(self.rows).filter(is_in).for_each(visit);
            }
        }
    }

    /// How many rows have a value up to this.
    fn n_upto(&self, value: i64) -> u64 {
        if value < self.min {
            return 0;
        }
        if value >= self.max {
            return self.n_known.into();
        }
        match &self.index {
            UnitsIndex::Ordered(ordered) => ordered.upto(value, &self.values).rank.into(),
            UnitsIndex::PerValue { values, .. } => {
                let upto = values.iter().take_while(|(own, _)| *own <= value);
                upto.map(|(_, rows)| u64::from(rows.len(self.rows))).sum()
            }
            UnitsIndex::Forward => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::index::Layout;
    use crate::model::Type;

    proptest! {
        #[test]
        fn the_nth_is_that_of_all_values_sorted(
            chunks in prop::collection::vec(
                prop::collection::vec(
                    prop::option::weighted(
                        0.8,
                        prop_oneof![3 => -50i64..50, 1 => any::<i64>(), 1 => Just(7i64)],
                    ),
                    1..200,
                ),
                1..5,
            ),
        ) {
            let mut all: Vec<i64> = chunks.iter().flatten().flatten().copied().collect();
            all.sort_unstable();
            let chunk = |values: &Vec<Option<i64>>| {
                Arc::new(UnitsChunk::from_options(values, Layout::Numbers))
            };
            let column = UnitsColumn::new(Type::Int, Layout::Numbers, chunks.iter().map(chunk).collect());
            for (values, low) in chunks.iter().zip([i64::MIN, -3, 7, 40, i64::MAX]) {
                let least = values.iter().flatten().copied().filter(|value| *value >= low).min();
                for layout in [Layout::Numbers, Layout::Forward] {
                    let chunk = UnitsChunk::from_options(values, layout);
                    prop_assert_eq!(chunk.least_from(low), least);
                    for high in [i64::MIN, -3, 0, 7, i64::MAX] {
                        let mut found = Vec::new();
                        chunk.each_between(low, high, |position| found.push(position));
                        found.sort_unstable();
                        let is_in = |value: &Option<i64>| {
                            value.is_some_and(|value| low <= value && value <= high)
                        };
                        let within = (0u16..).zip(values).filter(|(_, value)| is_in(value));
                        let within: Vec<u16> = within.map(|(position, _)| position).collect();
                        prop_assert_eq!(found, within);
                    }
                }
            }
            for (n, value) in (0..).zip(&all) {
                prop_assert_eq!(column.nth(n), Some(*value));
                for slack in [1, 10] {
                    let about = column.nth_about(n, slack).unwrap();
                    let n_upto = all.partition_point(|value| *value <= about) as u64;
                    prop_assert!(about == *value || n_upto.abs_diff(n) < slack);
                }
            }
            prop_assert_eq!(column.nth(all.len() as u64), None);
        }
    }
}
