//! One figure of one group, while it is being computed.

use std::cmp::Ordering;

use super::bag::Bag;
use super::measured::{Measured, Over};
use crate::exec::ExecError;
use crate::exec::arithmetic::{Number, divide_rounded};
use crate::index::Keys;
use crate::model::{Decimal, MeasureFunction, RowId, ScalarType, Value, float_from_units};

/// What is known of a figure so far.
#[derive(Clone, Debug)]
pub(super) enum Figure {
    /// How many.
    Count(u64),
    /// The sum of exact numbers, and how many.
    Sum(i128, u64),
    /// The sum of doubles, and how many.
    FloatSum(f64, u64),
    /// The smallest or largest value.
    Extreme(Option<i128>),
    /// The row of the smallest or largest key.
    KeyExtreme(Option<RowId>),
    /// All values.
    All(Bag),
    /// All different values.
    Distinct(Bag),
}

impl Figure {
    /// A figure of nobody.
    pub(super) fn new(measured: &Measured<'_>) -> Self {
        let is_key = matches!(measured.over, Over::Keys(_) | Over::Customers);
        match measured.function {
            MeasureFunction::Count => Self::Count(0),
            // Every customer has a key of its own.
            MeasureFunction::Distinct if is_key => Self::Count(0),
            MeasureFunction::Min | MeasureFunction::Max if is_key => Self::KeyExtreme(None),
            MeasureFunction::Min | MeasureFunction::Max => Self::Extreme(None),
            MeasureFunction::Sum | MeasureFunction::Avg if measured.is_float() => {
                Self::FloatSum(0.0, 0)
            }
            MeasureFunction::Sum | MeasureFunction::Avg => Self::Sum(0, 0),
            MeasureFunction::Median | MeasureFunction::Quantile(_) => Self::All(Bag::default()),
            MeasureFunction::Distinct => Self::Distinct(Bag::default()),
        }
    }

    /// Takes in a value.
    ///
    /// # Errors
    ///
    /// `Err(())` stands for a sum past 128 bits or the range of doubles.
    #[inline]
    pub(super) fn add(&mut self, value: i128, function: MeasureFunction) -> Result<(), Overflow> {
        match self {
            Self::Count(n) => *n += 1,
            Self::Sum(sum, n) => {
                *sum = sum.checked_add(value).ok_or(Overflow)?;
                *n += 1;
            }
            Self::FloatSum(sum, n) => {
                *sum += float_from_units(value as i64);
                *n += 1;
            }
            Self::Extreme(best) => *best = Some(best.map_or(value, |b| better(b, value, function))),
            Self::KeyExtreme(_) => {}
            Self::All(bag) | Self::Distinct(bag) => bag.push(value),
        }
        Ok(())
    }

    /// Takes in a customer by its key.
    pub(super) fn add_key(&mut self, row: RowId, keys: &Keys, function: MeasureFunction) {
        match self {
            Self::Count(n) => *n += 1,
            Self::KeyExtreme(best) => {
                let is_better = best.is_none_or(|best| {
                    let order = keys.key(row).cmp(&keys.key(best));
                    order == wanted(function)
                });
                if is_better {
                    *best = Some(row);
                }
            }
            _ => {}
        }
    }

    /// Takes in the same figure of a later chunk.
    ///
    /// # Errors
    ///
    /// When a sum no longer fits.
    pub(super) fn merge(&mut self, later: Self, measured: &Measured<'_>) -> Result<(), Overflow> {
        match (self, later) {
            (Self::Count(n), Self::Count(more)) => *n += more,
            (Self::Sum(sum, n), Self::Sum(other, more)) => {
                *sum = sum.checked_add(other).ok_or(Overflow)?;
                *n += more;
            }
            (Self::FloatSum(sum, n), Self::FloatSum(other, more)) => {
                *sum += other;
                *n += more;
            }
            (best @ Self::Extreme(_), Self::Extreme(Some(value))) => {
                best.add(value, measured.function)?;
            }
            (best @ Self::KeyExtreme(_), Self::KeyExtreme(Some(row))) => {
                if let Over::Keys(keys) = &measured.over {
                    best.add_key(row, keys, measured.function);
                }
            }
            (Self::All(bag) | Self::Distinct(bag), Self::All(more) | Self::Distinct(more)) => {
                bag.append(more);
            }
            _ => {}
        }
        Ok(())
    }

    /// Leaves each different value once, where only those count.
    pub(super) fn settle(&mut self) {
        if let Self::Distinct(bag) = self {
            bag.dedup();
        }
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::All(bag) | Self::Distinct(bag) => bag.bytes(),
            _ => 0,
        }
    }

    /// The figure.
    ///
    /// # Errors
    ///
    /// When a mean does not fit, or a sum of doubles left their range.
    pub(super) fn value(self, measured: &Measured<'_>) -> Result<Value, Overflow> {
        let is_mean = measured.function == MeasureFunction::Avg;
        Ok(match self {
            Self::Count(n) => count(n),
            Self::Sum(_, 0) | Self::FloatSum(_, 0) if is_mean => Value::Null,
            Self::Sum(sum, n) if is_mean => mean(sum, n.into(), measured.ty())?,
            Self::Sum(sum, _) => {
                let ty = measured.ty();
                Number::Exact(Decimal::new(sum, ty.scale())).value(ty)
            }
            Self::FloatSum(sum, n) => {
                let figure = if is_mean { sum / n as f64 } else { sum };
                if !figure.is_finite() {
                    return Err(Overflow);
                }
                Value::Float(figure + 0.0)
            }
            Self::Extreme(best) => best.map_or(Value::Null, |units| measured.value(units)),
            Self::KeyExtreme(best) => best.map_or(Value::Null, |row| measured.key(row)),
            Self::All(bag) => {
                let part = match measured.function {
                    MeasureFunction::Quantile(part) => part,
                    _ => Decimal::new(5, 1),
                };
                quantile(bag, part, measured)?
            }
            Self::Distinct(mut bag) => {
                bag.dedup();
                count(bag.len() as u64)
            }
        })
    }
}

/// A figure does not fit its type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overflow;

impl Overflow {
    /// The error of a figure that covers `row`.
    pub(super) fn at(self, row: RowId) -> ExecError {
        ExecError::Overflow { row, what: "a figure" }
    }
}

fn count(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn wanted(function: MeasureFunction) -> Ordering {
    if function == MeasureFunction::Min { Ordering::Less } else { Ordering::Greater }
}

fn better(a: i128, b: i128, function: MeasureFunction) -> i128 {
    if function == MeasureFunction::Min { a.min(b) } else { a.max(b) }
}

/// `sum ÷ n` at six digits more, halves away from zero.
fn mean(sum: i128, n: i128, ty: ScalarType) -> Result<Value, Overflow> {
    const SIX_DIGITS: i128 = 1_000_000;
    // The whole part apart, so that the sum itself need not be raised.
    let (whole, rest) = (sum / n, sum % n);
    let fraction = divide_rounded(rest * SIX_DIGITS, n);
    let units = whole.checked_mul(SIX_DIGITS).and_then(|units| units.checked_add(fraction));
    let scale = ty.scale() + 6;
    let raised = match ty {
        ScalarType::Money { currency, .. } => ScalarType::Money { currency, scale },
        _ => ScalarType::Exact { scale },
    };
    Ok(Number::Exact(Decimal::new(units.ok_or(Overflow)?, scale)).value(raised))
}

/// The value so far of the way from the smallest to the largest, between the two next to it in
/// proportion, of the type of a mean.
fn quantile(bag: Bag, part: Decimal, measured: &Measured<'_>) -> Result<Value, Overflow> {
    let Some(last) = bag.len().checked_sub(1) else { return Ok(Value::Null) };
    // A part has nine digits at most.
    let whole = 10i128.pow(part.scale().into());
    let way = last as i128 * part.units();
    let Some((low, high)) = bag.at((way / whole) as usize) else { return Ok(Value::Null) };
    let rest = way % whole;
    if measured.is_float() {
        let (low, high) = (float_from_units(low as i64), float_from_units(high as i64));
        let share = rest as f64 / whole as f64;
        return Ok(Value::Float(low * (1.0 - share) + high * share + 0.0));
    }
    let high = if rest == 0 { low } else { high };
    let sum = low.checked_mul(whole - rest).zip(high.checked_mul(rest));
    let sum = sum.and_then(|(low, high)| low.checked_add(high)).ok_or(Overflow)?;
    mean(sum, whole, measured.ty())
}
