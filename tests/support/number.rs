//! Exact numbers of the oracle: units and a scale, by schoolbook arithmetic.

use std::cmp::Ordering;
use std::fmt;

/// `units × 10^-scale`.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub units: i128,
    pub scale: u32,
}

impl Number {
    pub fn whole(units: i128) -> Self {
        Self { units, scale: 0 }
    }

    pub fn new(units: i128, scale: u32) -> Self {
        Self { units, scale }
    }

    fn at(self, scale: u32) -> i128 {
        self.units * 10i128.pow(scale - self.scale)
    }

    pub fn plus(self, other: Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self { units: self.at(scale) + other.at(scale), scale }
    }

    pub fn negated(self) -> Self {
        Self { units: -self.units, scale: self.scale }
    }

    pub fn times(self, other: Self) -> Self {
        Self { units: self.units * other.units, scale: self.scale + other.scale }
    }

    /// The quotient at the larger scale + 6, halves away from zero; `None` by zero.
    pub fn over(self, other: Self) -> Option<Self> {
        if other.units == 0 {
            return None;
        }
        let scale = self.scale.max(other.scale) + 6;
        let numerator = self.units * 10i128.pow(scale + other.scale - self.scale);
        let sign = if (numerator < 0) == (other.units < 0) { 1 } else { -1 };
        let (n, d) = (numerator.abs(), other.units.abs());
        Some(Self { units: sign * ((2 * n + d) / (2 * d)), scale })
    }

    pub fn abs(self) -> Self {
        Self { units: self.units.abs(), scale: self.scale }
    }

    /// Rounded to whole numbers, halves away from zero.
    pub fn rounded(self) -> Self {
        let power = 10i128.pow(self.scale);
        let sign = self.units.signum();
        Self::whole(sign * ((2 * self.units.abs() + power) / (2 * power)))
    }

    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap()
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.at(scale).cmp(&other.at(scale))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits) = (if self.units < 0 { "-" } else { "" }, self.units.abs().to_string());
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = self.scale as usize + 1);
        let (whole, rest) = digits.split_at(digits.len() - self.scale as usize);
        write!(f, "{sign}{whole}.{rest}")
    }
}
