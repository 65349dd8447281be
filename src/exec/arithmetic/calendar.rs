//! Functions of days and instants in the statement's zone.

use crate::model::{Day, Instant, TimeFunction};
use crate::plan::StatementTime;

/// Microseconds of a 24-hour day.
const DAY_MICROS: i64 = 86_400_000_000;

/// The statement's time, and the zone's offsets where a column needs them.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Calendar {
    now: Instant,
    now_local: (Day, i64),
    /// From which microsecond on the wall clock is ahead of UTC by how many.
    offsets: Vec<(i64, i64)>,
}

impl Calendar {
    /// A calendar for days, and for instants from `low` to `high` microseconds.
    pub(in crate::exec) fn new(time: &StatementTime, low: i64, high: i64) -> Self {
        let low = Instant::from_micros(low).unwrap_or(Instant::MIN);
        let high = Instant::from_micros(high).unwrap_or(Instant::MAX);
        let offsets = time.zone.offsets(low, high.max(low));
        Self { now: time.now, now_local: time.zone.local(time.now), offsets }
    }

    /// A function of a day, given as its number.
    pub(in crate::exec) fn of_day(&self, function: TimeFunction, days: i64) -> i64 {
        function.of_day(day(days), self.now_local.0)
    }

    /// A function of an instant, given in microseconds.
    pub(in crate::exec) fn of_instant(&self, function: TimeFunction, micros: i64) -> i64 {
        match function {
            TimeFunction::DaysSince => {
                self.now.micros().wrapping_sub(micros).div_euclid(DAY_MICROS)
            }
            TimeFunction::Date => self.day_of(micros),
            _ => {
                let wall = self.wall(micros);
                let local = (day(wall.div_euclid(DAY_MICROS)), wall.rem_euclid(DAY_MICROS));
                function.of_local(local, self.now_local)
            }
        }
    }

    /// The day on which an instant falls.
    pub(in crate::exec) fn day_of(&self, micros: i64) -> i64 {
        self.wall(micros).div_euclid(DAY_MICROS)
    }

    /// What the wall clock shows at an instant, in microseconds.
    fn wall(&self, micros: i64) -> i64 {
        let offset = match self.offsets[..] {
            [(_, only)] => only,
            ref many => many[many.partition_point(|(from, _)| *from <= micros) - 1].1,
        };
        micros.wrapping_add(offset)
    }
}

/// The day of a number; numbers outside the calendar, which no stored value has, end at its edge.
fn day(days: i64) -> Day {
    Day::from_days(days).unwrap_or(if days < 0 { Day::MIN } else { Day::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Zone;

    const FUNCTIONS: [TimeFunction; 10] = [
        TimeFunction::Year,
        TimeFunction::Month,
        TimeFunction::Day,
        TimeFunction::Weekday,
        TimeFunction::Hour,
        TimeFunction::MonthDay,
        TimeFunction::Date,
        TimeFunction::DaysSince,
        TimeFunction::MonthsSince,
        TimeFunction::YearsSince,
    ];

    #[test]
    fn cached_offsets_read_as_the_zone_does() {
        let start = 1_583_020_800_000_000; // 2020-03-01, with four clock changes to come
        for name in ["UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"] {
            let zone = Zone::named(name).unwrap();
            let now = Instant::from_micros(start + 3_600_000_000 * 9_999).unwrap();
            let time = StatementTime { now, zone: zone.clone() };
            let step = 1_799_999_999; // a little under half an hour
            let calendar = Calendar::new(&time, start, start + step * 40_000);
            for instant in (0..40_000).step_by(7).map(|i| start + i * step) {
                for function in FUNCTIONS {
                    assert_eq!(
                        calendar.of_instant(function, instant),
                        function.of_instant(Instant::from_micros(instant).unwrap(), now, &zone),
                        "{function:?} of {instant} in {name}"
                    );
                }
            }
        }
    }
}
