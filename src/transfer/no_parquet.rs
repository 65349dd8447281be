//! Parquet in a build without it: every file is refused, clearly.

use std::path::Path;

use super::context::Context;
use super::feed::Feed;
use super::{ImportSpec, Schema, TransferError};

/// Refuses a file that is yet to be written.
pub(crate) fn check_parquet(path: &Path) -> Result<(), TransferError> {
    Err(TransferError::NoParquet(path.display().to_string()))
}

/// Refuses.
pub(super) fn inspect(spec: &ImportSpec) -> Result<Schema, TransferError> {
    Err(TransferError::NoParquet(spec.path.display().to_string()))
}

/// Refuses.
pub(super) fn open<'a>(
    spec: &'a ImportSpec,
    _schema: &'a Schema,
    _context: &Context<'a>,
) -> Result<Box<dyn Feed + 'a>, TransferError> {
    Err(TransferError::NoParquet(spec.path.display().to_string()))
}
