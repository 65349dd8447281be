//! How values are spread.

use serde::Serialize;

use crate::model::{Decimal, Money, Type, Value, divide_rounded, float_from_units};

/// The least, the quartiles, the greatest and the mean of some values: of lengths of time in days of
/// 24 hours to six digits, rounded half away from zero.
///
/// Quartiles lie between the two values next to them in proportion: of n values in order, the
/// quartile q stands at place (n − 1) × q, counted from 0 (the seventh kind of Hyndman and Fan,
/// "Sample quantiles in statistical packages", 1996).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Spread {
    /// The shortest or least.
    pub least: Value,
    /// A quarter are not above it.
    pub lower: Value,
    /// Half are not above it.
    pub median: Value,
    /// Three quarters are not above it.
    pub upper: Value,
    /// The longest or greatest.
    pub most: Value,
    /// Their sum divided by their number.
    pub mean: Value,
}

/// What lies so many quarters of the way from one value to another.
type Between<'a> = &'a dyn Fn(i64, i64, u64) -> Value;

impl Spread {
    /// The places of `n` values in order that a spread is made of: the ends, and those next to the
    /// quartiles.
    pub(super) fn places(n: u64) -> Vec<u64> {
        let Some(last) = n.checked_sub(1) else { return Vec::new() };
        let next = |quarter| {
            let place = quarter_of(last, quarter).0;
            [place, (place + 1).min(last)]
        };
        [0].into_iter().chain((1..4).flat_map(next)).chain([last]).collect()
    }

    /// The spread of `n` values by what stands at their [`places`](Self::places); `None` of none.
    pub(super) fn of_places(
        n: u64,
        values: &[i64],
        mean: Value,
        between: Between<'_>,
    ) -> Option<Self> {
        let last = n.checked_sub(1)?;
        let &[least, a, b, c, d, e, f, most] = values else { return None };
        let quartile = |quarter, (low, high)| between(low, high, quarter_of(last, quarter).1);
        Some(Self {
            least: between(least, least, 0),
            lower: quartile(1, (a, b)),
            median: quartile(2, (c, d)),
            upper: quartile(3, (e, f)),
            most: between(most, most, 0),
            mean,
        })
    }

    /// The spread of some lengths in microseconds, which are brought in order; `None` of none.
    pub(super) fn of_lengths(lengths: &mut [i64]) -> Option<Self> {
        lengths.sort_unstable();
        let n = lengths.len() as u64;
        let sum = lengths.iter().map(|length| i128::from(*length)).sum();
        let values = Self::places(n).into_iter().map(|place| lengths[place as usize]);
        Self::of_places(n, &values.collect::<Vec<_>>(), mean_days(sum, n), &days_between)
    }
}

/// Where a quartile stands: after which place, and how many quarters of the way to the next.
fn quarter_of(last: u64, quarter: u64) -> (u64, u64) {
    let place = u128::from(last) * u128::from(quarter);
    ((place / 4) as u64, (place % 4) as u64)
}

/// Microseconds of a millionth of a day.
const MICROS: i128 = 86_400;

/// What lies so many quarters of the way from one length in microseconds to another, in days.
pub(super) fn days_between(low: i64, high: i64, quarters: u64) -> Value {
    let quarters = i128::from(quarters);
    days(i128::from(low) * (4 - quarters) + i128::from(high) * quarters, 4)
}

/// The mean of `n` lengths of this sum in microseconds, in days; null of none.
pub(super) fn mean_days(sum: i128, n: u64) -> Value {
    if n == 0 { Value::Null } else { days(sum, n.into()) }
}

fn days(micros: i128, parts: i128) -> Value {
    Value::Decimal(Decimal::new(divide_rounded(micros, parts * MICROS), 6).normalized())
}

/// What lies so many quarters of the way from one value to another, in units of a type: numbers to
/// six more digits than they have, rounded half away from zero; of dates and instants the earlier.
pub(super) fn units_between(ty: Type, low: i64, high: i64, quarters: u64) -> Value {
    if quarters == 0 || low == high || !ty.is_number() {
        return ty.value(low);
    }
    if ty == Type::Float {
        let (low, high, part) =
            (float_from_units(low), float_from_units(high), quarters as f64 / 4.0);
        return Value::Float(low * (1.0 - part) + high * part);
    }
    let quarters = i128::from(quarters);
    let sum = i128::from(low) * (4 - quarters) + i128::from(high) * quarters;
    let amount = Decimal::new(divide_rounded(sum * 1_000_000, 4), ty.scale() + 6).normalized();
    match ty {
        Type::Money { currency } => Value::Money(Money { amount, currency }),
        _ => Value::Decimal(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(days: &[i64]) -> String {
        let mut lengths: Vec<i64> = days.iter().map(|day| day * 86_400_000_000).collect();
        let Some(spread) = Spread::of_lengths(&mut lengths) else { return "none".to_owned() };
        let Spread { least, lower, median, upper, most, mean } = spread;
        [least, lower, median, upper, most, mean].map(|value| value.to_string()).join(" ")
    }

    #[test]
    fn quartiles_lie_between_their_neighbours() {
        assert_eq!(shown(&[]), "none");
        assert_eq!(shown(&[7]), "7 7 7 7 7 7");
        assert_eq!(shown(&[4, 1]), "1 1.75 2.5 3.25 4 2.5");
        assert_eq!(shown(&[3, 1, 2, 5, 4]), "1 2 3 4 5 3");
        assert_eq!(shown(&[10, 20, 40]), "10 15 20 30 40 23.333333");
        assert_eq!(shown(&[2, 2, 2, 2, 9]), "2 2 2 2 9 3.4");
    }
}
