//! Values of statements as rows on their way in.

use crate::index::{ColumnData, KeyData};
use crate::model::{Type, Value};

/// Values of one column, which are of its type or missing, as the index takes them.
pub(crate) fn column(ty: Type, values: Vec<Value>) -> ColumnData {
    match ty {
        Type::Text => texts(values),
        Type::Set => sets(values),
        _ => ColumnData::Units(values.iter().map(|value| ty.units(value)).collect()),
    }
}

/// Keys of one type as the index takes them.
pub(super) fn keys(values: Vec<Value>) -> KeyData {
    let whole: Option<Vec<i64>> = values
        .iter()
        .map(|value| match value {
            Value::Int(number) => Some(*number),
            _ => None,
        })
        .collect();
    match whole {
        Some(numbers) => KeyData::Int(numbers),
        None => {
            let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(values.len()));
            for value in values {
                bytes.push_str(&value.to_string());
                ends.push(bytes.len());
            }
            KeyData::Text { bytes, ends }
        }
    }
}

fn texts(values: Vec<Value>) -> ColumnData {
    let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
    for value in values {
        if let Value::Text(text) = &value {
            bytes.push_str(text);
        }
        ends.push(bytes.len());
        known.push(!value.is_null());
    }
    ColumnData::Text { bytes, ends, known }
}

fn sets(values: Vec<Value>) -> ColumnData {
    let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
    for value in values {
        if let Value::Set(elements) = value {
            for element in elements {
                bytes.push_str(&element);
                ends.push(bytes.len());
            }
        }
        row_ends.push(ends.len());
    }
    ColumnData::Set { bytes, ends, row_ends }
}
