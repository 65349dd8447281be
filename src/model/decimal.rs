//! Exact decimals: an `i128` of units and a scale, never a float.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// An exact decimal, `units × 10^-scale`, with at most 38 digits.
///
/// Two decimals are equal when their numbers are: `1.0 == 1.00`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    units: i128,
    scale: u8,
}

/// Why a decimal could not be read or did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is no number.
    #[error("not a number")]
    Syntax,
    /// The number needs more digits than fit.
    #[error("the number has too many digits")]
    Overflow,
    /// The number has more digits after the point than the type holds.
    #[error("the number has more than {0} digits after the point")]
    Scale(u8),
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { units: 0, scale: 0 };
    /// The largest scale: digits after the point.
    pub const MAX_SCALE: u8 = 36;

    /// `units × 10^-scale`; a scale beyond [`MAX_SCALE`](Self::MAX_SCALE) is clamped to it by the caller.
    pub fn new(units: i128, scale: u8) -> Self {
        debug_assert!(scale <= Self::MAX_SCALE);
        Self { units, scale }
    }

    /// The number without its point.
    pub fn units(self) -> i128 {
        self.units
    }

    /// Digits after the point.
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// The same number without trailing zeros after the point.
    pub fn normalized(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The same number at another scale, or `None` when digits would be lost or do not fit.
    pub fn rescaled(self, scale: u8) -> Option<Self> {
        if scale >= self.scale {
            let units = self.units.checked_mul(power_of_ten(scale - self.scale)?)?;
            Some(Self { units, scale })
        } else {
            let power = power_of_ten(self.scale - scale)?;
            (self.units % power == 0).then(|| Self { units: self.units / power, scale })
        }
    }

    /// The number rounded to `scale` digits, halves away from zero; unchanged when it has fewer.
    pub fn rounded(self, scale: u8) -> Self {
        match self.scale.checked_sub(scale).and_then(power_of_ten) {
            Some(power) if power > 1 => Self { units: divide_rounded(self.units, power), scale },
            _ => self,
        }
    }

    /// The largest `i64` number of units at `scale` that is not above this number.
    ///
    /// Saturates: a number above every `i64` gives `Ok(i64::MAX)`, one below gives `Err(())`
    /// through [`None`], since no number of units is at most it.
    pub fn floor_units(self, scale: u8) -> Option<i64> {
        let floor = if scale >= self.scale {
            match power_of_ten(scale - self.scale).and_then(|p| self.units.checked_mul(p)) {
                Some(units) => units,
                None if self.units > 0 => return Some(i64::MAX),
                None => return None,
            }
        } else {
            power_of_ten(self.scale - scale)
                .map_or(if self.units < 0 { -1 } else { 0 }, |p| self.units.div_euclid(p))
        };
        if floor < i128::from(i64::MIN) {
            None
        } else {
            Some(i64::try_from(floor).unwrap_or(i64::MAX))
        }
    }

    /// Whether the number is a whole number of units at `scale`.
    pub fn is_exact_at(self, scale: u8) -> bool {
        self.normalized().scale <= scale
    }

    /// The number in `i64` units of `scale`.
    ///
    /// # Errors
    ///
    /// [`DecimalError::Scale`] when digits would be lost, [`DecimalError::Overflow`] when it does not fit.
    pub fn to_units(self, scale: u8) -> Result<i64, DecimalError> {
        if !self.is_exact_at(scale) {
            return Err(DecimalError::Scale(scale));
        }
        let exact = self.normalized().rescaled(scale).ok_or(DecimalError::Overflow)?;
        i64::try_from(exact.units).map_err(|_| DecimalError::Overflow)
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        // The standard parser rounds once and correctly, which dividing two doubles would not.
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The sum, or `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let units = self.rescaled(scale)?.units.checked_add(other.rescaled(scale)?.units)?;
        Some(Self { units, scale })
    }

    /// The difference, or `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self { units: other.units.checked_neg()?, scale: other.scale })
    }

    /// The product at the sum of the scales, or `None` on overflow.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let scale = self.scale.checked_add(other.scale).filter(|s| *s <= Self::MAX_SCALE)?;
        Some(Self { units: self.units.checked_mul(other.units)?, scale })
    }

    /// The quotient at the larger of the scales + 6, rounded half away from zero.
    ///
    /// The outer `None` is an overflow, the inner one a division by zero.
    pub fn checked_div(self, other: Self) -> Option<Option<Self>> {
        if other.units == 0 {
            return Some(None);
        }
        let scale = self.scale.max(other.scale) + 6;
        if scale > Self::MAX_SCALE {
            return None;
        }
        // a/10^sa ÷ b/10^sb at scale s is a × 10^(s + sb - sa) ÷ b.
        let numerator = self.units.checked_mul(power_of_ten(scale + other.scale - self.scale)?)?;
        Some(Some(Self { units: divide_rounded(numerator, other.units), scale }))
    }

    /// The number without its sign, or `None` on overflow.
    pub fn checked_abs(self) -> Option<Self> {
        Some(Self { units: self.units.checked_abs()?, scale: self.scale })
    }
}

/// `10^exponent`, or `None` past 38.
pub(crate) fn power_of_ten(exponent: u8) -> Option<i128> {
    10i128.checked_pow(u32::from(exponent))
}

/// `numerator ÷ denominator`, halves away from zero.
pub(crate) fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    let away = rest.unsigned_abs() >= denominator.unsigned_abs().div_ceil(2);
    match (away && rest != 0, (numerator < 0) == (denominator < 0)) {
        (false, _) => quotient,
        (true, true) => quotient + 1,
        (true, false) => quotient - 1,
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self { units: i128::from(whole), scale: 0 }
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `[-+]digits[.digits]`; `_` between digits and exponents are the callers' business.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(DecimalError::Syntax);
        }
        let scale = u8::try_from(fraction.len()).map_err(|_| DecimalError::Overflow)?;
        let mut units = 0i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(DecimalError::Syntax);
            }
            units = units
                .checked_mul(10)
                .and_then(|units| units.checked_add(i128::from(byte - b'0')))
                .ok_or(DecimalError::Overflow)?;
        }
        if scale > Self::MAX_SCALE {
            return Err(DecimalError::Overflow);
        }
        Ok(Self { units: if negative { -units } else { units }, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.units.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        let sign = if self.units < 0 { "-" } else { "" };
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let normal = self.normalized();
        (normal.units, normal.scale).hash(state);
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.rescaled(scale), other.rescaled(scale)) {
            (Some(a), Some(b)) => a.units.cmp(&b.units),
            _ => compare_wide(*self, *other),
        }
    }
}

/// Compares numbers whose common scale does not fit: whole parts first, then what follows the point.
fn compare_wide(a: Decimal, b: Decimal) -> Ordering {
    let parts = |d: Decimal| {
        let power = power_of_ten(d.scale).unwrap_or(i128::MAX);
        (d.units.div_euclid(power), Decimal::new(d.units.rem_euclid(power), d.scale))
    };
    let ((whole_a, rest_a), (whole_b, rest_b)) = (parts(a), parts(b));
    whole_a.cmp(&whole_b).then_with(|| {
        let scale = a.scale.max(b.scale);
        let units = |d: Decimal| d.rescaled(scale).map_or(0, Decimal::units);
        units(rest_a).cmp(&units(rest_b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_prints() {
        for text in ["0", "-1", "19.99", "-0.05", "100.00", "0.000001"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for text in ["", "-", ".", "1e3", "1_0", "x", "1.2.3"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::Syntax), "{text}");
        }
    }

    #[test]
    fn equality_ignores_the_scale() {
        assert_eq!(decimal("1.0"), decimal("1.00"));
        assert!(decimal("1.01") > decimal("1.009"));
        let huge = decimal("99999999999999999999999999999999999999");
        assert!(huge > decimal("0.000000000000000000000000000000000001"));
    }

    #[test]
    fn floors_at_a_scale() {
        assert_eq!(decimal("9.995").floor_units(2), Some(999));
        assert_eq!(decimal("-9.995").floor_units(2), Some(-1000));
        assert_eq!(decimal("99999999999999999999").floor_units(2), Some(i64::MAX));
        assert_eq!(decimal("-99999999999999999999").floor_units(2), None);
    }

    #[test]
    fn divides_half_away_from_zero() {
        assert_eq!(divide_rounded(5, 2), 3);
        assert_eq!(divide_rounded(-5, 2), -3);
        assert_eq!(divide_rounded(4, 3), 1);
        assert_eq!(divide_rounded(5, 3), 2);
        assert_eq!(decimal("1").checked_div(decimal("3")), Some(Some(decimal("0.333333"))));
        assert_eq!(
            decimal("2.00").checked_div(decimal("3")).unwrap().unwrap().to_string(),
            "0.66666667"
        );
        assert_eq!(decimal("1").checked_div(decimal("0")), Some(None));
    }
}
