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
    /// The shortest.
    pub least: Value,
    /// A quarter are not longer.
    pub lower: Value,
    /// Half are not longer.
    pub median: Value,
    /// Three quarters are not longer.
    pub upper: Value,
    /// The longest.
    pub most: Value,
    /// Their sum divided by their number.
    pub mean: Value,
}

/// Microseconds of a millionth of a day.
const MICROS: i128 = 86_400;

impl Spread {
    /// The spread of some lengths in microseconds, which change places; `None` of none.
    pub(super) fn of(lengths: &mut [i64]) -> Option<Self> {
        let n = lengths.len();
        let sum: i128 = lengths.iter().map(|length| i128::from(*length)).sum();
        let least = lengths.iter().min().copied()?;
        let most = lengths.iter().max().copied()?;
        // Each quartile is sought among what lies above the one before.
        let mut from = 0;
        let mut quarter = |quarters: usize| {
            let (place, rest) = ((n - 1) * quarters / 4, (n - 1) * quarters % 4);
            let (_, low, above) = lengths[from..].select_nth_unstable(place - from);
            let low = i128::from(*low);
            let next = if rest == 0 { None } else { above.iter().min() };
            from = place;
            let step = next.map_or(0, |next| i128::from(*next) - low);
            days(low * 4 + step * rest as i128, 4)
        };
        let (lower, median, upper) = (quarter(1), quarter(2), quarter(3));
        let mean = days(sum, n as i128);
        Some(Self {
            least: days(least.into(), 1),
            lower,
            median,
            upper,
            most: days(most.into(), 1),
            mean,
        })
    }
}

impl Spread {
    /// What lies so many quarters of the way from one value to another, in units of a type: numbers
    /// to six more digits than they have, rounded half away from zero; of dates and instants the
    /// earlier.
    pub(super) fn between(ty: Type, low: i64, high: i64, quarters: u64) -> Value {
        if quarters == 0 || low == high || !ty.is_number() {
            return ty.value(low);
        }
        if ty == Type::Float {
            let (low, high) = (float_from_units(low), float_from_units(high));
            return Value::Float(low * ((4 - quarters) as f64 / 4.0) + high * (quarters as f64 / 4.0));
        }
        let quarters = i128::from(quarters);
        let sum = i128::from(low) * (4 - quarters) + i128::from(high) * quarters;
        let scale = ty.scale() + 6;
        let amount = Decimal::new(divide_rounded(sum * 1_000_000, 4), scale).normalized();
        match ty {
            Type::Money { currency } => Value::Money(Money { amount, currency }),
            _ => Value::Decimal(amount),
        }
    }
}

/// A part of a length in microseconds, in days.
pub(super) fn days(micros: i128, parts: i128) -> Value {
    Value::Decimal(Decimal::new(divide_rounded(micros, parts * MICROS), 6).normalized())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(days: &[i64]) -> String {
        let mut lengths: Vec<i64> = days.iter().map(|day| day * 86_400_000_000).collect();
        let Some(spread) = Spread::of(&mut lengths) else { return "none".to_owned() };
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
