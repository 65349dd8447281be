//! Exact numbers out of text.

use crate::model::float_to_units;
use crate::transfer::Flaw;

/// Digits and a point that surely fit a `u64` without its point.
const FAST_LEN: usize = 19;

/// Powers of ten that fit a `u64`.
const POWERS: [u64; 20] = powers();

const fn powers() -> [u64; 20] {
    let mut powers = [1u64; 20];
    let mut exponent = 1;
    while exponent < 20 {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
}

/// The number in units of `scale` digits after the point: `19.99` is 1,999 at scale 2.
///
/// Zeros past the scale are no digits lost, so `17850.0` is whole.
pub(super) fn parse_units(text: &str, scale: u8) -> Result<i64, Flaw> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        whole => (false, whole),
    };
    match parse_short(digits, scale) {
        Some(Ok(units)) => signed(units, negative),
        Some(Err(flaw)) => Err(flaw),
        None => parse_long(text, scale),
    }
}

/// Nineteen bytes of digits and a point; `None` for anything else.
fn parse_short(digits: &[u8], scale: u8) -> Option<Result<u64, Flaw>> {
    if digits.len() > FAST_LEN {
        return None;
    }
    let mut units = 0u64;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => units = units * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let after = point.map_or(0, |at| digits.len() - at - 1);
    if digits.len() == usize::from(point.is_some()) {
        return Some(Err(Flaw::Syntax));
    }
    Some(at_scale(units, after, usize::from(scale)))
}

fn at_scale(units: u64, from: usize, to: usize) -> Result<u64, Flaw> {
    if from <= to {
        units.checked_mul(POWERS[to - from]).ok_or(Flaw::Range)
    } else if units.is_multiple_of(POWERS[from - to]) {
        Ok(units / POWERS[from - to])
    } else {
        Err(Flaw::Digits)
    }
}

fn signed(units: u64, negative: bool) -> Result<i64, Flaw> {
    let units = i128::from(units);
    i64::try_from(if negative { -units } else { units }).map_err(|_| Flaw::Range)
}

/// Any number of digits, with or without an exponent.
fn parse_long(text: &str, scale: u8) -> Result<i64, Flaw> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, after) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + after.len() == 0 || !whole.bytes().chain(after.bytes()).all(is_digit) {
        return Err(Flaw::Syntax);
    }
    let all = format!("{whole}{after}");
    let significant = all.trim_start_matches('0');
    let kept = significant.trim_end_matches('0');
    if kept.is_empty() {
        return Ok(0);
    }
    let zeros = (significant.len() - kept.len()) as i64;
    // The number is `kept × 10^-places`.
    let places = after.len() as i64 - exponent - zeros;
    if places > i64::from(scale) {
        return Err(Flaw::Digits);
    }
    let padding = (i64::from(scale) - places) as usize;
    if kept.len() + padding > 19 {
        return Err(Flaw::Range);
    }
    format!("{sign}{kept}{}", "0".repeat(padding)).parse().map_err(|_| Flaw::Range)
}

fn parse_exponent(text: &str) -> Result<i64, Flaw> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(is_digit) {
        return Err(Flaw::Syntax);
    }
    // Past this every number but zero is out of range or has too many digits anyhow.
    const BEYOND: i64 = 1_000_000;
    let beyond = if text.starts_with('-') { -BEYOND } else { BEYOND };
    Ok(text.parse::<i64>().map_or(beyond, |exponent| exponent.clamp(-BEYOND, BEYOND)))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// The units of a finite double.
pub(super) fn parse_float(text: &str) -> Result<i64, Flaw> {
    let number: f64 = text.parse().map_err(|_| Flaw::Syntax)?;
    let digits = text.bytes().any(is_digit);
    float_to_units(number).ok_or(if digits { Flaw::Range } else { Flaw::NotFinite })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Decimal, DecimalError};

    /// The units of an exact decimal.
    fn decimal_units(number: Decimal, scale: u8) -> Result<i64, Flaw> {
        number.to_units(scale).map_err(|error| match error {
            DecimalError::Scale(_) => Flaw::Digits,
            DecimalError::Overflow | DecimalError::Syntax => Flaw::Range,
        })
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let cases = [
            ("17850.0", 0, Ok(17_850)),
            ("-0", 0, Ok(0)),
            ("+5", 0, Ok(5)),
            (".5", 2, Ok(50)),
            ("5.", 0, Ok(5)),
            ("19.99", 2, Ok(1999)),
            ("19.990", 2, Ok(1999)),
            ("19.999", 2, Err(Flaw::Digits)),
            ("9223372036854775807", 0, Ok(i64::MAX)),
            ("-9223372036854775808", 0, Ok(i64::MIN)),
            ("9223372036854775808", 0, Err(Flaw::Range)),
            ("92233720368547758.07", 2, Ok(i64::MAX)),
            ("92233720368547758.08", 2, Err(Flaw::Range)),
            ("0000000000000000000000000007", 0, Ok(7)),
            ("1.5e3", 0, Ok(1500)),
            ("1e-2", 2, Ok(1)),
            ("1e-3", 2, Err(Flaw::Digits)),
            ("0e99999999999999999999", 0, Ok(0)),
            ("1e99999999999999999999", 0, Err(Flaw::Range)),
            ("1e-99999999999999999999", 0, Err(Flaw::Digits)),
            ("", 0, Err(Flaw::Syntax)),
            (".", 0, Err(Flaw::Syntax)),
            ("-", 0, Err(Flaw::Syntax)),
            ("1e", 0, Err(Flaw::Syntax)),
            ("1,5", 1, Err(Flaw::Syntax)),
            ("1_000", 0, Err(Flaw::Syntax)),
            ("--1", 0, Err(Flaw::Syntax)),
            ("٣", 0, Err(Flaw::Syntax)),
            ("NaN", 0, Err(Flaw::Syntax)),
        ];
        for (text, scale, expected) in cases {
            assert_eq!(parse_units(text, scale), expected, "{text} at {scale}");
        }
    }

    #[test]
    fn floats_are_finite() {
        assert_eq!(parse_float("1.5"), Ok(float_to_units(1.5).unwrap()));
        assert_eq!(parse_float("nan"), Err(Flaw::NotFinite));
        assert_eq!(parse_float("-inf"), Err(Flaw::NotFinite));
        assert_eq!(parse_float("1e999"), Err(Flaw::Range));
        assert_eq!(parse_float("x"), Err(Flaw::Syntax));
    }

    proptest! {
        #[test]
        fn agrees_with_exact_decimals(text in "[-+]?[0-9]{0,22}(\\.[0-9]{0,12})?", scale in 0u8..=18) {
            let expected = text.parse::<Decimal>();
            match (parse_units(&text, scale), expected) {
                (found, Ok(number)) => prop_assert_eq!(found, decimal_units(number, scale)),
                (found, Err(_)) => prop_assert_eq!(found, Err(Flaw::Syntax)),
            }
        }
    }
}
