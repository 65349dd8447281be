//! Terms of doubles.

use super::ExactTerm;
use super::number::nearest_double;
use super::vector::{Block, Vectors};
use crate::index::UnitsColumn;
use crate::model::float_from_units;

/// A double of every customer.
#[derive(Clone, Debug)]
pub(in crate::exec) enum FloatTerm<'a> {
    /// A column of doubles.
    Column(&'a UnitsColumn),
    /// The same for all.
    Constant(f64),
    /// The sum, from the first term on.
    Sum(Vec<FloatTerm<'a>>),
    /// The product.
    Product(Box<[FloatTerm<'a>; 2]>),
    /// The first by the second; missing where the second is zero.
    Quotient(Box<[FloatTerm<'a>; 2]>),
    /// The opposite.
    Negate(Box<FloatTerm<'a>>),
    /// Without the sign.
    Abs(Box<FloatTerm<'a>>),
    /// The nearest whole number, halves away from zero.
    Round(Box<FloatTerm<'a>>),
    /// The double nearest to an exact term at a scale.
    Exact(Box<ExactTerm<'a>>, u8),
}

impl<'a> FloatTerm<'a> {
    /// Every column the term reads, once per mention.
    pub(in crate::exec) fn columns(&self, into: &mut Vec<&'a UnitsColumn>) {
        match self {
            Self::Column(column) => into.push(column),
            Self::Constant(_) => {}
            Self::Sum(terms) => terms.iter().for_each(|term| term.columns(into)),
            Self::Product(pair) | Self::Quotient(pair) => {
                pair.iter().for_each(|term| term.columns(into));
            }
            Self::Negate(x) | Self::Abs(x) | Self::Round(x) => x.columns(into),
            Self::Exact(term, _) => term.columns(into),
        }
    }

    /// Whether a known operand may yet give no value.
    pub(super) fn divides(&self) -> bool {
        match self {
            Self::Column(_) | Self::Constant(_) => false,
            Self::Quotient(_) => true,
            Self::Sum(terms) => terms.iter().any(Self::divides),
            Self::Product(pair) => pair.iter().any(Self::divides),
            Self::Negate(x) | Self::Abs(x) | Self::Round(x) => x.divides(),
            Self::Exact(term, _) => term.divides(),
        }
    }

    /// The value at a position of a chunk; `None` when missing.
    ///
    /// # Errors
    ///
    /// What left the range of doubles, in the user's words.
    pub(in crate::exec) fn at(
        &self,
        chunk: usize,
        position: u16,
    ) -> Result<Option<f64>, &'static str> {
        let one = |term: &Self| term.at(chunk, position);
        let both = |pair: &[Self; 2]| {
            Ok::<_, &'static str>(pair[0].at(chunk, position)?.zip(pair[1].at(chunk, position)?))
        };
        Ok(match self {
            Self::Column(column) => column.chunks[chunk].get(position).map(float_from_units),
            Self::Constant(number) => Some(*number),
            Self::Sum(terms) => return sum_at(terms, chunk, position),
            Self::Product(pair) => finite(both(pair)?.map(|(a, b)| a * b), "a product")?,
            Self::Quotient(pair) => {
                let pair = both(pair)?.filter(|(_, b)| *b != 0.0);
                finite(pair.map(|(a, b)| a / b), "a quotient")?
            }
            Self::Negate(x) => one(x)?.map(|number| -number),
            Self::Abs(x) => one(x)?.map(f64::abs),
            Self::Round(x) => one(x)?.map(f64::round),
            Self::Exact(term, scale) => {
                term.at(chunk, position)?.map(|units| nearest_double(units, *scale))
            }
        })
    }

    /// Writes the values of a block; those of rows without one are any number. Rows whose divisor
    /// is zero leave `valid`.
    pub(super) fn fill(
        &self,
        block: Block,
        valid: &mut [u64],
        out: &mut [f64],
        vectors: &mut FloatVectors,
    ) {
        match self {
            Self::Column(column) => {
                let units = vectors.wide.units(out.len());
                column.chunks[block.chunk].values.decode_from(block.start, units);
                out.iter_mut().zip(units.iter()).for_each(|(o, u)| *o = float_from_units(*u));
            }
            Self::Constant(number) => out.fill(*number),
            Self::Sum(terms) => {
                out.fill(0.0);
                for term in terms {
                    combine(term, block, valid, out, vectors, |a, b| a + b);
                }
            }
            Self::Product(pair) => {
                pair[0].fill(block, valid, out, vectors);
                combine(&pair[1], block, valid, out, vectors, |a, b| a * b);
            }
            Self::Quotient(pair) => {
                pair[0].fill(block, valid, out, vectors);
                let mut divisor = vectors.take();
                pair[1].fill(block, valid, &mut divisor[..out.len()], vectors);
                divide(out, &divisor, valid);
                vectors.give(divisor);
            }
            Self::Negate(x) => map(x, block, valid, out, vectors, |number| -number),
            Self::Abs(x) => map(x, block, valid, out, vectors, f64::abs),
            Self::Round(x) => map(x, block, valid, out, vectors, f64::round),
            Self::Exact(term, scale) => {
                let mut units = vectors.wide.take();
                term.fill(block, valid, &mut units[..out.len()], &mut vectors.wide);
                for (out, units) in out.iter_mut().zip(&units) {
                    *out = nearest_double(*units, *scale);
                }
                vectors.wide.give(units);
            }
        }
    }
}

/// Buffers of a block for doubles, and for the exact terms among them.
#[derive(Debug, Default)]
pub(in crate::exec) struct FloatVectors {
    free: Vec<Vec<f64>>,
    wide: Vectors<i128>,
}

impl FloatVectors {
    pub(super) fn take(&mut self) -> Vec<f64> {
        self.free.pop().unwrap_or_else(|| vec![0.0; super::BLOCK])
    }

    pub(super) fn give(&mut self, vector: Vec<f64>) {
        self.free.push(vector);
    }
}

fn finite(number: Option<f64>, what: &'static str) -> Result<Option<f64>, &'static str> {
    match number {
        Some(number) if !number.is_finite() => Err(what),
        other => Ok(other),
    }
}

fn sum_at(
    terms: &[FloatTerm<'_>],
    chunk: usize,
    position: u16,
) -> Result<Option<f64>, &'static str> {
    let mut sum = 0.0;
    for term in terms {
        let Some(number) = term.at(chunk, position)? else { return Ok(None) };
        sum += number;
        finite(Some(sum), "a sum")?;
    }
    Ok(Some(sum))
}

fn map(
    term: &FloatTerm<'_>,
    block: Block,
    valid: &mut [u64],
    out: &mut [f64],
    vectors: &mut FloatVectors,
    step: impl Fn(f64) -> f64,
) {
    term.fill(block, valid, out, vectors);
    out.iter_mut().for_each(|number| *number = step(*number));
}

fn combine(
    term: &FloatTerm<'_>,
    block: Block,
    valid: &mut [u64],
    out: &mut [f64],
    vectors: &mut FloatVectors,
    step: impl Fn(f64, f64) -> f64,
) {
    let mut other = vectors.take();
    term.fill(block, valid, &mut other[..out.len()], vectors);
    out.iter_mut().zip(&other).for_each(|(a, b)| *a = step(*a, *b));
    vectors.give(other);
}

fn divide(out: &mut [f64], divisors: &[f64], valid: &mut [u64]) {
    for (index, (a, b)) in out.iter_mut().zip(divisors).enumerate() {
        if *b == 0.0 {
            valid[index / 64] &= !(1 << (index % 64));
        }
        *a /= b;
    }
}
