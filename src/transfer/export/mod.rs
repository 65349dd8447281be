//! Values to files: CSV, JSON lines and Parquet, whole or not at all.

mod csv;
mod file;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod write;

pub(super) use csv::{write_field, write_plain};
pub(super) use file::PendingFile;
pub(crate) use file::write_whole;
pub(crate) use write::{ExportColumn, export};
