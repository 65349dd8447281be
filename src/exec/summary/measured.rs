//! What a figure is computed over.

use crate::exec::operand::{Operand, Places};
use crate::exec::{ExecError, Reader};
use crate::index::Keys;
use crate::model::{Measure, MeasureFunction, RowId, ScalarType, Source, Type, Value};

/// A measure with its column found.
pub(super) struct Measured<'a> {
    /// The figure.
    pub(super) function: MeasureFunction,
    /// Over what.
    pub(super) over: Over<'a>,
}

/// What a figure goes over.
pub(super) enum Over<'a> {
    /// Customers.
    Customers,
    /// Their keys.
    Keys(&'a Keys),
    /// Numbers and times.
    Numbers(Operand<'a>, Shown),
    /// Texts.
    Texts(Operand<'a>),
}

/// How units are shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// As values of an attribute.
    Attribute(Type),
    /// As arithmetic.
    Scalar(ScalarType),
}

impl<'a> Measured<'a> {
    /// A measure's columns.
    pub(super) fn new(measure: &Measure, reader: &Reader<'a>) -> Result<Self, ExecError> {
        let columns = reader.columns();
        let over = match &measure.source {
            None => Over::Customers,
            Some(Source::Key) => Over::Keys(columns.keys()?),
            Some(Source::Attribute(id)) => match Operand::attribute(*id, columns)? {
                text @ Operand::Text(..) => Over::Texts(text),
                Operand::Units(units) => {
                    Over::Numbers(Operand::Units(units), Shown::Attribute(units.ty))
                }
                scalar @ Operand::Scalar(_) => return Self::unplanned(scalar),
            },
            Some(Source::Scalar(scalar)) => Over::Numbers(
                Operand::scalar(scalar, columns, reader.time)?,
                Shown::Scalar(scalar.ty),
            ),
        };
        Ok(Self { function: measure.function, over })
    }

    fn unplanned(_: Operand<'_>) -> Result<Self, ExecError> {
        Err(ExecError::Unplanned("an attribute as arithmetic"))
    }

    /// The values, where the figure reads any.
    pub(super) fn operand(&self) -> Option<&Operand<'a>> {
        match &self.over {
            Over::Numbers(operand, _) | Over::Texts(operand) => Some(operand),
            Over::Customers | Over::Keys(_) => None,
        }
    }

    /// Whether the values are doubles.
    pub(super) fn is_float(&self) -> bool {
        matches!(&self.over, Over::Numbers(_, shown) if shown.ty() == ScalarType::Float)
    }

    /// The value at a place of the operand's order.
    pub(super) fn value(&self, units: i128) -> Value {
        match &self.over {
            Over::Numbers(_, shown) => shown.value(units),
            Over::Texts(Operand::Text(text, places)) => {
                let place = u32::try_from(units).unwrap_or(u32::MAX);
                let code = match places {
                    Places::Same => Some(place),
                    Places::Listed(listed) => {
                        (0u32..).zip(listed).find(|(_, at)| **at == place).map(|(code, _)| code)
                    }
                };
                code.map_or(Value::Null, |c| Value::Text(text.dictionary.text(c).to_owned()))
            }
            Over::Texts(_) | Over::Customers | Over::Keys(_) => Value::Null,
        }
    }

    /// The key of a row.
    pub(super) fn key(&self, row: RowId) -> Value {
        match &self.over {
            Over::Keys(keys) => keys.key(row).to_value(),
            _ => Value::Null,
        }
    }

    /// How sums and means are typed.
    pub(super) fn ty(&self) -> ScalarType {
        match &self.over {
            Over::Numbers(_, shown) => shown.ty(),
            Over::Customers | Over::Keys(_) | Over::Texts(_) => ScalarType::Exact { scale: 0 },
        }
    }
}

impl Shown {
    fn ty(self) -> ScalarType {
        match self {
            Self::Scalar(ty) => ty,
            Self::Attribute(ty) => match ty {
                Type::Bool => ScalarType::Bool,
                Type::Float => ScalarType::Float,
                Type::Money { currency } => ScalarType::Money { currency, scale: currency.scale() },
                Type::Date => ScalarType::Date,
                Type::Timestamp => ScalarType::Timestamp,
                Type::Int | Type::Decimal { .. } | Type::Text | Type::Set => {
                    ScalarType::Exact { scale: ty.scale() }
                }
            },
        }
    }

    fn value(self, units: i128) -> Value {
        match (self, i64::try_from(units)) {
            (Self::Attribute(ty), Ok(units)) => ty.value(units),
            (Self::Scalar(ScalarType::Float), Ok(units)) => Type::Float.value(units),
            _ => {
                let number = crate::model::Decimal::new(units, self.ty().scale());
                crate::exec::arithmetic::Number::Exact(number).value(self.ty())
            }
        }
    }
}
