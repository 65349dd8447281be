//! For which dates or instants a rising or falling function of time yields given numbers.

use crate::model::{Day, Instant, Range, RangeSet, TimeFunction};
use crate::plan::StatementTime;

/// Microseconds of a day of 24 hours.
const DAY: i64 = 86_400_000_000;

/// Wall clocks of one zone are never more than this apart from one another, so that of two
/// instants farther apart the later one has the later wall clock.
const DISORDER: i64 = 3 * DAY;

/// The dates, in days, or the instants, in microseconds, for which a rising or falling function
/// yields one of `numbers`.
pub(crate) fn times_where(
    function: TimeFunction,
    numbers: &RangeSet,
    of_days: bool,
    time: &StatementTime,
) -> RangeSet {
    match of_days {
        true => days(function, numbers, time),
        false => instants(function, numbers, time),
    }
}

/// The dates, in days, for which a rising or falling function yields one of `numbers`.
pub(super) fn days(function: TimeFunction, numbers: &RangeSet, time: &StatementTime) -> RangeSet {
    let today = time.zone.day_of(time.now);
    let value = |day: i64| Day::from_days(day).map_or(0, |day| function.of_day(day, today));
    let (low, high) = (i64::from(Day::MIN.days()), i64::from(Day::MAX.days()));
    where_in(numbers, |least| where_holds(low, high, &|day| value(day) >= least))
}

/// The instants, in microseconds, for which a rising or falling function yields one of `numbers`.
///
/// Such functions follow the wall clock, which goes back now and then: near a bound the instants
/// are searched piece by piece, each of one offset.
pub(super) fn instants(
    function: TimeFunction,
    numbers: &RangeSet,
    time: &StatementTime,
) -> RangeSet {
    let value = |micros: i64| {
        Instant::from_micros(micros)
            .map_or(0, |instant| function.of_instant(instant, time.now, &time.zone))
    };
    where_in(numbers, |least| instants_where(time, &|micros| value(micros) >= least))
}

/// The arguments of a function for numbers, given those for "at least this number".
fn where_in(numbers: &RangeSet, at_least: impl Fn(i64) -> RangeSet) -> RangeSet {
    let of_range = |range: &Range| {
        let from = if range.low == i64::MIN { RangeSet::all() } else { at_least(range.low) };
        match range.high.checked_add(1) {
            Some(above) => from.intersection(&at_least(above).complement()),
            None => from,
        }
    };
    let parts: Vec<RangeSet> = numbers.as_slice().iter().map(of_range).collect();
    RangeSet::from_ranges(parts.iter().flat_map(|part| part.as_slice().iter().copied()))
}

/// Where a test holds that changes at most once between `low` and `high`; what it says of an end
/// it says of all beyond.
fn where_holds(low: i64, high: i64, holds: &impl Fn(i64) -> bool) -> RangeSet {
    let at_first = holds(low);
    if holds(high) == at_first {
        return if at_first { RangeSet::all() } else { RangeSet::none() };
    }
    // The test still says the same of `same`, and the opposite of `other`.
    let (mut same, mut other) = (low, high);
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if holds(middle) == at_first { same = middle } else { other = middle }
    }
    if at_first { RangeSet::at_most(same) } else { RangeSet::at_least(other) }
}

/// As [`where_holds`] for a test that changes at most once on the wall clock.
fn instants_where(time: &StatementTime, holds: &impl Fn(i64) -> bool) -> RangeSet {
    let (first, last) = (Instant::MIN.micros(), Instant::MAX.micros());
    // West of Greenwich the first instants would fall before year 1; wall clocks stay within it,
    // and so run backwards once.
    let day = |n: i64| first + DISORDER + n * DAY;
    let n_days = (last - first - DISORDER) / DAY;
    let rough = where_holds(0, n_days, &|n| holds(day(n)));
    let bound = rough.as_slice().first().and_then(|range| match range {
        Range { low: i64::MIN, high: i64::MAX } => None,
        Range { low: i64::MIN, high } => Some(*high),
        Range { low, .. } => Some(*low),
    });
    let mut found = scaled(&rough, first + DISORDER);
    let windows = bound.map(|n| (day(n) - DISORDER, day(n) + DISORDER)).into_iter();
    for (from, to) in windows.chain([(first, first + DISORDER), (last - DISORDER, last)]) {
        let window = RangeSet::between(from.max(first), to.min(last));
        let exact = pieces_where(time, from.max(first), to.min(last), holds);
        found = found.intersection(&window.complement()).union(&exact);
    }
    if found.contains(first) { found.union(&RangeSet::at_most(first)) } else { found }
}

/// Numbers of days counted from `origin` as microseconds, each standing for all until the next.
fn scaled(days: &RangeSet, origin: i64) -> RangeSet {
    let low = |n: i64| if n == i64::MIN { n } else { origin + n * DAY };
    let high = |n: i64| if n == i64::MAX { n } else { origin + n * DAY };
    RangeSet::from_ranges(
        days.as_slice().iter().filter_map(|range| Range::new(low(range.low), high(range.high))),
    )
}

/// Where a test holds within a window of a few days, searched by stretches of one offset.
fn pieces_where(
    time: &StatementTime,
    from: i64,
    to: i64,
    holds: &impl Fn(i64) -> bool,
) -> RangeSet {
    let mut starts = vec![from];
    if let (Some(after), Some(until)) = (Instant::from_micros(from), Instant::from_micros(to)) {
        starts.extend(time.zone.offset_changes(after, until).iter().map(|i| i.micros()));
        starts.extend(start_of_year_one(time).filter(|start| from < *start && *start <= to));
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([to]);
    let mut found = Vec::new();
    for (low, high) in starts.iter().copied().zip(ends) {
        found.extend(where_holds(low, high, holds).clamped(low, high));
    }
    RangeSet::from_ranges(found)
}

/// The instant at which wall clocks west of Greenwich reach year 1.
fn start_of_year_one(time: &StatementTime) -> impl Iterator<Item = i64> {
    let (day, wall) = time.zone.local(Instant::MIN);
    let is_behind = day == Day::MIN && wall > DAY / 2;
    is_behind.then(|| Instant::MIN.micros() + DAY - wall).into_iter()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Zone;

    const FUNCTIONS: [TimeFunction; 5] = [
        TimeFunction::Year,
        TimeFunction::Date,
        TimeFunction::DaysSince,
        TimeFunction::MonthsSince,
        TimeFunction::YearsSince,
    ];

    const ZONES: [&str; 7] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Shanghai",
        "Pacific/Kwajalein",
        "Asia/Manila",
        "Australia/Lord_Howe",
    ];

    fn time(zone: &str, now: i64) -> StatementTime {
        StatementTime { now: Instant::from_micros(now).unwrap(), zone: Zone::named(zone).unwrap() }
    }

    /// Compares with the function itself around `at`, and at every end of what was found.
    fn check(function: TimeFunction, numbers: &RangeSet, time: &StatementTime, at: &[i64]) {
        let found = instants(function, numbers, time);
        let ends = found.as_slice().iter().flat_map(|range| {
            [range.low.saturating_sub(1), range.low, range.high, range.high.saturating_add(1)]
        });
        for micros in ends.chain(at.iter().copied()) {
            if let Some(instant) = Instant::from_micros(micros) {
                let expected = numbers.contains(function.of_instant(instant, time.now, &time.zone));
                assert_eq!(found.contains(micros), expected, "{function:?} {time:?} {instant}");
            }
        }
    }

    proptest! {
        #[test]
        fn instants_agree_with_the_function_row_by_row(
            zone in prop::sample::select(&ZONES[..]),
            function in prop::sample::select(&FUNCTIONS[..]),
            now in -3_000_000_000_000_000i64..4_000_000_000_000_000,
            at in prop::collection::vec(-3_000_000_000_000_000i64..4_000_000_000_000_000, 1..6),
            pick in 0usize..5,
            width in 0i64..3,
        ) {
            let time = time(zone, now);
            let near = at[pick % at.len()];
            let value = function.of_instant(Instant::from_micros(near).unwrap(), time.now, &time.zone);
            let close = (-200..200).map(|step| near + step * 911_000_000);
            let at: Vec<i64> = at.iter().copied().chain(close).collect();
            check(function, &RangeSet::between(value, value + width), &time, &at);
            check(function, &RangeSet::at_least(value), &time, &at);
        }

        #[test]
        fn days_agree_with_the_function_row_by_row(
            function in prop::sample::select(&FUNCTIONS[..]),
            now in -3_000_000_000_000_000i64..4_000_000_000_000_000,
            at in -100_000i64..100_000,
        ) {
            let time = time("UTC", now);
            let today = time.zone.day_of(time.now);
            let value = function.of_day(Day::from_days(at).unwrap(), today);
            let numbers = RangeSet::point(value).complement();
            let found = days(function, &numbers, &time);
            for day in at - 800..at + 800 {
                let expected = numbers.contains(function.of_day(Day::from_days(day).unwrap(), today));
                prop_assert_eq!(found.contains(day), expected);
            }
        }
    }

    #[test]
    fn a_wall_clock_that_goes_back_makes_several_ranges() {
        // 25 October 2026, 03:00 becomes 02:00 in Berlin. A month later at 02:30 wall time, a
        // month has passed since the first 02:10 and since the second, not since the first 02:40.
        let zone = Zone::named("Europe/Berlin").unwrap();
        let now = zone.parse_instant("2026-11-25T02:30:00").unwrap();
        let time = StatementTime { now, zone };
        let found = instants(TimeFunction::MonthsSince, &RangeSet::at_least(1), &time);
        assert_eq!(found.as_slice().len(), 2);
        let hour = now.micros() - 31 * DAY - 7_200_000_000;
        let close: Vec<i64> = (0..20_000).map(|step| hour + step * 1_000_000).collect();
        check(TimeFunction::MonthsSince, &RangeSet::at_least(1), &time, &close);
    }

    #[test]
    fn the_first_and_the_last_day_of_all_agree() {
        for zone in ZONES {
            let time = time(zone, 1_700_000_000_000_000);
            for function in FUNCTIONS {
                for edge in [Instant::MIN, Instant::MAX] {
                    let at: Vec<i64> =
                        (-100..100).map(|step| edge.micros() + step * 1_237_000_000).collect();
                    let value = function.of_instant(edge, time.now, &time.zone);
                    for numbers in [value - 1, value, value + 1].map(RangeSet::at_least) {
                        check(function, &numbers, &time, &at);
                    }
                }
            }
        }
    }

    #[test]
    fn bounds_beyond_all_time_mean_everything_or_nothing() {
        let time = time("UTC", 0);
        let since = |numbers: RangeSet| instants(TimeFunction::DaysSince, &numbers, &time);
        assert!(since(RangeSet::at_least(-4_000_000)).is_all());
        assert!(since(RangeSet::at_least(4_000_000)).is_none());
        assert!(days(TimeFunction::Year, &RangeSet::at_least(1), &time).is_all());
    }
}
