//! Parquet: decimals as decimal128, days as date32, instants as microseconds UTC, sets as lists.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListBuilder,
    RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{ExportColumn, PendingFile};
use crate::model::{Type, Value};
use crate::transfer::TransferError;
use crate::transfer::parquet::CURRENCY;

/// Digits of a decimal128: calculated values may have more than an `i64`.
const PRECISION: u8 = 38;

/// Writes batches of columns to a Parquet file.
pub(super) struct ParquetExport {
    columns: Vec<ExportColumn>,
    schema: SchemaRef,
    writer: ArrowWriter<PendingFile>,
    path: String,
}

impl ParquetExport {
    /// Begins a file of these columns.
    pub(super) fn begin(
        columns: &[ExportColumn],
        file: PendingFile,
        path: String,
    ) -> Result<Self, TransferError> {
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = ArrowWriter::try_new(file, SchemaRef::clone(&schema), Some(properties));
        let writer = writer.map_err(|error| failed(&path, error))?;
        Ok(Self { columns: columns.to_vec(), schema, writer, path })
    }

    /// Writes a batch, one vector a column.
    pub(super) fn write(&mut self, batch: &[Vec<Value>]) -> Result<(), TransferError> {
        let arrays =
            self.columns.iter().zip(batch).map(|(column, values)| array(column.ty, values));
        let batch = arrays
            .collect::<Result<Vec<ArrayRef>, ArrowError>>()
            .and_then(|arrays| RecordBatch::try_new(SchemaRef::clone(&self.schema), arrays));
        let written = batch.map_err(ParquetError::from).and_then(|batch| self.writer.write(&batch));
        written.map_err(|error| failed(&self.path, error))
    }

    /// Writes the footer and gives the file back.
    pub(super) fn finish(self) -> Result<PendingFile, TransferError> {
        self.writer.into_inner().map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &str, error: ParquetError) -> TransferError {
    TransferError::Write { path: path.to_owned(), source: std::io::Error::other(error) }
}

fn field(column: &ExportColumn) -> Field {
    let field = Field::new(&column.name, data_type(column.ty), column.ty != Type::Set);
    match column.ty {
        Type::Money { currency } => {
            let note = (CURRENCY.to_owned(), currency.as_str().to_owned());
            field.with_metadata(HashMap::from([note]))
        }
        _ => field,
    }
}

fn data_type(ty: Type) -> DataType {
    match ty {
        Type::Bool => DataType::Boolean,
        Type::Int => DataType::Int64,
        Type::Decimal { .. } | Type::Money { .. } => {
            DataType::Decimal128(PRECISION, ty.scale() as i8)
        }
        Type::Float => DataType::Float64,
        Type::Text => DataType::Utf8,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::Set => DataType::new_list(DataType::Utf8, true),
    }
}

fn array(ty: Type, values: &[Value]) -> Result<ArrayRef, ArrowError> {
    Ok(match ty {
        Type::Bool => Arc::new(BooleanArray::from(all(values, as_bool, ty)?)),
        Type::Int => Arc::new(Int64Array::from(all(values, as_int, ty)?)),
        Type::Decimal { scale } => Arc::new(decimals(values, scale, ty)?),
        Type::Money { currency } => Arc::new(decimals(values, currency.scale(), ty)?),
        Type::Float => Arc::new(Float64Array::from(all(values, as_float, ty)?)),
        Type::Text => Arc::new(StringArray::from(all(values, as_text, ty)?)),
        Type::Date => Arc::new(Date32Array::from(all(values, as_days, ty)?)),
        Type::Timestamp => {
            let micros = all(values, as_micros, ty)?;
            Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC"))
        }
        Type::Set => sets(values, ty)?,
    })
}

/// Every value as its type's form, missing ones as `None`.
fn all<'a, T>(
    values: &'a [Value],
    form: impl Fn(&'a Value) -> Option<T>,
    ty: Type,
) -> Result<Vec<Option<T>>, ArrowError> {
    let one = |value: &'a Value| match value {
        Value::Null => Ok(None),
        value => form(value).map(Some).ok_or_else(|| mismatch(value, ty)),
    };
    values.iter().map(one).collect()
}

fn mismatch(value: &Value, ty: Type) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("`{value}` does not fit a column of type {ty}"))
}

fn decimals(values: &[Value], scale: u8, ty: Type) -> Result<Decimal128Array, ArrowError> {
    let units = |value: &Value| {
        let number = match value {
            Value::Decimal(number) => *number,
            Value::Money(money) => money.amount,
            Value::Int(number) => (*number).into(),
            _ => return None,
        };
        Some(number.normalized().rescaled(scale)?.units())
    };
    let units = all(values, units, ty)?;
    Decimal128Array::from(units).with_precision_and_scale(PRECISION, scale as i8)
}

fn sets(values: &[Value], ty: Type) -> Result<ArrayRef, ArrowError> {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for value in values {
        match value {
            Value::Set(elements) => {
                for element in elements {
                    builder.values().append_value(element);
                }
            }
            Value::Null => {}
            other => return Err(mismatch(other, ty)),
        }
        builder.append(true);
    }
    Ok(Arc::new(builder.finish()))
}

fn as_bool(value: &Value) -> Option<bool> {
    if let Value::Bool(flag) = value { Some(*flag) } else { None }
}

fn as_int(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

fn as_float(value: &Value) -> Option<f64> {
    if let Value::Float(number) = value { Some(*number) } else { None }
}

fn as_text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn as_days(value: &Value) -> Option<i32> {
    if let Value::Date(day) = value { Some(day.days()) } else { None }
}

fn as_micros(value: &Value) -> Option<i64> {
    if let Value::Timestamp(instant) = value { Some(instant.micros()) } else { None }
}
