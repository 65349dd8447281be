//! Constants beside columns of units: every comparison becomes a set of units, exactly.

use crate::model::{Comparison, Decimal, Range, RangeSet};

/// Where a constant cuts the line of units: which units equal it, and which lie at or below it.
///
/// A number between two units equals none; a day equals all of its instants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    /// The units that equal the constant.
    equal: Option<Range>,
    /// The largest unit at or below the constant; `None` when every unit lies above it.
    floor: Option<i64>,
}

impl Cut {
    /// One unit.
    pub(super) fn point(units: i64) -> Self {
        Self { equal: Some(Range { low: units, high: units }), floor: Some(units) }
    }

    /// All units from `low` to `high`, which are one and the same to the constant.
    pub(super) fn range(low: i64, high: i64) -> Self {
        Self { equal: Range::new(low, high), floor: Some(high) }
    }

    /// A number at a column's scale: `9.995` at scale 2 lies between 999 and 1000.
    pub(super) fn number(number: Decimal, scale: u8) -> Self {
        let equal = number.to_units(scale).ok().map(|units| Range { low: units, high: units });
        Self { equal, floor: number.floor_units(scale) }
    }

    /// The units that equal the constant.
    pub(super) fn equal(self) -> Option<Range> {
        self.equal
    }

    /// The units `x` for which `x op constant` holds.
    pub(super) fn ranges(self, op: Comparison) -> RangeSet {
        match op {
            Comparison::Equal => RangeSet::from_ranges(self.equal),
            Comparison::NotEqual => RangeSet::from_ranges(self.equal).complement(),
            Comparison::Less => self.less(),
            Comparison::LessOrEqual => self.at_most(),
            Comparison::Greater => self.at_most().complement(),
            Comparison::GreaterOrEqual => self.less().complement(),
        }
    }

    fn at_most(self) -> RangeSet {
        self.floor.map_or_else(RangeSet::none, RangeSet::at_most)
    }

    fn less(self) -> RangeSet {
        self.equal.map_or_else(|| self.at_most(), |range| RangeSet::below(range.low))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Comparison; 6] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];

    #[test]
    fn a_number_between_two_units_equals_nobody() {
        let cut = Cut::number("9.995".parse().unwrap(), 2);
        assert_eq!(cut.ranges(Comparison::Greater), RangeSet::at_least(1000));
        assert_eq!(cut.ranges(Comparison::GreaterOrEqual), RangeSet::at_least(1000));
        assert_eq!(cut.ranges(Comparison::LessOrEqual), RangeSet::at_most(999));
        assert_eq!(cut.ranges(Comparison::Less), RangeSet::at_most(999));
        assert!(cut.ranges(Comparison::Equal).is_none());
        assert!(cut.ranges(Comparison::NotEqual).is_all());
    }

    #[test]
    fn numbers_beyond_the_units_saturate() {
        let above = Cut::number("9223372036854775808".parse().unwrap(), 0);
        assert!(above.ranges(Comparison::Less).is_all());
        assert!(above.ranges(Comparison::GreaterOrEqual).is_none());
        assert!(above.ranges(Comparison::Equal).is_none());
        let below = Cut::number("-9223372036854775809".parse().unwrap(), 0);
        assert!(below.ranges(Comparison::Greater).is_all());
        assert!(below.ranges(Comparison::LessOrEqual).is_none());
        let largest = Cut::number("9223372036854775807".parse().unwrap(), 0);
        assert!(largest.ranges(Comparison::LessOrEqual).is_all());
        assert!(largest.ranges(Comparison::Greater).is_none());
        assert_eq!(largest.ranges(Comparison::Less), RangeSet::at_most(i64::MAX - 1));
    }

    proptest! {
        #[test]
        fn a_number_agrees_with_exact_comparison(
            units in prop_oneof![-3000i128..3000, any::<i64>().prop_map(i128::from), any::<i128>()],
            literal_scale in 0u8..5,
            scale in 0u8..5,
            value in prop_oneof![-3000i64..3000, any::<i64>()],
            op in prop::sample::select(&ALL),
        ) {
            let literal = Decimal::new(units, literal_scale);
            let stored = Decimal::new(i128::from(value), scale);
            let expected = op.holds(stored.cmp(&literal));
            prop_assert_eq!(Cut::number(literal, scale).ranges(op).contains(value), expected);
        }

        #[test]
        fn a_day_agrees_with_its_ends(
            low in -50i64..50,
            width in 0i64..10,
            value in -60i64..70,
            op in prop::sample::select(&ALL),
        ) {
            let high = low + width;
            let ordering = if value < low {
                std::cmp::Ordering::Less
            } else if value > high {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            };
            let ranges = Cut::range(low, high).ranges(op);
            prop_assert_eq!(ranges.contains(value), op.holds(ordering));
        }
    }
}
