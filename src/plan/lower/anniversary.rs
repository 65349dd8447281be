//! Anniversaries: the months and days of a window, the year ignored.

use crate::model::{AttributeId, Day, RangeSet, TimeFunction};
use crate::plan::{Leaf, LogicalPlan};

/// Every window of this many days holds every day of the year.
const FULL_YEAR: i64 = 366;

/// As [`TimeFunction::MonthDay`] counts them.
const FEBRUARY_29: i64 = 2 * 32 + 29;

/// The test that a date's month and day lie in a window of days.
pub(super) fn leaf(attribute: AttributeId, window: &RangeSet, negated: bool) -> Leaf<LogicalPlan> {
    let month_days = month_days(window);
    let numbers = if negated { month_days.complement() } else { month_days };
    if numbers.is_all() || numbers.is_none() {
        return Leaf::Values { attribute, ranges: numbers, missing: false };
    }
    Leaf::Function { attribute, function: TimeFunction::MonthDay, ranges: numbers }
}

/// The months and days of a window, as [`TimeFunction::MonthDay`] counts them; all numbers when
/// that is every day of a year.
///
/// 29 February counts as 1 March in years that lack it. A window need not be walked further than
/// 366 days, and that far it crosses 31 December at most once.
pub(crate) fn month_days(window: &RangeSet) -> RangeSet {
    let mut points = Vec::new();
    for range in window.as_slice() {
        let (first, last) = (i128::from(range.low), i128::from(range.high));
        if last - first >= i128::from(FULL_YEAR) - 1 {
            return RangeSet::all();
        }
        let days = (range.low..=range.high).filter_map(Day::from_days);
        days.for_each(|day| push(&mut points, day));
    }
    let found = RangeSet::from_points(points);
    if n_members(&found) == FULL_YEAR { RangeSet::all() } else { found }
}

fn push(points: &mut Vec<i64>, day: Day) {
    let (year, month, of_month) = day.to_civil();
    points.push(i64::from(month) * 32 + i64::from(of_month));
    if (month, of_month) == (3, 1) && Day::from_civil(i64::from(year), 2, 29).is_none() {
        points.push(FEBRUARY_29);
    }
}

fn n_members(set: &RangeSet) -> i64 {
    set.as_slice().iter().map(|range| range.high - range.low + 1).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn window(first: &str, last: &str) -> RangeSet {
        RangeSet::between(i64::from(day(first).days()), i64::from(day(last).days()))
    }

    fn number(birth: Day) -> i64 {
        TimeFunction::MonthDay.of_day(birth, birth)
    }

    /// Whether the birthday, celebrated in each year, ever falls into the window.
    fn celebrated_within(birth: Day, window: &RangeSet) -> bool {
        let (_, month, of_month) = birth.to_civil();
        let (low, high) = (window.as_slice()[0].low, window.as_slice()[0].high);
        let year_of = |days| i64::from(Day::from_days(days).unwrap().to_civil().0);
        (year_of(low)..=year_of(high)).any(|year| {
            let celebrated = Day::from_civil(year, i64::from(month), i64::from(of_month))
                .or_else(|| Day::from_civil(year, 3, 1))
                .unwrap();
            window.contains(i64::from(celebrated.days()))
        })
    }

    proptest! {
        #[test]
        fn anniversaries_agree_with_a_calendar_kept_year_by_year(
            first in -40_000i64..60_000,
            length in 0i64..800,
        ) {
            let window = RangeSet::between(first, first + length);
            let found = month_days(&window);
            // 2000 is a leap year: its days are all the birthdays there are.
            let january: i64 = i64::from(day("2000-01-01").days());
            for birth in (january..january + 366).map(|d| Day::from_days(d).unwrap()) {
                prop_assert_eq!(found.contains(number(birth)), celebrated_within(birth, &window));
            }
        }
    }

    #[test]
    fn windows_wrap_over_31_december() {
        let found = month_days(&window("2026-12-28", "2027-01-03"));
        for (text, belongs) in [
            ("1990-12-27", false),
            ("1990-12-28", true),
            ("1990-01-03", true),
            ("1990-01-04", false),
        ] {
            assert_eq!(found.contains(number(day(text))), belongs, "{text}");
        }
    }

    #[test]
    fn february_29_is_celebrated_on_1_march_in_common_years_only() {
        let leapling = number(day("2000-02-29"));
        assert!(month_days(&window("2027-03-01", "2027-03-01")).contains(leapling));
        assert!(!month_days(&window("2027-02-28", "2027-02-28")).contains(leapling));
        assert!(!month_days(&window("2028-03-01", "2028-03-01")).contains(leapling));
        assert!(month_days(&window("2028-02-29", "2028-02-29")).contains(leapling));
    }

    #[test]
    fn a_common_year_of_365_days_holds_every_birthday_and_so_does_all_time() {
        assert!(month_days(&window("2027-01-01", "2027-12-31")).is_all());
        assert!(!month_days(&window("2028-01-01", "2028-12-30")).is_all());
        assert!(month_days(&RangeSet::all()).is_all());
        assert!(month_days(&RangeSet::none()).is_none());
    }
}
