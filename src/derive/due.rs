//! What the clock changes of derived attributes, and when.

use super::decide::Deciders;
use super::events::DeriveError;
use super::horizon::{Horizons, Line, LineId, Times};
use super::rankings::Rankings;
use std::sync::OnceLock;

use crate::bind::{Derived, Standing, Step};
use crate::catalog::Catalog;
use crate::index::Snapshot;
use crate::model::{Instant, Moves, RangeSet, RowId, Span, SpanError, Zone};
use crate::parallel::{Budget, Executor};
use crate::plan::PlanError;

/// What watching the clock takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch<'a> {
    /// The definitions.
    pub(crate) catalog: &'a Catalog,
    /// Those that are kept current.
    pub(crate) standing: &'a Standing,
    /// Those of them that are decided together.
    pub(crate) deciders: &'a OnceLock<Deciders>,
    /// The customers and their events.
    pub(crate) snapshot: &'a Snapshot,
    /// The events that the clock comes to.
    pub(crate) horizons: &'a Horizons,
    /// What is known of rankings.
    pub(crate) rankings: &'a Rankings,
    /// The zone of calendar spans.
    pub(crate) zone: &'a Zone,
    /// Who does what is little.
    pub(crate) executor: &'a Executor,
    /// The threads for what is more.
    pub(crate) threads: &'a Executor,
    /// What is kept is charged to it.
    pub(crate) budget: &'a Budget,
}

/// Of whom a move of the clock may change an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Crossed {
    /// Of these, in no order and perhaps more than once.
    Some(Vec<RowId>),
    /// Of anybody.
    Everybody,
}

impl<'a> Watch<'a> {
    /// The definitions that are decided together, found when first needed.
    pub(super) fn deciders(&self) -> &'a Deciders {
        self.deciders.get_or_init(|| Deciders::new(self.standing, self.catalog))
    }
}

impl Watch<'_> {
    /// The first instant after one at which an attribute can change without new data; `None` when
    /// the clock changes nothing any more.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, a span reaches outside the years, or the budget does not
    /// suffice.
    pub(crate) fn next_change(&self, after: Instant) -> Result<Option<Instant>, DeriveError> {
        self.next_change_of(self.standing.moving(), after)
    }

    /// The same, of some of them.
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    #[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
    pub(crate) fn next_change_of<'d>(
        &self,
        some: impl Iterator<Item = &'d Derived>,
        after: Instant,
    ) -> Result<Option<Instant>, DeriveError> {
        let mut next: Option<Instant> = None;
        let mut note = |instant: Option<Instant>| {
            next = next.into_iter().chain(instant).min();
        };
        let mut seen: Vec<Counted<'_>> = Vec::new();
        for derived in some {
            note(self.next_of(derived.moves, after));
            note(derived.turns.iter().copied().filter(|turn| *turn > after).min());
            for counted in Counted::all(derived) {
                if !seen.contains(&counted) {
                    note(self.next_crossing(counted, after)?);
                    seen.push(counted);
                }
            }
        }
        Ok(next)
    }

    /// When what changes so often changes next.
    fn next_of(&self, moves: Moves, after: Instant) -> Option<Instant> {
        match moves {
            Moves::Never => None,
            Moves::Daily => Some(self.zone.end_of(self.zone.day_of(after))),
            Moves::Always => after.checked_add(1),
        }
    }

    /// When the next event begins to count, or ends.
    fn next_crossing(
        &self,
        counted: Counted<'_>,
        after: Instant,
    ) -> Result<Option<Instant>, DeriveError> {
        let times = self.times(counted.line)?;
        let Some(bounds) = self.bounds(counted, after, times.line)? else {
            // It holds nothing yet, or never will: nothing is known of when.
            let moves =
                counted.span.map_or(Moves::Never, |span| span.moves(times.line.is_of_days()));
            return Ok(self.next_of(moves, after));
        };
        let leaving = match bounds.low {
            i64::MIN => None,
            low => self.horizons.next(low, &times)?,
        };
        let leaves = leaving.and_then(|event| {
            let length = counted.span.and_then(Span::fixed_length);
            let guess = length.and_then(|by| event.checked_add(by));
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

    /// Of whom a derived attribute may change as the clock moves from one instant to a later one,
    /// and nothing else does.
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    pub(super) fn crossed(
        &self,
        derived: &Derived,
        from: Instant,
        to: Instant,
    ) -> Result<Crossed, DeriveError> {
        let is_due = match derived.moves {
            Moves::Never => false,
            Moves::Daily => self.zone.day_of(from) != self.zone.day_of(to),
            Moves::Always => true,
        };
        if is_due || derived.turns.iter().any(|turn| from < *turn && *turn <= to) {
            return Ok(Crossed::Everybody);
        }
        let mut rows = Vec::new();
        for counted in Counted::all(derived) {
            rows.extend(self.rows_crossed(counted, from, to)?);
        }
        Ok(Crossed::Some(rows))
    }

    /// Of whom a span over dates or timestamps holds another answer at one instant than at another.
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    pub(super) fn crossed_by(
        &self,
        line: LineId,
        span: &Span,
        from: Instant,
        to: Instant,
    ) -> Result<Crossed, DeriveError> {
        let counted = Counted { line, span: Some(span), lag: 0 };
        Ok(Crossed::Some(self.rows_crossed(counted, from, to)?))
    }

    /// What a span holds at an instant, in the units of dates or timestamps.
    ///
    /// # Errors
    ///
    /// When a bound lies outside the years.
    pub(super) fn resolved_at(
        &self,
        line: LineId,
        span: &Span,
        at: Instant,
    ) -> Result<RangeSet, DeriveError> {
        self.resolved(span, at, self.times(line)?.line)
    }

    fn rows_crossed(
        &self,
        counted: Counted<'_>,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<RowId>, DeriveError> {
        let times = self.times(counted.line)?;
        let before = self.counted(counted, from, times.line)?;
        let after = self.counted(counted, to, times.line)?;
        let left = before.intersection(&after.complement());
        let entered = after.intersection(&before.complement());
        let mut rows = Vec::new();
        for range in left.as_slice().iter().chain(entered.as_slice()) {
            rows.extend(self.horizons.between(range.low, range.high, &times)?);
        }
        Ok(rows)
    }

    /// The instants that count at an instant: of events, those up to now.
    fn counted(
        &self,
        counted: Counted<'_>,
        now: Instant,
        line: Line<'_>,
    ) -> Result<RangeSet, DeriveError> {
        let past = RangeSet::at_most(now.micros().saturating_sub(counted.lag));
        match (counted.span, line) {
            (None, _) => Ok(past),
            (Some(span), Line::Events(_)) => {
                Ok(self.resolved(span, now, line)?.intersection(&past))
            }
            (Some(span), Line::Attribute(_)) => self.resolved(span, now, line),
        }
    }

    /// The bounds of what counts at an instant; `None` when the span holds nothing.
    fn bounds(
        &self,
        counted: Counted<'_>,
        now: Instant,
        line: Line<'_>,
    ) -> Result<Option<Bounds>, DeriveError> {
        let past = match line {
            Line::Events(_) => now.micros().saturating_sub(counted.lag),
            Line::Attribute(_) => i64::MAX,
        };
        let Some(span) = counted.span else {
            return Ok(Some(Bounds { low: i64::MIN, high: past }));
        };
        let ranges = self.resolved(span, now, line)?;
        let bounds = ranges.as_slice().first().zip(ranges.as_slice().last());
        Ok(bounds.map(|(first, last)| Bounds { low: first.low, high: last.high.min(past) }))
    }

    fn resolved(&self, span: &Span, now: Instant, line: Line<'_>) -> Result<RangeSet, DeriveError> {
        let outside = |error: SpanError| PlanError::Span {
            attribute: line.name(),
            span: span.to_string(),
            error,
        };
        let resolved = match line.is_of_days() {
            true => span.days(now, self.zone),
            false => span.instants(now, self.zone),
        };
        Ok(resolved.map_err(outside)?)
    }

    fn times(&self, line: LineId) -> Result<Times<'_>, DeriveError> {
        let line = match line {
            LineId::Events(table) => {
                let events = self.snapshot.events(table)?;
                let table = self.catalog.table_by_id(table);
                Line::Events(table.ok_or(PlanError::UnknownAttribute(events.link))?)
            }
            LineId::Attribute(id) => {
                let attribute = self.catalog.by_id(id);
                Line::Attribute(attribute.ok_or(PlanError::UnknownAttribute(id))?)
            }
        };
        let (snapshot, executor, budget) = (self.snapshot, self.threads, self.budget);
        Ok(Times { snapshot, line, executor, budget })
    }
}

/// Events that count at an instant, or customers by a date or timestamp.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counted<'a> {
    line: LineId,
    /// When they must have happened; absent means up to now.
    span: Option<&'a Span>,
    /// How long ago they must have happened at least, in microseconds.
    lag: i64,
}

impl<'a> Counted<'a> {
    /// What a definition is about.
    fn all(derived: &'a Derived) -> Vec<Self> {
        let of_timed = derived.timed.iter().map(|timed| Self {
            line: LineId::Attribute(timed.attribute),
            span: Some(&timed.span),
            lag: 0,
        });
        let of_asked = derived.aggregates.asked().iter().map(|asked| Self {
            line: LineId::Events(asked.table),
            span: asked.span.as_ref(),
            lag: 0,
        });
        let mut all: Vec<Self> = of_timed.chain(of_asked).collect();
        for sequence in derived.aggregates.sequences() {
            let of_step = |step: &'a Step| Self {
                line: LineId::Events(step.table),
                span: sequence.span.as_ref().filter(|_| !step.negated),
                lag: 0,
            };
            all.extend(sequence.steps.iter().map(of_step));
            if let Some((table, by)) = sequence.ends() {
                let line = LineId::Events(table);
                all.extend(by.fixed_length().map(|lag| Self { line, span: None, lag }));
            }
        }
        all
    }
}

/// The first and the last instant that count, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    low: i64,
    high: i64,
}

impl Span {
    /// The length of a span that is always as long and ends or begins so far from now.
    fn fixed_length(&self) -> Option<i64> {
        match self {
            Self::Last(length) | Self::Ago { from: length, .. } => length.fixed_length(),
            _ => None,
        }
    }
}

/// The first instant after one at which something holds that goes on holding; `None` when it never
/// does, or cannot be told any more. A guess that is right saves the search.
fn first_instant(
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
