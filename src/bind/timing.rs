//! What of a rule moves with the clock, and how.

use super::{Predicate, function_beside_number};
use crate::model::{
    Anchor, AttributeId, Comparison, Instant, Moves, RangeSet, Scalar, ScalarKind, Span,
    TimeFunction, Zone,
};

impl Predicate {
    /// The same, but for what its spans say of dates and instants, and what it says of the clock
    /// beside a written instant: these are put beside it.
    pub(crate) fn moves_beside(&self, zone: &Zone, beside: &mut Beside) -> Moves {
        if let Self::And(clauses) | Self::Or(clauses) = self {
            let moves = clauses.iter().map(|clause| clause.moves_beside(zone, beside));
            return moves.max().unwrap_or_default();
        }
        if let Self::Not(clause) = self {
            return clause.moves_beside(zone, beside);
        }
        if let Self::Compare { left, op, right } = self
            && let Some((op, instant)) = beside_clock(left, *op, right, zone)
        {
            let (there, after) = (Some(instant), instant.checked_add(1));
            let turns = match op {
                Comparison::Less | Comparison::GreaterOrEqual => [there, None],
                Comparison::LessOrEqual | Comparison::Greater => [None, after],
                Comparison::Equal | Comparison::NotEqual => [there, after],
            };
            beside.turns.extend(turns.into_iter().flatten());
            return Moves::Never;
        }
        if let Some((attribute, timing)) = Timing::of(self) {
            beside.add(attribute, timing);
            return Moves::Never;
        }
        self.moves_by(&mut |attribute, span| {
            beside.add(attribute, Timing::Span(span.clone()));
            Moves::Never
        })
    }
}

/// How the clock is compared with an instant, and with which, where that is what is compared.
fn beside_clock(
    left: &Scalar,
    op: Comparison,
    right: &Scalar,
    zone: &Zone,
) -> Option<(Comparison, Instant)> {
    let is_clock = |scalar: &Scalar| match &scalar.kind {
        ScalarKind::Moment(moment) => moment.anchor == Anchor::Now && moment.shifts.is_empty(),
        _ => false,
    };
    let (op, other) = match (is_clock(left), is_clock(right)) {
        (true, false) => (op, right),
        (false, true) => (op.flipped(), left),
        _ => return None,
    };
    let instant = match &other.kind {
        // Nothing of it depends on the instant at which it is resolved.
        ScalarKind::Moment(moment) if moment.moves() == Moves::Never => {
            moment.start(Instant::MIN, zone)?
        }
        ScalarKind::Units(units) => Instant::from_micros(*units)?,
        _ => return None,
    };
    Some((op, instant))
}

/// What of a rule moves with the clock, and how, beside what moves by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// Dates and timestamps whose spans move.
    pub(crate) timed: Vec<Timed>,
    /// Instants at which the clock passes one that is written.
    pub(crate) turns: Vec<Instant>,
}

/// A date or timestamp of which the clock changes what holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    /// The attribute.
    pub(crate) attribute: AttributeId,
    /// How it moves.
    pub(crate) timing: Timing,
}

/// What of a date or timestamp holds at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// It lies in a span.
    Span(Span),
    /// A function that counts from it to the clock yields one of some numbers.
    Counted(TimeFunction, RangeSet),
    /// Its month and day lie in a span, the year ignored.
    Anniversary(Span),
}

impl Timing {
    /// The attribute that a predicate is about, and how it moves with the clock; `None` when it does
    /// not, or is about more.
    pub(crate) fn of(predicate: &Predicate) -> Option<(AttributeId, Self)> {
        let (attribute, timing) = match predicate {
            Predicate::Within { attribute, span, .. } => (*attribute, Self::Span(span.clone())),
            Predicate::Anniversary { attribute, span, .. } => {
                (*attribute, Self::Anniversary(span.clone()))
            }
            Predicate::Compare { left, op, right } => {
                let (attribute, function, numbers) = function_beside_number(left, *op, right)?;
                function.counts_to_now().then_some((attribute, Self::Counted(function, numbers)))?
            }
            _ => return None,
        };
        Some((attribute, timing))
    }

    /// Whether it holds of others as the clock moves.
    pub(crate) fn moves(&self) -> bool {
        match self {
            Self::Span(span) | Self::Anniversary(span) => span.moves(false) != Moves::Never,
            Self::Counted(..) => true,
        }
    }
}

impl Beside {
    fn add(&mut self, attribute: AttributeId, timing: Timing) {
        let timed = Timed { attribute, timing };
        if timed.timing.moves() && !self.timed.contains(&timed) {
            self.timed.push(timed);
        }
    }
}
