//! Functions of a date or timestamp within a set of numbers.

use std::borrow::Cow;

use super::units::Chunks;
use super::{Lookup, Test, UnitsTest};
use crate::exec::arithmetic::{BLOCK, Block, Calendar};
use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::keep_positions;
use crate::index::UnitsColumn;
use crate::model::{Range, RangeSet, TimeFunction, Type};
use crate::plan::StatementTime;

/// A function of a timestamp lies in a set.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Instants<'a> {
    column: &'a UnitsColumn,
    calendar: Calendar,
    function: TimeFunction,
    ranges: &'a RangeSet,
    /// The days whose instants all belong, where the function is one of the day.
    days: Option<Lookup>,
}

impl<'a> Instants<'a> {
    /// The test of a function: of days as ranges of days, of timestamps row by row.
    pub(in crate::exec) fn test(
        column: &'a UnitsColumn,
        function: TimeFunction,
        ranges: &'a RangeSet,
        time: &StatementTime,
    ) -> Test<'a> {
        let (low, high) = Chunks::Units(column).bounds().unwrap_or((0, 0));
        let calendar = Calendar::new(time, low, high);
        if column.ty == Type::Date {
            let days = days_in(low, high, |day| ranges.contains(calendar.of_day(function, day)));
            return Test::Units(UnitsTest::new(Chunks::Units(column), Cow::Owned(days)));
        }
        let days = is_of_day(function).then(|| {
            let (low, high) = (calendar.day_of(low) - 1, calendar.day_of(high) + 1);
            let days = days_in(low, high, |day| ranges.contains(calendar.of_day(function, day)));
            Lookup::new(&days, low, high)
        });
        Test::Instants(Self { column, calendar, function, ranges, days: days.flatten() })
    }

    /// Keeps the rows of `acc` whose instant belongs.
    pub(in crate::exec) fn narrow(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        let chunk = &self.column.chunks[at.chunk];
        chunk.known.and_into(acc, at.rows);
        for block in Block::of(at.chunk, at.rows) {
            let words = &mut acc[block.words()];
            let n: u32 = words.iter().map(|word| word.count_ones()).sum();
            if n as usize * 8 < BLOCK {
                keep_positions(words, |offset| {
                    self.holds(chunk.values.get(block.start + usize::from(offset)))
                });
            } else {
                let units = &mut scratch.units[..block.len];
                chunk.values.decode_from(block.start, units);
                keep_positions(words, |offset| self.holds(units[usize::from(offset)]));
            }
        }
    }

    fn holds(&self, micros: i64) -> bool {
        match &self.days {
            Some(days) => days.contains(self.calendar.day_of(micros)),
            None => self.ranges.contains(self.calendar.of_instant(self.function, micros)),
        }
    }
}

/// Whether all instants of one day have the same number.
fn is_of_day(function: TimeFunction) -> bool {
    match function {
        TimeFunction::Year
        | TimeFunction::Month
        | TimeFunction::Day
        | TimeFunction::Weekday
        | TimeFunction::MonthDay
        | TimeFunction::Date => true,
        TimeFunction::Hour
        | TimeFunction::DaysSince
        | TimeFunction::MonthsSince
        | TimeFunction::YearsSince => false,
    }
}

/// The days from `low` to `high` that hold.
fn days_in(low: i64, high: i64, holds: impl Fn(i64) -> bool) -> RangeSet {
    let mut runs: Vec<Range> = Vec::new();
    for day in (low..=high).filter(|day| holds(*day)) {
        match runs.last_mut() {
            Some(run) if run.high + 1 == day => run.high = day,
            _ => runs.push(Range { low: day, high: day }),
        }
    }
    RangeSet::from_ranges(runs)
}
