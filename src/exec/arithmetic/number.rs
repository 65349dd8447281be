//! One arithmetic value, and the whole numbers vectors are made of.

use std::cmp::Ordering;

use crate::model::{Day, Decimal, Instant, Money, ScalarType, Value};

/// One known arithmetic value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::exec) enum Number {
    /// Whole units at the term's scale.
    Exact(Decimal),
    /// A double, always finite.
    Float(f64),
}

impl Number {
    /// The order of two numbers; a double and an exact number meet as doubles.
    pub(in crate::exec) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a.cmp(&b),
            (a, b) => {
                // Negative zero equals zero; nothing is NaN.
                a.to_f64().partial_cmp(&b.to_f64()).unwrap_or(Ordering::Equal)
            }
        }
    }

    /// The nearest double.
    pub(in crate::exec) fn to_f64(self) -> f64 {
        match self {
            Self::Exact(decimal) => nearest_double(decimal.units(), decimal.scale()),
            Self::Float(number) => number,
        }
    }

    /// The value that a host sees for a number of this type.
    pub(in crate::exec) fn value(self, ty: ScalarType) -> Value {
        let number = match self {
            Self::Float(number) => return Value::Float(number + 0.0),
            Self::Exact(decimal) => decimal,
        };
        let whole = i64::try_from(number.units());
        match (ty, whole) {
            (ScalarType::Money { currency, .. }, _) => {
                Value::Money(Money { amount: number, currency })
            }
            (ScalarType::Bool, _) => Value::Bool(number.units() != 0),
            (ScalarType::Date, Ok(days)) => Day::from_days(days).map_or(Value::Null, Value::Date),
            (ScalarType::Timestamp, Ok(micros)) => {
                Instant::from_micros(micros).map_or(Value::Null, Value::Timestamp)
            }
            (_, Ok(whole)) if number.scale() == 0 => Value::Int(whole),
            _ => Value::Decimal(number),
        }
    }
}

/// Whole numbers of 64 or 128 bits. Callers have proved that nothing overflows for rows that
/// count; others may hold anything, so every operation wraps.
pub(super) trait Whole: Copy + Ord + Send {
    const ZERO: Self;
    fn of_i64(number: i64) -> Self;
    fn of_i128(number: i128) -> Self;
    fn to_i64(self) -> i64;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn opposite(self) -> Self;
    fn magnitude(self) -> Self;
    /// The quotient, halves away from zero; zero divided by zero.
    fn over(self, other: Self) -> Self;
}

macro_rules! whole {
    ($ty:ty) => {
        impl Whole for $ty {
            const ZERO: Self = 0;
            fn of_i64(number: i64) -> Self {
                Self::from(number)
            }
            fn of_i128(number: i128) -> Self {
                number as Self
            }
            fn to_i64(self) -> i64 {
                self as i64
            }
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn opposite(self) -> Self {
                self.wrapping_neg()
            }
            fn magnitude(self) -> Self {
                self.wrapping_abs()
            }
            fn over(self, other: Self) -> Self {
                if other == 0 {
                    return 0;
                }
                let (quotient, rest) = (self.wrapping_div(other), self.wrapping_rem(other));
                let half = other.unsigned_abs().div_ceil(2);
                if rest == 0 || rest.unsigned_abs() < half {
                    quotient
                } else if (self < 0) == (other < 0) {
                    quotient.wrapping_add(1)
                } else {
                    quotient.wrapping_sub(1)
                }
            }
        }
    };
}

whole!(i64);
whole!(i128);

/// `numerator ÷ denominator`, halves away from zero; the denominator is not zero.
pub(in crate::exec) fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    numerator.over(denominator)
}

/// The double nearest to `units × 10^-scale`.
pub(super) fn nearest_double(units: i128, scale: u8) -> f64 {
    /// Powers of ten that a double holds exactly.
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    match POWERS.get(usize::from(scale)) {
        // Both operands are exact, so that the division rounds once.
        Some(power) if units.unsigned_abs() <= 1 << 53 => units as f64 / power,
        _ => Decimal::new(units, scale).to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let cases = [(7, 2, 4), (-7, 2, -4), (7, -2, -4), (5, 3, 2), (4, 3, 1), (-4, 3, -1)];
        for (a, b, expected) in cases {
            assert_eq!(divide_rounded(a, b), expected, "{a} / {b}");
            assert_eq!((a as i64).over(b as i64), expected as i64);
        }
        assert_eq!(i64::MIN.over(1), i64::MIN);
    }

    proptest! {
        #[test]
        fn the_fast_double_is_the_nearest(units in any::<i64>(), scale in 0u8..=22) {
            for units in [i128::from(units), i128::from(units >> 12), i128::from(units >> 40)] {
                let exact = Decimal::new(units, scale).to_f64();
                prop_assert_eq!(nearest_double(units, scale), exact);
            }
        }
    }
}
