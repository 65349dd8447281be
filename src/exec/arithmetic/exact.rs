//! Terms of exact numbers: whole units at a scale known beforehand.

use std::sync::Arc;

use super::number::Whole;
use super::vector::{Block, Vectors};
use super::{Calendar, divide_rounded};
use crate::exec::error::NO_RATE;
use crate::index::{UnitsChunk, UnitsColumn};
use crate::model::{Day, Duration, Instant, Quotes, TimeFunction, Zone};

/// An exact value of every customer, in whole units.
#[derive(Clone, Debug)]
pub(in crate::exec) enum ExactTerm<'a> {
    /// A column's units.
    Column(&'a UnitsColumn),
    /// The same for all.
    Constant(i128),
    /// The sum of terms of one scale.
    Sum(Vec<ExactTerm<'a>>),
    /// The product.
    Product(Box<[ExactTerm<'a>; 2]>),
    /// The first by the second, halves away from zero; missing where the second is zero.
    Quotient(Box<[ExactTerm<'a>; 2]>),
    /// The opposite.
    Negate(Box<ExactTerm<'a>>),
    /// Without the sign.
    Abs(Box<ExactTerm<'a>>),
    /// At a larger scale: times a power of ten.
    Raise(Box<ExactTerm<'a>>, i128),
    /// At a smaller scale: by a power of ten, halves away from zero.
    Lower(Box<ExactTerm<'a>>, i128),
    /// A function of a day or an instant.
    Time {
        /// The function.
        function: TimeFunction,
        /// Whether the argument is a day.
        is_day: bool,
        /// The zone's offsets over the argument's extremes.
        calendar: Box<Calendar>,
        /// The argument.
        inner: Box<ExactTerm<'a>>,
    },
    /// A day (no zone) or an instant, moved.
    Shift {
        /// How far.
        by: Duration,
        /// The zone of an instant.
        zone: Option<Zone>,
        /// What is moved.
        inner: Box<ExactTerm<'a>>,
    },
    /// What a currency was worth on a day.
    Rate {
        /// The worth, day by day.
        quotes: Arc<Quotes>,
        /// The day.
        inner: Box<ExactTerm<'a>>,
    },
}

impl<'a> ExactTerm<'a> {
    /// The same value at another scale.
    pub(in crate::exec) fn rescaled(self, from: u8, to: u8) -> Self {
        let power = |exponent: u8| 10i128.checked_pow(u32::from(exponent)).unwrap_or(i128::MAX);
        match (self, to.cmp(&from)) {
            (term, std::cmp::Ordering::Equal) => term,
            (term, std::cmp::Ordering::Greater) => Self::Raise(Box::new(term), power(to - from)),
            (term, std::cmp::Ordering::Less) => Self::Lower(Box::new(term), power(from - to)),
        }
    }

    /// Every column the term reads, once per mention.
    pub(in crate::exec) fn columns(&self, into: &mut Vec<&'a UnitsColumn>) {
        match self {
            Self::Column(column) => into.push(column),
            Self::Constant(_) => {}
            Self::Sum(terms) => terms.iter().for_each(|term| term.columns(into)),
            Self::Product(pair) | Self::Quotient(pair) => {
                pair.iter().for_each(|term| term.columns(into));
            }
            Self::Negate(x) | Self::Abs(x) | Self::Raise(x, _) | Self::Lower(x, _) => {
                x.columns(into);
            }
            Self::Time { inner, .. } | Self::Shift { inner, .. } | Self::Rate { inner, .. } => {
                inner.columns(into);
            }
        }
    }

    /// Whether a known operand may yet give no value.
    pub(super) fn divides(&self) -> bool {
        match self {
            Self::Column(_) | Self::Constant(_) => false,
            Self::Quotient(_) => true,
            Self::Sum(terms) => terms.iter().any(Self::divides),
            Self::Product(pair) => pair.iter().any(Self::divides),
            Self::Negate(x) | Self::Abs(x) | Self::Raise(x, _) | Self::Lower(x, _) => x.divides(),
            Self::Time { inner, .. } | Self::Shift { inner, .. } | Self::Rate { inner, .. } => {
                inner.divides()
            }
        }
    }

    /// The value at a position of a chunk, checked; `None` when missing.
    ///
    /// # Errors
    ///
    /// What overflowed, in the user's words.
    pub(in crate::exec) fn at(
        &self,
        chunk: usize,
        position: u16,
    ) -> Result<Option<i128>, &'static str> {
        let one = |term: &Self| term.at(chunk, position);
        let both = |pair: &[Self; 2]| {
            Ok::<_, &'static str>(pair[0].at(chunk, position)?.zip(pair[1].at(chunk, position)?))
        };
        Ok(match self {
            Self::Column(column) => column.chunks[chunk].get(position).map(i128::from),
            Self::Constant(units) => Some(*units),
            Self::Sum(terms) => return sum_at(terms, chunk, position),
            Self::Product(pair) => match both(pair)? {
                Some((a, b)) => Some(a.checked_mul(b).ok_or("a product")?),
                None => None,
            },
            Self::Quotient(pair) => {
                both(pair)?.filter(|(_, b)| *b != 0).map(|(a, b)| divide_rounded(a, b))
            }
            Self::Negate(x) => checked(one(x)?, i128::checked_neg, "a negation")?,
            Self::Abs(x) => checked(one(x)?, i128::checked_abs, "an absolute value")?,
            Self::Raise(x, power) => {
                checked(one(x)?, |units| units.checked_mul(*power), "a number")?
            }
            Self::Lower(x, power) => one(x)?.map(|units| divide_rounded(units, *power)),
            Self::Time { function, is_day, calendar, inner } => one(inner)?
                .map(|units| i128::from(time(*function, *is_day, calendar, units as i64))),
            Self::Shift { by, zone, inner } => checked(
                one(inner)?,
                |units| shift(units as i64, *by, zone.as_ref()).map(i128::from),
                "a shifted time",
            )?,
            Self::Rate { quotes, inner } => {
                checked(one(inner)?, |day| quotes.on(day as i64).map(i128::from), NO_RATE)?
            }
        })
    }

    /// Writes the values of a block; those of rows without one are any number. Rows whose divisor
    /// is zero leave `valid`.
    pub(super) fn fill<T: Whole>(
        &self,
        block: Block,
        valid: &mut [u64],
        out: &mut [T],
        vectors: &mut Vectors<T>,
    ) {
        match self {
            Self::Column(column) => fill_units(&column.chunks[block.chunk], block, out, vectors),
            Self::Constant(units) => out.fill(T::of_i128(*units)),
            Self::Sum(terms) => {
                out.fill(T::ZERO);
                for term in terms {
                    combine(term, block, valid, out, vectors, T::plus);
                }
            }
            Self::Product(pair) => {
                pair[0].fill(block, valid, out, vectors);
                combine(&pair[1], block, valid, out, vectors, T::times);
            }
            Self::Quotient(pair) => {
                pair[0].fill(block, valid, out, vectors);
                let mut divisor = vectors.take();
                let divisors = &mut divisor[..out.len()];
                pair[1].fill(block, valid, divisors, vectors);
                divide(out, divisors, valid);
                vectors.give(divisor);
            }
            Self::Negate(x) => map(x, block, valid, out, vectors, T::opposite),
            Self::Abs(x) => map(x, block, valid, out, vectors, T::magnitude),
            Self::Raise(x, power) => {
                let power = T::of_i128(*power);
                map(x, block, valid, out, vectors, |units| units.times(power));
            }
            Self::Lower(x, power) => {
                let power = T::of_i128(*power);
                map(x, block, valid, out, vectors, |units| units.over(power));
            }
            Self::Time { function, is_day, calendar, inner } => {
                map(inner, block, valid, out, vectors, |units| {
                    T::of_i64(time(*function, *is_day, calendar, units.to_i64()))
                });
            }
            Self::Shift { by, zone, inner } => {
                // Both bounds can be shifted, so every known value can; others may be anything.
                map(inner, block, valid, out, vectors, |units| {
                    T::of_i64(shift(units.to_i64(), *by, zone.as_ref()).unwrap_or(0))
                });
            }
            Self::Rate { quotes, inner } => {
                // Every known day has a rate, or the rows would be looked at one by one.
                map(inner, block, valid, out, vectors, |day| {
                    T::of_i64(quotes.on(day.to_i64()).unwrap_or(0))
                });
            }
        }
    }
}

fn checked(
    units: Option<i128>,
    step: impl Fn(i128) -> Option<i128>,
    what: &'static str,
) -> Result<Option<i128>, &'static str> {
    units.map(|units| step(units).ok_or(what)).transpose()
}

fn sum_at(
    terms: &[ExactTerm<'_>],
    chunk: usize,
    position: u16,
) -> Result<Option<i128>, &'static str> {
    let mut sum = 0i128;
    for term in terms {
        let Some(units) = term.at(chunk, position)? else { return Ok(None) };
        sum = sum.checked_add(units).ok_or("a sum")?;
    }
    Ok(Some(sum))
}

fn map<T: Whole>(
    term: &ExactTerm<'_>,
    block: Block,
    valid: &mut [u64],
    out: &mut [T],
    vectors: &mut Vectors<T>,
    step: impl Fn(T) -> T,
) {
    term.fill(block, valid, out, vectors);
    out.iter_mut().for_each(|units| *units = step(*units));
}

fn combine<T: Whole>(
    term: &ExactTerm<'_>,
    block: Block,
    valid: &mut [u64],
    out: &mut [T],
    vectors: &mut Vectors<T>,
    step: impl Fn(T, T) -> T,
) {
    let mut other = vectors.take();
    let others = &mut other[..out.len()];
    term.fill(block, valid, others, vectors);
    out.iter_mut().zip(others.iter()).for_each(|(a, b)| *a = step(*a, *b));
    vectors.give(other);
}

fn divide<T: Whole>(out: &mut [T], divisors: &[T], valid: &mut [u64]) {
    for (index, (a, b)) in out.iter_mut().zip(divisors).enumerate() {
        if *b == T::ZERO {
            valid[index / 64] &= !(1 << (index % 64));
        }
        *a = a.over(*b);
    }
}

fn fill_units<T: Whole>(chunk: &UnitsChunk, block: Block, out: &mut [T], vectors: &mut Vectors<T>) {
    let units = vectors.units(out.len());
    chunk.values.decode_from(block.start, units);
    out.iter_mut().zip(units.iter()).for_each(|(out, units)| *out = T::of_i64(*units));
}

fn time(function: TimeFunction, is_day: bool, calendar: &Calendar, units: i64) -> i64 {
    if is_day { calendar.of_day(function, units) } else { calendar.of_instant(function, units) }
}

/// A day or an instant moved; `None` outside the years 1 to 9999.
pub(super) fn shift(units: i64, by: Duration, zone: Option<&Zone>) -> Option<i64> {
    match zone {
        None => Some(i64::from(Zone::shift_day(Day::from_days(units)?, by)?.days())),
        Some(zone) => Some(zone.shift(Instant::from_micros(units)?, by)?.micros()),
    }
}
