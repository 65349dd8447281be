//! The first pass over a Parquet file: its footer.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;

use super::types::{key_type, natural_type};
use crate::model::Type;
use crate::transfer::columns::{Chosen, Plan};
use crate::transfer::source::open_plain;
use crate::transfer::{ImportSpec, Role, Schema, TransferError};

/// Whether this build has Parquet, before anything is begun: it has.
#[expect(clippy::unnecessary_wraps, reason = "a build without Parquet refuses")]
pub(crate) fn check_parquet(_: &Path) -> Result<(), TransferError> {
    Ok(())
}

/// Reads the columns' names and types.
pub(crate) fn inspect(spec: &ImportSpec) -> Result<Schema, TransferError> {
    let (file, _) = open_plain(&spec.path)?;
    let metadata = load(spec, &file)?;
    let fields = metadata.schema().fields().clone();
    let plan = Plan::new(spec, fields.iter().map(|field| field.name().clone()).collect())?;
    if plan.chosen.is_empty() {
        return Err(TransferError::Empty(spec.path.display().to_string()));
    }
    let ty = |chosen: &Chosen| {
        let field = &fields[chosen.position];
        type_of(chosen, field).ok_or_else(|| TransferError::Unsupported {
            path: spec.path.display().to_string(),
            column: field.name().clone(),
            found: format!("values of the Arrow type {}", field.data_type()),
        })
    };
    let types = plan.chosen.iter().map(ty).collect::<Result<Vec<Type>, _>>()?;
    let n_rows = metadata.metadata().file_metadata().num_rows();
    Ok(plan.with_types(&types, u64::try_from(n_rows).ok()))
}

/// Reads a file's footer.
pub(super) fn load(spec: &ImportSpec, file: &File) -> Result<ArrowReaderMetadata, TransferError> {
    guarded(spec, || ArrowReaderMetadata::load(file, ArrowReaderOptions::new()))
}

/// Runs the reader; a damaged file that makes it panic is an error like any other.
pub(super) fn guarded<T>(
    spec: &ImportSpec,
    work: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, TransferError> {
    let damaged =
        |reason: String| TransferError::Damaged { path: spec.path.display().to_string(), reason };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("the file is damaged".to_owned())),
    }
}

fn type_of(chosen: &Chosen, field: &Field) -> Option<Type> {
    match chosen.declared {
        Some(ty) => is_readable(field, ty).then_some(ty),
        None if chosen.role == Role::Key => key_type(field),
        None => natural_type(field),
    }
}

/// Whether values can be read as a declared type: as they are, or by way of text.
fn is_readable(field: &Field, ty: Type) -> bool {
    natural_type(field) == Some(ty) || can_cast_types(field.data_type(), &DataType::Utf8)
}
