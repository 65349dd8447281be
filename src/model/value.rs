//! Values as hosts see them, types as attributes have them, and the units columns keep.

use std::cmp::Ordering;
use std::fmt;

use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::{Currency, Day, Decimal, Instant, Money};

/// An attribute's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A 64-bit whole number.
    Int,
    /// An exact decimal of 64 bits with a fixed number of digits after the point (0 to 18).
    Decimal {
        /// Digits after the point.
        scale: u8,
    },
    /// A double; NaN and infinities are refused.
    Float,
    /// An amount of one currency, at that currency's scale.
    Money {
        /// The currency of every value.
        currency: Currency,
    },
    /// Text of at most 1 MiB.
    Text,
    /// A calendar day.
    Date,
    /// An instant, to the microsecond.
    Timestamp,
    /// A set of texts; never missing, perhaps empty.
    Set,
}

/// A value of any type, or its absence.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Missing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A double.
    Float(f64),
    /// An amount of a currency.
    Money(Money),
    /// Text.
    Text(String),
    /// A calendar day.
    Date(Day),
    /// An instant.
    Timestamp(Instant),
    /// A set of texts, sorted, without repeats.
    Set(Vec<String>),
}

impl Type {
    /// Whether columns keep the type as `i64` units (every type but text and set).
    pub fn is_scalar(self) -> bool {
        !matches!(self, Self::Text | Self::Set)
    }

    /// Whether the type is a number that arithmetic takes.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Decimal { .. } | Self::Float | Self::Money { .. })
    }

    /// Digits after the point of an exact number's units; 0 for other types.
    pub fn scale(self) -> u8 {
        match self {
            Self::Decimal { scale } => scale,
            Self::Money { currency } => currency.scale(),
            _ => 0,
        }
    }

    /// The value that `units` stand for in a column of this type; `Null` for text and sets,
    /// whose units are dictionary codes.
    pub fn value(self, units: i64) -> Value {
        match self {
            Self::Bool => Value::Bool(units != 0),
            Self::Int => Value::Int(units),
            Self::Decimal { scale } => Value::Decimal(Decimal::new(i128::from(units), scale)),
            Self::Float => Value::Float(float_from_units(units)),
            Self::Money { currency } => Value::Money(Money {
                amount: Decimal::new(i128::from(units), currency.scale()),
                currency,
            }),
            Self::Date => Day::from_days(units).map_or(Value::Null, Value::Date),
            Self::Timestamp => Instant::from_micros(units).map_or(Value::Null, Value::Timestamp),
            Self::Text | Self::Set => Value::Null,
        }
    }

    /// The units that a column of this type keeps for a value of this very type; `None` for
    /// missing values, other types, numbers that do not fit exactly, and text and sets.
    pub fn units(self, value: &Value) -> Option<i64> {
        match (self, value) {
            (Self::Bool, Value::Bool(flag)) => Some(i64::from(*flag)),
            (Self::Int, Value::Int(number)) => Some(*number),
            (Self::Int | Self::Decimal { .. }, Value::Decimal(number)) => {
                number.to_units(self.scale()).ok()
            }
            (Self::Decimal { scale }, Value::Int(number)) => {
                Decimal::from(*number).to_units(scale).ok()
            }
            (Self::Float, Value::Float(number)) => float_to_units(*number),
            (Self::Float, Value::Int(number)) => float_to_units(*number as f64),
            (Self::Float, Value::Decimal(number)) => float_to_units(number.to_f64()),
            (Self::Money { currency }, Value::Money(money)) if money.currency == currency => {
                money.to_units().ok()
            }
            (Self::Date, Value::Date(day)) => Some(i64::from(day.days())),
            (Self::Timestamp, Value::Timestamp(instant)) => Some(instant.micros()),
            _ => None,
        }
    }
}

/// Maps a finite double to an `i64` of the same order; `None` for NaN and infinities.
///
/// Negative zero becomes zero, so that equal numbers have equal units.
pub fn float_to_units(number: f64) -> Option<i64> {
    if !number.is_finite() {
        return None;
    }
    let bits = (number + 0.0).to_bits() as i64;
    Some(bits ^ (((bits >> 63) as u64) >> 1) as i64)
}

/// The double that [`float_to_units`] made `units` of.
pub fn float_from_units(units: i64) -> f64 {
    f64::from_bits((units ^ (((units >> 63) as u64) >> 1) as i64) as u64)
}

impl Value {
    /// Whether the value is missing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A number as a double, the nearest where there is none of it; `None` of anything else.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Decimal(number) => Some(number.to_f64()),
            Self::Float(number) => Some(*number),
            Self::Money(money) => Some(money.amount.to_f64()),
            _ => None,
        }
    }

    /// What kind of value it is, in the user's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Decimal(_) => "decimal",
            Self::Float(_) => "float",
            Self::Money(_) => "money",
            Self::Text(_) => "text",
            Self::Date(_) => "date",
            Self::Timestamp(_) => "timestamp",
            Self::Set(_) => "set",
        }
    }

    /// A set of texts, sorted and without repeats.
    pub fn set(elements: impl IntoIterator<Item = String>) -> Self {
        let mut elements: Vec<String> = elements.into_iter().collect();
        elements.sort_unstable();
        elements.dedup();
        Self::Set(elements)
    }

    /// The order of two values of one type, missing last; values of different types keep the
    /// order of [`Value`]'s variants.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Greater,
            (_, Self::Null) => Ordering::Less,
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.cmp(b),
            (Self::Money(a), Self::Money(b)) => {
                a.currency.cmp(&b.currency).then(a.amount.cmp(&b.amount))
            }
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) => 1,
            Self::Decimal(_) => 2,
            Self::Float(_) => 3,
            Self::Money(_) => 4,
            Self::Text(_) => 5,
            Self::Date(_) => 6,
            Self::Timestamp(_) => 7,
            Self::Set(_) => 8,
            Self::Null => 9,
        }
    }
}

impl fmt::Display for Type {
    /// As `create customers` writes it: `decimal(2)`, `money(USD)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Decimal { scale } => write!(f, "decimal({scale})"),
            Self::Float => f.write_str("float"),
            Self::Money { currency } => write!(f, "money({currency})"),
            Self::Text => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Set => f.write_str("set"),
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Decimal(number)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Day> for Value {
    fn from(day: Day) -> Self {
        Self::Date(day)
    }
}

impl From<Instant> for Value {
    fn from(instant: Instant) -> Self {
        Self::Timestamp(instant)
    }
}

impl<V: Into<Self>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl std::str::FromStr for Type {
    type Err = String;

    /// Reads what [`Display`](fmt::Display) prints: `text`, `decimal(2)`, `money(USD)`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, argument) = match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        match (name, argument) {
            ("bool", None) => Ok(Self::Bool),
            ("int", None) => Ok(Self::Int),
            ("float", None) => Ok(Self::Float),
            ("text", None) => Ok(Self::Text),
            ("date", None) => Ok(Self::Date),
            ("timestamp", None) => Ok(Self::Timestamp),
            ("set", None) => Ok(Self::Set),
            ("money", Some(currency)) => Ok(Self::Money { currency: currency.parse()? }),
            ("decimal", Some(scale)) => match scale.parse() {
                Ok(scale @ 0..=18) => Ok(Self::Decimal { scale }),
                _ => Err(format!("`{text}`: a decimal has 0 to 18 digits after the point")),
            },
            _ => Err(format!("there is no type `{text}`")),
        }
    }
}

impl fmt::Display for Value {
    /// Plain text, as tables and CSV show it: missing is empty, a set is `a|b`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Money(money) => write!(f, "{money}"),
            Self::Text(text) => f.write_str(text),
            Self::Date(day) => write!(f, "{day}"),
            Self::Timestamp(instant) => write!(f, "{instant}"),
            Self::Set(elements) => f.write_str(&elements.join("|")),
        }
    }
}

impl Serialize for Value {
    /// As the shell's JSON shows it: a decimal is a number unless a double would lose digits, then
    /// text; money is `"19.99 USD"`; dates are ISO text; missing is `null`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Decimal(number) => serialize_decimal(*number, serializer),
            Self::Set(elements) => {
                let mut sequence = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    sequence.serialize_element(element)?;
                }
                sequence.end()
            }
            Self::Money(_) | Self::Text(_) | Self::Date(_) | Self::Timestamp(_) => {
                serializer.collect_str(self)
            }
        }
    }
}

fn serialize_decimal<S: Serializer>(number: Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    // Fifteen significant digits survive a double both ways; more may not.
    if number.normalized().units().unsigned_abs() < 1_000_000_000_000_000 {
        serializer.serialize_f64(number.to_f64())
    } else {
        serializer.collect_str(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_units_keep_the_order() {
        let numbers = [f64::MIN, -1.5, -f64::MIN_POSITIVE, 0.0, 1e-300, 2.0, f64::MAX];
        let units: Vec<i64> = numbers.iter().map(|n| float_to_units(*n).unwrap()).collect();
        assert!(units.is_sorted_by(|a, b| a < b));
        for (number, units) in numbers.iter().zip(units) {
            assert_eq!(float_from_units(units), *number);
        }
        assert_eq!(float_to_units(-0.0), float_to_units(0.0));
        assert_eq!(float_to_units(f64::NAN), None);
    }

    #[test]
    fn numbers_convert_only_when_exact() {
        let money = Type::Decimal { scale: 2 };
        assert_eq!(money.units(&Value::Int(3)), Some(300));
        assert_eq!(money.units(&Value::Decimal("0.005".parse().unwrap())), None);
        assert_eq!(Type::Int.units(&Value::Decimal("2.00".parse().unwrap())), Some(2));
    }
}
