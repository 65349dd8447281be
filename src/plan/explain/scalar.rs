//! Arithmetic in the language's own form.

use super::Describer;
use crate::model::{Duration, Scalar, ScalarKind, ScalarType, Type};

impl Describer<'_> {
    /// The arithmetic as the language writes it.
    pub(super) fn scalar(&self, scalar: &Scalar) -> String {
        match &scalar.kind {
            ScalarKind::Attribute(attribute) => self.name(*attribute),
            ScalarKind::Number(number) => match scalar.ty {
                ScalarType::Money { currency, .. } => format!("{number} {currency}"),
                _ => number.to_string(),
            },
            ScalarKind::Moment(moment) => moment.to_string(),
            ScalarKind::Units(units) => self.constant(scalar.ty, *units),
            ScalarKind::Sum(terms) => self.sum(terms),
            ScalarKind::Product(a, b) => format!("{} * {}", self.factor(a), self.factor(b)),
            ScalarKind::Quotient(a, b) => format!("{} / {}", self.factor(a), self.divisor(b)),
            ScalarKind::Negate(x) => format!("-{}", self.divisor(x)),
            ScalarKind::Abs(x) => format!("abs({})", self.scalar(x)),
            ScalarKind::Round(x) => format!("round({})", self.scalar(x)),
            ScalarKind::Time(function, x) => format!("{}({})", function.name(), self.scalar(x)),
            ScalarKind::Shift(x, by) => shifted(&self.scalar(x), *by),
            ScalarKind::Rate(quotes, x) => {
                format!("rate({} in {} on {})", quotes.from(), quotes.to(), self.scalar(x))
            }
        }
    }

    fn sum(&self, terms: &[Scalar]) -> String {
        let mut text = String::new();
        for (index, term) in terms.iter().enumerate() {
            match &term.kind {
                ScalarKind::Negate(x) if index > 0 => text += &format!(" - {}", self.factor(x)),
                _ if index > 0 => text += &format!(" + {}", self.scalar(term)),
                _ => text += &self.scalar(term),
            }
        }
        text
    }

    /// A part of a product, in brackets where it is a sum.
    fn factor(&self, scalar: &Scalar) -> String {
        match scalar.kind {
            ScalarKind::Sum(_) | ScalarKind::Shift(..) => format!("({})", self.scalar(scalar)),
            _ => self.scalar(scalar),
        }
    }

    /// What follows `/` or a minus, in brackets where it is a product as well.
    fn divisor(&self, scalar: &Scalar) -> String {
        match scalar.kind {
            ScalarKind::Product(..) | ScalarKind::Quotient(..) | ScalarKind::Negate(_) => {
                format!("({})", self.scalar(scalar))
            }
            _ => self.factor(scalar),
        }
    }

    fn constant(&self, ty: ScalarType, units: i64) -> String {
        match ty {
            ScalarType::Date => self.units(Type::Date, units),
            ScalarType::Timestamp => self.units(Type::Timestamp, units),
            ScalarType::Bool => self.units(Type::Bool, units),
            ScalarType::Exact { .. } | ScalarType::Money { .. } | ScalarType::Float => {
                units.to_string()
            }
        }
    }
}

fn shifted(text: &str, by: Duration) -> String {
    match by.checked_neg() {
        Some(back) if by.amount < 0 => format!("{text} - {back}"),
        _ => format!("{text} + {by}"),
    }
}
