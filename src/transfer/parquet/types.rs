//! Arrow's types and ours.

use arrow::datatypes::{DataType, Field};

use crate::model::{Currency, Type};

/// The key of a field's metadata under which an export notes a money column's currency.
pub(crate) const CURRENCY: &str = "highsea.currency";

/// The type that takes a column of an Arrow field; `None` where none does.
pub(super) fn natural_type(field: &Field) -> Option<Type> {
    if let (DataType::Decimal128(..), Some(currency)) = (field.data_type(), currency(field)) {
        return Some(Type::Money { currency });
    }
    of_data_type(field.data_type())
}

fn currency(field: &Field) -> Option<Currency> {
    field.metadata().get(CURRENCY)?.parse().ok()
}

fn of_data_type(data_type: &DataType) -> Option<Type> {
    match data_type {
        DataType::Boolean => Some(Type::Bool),
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => match u8::try_from(*scale) {
            Ok(scale @ 0..=18) => Some(Type::Decimal { scale }),
            _ => None,
        },
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Some(Type::Float),
        DataType::Date32 | DataType::Date64 => Some(Type::Date),
        DataType::Timestamp(..) => Some(Type::Timestamp),
        DataType::Dictionary(_, values) => of_data_type(values),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            (of_data_type(item.data_type()) == Some(Type::Text)).then_some(Type::Set)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
            Some(Type::Text)
        }
        whole if whole.is_integer() => Some(Type::Int),
        _ => None,
    }
}

/// The type of a key with these values: whole numbers also where they are kept as floats, as other
/// tools do when some are missing.
pub(super) fn key_type(field: &Field) -> Option<Type> {
    match natural_type(field)? {
        Type::Int | Type::Float | Type::Decimal { scale: 0 } => Some(Type::Int),
        Type::Set => None,
        _ => Some(Type::Text),
    }
}
