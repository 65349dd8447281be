//! Functions of dates and instants that yield whole numbers.

use super::time::DAY_MICROS;
use super::{Day, Instant, Zone};

/// `count(orders)`, `sum(orders.amount)` and their like: what is asked of a customer's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventFunction {
    /// How many events there are.
    Count,
    /// The sum of a value; 0 of nothing.
    Sum,
    /// The mean of a value.
    Avg,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The middle value, or the mean of the two middle ones.
    Median,
    /// How many different values there are.
    Distinct,
    /// The value of the earliest event.
    First,
    /// The value of the latest event.
    Last,
    /// Whether there is any event.
    Any,
    /// Whether there is no event.
    No,
    /// The mean time from one instant with events to the next, in days.
    Interval,
    /// When the next event is to be expected: so much later than the latest.
    Expected,
}

impl EventFunction {
    /// Every function.
    pub const ALL: [Self; 13] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Median,
        Self::Distinct,
        Self::First,
        Self::Last,
        Self::Any,
        Self::No,
        Self::Interval,
        Self::Expected,
    ];

    /// The function of a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name().eq_ignore_ascii_case(name))
    }

    /// As the language writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Distinct => "distinct",
            Self::First => "first",
            Self::Last => "last",
            Self::Any => "any",
            Self::No => "no",
            Self::Interval => "interval",
            Self::Expected => "expected",
        }
    }

    /// Whether it is of events themselves, and not of a value of theirs.
    pub fn is_of_events(self) -> bool {
        matches!(self, Self::Count | Self::Any | Self::No | Self::Interval | Self::Expected)
    }
}

/// `year(x)`, `days_since(x)` and their like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeFunction {
    /// The calendar year.
    Year,
    /// The month, 1 to 12.
    Month,
    /// The day of the month, 1 to 31.
    Day,
    /// The day of the week; Monday is 1.
    Weekday,
    /// The hour of the wall clock, 0 to 23; 0 of a date.
    Hour,
    /// Month × 32 + day of the month, for anniversaries.
    MonthDay,
    /// The day itself, counted from 1970-01-01: what a timestamp is beside a date.
    Date,
    /// Whole 24-hour days to now (whole days to today for a date), rounded down.
    DaysSince,
    /// Whole calendar months to now.
    MonthsSince,
    /// Whole calendar years to now: a birth date's age.
    YearsSince,
}

impl TimeFunction {
    /// The function of this name in the language.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "weekday" => Self::Weekday,
            "hour" => Self::Hour,
            "days_since" => Self::DaysSince,
            "months_since" => Self::MonthsSince,
            "years_since" => Self::YearsSince,
            _ => return None,
        })
    }

    /// The name in the language (`month_day` and `date` are inner).
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::MonthDay => "month_day",
            Self::Date => "date",
            Self::DaysSince => "days_since",
            Self::MonthsSince => "months_since",
            Self::YearsSince => "years_since",
        }
    }

    /// Whether it counts to the clock.
    pub fn counts_to_now(self) -> bool {
        matches!(self, Self::DaysSince | Self::MonthsSince | Self::YearsSince)
    }

    /// Whether a later argument never gives a smaller (`Some(true)`) or never a larger
    /// (`Some(false)`) number, so that a comparison is one range of the argument.
    pub fn is_rising(self) -> Option<bool> {
        match self {
            Self::Year | Self::Date => Some(true),
            Self::DaysSince | Self::MonthsSince | Self::YearsSince => Some(false),
            _ => None,
        }
    }

    /// The function of a date, `today` being the statement's date.
    pub fn of_day(self, day: Day, today: Day) -> i64 {
        let (year, month, of_month) = day.to_civil();
        match self {
            Self::Year => i64::from(year),
            Self::Month => i64::from(month),
            Self::Day => i64::from(of_month),
            Self::Weekday => i64::from(day.weekday()),
            Self::Hour => 0,
            Self::MonthDay => i64::from(month) * 32 + i64::from(of_month),
            Self::Date => i64::from(day.days()),
            Self::DaysSince => i64::from(today.days()) - i64::from(day.days()),
            Self::MonthsSince => months_between(day, 0, today, 0),
            Self::YearsSince => months_between(day, 0, today, 0).div_euclid(12),
        }
    }

    /// The function of an instant, read on the wall clock of `zone`.
    pub fn of_instant(self, instant: Instant, now: Instant, zone: &Zone) -> i64 {
        match self {
            Self::DaysSince => (now.micros() - instant.micros()).div_euclid(DAY_MICROS),
            _ => self.of_local(zone.local(instant), zone.local(now)),
        }
    }

    /// The function of a wall time, `now` being the statement's: each a day and the microseconds
    /// past its midnight. [`DaysSince`](Self::DaysSince) counts midnights here.
    pub(crate) fn of_local(self, at: (Day, i64), now: (Day, i64)) -> i64 {
        match self {
            Self::MonthsSince => months_between(at.0, at.1, now.0, now.1),
            Self::YearsSince => months_between(at.0, at.1, now.0, now.1).div_euclid(12),
            Self::Hour => at.1 / 3_600_000_000,
            _ => self.of_day(at.0, now.0),
        }
    }
}

/// Whole calendar months from one wall time to another, rounded down: the largest `m` for which
/// the start moved `m` months on is not past the end. A day that the month lacks completes on the
/// first of the month after it.
fn months_between(from: Day, from_time: i64, to: Day, to_time: i64) -> i64 {
    let ((y1, m1, _), (y2, m2, _)) = (from.to_civil(), to.to_civil());
    let months = (i64::from(y2) - i64::from(y1)) * 12 + i64::from(m2) - i64::from(m1);
    let reached = |months: i64| {
        from.checked_add_months(months).is_some_and(|(day, stands_in)| {
            (day, if stands_in { 0 } else { from_time }) <= (to, to_time)
        })
    };
    if reached(months) { months } else { months - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn an_age_completes_on_the_birthday_and_for_29_february_on_1_march() {
        let years = |birth, today| TimeFunction::YearsSince.of_day(day(birth), day(today));
        assert_eq!(years("2000-06-15", "2026-06-14"), 25);
        assert_eq!(years("2000-06-15", "2026-06-15"), 26);
        assert_eq!(years("2000-02-29", "2026-02-28"), 25);
        assert_eq!(years("2000-02-29", "2026-03-01"), 26);
        assert_eq!(years("2000-02-29", "2024-02-29"), 24);
        assert_eq!(years("2026-12-01", "2026-11-30"), -1);
    }

    #[test]
    fn months_count_whole_ones_down() {
        let months = |from, to| TimeFunction::MonthsSince.of_day(day(from), day(to));
        assert_eq!(months("2026-01-31", "2026-02-28"), 0);
        assert_eq!(months("2026-01-31", "2026-03-01"), 1);
        assert_eq!(months("2026-03-02", "2026-03-01"), -1);
    }

    #[test]
    fn days_since_rounds_down_for_the_future() {
        let zone = Zone::utc();
        let at = |text| zone.parse_instant(text).unwrap();
        let now = at("2026-11-22T10:00:00");
        let since = |text| TimeFunction::DaysSince.of_instant(at(text), now, &zone);
        assert_eq!(since("2026-11-21T10:00:00"), 1);
        assert_eq!(since("2026-11-21T10:00:01"), 0);
        assert_eq!(since("2026-11-22T10:00:01"), -1);
    }
}
