//! At which instants the clock comes to what is counted, customer by customer.

use super::crossing::{Counted, DAY, Which, difference, edges, first_instant};
use super::due::Watch;
use super::events::DeriveError;
use super::horizon::{Crossing, Line, Times};
use crate::model::{Instant, RangeSet, RowId, TimeFunction};
use crate::plan;

/// That something of a customer begins to count, or ceases to, at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    /// The customer.
    pub(super) row: RowId,
    /// The instant, in microseconds.
    pub(super) at: i64,
    /// What is counted, by its number.
    pub(super) counted: u32,
    /// Whether it begins to count.
    pub(super) begins: bool,
}

impl Watch<'_> {
    /// All that the clock comes to of what is counted, after one instant and up to another.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, a span reaches outside the years, or the budget does not
    /// suffice.
    pub(super) fn dues(
        &self,
        (number, counted): (usize, Counted<'_>),
        from: Instant,
        to: Instant,
        dues: &mut Vec<Due>,
    ) -> Result<(), DeriveError> {
        let times = self.times(counted.line)?;
        times.load()?;
        let mut note = |crossed: Vec<Crossing>, begins: bool, find: &dyn Fn(i64) -> Option<i64>| {
            let mut known: Option<(i64, Option<i64>)> = None;
            for (time, row) in crossed {
                if !times.still((time, row)) {
                    continue;
                }
                let at = match known {
                    Some((of, at)) if of == time => at,
                    _ => find(time),
                };
                known = Some((time, at));
                let at = at.filter(|at| from.micros() < *at && *at <= to.micros());
                let counted = number as u32;
                dues.extend(at.map(|at| Due { row, at, counted, begins }));
            }
        };
        match counted.which {
            Which::Past | Which::Span(_) => {
                let bounds = |at| self.bounds(counted, at, times.line);
                let (before, after) = (bounds(from)?, bounds(to)?);
                let (low, high) = match (before, after) {
                    (Some(a), Some(b)) => ((a.low, b.low), (a.high, b.high)),
                    (Some(a), None) => ((a.low, a.high.saturating_add(1)), (a.high, a.high)),
                    (None, Some(b)) => ((b.low, b.low), (b.low.saturating_sub(1), b.high)),
                    (None, None) => return Ok(()),
                };
                let first = |guess: Option<i64>, holds: &dyn Fn(Instant) -> Option<bool>| {
                    first_instant(from, guess, holds).map(Instant::micros)
                };
                if high.0 < high.1 {
                    let crossed = self.horizons.between(high.0 + 1, high.1, &times)?;
                    let after = match (counted.which, times.line) {
                        (Which::Span(crate::model::Span::Ago { to, .. }), _) => to.fixed_length(),
                        _ => Some(counted.lag),
                    };
                    note(crossed, true, &|time| {
                        first(after.and_then(|by| time.checked_add(by)), &|at| {
                            Some(bounds(at).ok()?.is_some_and(|bounds| bounds.high >= time))
                        })
                    });
                }
                if low.0 < low.1 && low.1 > i64::MIN {
                    let crossed = self.horizons.between(low.0, low.1 - 1, &times)?;
                    let after = counted.which.fixed_length();
                    note(crossed, false, &|time| {
                        first(after.and_then(|by| time.checked_add(by)), &|at| {
                            Some(bounds(at).ok()?.is_none_or(|bounds| bounds.low > time))
                        })
                    });
                }
            }
            Which::Number(function, numbers) => {
                let of_days = times.line.is_of_days();
                for bound in edges(numbers) {
                    let reached = RangeSet::at_least(bound);
                    let reached = |at: Instant| {
                        plan::times_where(function, &reached, of_days, &self.time_of(at))
                    };
                    for range in difference(&reached(from), &reached(to)).as_slice() {
                        let crossed = self.horizons.between(range.low, range.high, &times)?;
                        note(crossed, numbers.contains(bound), &|time| {
                            let guess = bound.checked_mul(DAY).filter(|_| !of_days);
                            let value = |at| self.value_of(function, time, of_days, at);
                            let guess = guess.and_then(|by| time.checked_add(by));
                            first_instant(from, guess, |at| Some(value(at)? >= bound))
                                .map(Instant::micros)
                        });
                    }
                }
            }
            Which::Anniversary(_) => {
                for at in self.midnights(from, to) {
                    let turned = self.turned_at(counted, at, &times)?;
                    for begins in [false, true] {
                        let of = turned.iter().filter(|(_, is)| *is == begins);
                        note(of.map(|(crossing, _)| *crossing).collect(), begins, &|_| {
                            Some(at.micros())
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// The midnights after an instant and up to another.
    pub(super) fn midnights(&self, from: Instant, to: Instant) -> Vec<Instant> {
        let mut found = Vec::new();
        let mut next = self.zone.end_of(self.zone.day_of(from));
        while next <= to && found.last().is_none_or(|last| *last < next) {
            found.push(next);
            next = self.zone.end_of(self.zone.day_of(next));
        }
        found
    }

    /// Whose anniversary begins to count at a midnight, and whose ceases to.
    fn turned_at(
        &self,
        counted: Counted<'_>,
        at: Instant,
        times: &Times<'_>,
    ) -> Result<Vec<(Crossing, bool)>, DeriveError> {
        let line: Line<'_> = times.line;
        let before = self.counted(counted, at.checked_add(-1).unwrap_or(at), line)?;
        let after = self.counted(counted, at, line)?;
        let differs = difference(&before, &after);
        if differs.is_none() {
            return Ok(Vec::new());
        }
        let number =
            |time| self.value_of(TimeFunction::MonthDay, time, line.is_of_days(), at).unwrap_or(0);
        let found = times.found(|time| differs.contains(number(time)))?;
        Ok(found.into_iter().map(|one| (one, after.contains(number(one.0)))).collect())
    }
}
