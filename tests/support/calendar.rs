//! The oracle's calendar, by jiff's own civil and zoned types.

use jiff::civil::{self, Date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// A length as the language writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    Minutes(i64),
    Hours(i64),
    Days(i64),
    Weeks(i64),
    Months(i64),
    Quarters(i64),
    Years(i64),
}

impl Length {
    pub fn text(self) -> String {
        let (n, unit) = match self {
            Self::Minutes(n) => (n, "minute"),
            Self::Hours(n) => (n, "hour"),
            Self::Days(n) => (n, "day"),
            Self::Weeks(n) => (n, "week"),
            Self::Months(n) => (n, "month"),
            Self::Quarters(n) => (n, "quarter"),
            Self::Years(n) => (n, "year"),
        };
        format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
    }

    pub fn is_within_day(self) -> bool {
        matches!(self, Self::Minutes(_) | Self::Hours(_))
    }

    fn months(self) -> Option<i64> {
        match self {
            Self::Months(n) => Some(n),
            Self::Quarters(n) => Some(3 * n),
            Self::Years(n) => Some(12 * n),
            _ => None,
        }
    }

    fn micros(self) -> i64 {
        match self {
            Self::Minutes(n) => n * 60_000_000,
            Self::Hours(n) => n * 3_600_000_000,
            Self::Days(n) => n * MICROS_OF_DAY,
            Self::Weeks(n) => n * 7 * MICROS_OF_DAY,
            _ => unreachable!("calendar lengths have no fixed micros"),
        }
    }

    pub fn negated(self) -> Self {
        match self {
            Self::Minutes(n) => Self::Minutes(-n),
            Self::Hours(n) => Self::Hours(-n),
            Self::Days(n) => Self::Days(-n),
            Self::Weeks(n) => Self::Weeks(-n),
            Self::Months(n) => Self::Months(-n),
            Self::Quarters(n) => Self::Quarters(-n),
            Self::Years(n) => Self::Years(-n),
        }
    }
}

pub fn date(days: i64) -> Date {
    civil::date(1970, 1, 1).checked_add(days.days()).unwrap()
}

pub fn days_of(date: Date) -> i64 {
    i64::from(date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).unwrap().get_days())
}

pub fn date_text(days: i64) -> String {
    date(days).to_string()
}

pub fn instant_text(micros: i64) -> String {
    Timestamp::from_microsecond(micros).unwrap().to_string()
}

pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

pub fn zoned(micros: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_microsecond(micros).unwrap().to_zoned(zone.clone())
}

/// The day on which an instant falls.
pub fn day_of(micros: i64, zone: &TimeZone) -> i64 {
    days_of(zoned(micros, zone).date())
}

/// The first microsecond of a day.
pub fn start_of(days: i64, zone: &TimeZone) -> i64 {
    date(days).to_zoned(zone.clone()).unwrap().timestamp().as_microsecond()
}

/// The day `months` away, or the first of the month after where there is no such day.
fn months_away(days: i64, months: i64) -> (i64, bool) {
    let from = date(days);
    let index = i64::from(from.year()) * 12 + i64::from(from.month()) - 1 + months;
    let (year, month) = (index.div_euclid(12) as i16, (index.rem_euclid(12) + 1) as i8);
    match Date::new(year, month, from.day()) {
        Ok(day) => (days_of(day), false),
        Err(_) => {
            let first = civil::date(year, month, 1).checked_add(1.month()).unwrap();
            (days_of(first), true)
        }
    }
}

/// A day moved by a length.
pub fn shift_day(days: i64, by: Length) -> i64 {
    match by.months() {
        Some(months) => months_away(days, months).0,
        None => days + by.micros() / MICROS_OF_DAY,
    }
}

/// An instant moved by a length.
pub fn shift(micros: i64, by: Length, zone: &TimeZone) -> i64 {
    let Some(months) = by.months() else { return micros + by.micros() };
    let day = day_of(micros, zone);
    let since_midnight = micros - start_of(day, zone);
    match months_away(day, months) {
        (day, true) => start_of(day, zone),
        (day, false) => (start_of(day, zone) + since_midnight).min(start_of(day + 1, zone)),
    }
}

/// Whole months from one wall time to another, by counting.
pub fn months_between(from: (i64, i64), to: (i64, i64)) -> i64 {
    let reached = |months: i64| match months_away(from.0, months) {
        (day, true) => (day, 0) <= to,
        (day, false) => (day, from.1) <= to,
    };
    let mut months = (to.0 - from.0) / 32 - 2;
    while reached(months + 1) {
        months += 1;
    }
    while !reached(months) {
        months -= 1;
    }
    months
}

/// The wall clock's microseconds past midnight.
pub fn wall_time(micros: i64, zone: &TimeZone) -> i64 {
    let time = zoned(micros, zone).datetime().time();
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000
}
