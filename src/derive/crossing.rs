//! What the clock comes to: events that begin to count or cease to, and customers whose date or
//! timestamp comes to a bound.

use super::due::Watch;
use super::events::DeriveError;
use super::horizon::{Line, LineId};
use crate::bind::{Derived, Step, Timing};
use crate::model::{Day, Instant, Moves, RangeSet, RowId, Span, SpanError, TableId, TimeFunction};
use crate::plan::{self, PlanError, StatementTime};

/// Events that count at an instant, or customers by a date or timestamp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counted<'a> {
    pub(super) line: LineId,
    pub(super) which: Which<'a>,
    /// How long ago events must have happened at least, in microseconds.
    pub(super) lag: i64,
}

/// Which of them count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Which<'a> {
    /// Those up to now.
    Past,
    /// Those in a span.
    Span(&'a Span),
    /// Those for which a function that counts to the clock yields one of these numbers.
    Number(TimeFunction, &'a RangeSet),
    /// Those whose month and day lie in a span.
    Anniversary(&'a Span),
}

impl<'a> From<&'a Timing> for Which<'a> {
    fn from(timing: &'a Timing) -> Self {
        match timing {
            Timing::Span(span) => Self::Span(span),
            Timing::Counted(function, numbers) => Self::Number(*function, numbers),
            Timing::Anniversary(span) => Self::Anniversary(span),
        }
    }
}

impl<'a> Counted<'a> {
    /// Customers by a date or timestamp.
    pub(super) fn of_attribute(line: LineId, timing: &'a Timing) -> Self {
        Self { line, which: timing.into(), lag: 0 }
    }

    /// Events, in a span or up to now.
    pub(super) fn of_events(table: TableId, span: Option<&'a Span>) -> Self {
        let which = span.map_or(Which::Past, Which::Span);
        Self { line: LineId::Events(table), which, lag: 0 }
    }

    /// What a definition is about.
    pub(super) fn all(derived: &'a Derived) -> Vec<Self> {
        let of_timed = derived
            .timed
            .iter()
            .map(|timed| Self::of_attribute(LineId::Attribute(timed.attribute), &timed.timing));
        let events =
            |table, span: Option<&'a Span>, lag| Self { lag, ..Self::of_events(table, span) };
        let of_asked = derived.aggregates.asked().iter();
        let of_asked = of_asked.map(|asked| events(asked.table, asked.span.as_ref(), 0));
        let mut all: Vec<Self> = of_timed.chain(of_asked).collect();
        for sequence in derived.aggregates.sequences() {
            let of_step = |step: &'a Step| {
                events(step.table, sequence.span.as_ref().filter(|_| !step.negated), 0)
            };
            all.extend(sequence.steps.iter().map(of_step));
            if let Some((table, by)) = sequence.ends() {
                all.extend(by.fixed_length().map(|lag| events(table, None, lag)));
            }
        }
        all
    }
}

/// The first and the last instant that count, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Watch<'_> {
    /// When the next event begins to count, or ends.
    pub(super) fn next_crossing(
        &self,
        counted: Counted<'_>,
        after: Instant,
    ) -> Result<Option<Instant>, DeriveError> {
        match counted.which {
            Which::Number(function, numbers) => {
                return self.next_number(counted.line, function, numbers, after);
            }
            Which::Anniversary(_) => return Ok(self.next_of(Moves::Daily, after)),
            Which::Past | Which::Span(_) => {}
        }
        let times = self.times(counted.line)?;
        let Some(bounds) = self.bounds(counted, after, times.line)? else {
            // It holds nothing yet, or never will: nothing is known of when.
            let moves = match counted.which {
                Which::Span(span) => span.moves(times.line.is_of_days()),
                _ => Moves::Never,
            };
            return Ok(self.next_of(moves, after));
        };
        let leaving = match bounds.low {
            i64::MIN => None,
            low => self.horizons.next(low, &times)?,
        };
        let leaves = leaving.and_then(|event| {
            let guess = counted.which.fixed_length().and_then(|by| event.checked_add(by));
            first_instant(after, guess, |at| {
                let bounds = self.bounds(counted, at, times.line).ok()?;
                Some(bounds.is_none_or(|bounds| bounds.low > event))
            })
        });
        let entering = match bounds.high.checked_add(1) {
            None => None,
            Some(from) => self.horizons.next(from, &times)?,
        };
        let enters = entering.and_then(|event| {
            first_instant(after, event.checked_add(counted.lag), |at| {
                let bounds = self.bounds(counted, at, times.line).ok()?;
                Some(bounds.is_some_and(|bounds| bounds.high >= event))
            })
        });
        Ok(leaves.into_iter().chain(enters).min())
    }

    /// When a function that counts to the clock next yields, of somebody, a number in other ranges.
    fn next_number(
        &self,
        line: LineId,
        function: TimeFunction,
        numbers: &RangeSet,
        after: Instant,
    ) -> Result<Option<Instant>, DeriveError> {
        let times = self.times(line)?;
        let of_days = times.line.is_of_days();
        let mut next = match function {
            TimeFunction::DaysSince => None,
            _ if of_days => None,
            // A clock that is set back makes the function fall.
            _ => after.checked_add(YEAR).and_then(|until| {
                self.zone.offset_changes(after, until).first().copied().or(Some(until))
            }),
        };
        let may_be_set_back = next.is_some_and(|at| self.zone.offset_changes(after, at).is_empty());
        if may_be_set_back {
            next = None;
        }
        for bound in edges(numbers) {
            let reached = RangeSet::at_least(bound);
            let reached = plan::times_where(function, &reached, of_days, &self.time_of(after));
            let gaps = reached.complement();
            for gap in gaps.as_slice() {
                let event = self.horizons.next(gap.low, &times)?;
                let Some(event) = event.filter(|event| *event <= gap.high) else { continue };
                let guess = match of_days {
                    true => None,
                    false => bound.checked_mul(DAY).and_then(|by| event.checked_add(by)),
                };
                let value = |at: Instant| self.value_of(function, event, of_days, at);
                let at = first_instant(after, guess, |at| Some(value(at)? >= bound));
                next = next.into_iter().chain(at).min();
            }
        }
        Ok(next)
    }

    /// A function of a date or an instant, at an instant.
    pub(super) fn value_of(
        &self,
        function: TimeFunction,
        time: i64,
        of_days: bool,
        at: Instant,
    ) -> Option<i64> {
        match of_days {
            true => Some(function.of_day(Day::from_days(time)?, self.zone.day_of(at))),
            false => Some(function.of_instant(Instant::from_micros(time)?, at, self.zone)),
        }
    }

    /// Of whom what counts is another at one instant than at another.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, a span reaches outside the years, or the budget does not
    /// suffice.
    pub(super) fn rows_crossed(
        &self,
        counted: Counted<'_>,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<RowId>, DeriveError> {
        let times = self.times(counted.line)?;
        if let Which::Anniversary(span) = counted.which {
            let before = self.month_days(span, from, times.line)?;
            let after = self.month_days(span, to, times.line)?;
            let differs = difference(&before, &after);
            if differs.is_none() {
                return Ok(Vec::new());
            }
            let of_days = times.line.is_of_days();
            let found = times.found(|time| {
                let number = self.value_of(TimeFunction::MonthDay, time, of_days, to);
                number.is_some_and(|number| differs.contains(number))
            })?;
            return Ok(found.into_iter().map(|(_, row)| row).collect());
        }
        let before = self.counted(counted, from, times.line)?;
        let after = self.counted(counted, to, times.line)?;
        let mut rows = Vec::new();
        for range in difference(&before, &after).as_slice() {
            let crossed = self.horizons.between(range.low, range.high, &times)?;
            rows.extend(crossed.into_iter().map(|(_, row)| row));
        }
        Ok(rows)
    }

    /// What a timing holds at an instant, in the units of dates or timestamps.
    ///
    /// # Errors
    ///
    /// When a bound lies outside the years.
    pub(super) fn resolved_at(
        &self,
        line: LineId,
        timing: &Timing,
        at: Instant,
    ) -> Result<RangeSet, DeriveError> {
        let line = self.times(line)?.line;
        self.counted(Counted::of_attribute(line.id(), timing), at, line)
    }

    /// The instants, or days, that count at an instant: of events, those up to now. Of
    /// anniversaries, months and days as they are counted.
    pub(super) fn counted(
        &self,
        counted: Counted<'_>,
        now: Instant,
        line: Line<'_>,
    ) -> Result<RangeSet, DeriveError> {
        let past = RangeSet::at_most(now.micros().saturating_sub(counted.lag));
        match (counted.which, line) {
            (Which::Past, _) => Ok(past),
            (Which::Span(span), Line::Events(_)) => {
                Ok(self.resolved(span, now, line)?.intersection(&past))
            }
            (Which::Span(span), Line::Attribute(_)) => self.resolved(span, now, line),
            (Which::Number(function, numbers), _) => {
                let time = self.time_of(now);
                Ok(plan::times_where(function, numbers, line.is_of_days(), &time))
            }
            (Which::Anniversary(span), _) => self.month_days(span, now, line),
        }
    }

    /// The months and days that a span holds at an instant.
    pub(super) fn month_days(
        &self,
        span: &Span,
        now: Instant,
        line: Line<'_>,
    ) -> Result<RangeSet, DeriveError> {
        let days = span.days(now, self.zone).map_err(|error| outside(error, span, line))?;
        Ok(plan::month_days(&days))
    }

    pub(super) fn time_of(&self, now: Instant) -> StatementTime {
        StatementTime { now, zone: self.zone.clone() }
    }

    /// The bounds of what counts at an instant; `None` when the span holds nothing.
    pub(super) fn bounds(
        &self,
        counted: Counted<'_>,
        now: Instant,
        line: Line<'_>,
    ) -> Result<Option<Bounds>, DeriveError> {
        let past = match line {
            Line::Events(_) => now.micros().saturating_sub(counted.lag),
            Line::Attribute(_) => i64::MAX,
        };
        let Which::Span(span) = counted.which else {
            return Ok(Some(Bounds { low: i64::MIN, high: past }));
        };
        let ranges = self.resolved(span, now, line)?;
        let bounds = ranges.as_slice().first().zip(ranges.as_slice().last());
        Ok(bounds.map(|(first, last)| Bounds { low: first.low, high: last.high.min(past) }))
    }

    fn resolved(&self, span: &Span, now: Instant, line: Line<'_>) -> Result<RangeSet, DeriveError> {
        let resolved = match line.is_of_days() {
            true => span.days(now, self.zone),
            false => span.instants(now, self.zone),
        };
        resolved.map_err(|error| outside(error, span, line))
    }
}

pub(super) const DAY: i64 = 24 * 3_600_000_000;
/// Within so long a zone that sets its clocks does so.
const YEAR: i64 = 400 * DAY;

fn outside(error: SpanError, span: &Span, line: Line<'_>) -> DeriveError {
    PlanError::Span { attribute: line.name(), span: span.to_string(), error }.into()
}

/// What one of two sets holds and the other does not.
pub(super) fn difference(one: &RangeSet, other: &RangeSet) -> RangeSet {
    let only = |a: &RangeSet, b: &RangeSet| a.intersection(&b.complement());
    only(one, other).union(&only(other, one))
}

/// The numbers at which it changes whether numbers are in a set, from below.
pub(super) fn edges(numbers: &RangeSet) -> Vec<i64> {
    let mut edges = Vec::new();
    for range in numbers.as_slice() {
        edges.extend((range.low > i64::MIN).then_some(range.low));
        edges.extend(range.high.checked_add(1));
    }
    edges
}

impl Which<'_> {
    /// The length of a span that is always as long and ends or begins so far from now.
    pub(super) fn fixed_length(self) -> Option<i64> {
        match self {
            Self::Span(Span::Last(length) | Span::Ago { from: length, .. }) => {
                length.fixed_length()
            }
            _ => None,
        }
    }
}

/// The first instant after one at which something holds that goes on holding; `None` when it never
/// does, or cannot be told any more. A guess that is right saves the search.
pub(super) fn first_instant(
    after: Instant,
    guess: Option<i64>,
    holds: impl Fn(Instant) -> Option<bool>,
) -> Option<Instant> {
    let at = |micros: i64| Instant::from_micros(micros).and_then(&holds).unwrap_or(false);
    if let Some(guess) = guess.filter(|guess| *guess > after.micros())
        && at(guess)
        && (guess - 1 == after.micros() || !at(guess - 1))
    {
        return Instant::from_micros(guess);
    }
    let (mut low, mut step) = (after.micros(), 1i64);
    let mut high = loop {
        let next = low.checked_add(step).and_then(Instant::from_micros)?;
        match holds(next)? {
            true => break next.micros(),
            false => low = next.micros(),
        }
        step = step.checked_mul(2)?;
    };
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match at(middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    Instant::from_micros(high)
}
