//! Interval arithmetic: what a term can be within a chunk, by the chunk's headers alone.

use super::exact::shift;
use super::number::{divide_rounded, nearest_double};
use super::{ExactTerm, FloatTerm};
use crate::index::UnitsColumn;
use crate::model::{TimeFunction, float_from_units};

/// How a term is evaluated in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::exec) enum Mode {
    /// Nothing of it exceeds 64 bits.
    Narrow,
    /// Nothing of it exceeds 128 bits (or the range of doubles).
    Wide,
    /// It may overflow: row by row, checked.
    Checked,
}

/// The values that a term may take, and the largest size met on the way; `None` when no row of the
/// chunk has a value.
type Interval<N> = Option<(N, N)>;

/// An interval could not be bounded.
pub(super) struct Unbounded;

impl ExactTerm<'_> {
    /// How the term may be evaluated in a chunk.
    pub(in crate::exec) fn mode(&self, chunk: usize) -> Mode {
        let mut widest = 0;
        match self.bounds(chunk, &mut widest) {
            Err(Unbounded) => Mode::Checked,
            Ok(_) if widest <= i64::MAX.unsigned_abs().into() => Mode::Narrow,
            Ok(_) => Mode::Wide,
        }
    }

    /// The smallest and the largest value of any chunk, as far as headers tell; `None` when no row
    /// has a value or there is no bound.
    pub(in crate::exec) fn extremes(&self) -> Option<(i64, i64)> {
        let mut columns = Vec::new();
        self.columns(&mut columns);
        let n_chunks = columns.first().map_or(1, |column| column.chunks.len());
        let mut all: Interval<i128> = None;
        for chunk in 0..n_chunks {
            let Ok(bounds) = self.bounds(chunk, &mut 0) else { return Some((i64::MIN, i64::MAX)) };
            all = hull(all, bounds);
        }
        let clamp = |units: i128| units.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        all.map(|(low, high)| (clamp(low), clamp(high)))
    }

    /// The term's interval within a chunk; `widest` becomes the largest magnitude of any step.
    pub(super) fn bounds(
        &self,
        chunk: usize,
        widest: &mut u128,
    ) -> Result<Interval<i128>, Unbounded> {
        let interval = self.own_bounds(chunk, widest)?;
        if let Some((low, high)) = interval {
            *widest = (*widest).max(low.unsigned_abs()).max(high.unsigned_abs());
        }
        Ok(interval)
    }

    fn own_bounds(&self, chunk: usize, widest: &mut u128) -> Result<Interval<i128>, Unbounded> {
        Ok(match self {
            Self::Column(column) => header(column, chunk).map(|(a, b)| (a.into(), b.into())),
            Self::Constant(units) => Some((*units, *units)),
            Self::Sum(terms) => return sum_bounds(terms, chunk, widest),
            Self::Product(pair) => {
                match pair[0].bounds(chunk, widest)?.zip(pair[1].bounds(chunk, widest)?) {
                    Some((a, b)) => Some(corners(a, b, i128::checked_mul).ok_or(Unbounded)?),
                    None => None,
                }
            }
            Self::Quotient(pair) => {
                let (a, b) = (pair[0].bounds(chunk, widest)?, pair[1].bounds(chunk, widest)?);
                // A divisor of whole units is at least one in size.
                a.zip(b)
                    .map(|((low, high), _)| {
                        let size = low.unsigned_abs().max(high.unsigned_abs());
                        let size = i128::try_from(size).map_err(|_| Unbounded)?;
                        Ok((-size, size))
                    })
                    .transpose()?
            }
            Self::Negate(x) => ends(x.bounds(chunk, widest)?, i128::checked_neg)?,
            Self::Abs(x) => {
                let interval = ends(x.bounds(chunk, widest)?, i128::checked_abs)?;
                interval.map(|(_, high)| (0, high))
            }
            Self::Raise(x, power) => {
                *widest = (*widest).max(power.unsigned_abs());
                ends(x.bounds(chunk, widest)?, |units| units.checked_mul(*power))?
            }
            Self::Lower(x, power) => {
                *widest = (*widest).max(power.unsigned_abs());
                ends(x.bounds(chunk, widest)?, |units| Some(divide_rounded(units, *power)))?
            }
            Self::Time { function: TimeFunction::Date, is_day: false, calendar, inner } => {
                let day = |micros: i128| {
                    let micros = i64::try_from(micros).map_err(|_| Unbounded)?;
                    Ok(i128::from(calendar.day_of(micros)))
                };
                // Where clocks are set back a day may come again.
                let days = |(low, high)| Ok((day(low)? - 1, day(high)? + 1));
                inner.bounds(chunk, widest)?.map(days).transpose()?
            }
            Self::Time { function, inner, .. } => {
                inner.bounds(chunk, widest)?.map(|_| function_bounds(*function))
            }
            Self::Shift { by, zone, inner } => ends(inner.bounds(chunk, widest)?, |units| {
                let units = i64::try_from(units).ok()?;
                shift(units, *by, zone.as_ref()).map(i128::from)
            })?,
            Self::Rate { quotes, inner } => match inner.bounds(chunk, widest)? {
                Some((from, to)) => {
                    let days = i64::try_from(from).ok().zip(i64::try_from(to).ok());
                    let held = days.and_then(|(from, to)| quotes.bounds(from, to));
                    Some(held.map(|(a, b)| (a.into(), b.into())).ok_or(Unbounded)?)
                }
                None => None,
            },
        })
    }
}

impl FloatTerm<'_> {
    /// How the term may be evaluated in a chunk: never narrow.
    pub(in crate::exec) fn mode(&self, chunk: usize) -> Mode {
        match self.bounds(chunk) {
            Ok(_) => Mode::Wide,
            Err(Unbounded) => Mode::Checked,
        }
    }

    /// Rounding keeps order, so that the ends' rounded results bound every rounded result.
    fn bounds(&self, chunk: usize) -> Result<Interval<f64>, Unbounded> {
        let interval = match self {
            Self::Column(column) => {
                header(column, chunk).map(|(a, b)| (float_from_units(a), float_from_units(b)))
            }
            Self::Constant(number) => Some((*number, *number)),
            Self::Sum(terms) => {
                let mut sum = Some((0.0, 0.0));
                for term in terms {
                    let add = |((a, b), (c, d)): ((f64, f64), (f64, f64))| (a + c, b + d);
                    sum = finite(sum.zip(term.bounds(chunk)?).map(add))?;
                }
                sum
            }
            Self::Product(pair) => match pair[0].bounds(chunk)?.zip(pair[1].bounds(chunk)?) {
                Some((a, b)) => corners(a, b, |x, y| Some(x * y)),
                None => None,
            },
            Self::Quotient(pair) => match pair[0].bounds(chunk)?.zip(pair[1].bounds(chunk)?) {
                Some((_, (low, high))) if low <= 0.0 && high >= 0.0 => return Err(Unbounded),
                Some((a, b)) => corners(a, b, |x, y| Some(x / y)),
                None => None,
            },
            Self::Negate(x) => x.bounds(chunk)?.map(|(low, high)| (-high, -low)),
            Self::Abs(x) => x.bounds(chunk)?.map(|(low, high)| (0.0, low.abs().max(high.abs()))),
            Self::Round(x) => x.bounds(chunk)?.map(|(low, high)| (low.round(), high.round())),
            Self::Exact(term, scale) => {
                let interval = term.bounds(chunk, &mut 0)?;
                interval.map(|(a, b)| (nearest_double(a, *scale), nearest_double(b, *scale)))
            }
        };
        finite(interval)
    }
}

fn header(column: &UnitsColumn, chunk: usize) -> Interval<i64> {
    let chunk = &column.chunks[chunk];
    (chunk.n_known > 0).then_some((chunk.min, chunk.max))
}

fn hull(a: Interval<i128>, b: Interval<i128>) -> Interval<i128> {
    match (a, b) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (a, b) => a.or(b),
    }
}

/// Partial sums are steps too: each is bounded on its own.
fn sum_bounds(
    terms: &[ExactTerm<'_>],
    chunk: usize,
    widest: &mut u128,
) -> Result<Interval<i128>, Unbounded> {
    let mut sum = Some((0i128, 0i128));
    for term in terms {
        sum = match sum.zip(term.bounds(chunk, widest)?) {
            Some(((a, b), (c, d))) => {
                let low = a.checked_add(c).ok_or(Unbounded)?;
                let high = b.checked_add(d).ok_or(Unbounded)?;
                *widest = (*widest).max(low.unsigned_abs()).max(high.unsigned_abs());
                Some((low, high))
            }
            None => return Ok(None),
        };
    }
    Ok(sum)
}

/// The interval of a step that keeps or turns order, from those of its ends.
fn ends(
    interval: Interval<i128>,
    step: impl Fn(i128) -> Option<i128>,
) -> Result<Interval<i128>, Unbounded> {
    let Some((low, high)) = interval else { return Ok(None) };
    let (a, b) = step(low).zip(step(high)).ok_or(Unbounded)?;
    Ok(Some((a.min(b), a.max(b))))
}

/// The interval of a step that is monotone in each operand.
fn corners<N: Copy + PartialOrd>(
    (a, b): (N, N),
    (c, d): (N, N),
    step: impl Fn(N, N) -> Option<N>,
) -> Option<(N, N)> {
    let first = step(a, c)?;
    let mut all = (first, first);
    for corner in [step(a, d)?, step(b, c)?, step(b, d)?] {
        if corner < all.0 {
            all.0 = corner;
        }
        if corner > all.1 {
            all.1 = corner;
        }
    }
    Some(all)
}

fn finite(interval: Interval<f64>) -> Result<Interval<f64>, Unbounded> {
    match interval {
        Some((low, high)) if !(low.is_finite() && high.is_finite()) => Err(Unbounded),
        other => Ok(other),
    }
}

/// What a function can yield at all, generously.
fn function_bounds(function: TimeFunction) -> (i128, i128) {
    match function {
        TimeFunction::Year => (0, 10_000),
        TimeFunction::Month | TimeFunction::Day | TimeFunction::Weekday => (1, 31),
        TimeFunction::Hour => (0, 23),
        TimeFunction::MonthDay => (33, 415),
        TimeFunction::Date
        | TimeFunction::DaysSince
        | TimeFunction::MonthsSince
        | TimeFunction::YearsSince => (-4_000_000, 4_000_000),
    }
}
