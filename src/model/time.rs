//! Days and instants, as the columns keep them.

use std::fmt;

use jiff::civil;

/// Microseconds of a 24-hour day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// A calendar day, counted from 1970-01-01; years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// An instant: microseconds since 1970-01-01T00:00:00Z; years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a date or an instant could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// There is no such day or time.
    #[error("there is no such day or time as `{0}`")]
    Invalid(String),
    /// Outside the years 1 to 9999.
    #[error("the years 1 to 9999 can be held, and this is outside them")]
    OutOfRange,
}

/// The years in which events happen.
pub(crate) const EVENT_YEARS: std::ops::RangeInclusive<i64> = 1900..=2200;

impl Day {
    /// 0001-01-01.
    pub const MIN: Self = Self(-719_162);
    /// 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// The day `days` after 1970-01-01, or `None` outside the years 1 to 9999.
    pub fn from_days(days: i64) -> Option<Self> {
        let day = Self(i32::try_from(days).ok()?);
        (Self::MIN <= day && day <= Self::MAX).then_some(day)
    }

    /// The day of a year, month (1 to 12) and day of the month, or `None` when there is none such.
    pub fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        let date = civil::Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()?;
        Self::from_date(date)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// The day `days` later, or `None` outside the years 1 to 9999.
    pub fn checked_add(self, days: i64) -> Option<Self> {
        Self::from_days(i64::from(self.0).checked_add(days)?)
    }

    /// Year, month (1 to 12) and day of the month.
    ///
    /// Howard Hinnant's `civil_from_days` ("chrono-Compatible Low-Level Date Algorithms").
    pub fn to_civil(self) -> (i32, u8, u8) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        (year_of_era + era * 400 + i32::from(month <= 2), month as u8, day as u8)
    }

    /// Day of the week; Monday is 1, Sunday is 7.
    pub fn weekday(self) -> u8 {
        ((self.0 + 3).rem_euclid(7) + 1) as u8
    }

    /// The day `months` calendar months away; where that month has no such day, the first of the
    /// month after it (so that a bound never moves back while the clock moves on).
    ///
    /// The flag says that the day did not exist and the next month's first stands in.
    pub(crate) fn checked_add_months(self, months: i64) -> Option<(Self, bool)> {
        let (year, month, day) = self.to_civil();
        let index = (i64::from(year) * 12 + i64::from(month) - 1).checked_add(months)?;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
        match Self::from_civil(year, month, i64::from(day)) {
            Some(day) => Some((day, false)),
            None => {
                let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                Some((Self::from_civil(year, month, 1)?, true))
            }
        }
    }

    pub(crate) fn to_date(self) -> civil::Date {
        let (year, month, day) = self.to_civil();
        civil::date(year as i16, month as i8, day as i8)
    }

    pub(crate) fn from_date(date: civil::Date) -> Option<Self> {
        let since = date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).ok()?;
        Self::from_days(i64::from(since.get_days()))
    }
}

impl Instant {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(Day::MIN.0 as i64 * DAY_MICROS);
    /// 9999-12-30T00:00:00Z, two days short of the last so that every zone can show it.
    pub const MAX: Self = Self((Day::MAX.0 as i64 - 1) * DAY_MICROS);

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z, or `None` outside the range.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let instant = Self(micros);
        (Self::MIN <= instant && instant <= Self::MAX).then_some(instant)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The instant `micros` later, or `None` outside the range.
    pub fn checked_add(self, micros: i64) -> Option<Self> {
        Self::from_micros(self.0.checked_add(micros)?)
    }

    pub(crate) fn to_timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default()
    }

    pub(crate) fn from_timestamp(timestamp: jiff::Timestamp) -> Option<Self> {
        Self::from_micros(timestamp.as_microsecond())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.to_civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Instant {
    /// ISO 8601 in UTC, with as many digits after the second as it needs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_timestamp(), f)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Day {
    type Err = TimeError;

    /// Reads `2026-11-22`.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let invalid = || TimeError::Invalid(text.to_owned());
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped {
            return Err(invalid());
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| invalid());
        let day = Self::from_civil(number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?);
        day.ok_or_else(invalid)
    }
}

/// What is said of a date or an instant whose year is none.
pub(crate) const YEARS: &str = "years go from 1 to 9999";

/// Whether a text has the form of a date, or begins with one, but for a year that is none.
pub(crate) fn is_beyond_the_years(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let day = rest.get(..2).unwrap_or_default();
    let has_form = [year, month, day].into_iter().all(is_digits) && month.len() == 2;
    has_form && (year.len() > 4 || year == "0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_beyond_all_are_told_from_other_mistakes() {
        for text in ["12000-01-01", "12000-01-01T00:00:00", "0000-05-06"] {
            assert!(is_beyond_the_years(text), "{text}");
        }
        for text in ["2026-13-01", "12000", "12000-1-1", "soon", "2026-01-01", "1-2-3", ""] {
            assert!(!is_beyond_the_years(text), "{text}");
        }
    }

    #[test]
    fn civil_days_agree_with_jiff_over_ten_thousand_years() {
        for days in (Day::MIN.days()..=Day::MAX.days()).step_by(97) {
            let day = Day::from_days(i64::from(days)).unwrap();
            let date = day.to_date();
            assert_eq!(Day::from_date(date), Some(day));
            assert_eq!(day.weekday(), date.weekday().to_monday_one_offset() as u8);
            assert_eq!(day.to_string(), date.to_string());
        }
        assert_eq!(Day::MIN.to_string(), "0001-01-01");
        assert_eq!(Day::MAX.to_string(), "9999-12-31");
    }

    #[test]
    fn months_away_roll_over_to_the_next_first() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let away = |text: &str, months| day(text).checked_add_months(months).unwrap();
        assert_eq!(away("2026-03-28", -1), (day("2026-02-28"), false));
        for text in ["2026-03-29", "2026-03-30", "2026-03-31"] {
            assert_eq!(away(text, -1), (day("2026-03-01"), true));
        }
        assert_eq!(away("2024-02-29", 12), (day("2025-03-01"), true));
        assert_eq!(away("2026-01-15", -1), (day("2025-12-15"), false));
    }

    #[test]
    fn the_first_and_the_last_instant_print_as_themselves() {
        assert_eq!(Instant::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Instant::MAX.to_string(), "9999-12-30T00:00:00Z");
    }

    #[test]
    fn half_dates_are_refused() {
        for text in ["2026-11", "2026-13-01", "2026-02-30", "26-01-01", "2026-1-1", "2026-11-2٢"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
