//! A pool's time zone, and the calendar work done in it.

use std::fmt;

use jiff::tz::TimeZone;

use super::duration::Steps;
use super::time::DAY_MICROS;
use super::{Day, Duration, Instant, TimeError};

/// An IANA time zone, such as `Asia/Shanghai`.
#[derive(Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// There is no zone of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{0}`; zones have IANA names such as `Asia/Shanghai`")]
pub struct ZoneError(pub String);

impl Zone {
    /// Coordinated universal time, a new pool's zone.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// The zone of an IANA name.
    ///
    /// # Errors
    ///
    /// When no zone has that name.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let zone = TimeZone::get(name).map_err(|_| ZoneError(name.to_owned()))?;
        Ok(Self { name: zone.iana_name().unwrap_or(name).to_owned(), zone })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day on which an instant falls here.
    pub fn day_of(&self, instant: Instant) -> Day {
        self.local(instant).0
    }

    /// The day on which an instant falls here, and the microseconds its wall clock shows past midnight.
    pub fn local(&self, instant: Instant) -> (Day, i64) {
        let offset = self.zone.to_offset(instant.to_timestamp());
        let wall = instant.micros() + i64::from(offset.seconds()) * 1_000_000;
        let day = Day::from_days(wall.div_euclid(DAY_MICROS));
        let edge = if wall < 0 { Day::MIN } else { Day::MAX };
        (day.unwrap_or(edge), wall.rem_euclid(DAY_MICROS))
    }

    /// The offsets in force from one instant to another: from which microsecond each holds, and
    /// how many microseconds the wall clock is ahead of UTC. The first holds from the beginning.
    pub(crate) fn offsets(&self, from: Instant, to: Instant) -> Vec<(i64, i64)> {
        let start = from.to_timestamp();
        let micros = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1_000_000;
        let mut offsets = vec![(i64::MIN, micros(self.zone.to_offset(start)))];
        for transition in self.zone.following(start) {
            let at = transition.timestamp().as_microsecond();
            if at > to.micros() {
                break;
            }
            offsets.push((at, micros(transition.offset())));
        }
        offsets
    }

    /// The first instant of a day here.
    pub fn start_of(&self, day: Day) -> Instant {
        let start = day.to_date().to_zoned(self.zone.clone()).map(|zoned| zoned.timestamp());
        let clamped = if day.days() < 0 { Instant::MIN } else { Instant::MAX };
        start.ok().and_then(Instant::from_timestamp).unwrap_or(clamped)
    }

    /// The first instant after a day here.
    pub fn end_of(&self, day: Day) -> Instant {
        day.checked_add(1).map_or(Instant::MAX, |next| self.start_of(next))
    }

    /// The instants after `after` and up to `until` from which another offset holds, ascending.
    pub(crate) fn offset_changes(&self, after: Instant, until: Instant) -> Vec<Instant> {
        self.zone
            .following(after.to_timestamp())
            .filter_map(|change| Instant::from_timestamp(change.timestamp()))
            .take_while(|change| *change <= until)
            .collect()
    }

    /// The instant a duration away.
    ///
    /// A day is 24 hours, a week seven of them. Months, quarters and years are calendar ones: the
    /// same time since local midnight (at most that day's end) on the day that many months away,
    /// and where there is no such day, the start of the month after it. `None` outside the range.
    pub fn shift(&self, instant: Instant, by: Duration) -> Option<Instant> {
        match by.steps()? {
            Steps::Micros(micros) => instant.checked_add(micros),
            Steps::Days(days) => instant.checked_add(days.checked_mul(DAY_MICROS)?),
            Steps::Months(months) => {
                let day = self.day_of(instant);
                let elapsed = instant.micros() - self.start_of(day).micros();
                let (day, stands_in) = day.checked_add_months(months)?;
                if stands_in {
                    return Some(self.start_of(day));
                }
                Some(self.start_of(day).checked_add(elapsed)?.min(self.end_of(day)))
            }
        }
    }

    /// The day a duration away, by the same rule on whole days; `None` outside the range or for
    /// units shorter than a day.
    pub fn shift_day(day: Day, by: Duration) -> Option<Day> {
        match by.steps()? {
            Steps::Micros(_) => None,
            Steps::Days(days) => day.checked_add(days),
            Steps::Months(months) => Some(day.checked_add_months(months)?.0),
        }
    }

    /// Reads `2026-11-22T10:30:00`, `…Z` or `…+08:00`; without an offset it is in this zone.
    ///
    /// A local time that a clock change skips is read as the instant after the gap of the same
    /// length; one that happens twice is the first.
    ///
    /// # Errors
    ///
    /// When there is no such time.
    pub fn parse_instant(&self, text: &str) -> Result<Instant, TimeError> {
        let invalid = || TimeError::Invalid(text.to_owned());
        let has_zone = text.get(10..).is_some_and(|t| t.contains(['Z', 'z', '+', '-']));
        if has_zone {
            let timestamp: jiff::Timestamp = text.parse().map_err(|_| invalid())?;
            return Instant::from_timestamp(timestamp).ok_or(TimeError::OutOfRange);
        }
        let civil: jiff::civil::DateTime = text.parse().map_err(|_| invalid())?;
        let zoned = civil.to_zoned(self.zone.clone()).map_err(|_| TimeError::OutOfRange)?;
        Instant::from_timestamp(zoned.timestamp()).ok_or(TimeError::OutOfRange)
    }

    /// The instant at which a wall clock here shows a day and microseconds past its midnight;
    /// skipped and repeated times as in [`parse_instant`](Self::parse_instant). `None` outside the range.
    pub(crate) fn instant_at(&self, day: Day, micros: i64) -> Option<Instant> {
        if self.zone == TimeZone::UTC {
            return Instant::from_micros(i64::from(day.days()) * DAY_MICROS + micros);
        }
        let since_midnight = jiff::SignedDuration::from_micros(micros);
        let wall = day.to_date().to_datetime(jiff::civil::Time::midnight());
        let wall = wall.checked_add(since_midnight).ok()?;
        Instant::from_timestamp(self.zone.to_timestamp(wall).ok()?)
    }

    /// ISO 8601 text of an instant with this zone's offset: `2026-11-22T10:30:00+08:00`.
    pub fn format(&self, instant: Instant) -> String {
        let offset = self.zone.to_offset(instant.to_timestamp());
        if offset.seconds() == 0 {
            return instant.to_string();
        }
        instant.to_timestamp().display_with_offset(offset).to_string()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
