//! Parquet in a build without it: every file is refused, clearly.

use super::context::Context;
use super::feed::Feed;
use super::{ImportSpec, Schema, TransferError};

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
