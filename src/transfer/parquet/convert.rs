//! Arrow arrays to columns.

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, GenericStringArray,
    OffsetSizeTrait, PrimitiveArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;

use super::feed::cell_text;
use crate::index::ColumnData;
use crate::model::{Day, Instant, Type, Zone, float_to_units};
use crate::transfer::bad_row::shown;
use crate::transfer::column::{ColumnBuilder, MAX_TEXT};
use crate::transfer::{Flaw, SchemaColumn, TransferError};

/// Microseconds of a 24-hour day.
const DAY_MICROS: i64 = 86_400_000_000;

/// Turns the arrays of one column into values of its type.
pub(super) struct Converter<'a> {
    column: &'a SchemaColumn,
    zone: &'a Zone,
    nulls: &'a [String],
}

/// A column's values; bad ones are missing, and listed.
pub(super) struct Converted {
    pub(super) data: ColumnData,
    pub(super) bad: Vec<BadValue>,
}

/// A value that is not of its column's type.
pub(super) struct BadValue {
    pub(super) row: usize,
    pub(super) flaw: Flaw,
    pub(super) shown: String,
}

impl<'a> Converter<'a> {
    /// A converter to a column's type.
    ///
    /// # Errors
    ///
    /// When the column's pattern is none.
    pub(super) fn try_new(
        column: &'a SchemaColumn,
        zone: &'a Zone,
        nulls: &'a [String],
    ) -> Result<Self, TransferError> {
        ColumnBuilder::try_new(column, zone, nulls)?;
        Ok(Self { column, zone, nulls })
    }

    /// Converts a batch's array.
    pub(super) fn convert(&self, array: &ArrayRef) -> Result<Converted, ArrowError> {
        let array = plain(array)?;
        match (self.column.ty, array.data_type()) {
            (Type::Bool, DataType::Boolean) => Ok(bools(array.as_boolean())),
            (Type::Int, whole) if whole.is_integer() => Ok(ints(&array)),
            (Type::Float, DataType::Float64) => {
                let number = |number: f64| float_to_units(number).ok_or(Flaw::NotFinite);
                Ok(units::<Float64Type>(&array, number))
            }
            (ty @ (Type::Decimal { .. } | Type::Money { .. }), data_type)
                if decimal_scale(data_type) == i8::try_from(ty.scale()).ok() =>
            {
                Ok(decimals(&array))
            }
            (Type::Date, DataType::Date32) => {
                Ok(units::<Date32Type>(&array, |days| day(i64::from(days))))
            }
            (Type::Date, DataType::Date64) => {
                Ok(units::<Date64Type>(&array, |millis| day(millis.div_euclid(86_400_000))))
            }
            (Type::Timestamp, DataType::Timestamp(unit, zone)) => {
                Ok(self.instants(&array, *unit, zone.is_none()))
            }
            (Type::Text, DataType::Utf8) if self.nulls.is_empty() => Ok(texts::<i32>(&array)),
            (Type::Text, DataType::LargeUtf8) if self.nulls.is_empty() => Ok(texts::<i64>(&array)),
            (
                Type::Set,
                DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..),
            ) => sets(&array),
            _ => self.by_text(&array),
        }
    }

    /// By way of text, as a delimited file would have the values.
    fn by_text(&self, array: &ArrayRef) -> Result<Converted, ArrowError> {
        let texts = cast(array, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        let builder = ColumnBuilder::try_new(self.column, self.zone, self.nulls);
        let mut builder = builder.map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        let mut bad = Vec::new();
        for (row, text) in texts.iter().enumerate() {
            // A value that is no text, such as a time of day, may have lost its text in the cast.
            let lost = text.is_none() && array.is_valid(row);
            let flaw = match text {
                None if lost => Some(Flaw::Syntax),
                Some(text) if !self.nulls.iter().any(|null| null == text) => {
                    builder.push_text(text).err()
                }
                _ => {
                    builder.push_missing();
                    None
                }
            };
            if let Some(flaw) = flaw {
                builder.push_missing();
                let shown = text.map_or_else(|| text_of(array, row), shown);
                bad.push(BadValue { row, flaw, shown });
            }
        }
        Ok(Converted { data: builder.into_data(), bad })
    }

    fn instants(&self, array: &ArrayRef, unit: TimeUnit, is_local: bool) -> Converted {
        let instant = |micros: Option<i64>| {
            let micros = micros.ok_or(Flaw::Range)?;
            let instant = if is_local { self.local(micros) } else { Instant::from_micros(micros) };
            instant.map(Instant::micros).ok_or(Flaw::Range)
        };
        match unit {
            TimeUnit::Second => {
                units::<TimestampSecondType>(array, |at| instant(at.checked_mul(1_000_000)))
            }
            TimeUnit::Millisecond => {
                units::<TimestampMillisecondType>(array, |at| instant(at.checked_mul(1_000)))
            }
            TimeUnit::Microsecond => {
                units::<TimestampMicrosecondType>(array, |at| instant(Some(at)))
            }
            TimeUnit::Nanosecond => {
                units::<TimestampNanosecondType>(array, |at| instant(Some(at.div_euclid(1_000))))
            }
        }
    }

    /// The instant at which a wall clock in the pool's zone shows `micros`.
    fn local(&self, micros: i64) -> Option<Instant> {
        let day = Day::from_days(micros.div_euclid(DAY_MICROS))?;
        self.zone.instant_at(day, micros.rem_euclid(DAY_MICROS))
    }
}

/// The array in one of the forms that are converted: dictionaries and views written out, small
/// floats widened, null columns as texts.
fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let form = match array.data_type() {
        DataType::Dictionary(_, values) => {
            let unpacked = cast(array, values)?;
            return plain(&unpacked);
        }
        DataType::Utf8View | DataType::Null => DataType::Utf8,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        _ => return Ok(ArrayRef::clone(array)),
    };
    cast(array, &form)
}

fn decimal_scale(data_type: &DataType) -> Option<i8> {
    match data_type {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => Some(*scale),
        _ => None,
    }
}

fn day(days: i64) -> Result<i64, Flaw> {
    Day::from_days(days).map(|day| day.days().into()).ok_or(Flaw::Range)
}

fn text_of(array: &ArrayRef, row: usize) -> String {
    shown(&cell_text(array, row).unwrap_or_default())
}

fn units<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    unit: impl Fn(T::Native) -> Result<i64, Flaw>,
) -> Converted {
    let typed: &PrimitiveArray<T> = array.as_primitive();
    let mut bad = Vec::new();
    let mut take = |row: usize, value: T::Native| match unit(value) {
        Ok(unit) => Some(unit),
        Err(flaw) => {
            bad.push(BadValue { row, flaw, shown: text_of(array, row) });
            None
        }
    };
    let rows = typed.iter().enumerate();
    let data = rows.map(|(row, value)| value.and_then(|value| take(row, value))).collect();
    Converted { data: ColumnData::Units(data), bad }
}

fn bools(array: &BooleanArray) -> Converted {
    let data = array.iter().map(|flag| flag.map(i64::from)).collect();
    Converted { data: ColumnData::Units(data), bad: Vec::new() }
}

fn ints(array: &ArrayRef) -> Converted {
    match array.data_type() {
        DataType::Int8 => units::<Int8Type>(array, |number| Ok(number.into())),
        DataType::Int16 => units::<Int16Type>(array, |number| Ok(number.into())),
        DataType::Int32 => units::<Int32Type>(array, |number| Ok(number.into())),
        DataType::UInt8 => units::<UInt8Type>(array, |number| Ok(number.into())),
        DataType::UInt16 => units::<UInt16Type>(array, |number| Ok(number.into())),
        DataType::UInt32 => units::<UInt32Type>(array, |number| Ok(number.into())),
        DataType::UInt64 => {
            units::<UInt64Type>(array, |number| i64::try_from(number).map_err(|_| Flaw::Range))
        }
        _ => units::<Int64Type>(array, Ok),
    }
}

fn decimals(array: &ArrayRef) -> Converted {
    let fits = |units: i128| i64::try_from(units).map_err(|_| Flaw::Range);
    match array.data_type() {
        DataType::Decimal256(..) => units::<Decimal256Type>(array, |units| {
            units.to_i128().ok_or(Flaw::Range).and_then(fits)
        }),
        _ => units::<Decimal128Type>(array, fits),
    }
}

fn texts<O: OffsetSizeTrait>(array: &ArrayRef) -> Converted {
    let typed: &GenericStringArray<O> = array.as_string();
    let mut bytes = String::with_capacity(typed.value_data().len());
    let (mut ends, mut known) = (Vec::with_capacity(typed.len()), Vec::with_capacity(typed.len()));
    let mut bad = Vec::new();
    for (row, text) in typed.iter().enumerate() {
        match text {
            Some(text) if text.len() > MAX_TEXT => {
                bad.push(BadValue { row, flaw: Flaw::TooLong, shown: shown(text) });
                known.push(false);
            }
            Some(text) => {
                bytes.push_str(text);
                known.push(true);
            }
            None => known.push(false),
        }
        ends.push(bytes.len());
    }
    Converted { data: ColumnData::Text { bytes, ends, known }, bad }
}

/// Lists of texts, of whatever kind the list and the texts are.
fn sets(array: &ArrayRef) -> Result<Converted, ArrowError> {
    let lists = cast(array, &DataType::new_large_list(DataType::LargeUtf8, true))?;
    let lists = lists.as_list::<i64>();
    let elements = lists.values().as_string::<i64>();
    let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
    let mut bad = Vec::new();
    for (row, bounds) in lists.value_offsets().windows(2).enumerate() {
        let range = if lists.is_valid(row) { bounds[0] as usize..bounds[1] as usize } else { 0..0 };
        match flaw_of(elements, range.clone()) {
            Some(flaw) => bad.push(BadValue { row, flaw, shown: text_of(array, row) }),
            None => {
                for element in range {
                    bytes.push_str(elements.value(element));
                    ends.push(bytes.len());
                }
            }
        }
        row_ends.push(ends.len());
    }
    Ok(Converted { data: ColumnData::Set { bytes, ends, row_ends }, bad })
}

fn flaw_of(elements: &GenericStringArray<i64>, mut range: std::ops::Range<usize>) -> Option<Flaw> {
    range.find_map(|at| {
        if elements.is_null(at) {
            Some(Flaw::Element)
        } else {
            (elements.value(at).len() > MAX_TEXT).then_some(Flaw::TooLong)
        }
    })
}
