//! Sets of `i64` as sorted, disjoint, closed ranges: what every test of one scalar attribute becomes.

use std::fmt;

/// A closed range of units, `low <= x <= high`; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The smallest member.
    pub low: i64,
    /// The largest member.
    pub high: i64,
}

impl Range {
    /// The range from `low` to `high`, or `None` when it would be empty.
    pub fn new(low: i64, high: i64) -> Option<Self> {
        (low <= high).then_some(Self { low, high })
    }

    /// Whether `value` lies within.
    pub fn contains(self, value: i64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A set of `i64`: sorted, disjoint, non-adjacent closed ranges.
///
/// Comparison, `between`, `in` and spans of time all become one of these, so that merging,
/// negating and contradicting clauses of one attribute is plain set algebra.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct RangeSet {
    ranges: Vec<Range>,
}

impl RangeSet {
    /// No value at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every value.
    pub fn all() -> Self {
        Self { ranges: vec![Range { low: i64::MIN, high: i64::MAX }] }
    }

    /// One value.
    pub fn point(value: i64) -> Self {
        Self { ranges: vec![Range { low: value, high: value }] }
    }

    /// `low <= x <= high`; empty when the ends are reversed.
    pub fn between(low: i64, high: i64) -> Self {
        Self { ranges: Range::new(low, high).into_iter().collect() }
    }

    /// `x >= low`.
    pub fn at_least(low: i64) -> Self {
        Self::between(low, i64::MAX)
    }

    /// `x <= high`.
    pub fn at_most(high: i64) -> Self {
        Self::between(i64::MIN, high)
    }

    /// `x > low`.
    #[cfg(test)]
    pub fn above(low: i64) -> Self {
        low.checked_add(1).map_or_else(Self::none, Self::at_least)
    }

    /// `x < high`.
    pub fn below(high: i64) -> Self {
        high.checked_sub(1).map_or_else(Self::none, Self::at_most)
    }

    /// The values of an iterator, in any order, repeats allowed.
    pub fn from_points(points: impl IntoIterator<Item = i64>) -> Self {
        Self::from_ranges(points.into_iter().map(|value| Range { low: value, high: value }))
    }

    /// The union of ranges given in any order.
    pub fn from_ranges(ranges: impl IntoIterator<Item = Range>) -> Self {
        let mut sorted: Vec<Range> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<Range> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match merged.last_mut() {
                Some(last) if last.high == i64::MAX || range.low <= last.high + 1 => {
                    last.high = last.high.max(range.high);
                }
                _ => merged.push(range),
            }
        }
        Self { ranges: merged }
    }

    /// The ranges, ascending.
    pub fn as_slice(&self) -> &[Range] {
        &self.ranges
    }

    /// Whether no value belongs.
    pub fn is_none(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether every value belongs.
    pub fn is_all(&self) -> bool {
        matches!(self.ranges[..], [Range { low: i64::MIN, high: i64::MAX }])
    }

    /// Whether `value` belongs.
    pub fn contains(&self, value: i64) -> bool {
        let next = self.ranges.partition_point(|range| range.low <= value);
        next > 0 && self.ranges[next - 1].high >= value
    }

    /// Every value that does not belong.
    pub fn complement(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut start = Some(i64::MIN);
        for range in &self.ranges {
            if let (Some(low), Some(high)) = (start, range.low.checked_sub(1)) {
                ranges.extend(Range::new(low, high));
            }
            start = range.high.checked_add(1);
        }
        if let Some(low) = start {
            ranges.extend(Range::new(low, i64::MAX));
        }
        Self { ranges }
    }

    /// Values of either set.
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ranges(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// Values of both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut ranges = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            ranges.extend(Range::new(a.low.max(b.low), a.high.min(b.high)));
            if a.high < b.high {
                left.next()
            } else {
                right.next()
            };
        }
        Self { ranges }
    }

    /// The part that lies within `low..=high`, as ranges, without copying the others.
    pub fn clamped(&self, low: i64, high: i64) -> impl Iterator<Item = Range> + '_ {
        let first = self.ranges.partition_point(|range| range.high < low);
        self.ranges[first..]
            .iter()
            .take_while(move |range| range.low <= high)
            .filter_map(move |range| Range::new(range.low.max(low), range.high.min(high)))
    }

    /// Whether the whole of `low..=high` belongs.
    pub fn covers(&self, low: i64, high: i64) -> bool {
        let next = self.ranges.partition_point(|range| range.low <= low);
        next > 0 && self.ranges[next - 1].high >= high
    }

    /// Whether anything of `low..=high` belongs.
    pub fn touches(&self, low: i64, high: i64) -> bool {
        self.clamped(low, high).next().is_some()
    }
}

impl fmt::Display for RangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("{}");
        }
        for (index, range) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(" ∪ ")?;
            }
            write!(f, "{}..={}", range.low, range.high)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = RangeSet> {
        prop::collection::vec((-20i64..20, 0i64..6), 0..6).prop_map(|pairs| {
            RangeSet::from_ranges(
                pairs.into_iter().filter_map(|(low, width)| Range::new(low, low + width)),
            )
        })
    }

    proptest! {
        #[test]
        fn the_algebra_agrees_with_membership(a in sets(), b in sets(), x in -30i64..30) {
            prop_assert_eq!(a.union(&b).contains(x), a.contains(x) || b.contains(x));
            prop_assert_eq!(a.intersection(&b).contains(x), a.contains(x) && b.contains(x));
            prop_assert_eq!(a.complement().contains(x), !a.contains(x));
            prop_assert_eq!(a.complement().complement(), a);
        }

        #[test]
        fn covers_and_touches_agree_with_membership(a in sets(), low in -25i64..25, width in 0i64..8) {
            let high = low + width;
            prop_assert_eq!(a.covers(low, high), (low..=high).all(|x| a.contains(x)));
            prop_assert_eq!(a.touches(low, high), (low..=high).any(|x| a.contains(x)));
        }
    }

    #[test]
    fn the_ends_of_the_line_do_not_overflow() {
        assert_eq!(RangeSet::all().complement(), RangeSet::none());
        assert_eq!(RangeSet::none().complement(), RangeSet::all());
        assert_eq!(RangeSet::above(i64::MAX), RangeSet::none());
        assert_eq!(RangeSet::below(i64::MIN), RangeSet::none());
        let two = RangeSet::from_points([i64::MAX, i64::MIN, i64::MAX]);
        assert_eq!(two.complement().as_slice(), [Range { low: i64::MIN + 1, high: i64::MAX - 1 }]);
    }
}
