//! Days and instants out of ISO 8601 text, and out of text of a declared pattern.

use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::model::{Day, Instant, Zone};
use crate::transfer::Flaw;

/// A day, and perhaps a time and an offset, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    day: Day,
    /// Microseconds past midnight; absent for a day alone.
    time: Option<i64>,
    /// Seconds east of Greenwich.
    offset: Option<i64>,
}

impl Written {
    /// Reads `2026-11-22` and `2026-11-22T10:30[:00[.000000]][Z|+08:00|+0800|+08]`, with a blank in
    /// place of the `T` too. Digits past the microsecond are dropped.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let day = read_day(bytes.get(..10)?)?;
        match bytes.get(10) {
            None => Some(Self { day, time: None, offset: None }),
            Some(b'T' | b't' | b' ') => {
                let (time, rest) = read_time(&bytes[11..])?;
                let offset = if rest.is_empty() { None } else { Some(read_offset(rest)?) };
                Some(Self { day, time: Some(time), offset })
            }
            Some(_) => None,
        }
    }

    /// Reads text of a strptime pattern; a pattern without a time gives a day alone.
    pub(super) fn read_as(text: &str, pattern: &str) -> Option<Self> {
        let parsed = strtime::parse(pattern, text).ok()?;
        if let Ok(timestamp) = parsed.to_timestamp() {
            let datetime = TimeZone::UTC.to_datetime(timestamp);
            return Self::of(datetime.date(), Some(datetime.time()), Some(0));
        }
        let date = parsed.to_date().ok()?;
        Self::of(date, parsed.to_time().ok().filter(|_| parsed.hour().is_some()), None)
    }

    fn of(
        date: jiff::civil::Date,
        time: Option<jiff::civil::Time>,
        offset: Option<i64>,
    ) -> Option<Self> {
        let day = days_of(date.year().into(), date.month().into(), date.day().into())?;
        let micros = |time: jiff::civil::Time| {
            let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60
                + i64::from(time.second());
            seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1_000
        };
        Some(Self { day, time: time.map(micros), offset })
    }

    /// Whether a time is written.
    pub(super) fn has_time(self) -> bool {
        self.time.is_some()
    }

    /// The day; a time beside it may only be midnight.
    pub(super) fn to_day(self) -> Result<Day, Flaw> {
        match (self.time.unwrap_or(0), self.offset) {
            (0, None | Some(0)) => Ok(self.day),
            _ => Err(Flaw::Syntax),
        }
    }

    /// The instant; without an offset it is in `zone`, without a time it is the day's start there.
    pub(super) fn to_instant(self, zone: &Zone) -> Result<Instant, Flaw> {
        let instant = match (self.time, self.offset) {
            (None, _) => Some(zone.start_of(self.day)),
            (Some(time), None) => zone.instant_at(self.day, time),
            (Some(time), Some(offset)) => {
                let midnight = i64::from(self.day.days()) * 86_400_000_000;
                Instant::from_micros(midnight + time - offset * 1_000_000)
            }
        };
        instant.ok_or(Flaw::Range)
    }
}

/// Whether jiff knows a pattern's directives.
pub(super) fn check_pattern(pattern: &str) -> Result<(), String> {
    let sample = jiff::Zoned::new(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
    strtime::format(pattern, &sample).map(|_| ()).map_err(|error| error.to_string())
}

fn read_day(bytes: &[u8]) -> Option<Day> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *bytes else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    days_of(year, two(m1, m2)?, two(d1, d2)?)
}

/// The day of a civil date that exists.
///
/// Howard Hinnant's `days_from_civil` ("chrono-Compatible Low-Level Date Algorithms").
fn days_of(year: i64, month: i64, day: i64) -> Option<Day> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let shifted = year - i64::from(month <= 2);
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Day::from_days(era * 146_097 + days - 719_468)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Microseconds past midnight of `10:30[:00[.000000000]]`, and what follows.
fn read_time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let [h1, h2, b':', m1, m2, rest @ ..] = bytes else { return None };
    let (hour, minute) = (two(*h1, *h2)?, two(*m1, *m2)?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        rest => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => read_fraction(rest)?,
        rest => (0, rest),
    };
    Some((((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction, rest))
}

/// Microseconds of 1 to 9 digits after the second's point, and what follows.
fn read_fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let n_digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&n_digits) {
        return None;
    }
    let (digits, rest) = bytes.split_at(n_digits);
    let digit = |at: usize| i64::from(digits.get(at).map_or(0, |byte| byte - b'0'));
    Some(((0..6).fold(0, |micros, at| micros * 10 + digit(at)), rest))
}

/// Seconds of `Z`, `+08`, `+0800`, `+08:00`, `+08:05:43`.
fn read_offset(bytes: &[u8]) -> Option<i64> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes, seconds) = match *rest {
        [h1, h2] => (two(h1, h2)?, 0, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (two(h1, h2)?, two(m1, m2)?, 0),
        [h1, h2, b':', m1, m2, b':', s1, s2] => (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?),
        _ => return None,
    };
    let valid = hours <= 25 && minutes < 60 && seconds < 60;
    valid.then_some(sign * ((hours * 60 + minutes) * 60 + seconds))
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> String {
        Written::read(text).unwrap().to_instant(&Zone::utc()).unwrap().to_string()
    }

    #[test]
    fn every_day_agrees_with_the_model() {
        for days in (Day::MIN.days()..=Day::MAX.days()).step_by(31) {
            let day = Day::from_days(i64::from(days)).unwrap();
            assert_eq!(read_day(day.to_string().as_bytes()), Some(day));
        }
        for text in ["2026-02-29", "1900-02-29", "2026-04-31", "2026-00-01", "0000-01-01"] {
            assert_eq!(Written::read(text), None, "{text}");
        }
        assert!(Written::read("2000-02-29").is_some());
    }

    #[test]
    fn instants_of_every_shape() {
        for (text, expected) in [
            ("2010-12-01 08:26:00", "2010-12-01T08:26:00Z"),
            ("2010-12-01T08:26", "2010-12-01T08:26:00Z"),
            ("2010-12-01T08:26:01.5Z", "2010-12-01T08:26:01.5Z"),
            ("2010-12-01T08:26:01.123456789", "2010-12-01T08:26:01.123456Z"),
            ("2010-12-01T08:26:00+08:00", "2010-12-01T00:26:00Z"),
            ("2010-12-01T08:26:00-0130", "2010-12-01T09:56:00Z"),
            ("2010-12-01 08:26:00+00", "2010-12-01T08:26:00Z"),
            ("2010-12-01", "2010-12-01T00:00:00Z"),
        ] {
            assert_eq!(instant(text), expected);
        }
        for text in [
            "2010-12-01T",
            "2010-12-01T24:00",
            "2010-12-01T8:26",
            "2010-12-01T08:26:61",
            "2010-12-01T08:26:00.",
            "2010-12-01T08:26 UTC",
            "2010-12-01x08:26",
            "1:2",
            "",
        ] {
            assert_eq!(Written::read(text), None, "{text}");
        }
    }

    #[test]
    fn local_times_follow_the_zone() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let written = Written::read("2026-11-20T10:00:00").unwrap();
        assert_eq!(written.to_instant(&zone).unwrap().to_string(), "2026-11-20T02:00:00Z");
        let day = Written::read("2026-11-20").unwrap();
        assert_eq!(day.to_instant(&zone).unwrap().to_string(), "2026-11-19T16:00:00Z");
    }

    #[test]
    fn local_times_agree_with_the_language() {
        let zone = Zone::named("America/New_York").unwrap();
        // The clock skips 02:30 on 8 March 2026 and shows 01:30 twice on 1 November.
        for text in ["2026-03-08T02:30:00", "2026-11-01T01:30:00", "1850-01-01T00:00:00"] {
            let ours = Written::read(text).unwrap().to_instant(&zone).unwrap();
            assert_eq!(ours, zone.parse_instant(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn patterns_read_days_and_instants() {
        let day = |text, pattern| Written::read_as(text, pattern).unwrap().to_day().unwrap();
        assert_eq!(day("05/11/2026", "%d/%m/%Y").to_string(), "2026-11-05");
        assert_eq!(day("19970118", "%Y%m%d").to_string(), "1997-01-18");
        let at = Written::read_as("5.11.2026 14:30", "%d.%m.%Y %H:%M").unwrap();
        assert_eq!(at.to_instant(&Zone::utc()).unwrap().to_string(), "2026-11-05T14:30:00Z");
        let offset = Written::read_as("2026-11-05 14:30 +0200", "%Y-%m-%d %H:%M %z").unwrap();
        assert_eq!(offset.to_instant(&Zone::utc()).unwrap().to_string(), "2026-11-05T12:30:00Z");
        assert_eq!(Written::read_as("32/01/2026", "%d/%m/%Y"), None);
        assert!(check_pattern("%d/%m/%Y").is_ok());
        assert!(check_pattern("%!").is_err());
    }
}
