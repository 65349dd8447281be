//! Files in and out: CSV, JSON lines and Parquet, to and from columns; no pool, no store. And the
//! demonstration pool, which comes from a seed.
//!
//! An import makes two passes over its file. [`inspect`] finds the columns and guesses their types
//! from every value; [`read`] turns the rows into batches of columns. In between the caller makes
//! of the [`Schema`] what it needs: attributes, a scratch catalog for the rule after `where`.

mod bad_row;
mod column;
mod columns;
mod context;
mod delimited;
mod demo;
mod error;
mod export;
mod feed;
mod import;
mod json;
mod keys;
#[cfg(not(feature = "parquet"))]
#[path = "no_parquet.rs"]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet;
mod rejects;
mod schema;
mod source;
mod spec;
#[cfg(test)]
mod tests;
mod text;

pub use bad_row::{BadReason, BadRow, Flaw, Place};
pub(crate) use context::{Context, Progress, RowFilter, Stage};
pub use demo::Demo;
pub(crate) use error::TransferError;
pub(crate) use export::{ExportColumn, export, write_whole};
pub(crate) use import::{ReadReport, inspect, read};
pub(crate) use keys::IsCustomer;
pub(crate) use parquet::check_parquet;
pub(crate) use schema::{Role, Schema, SchemaColumn};
pub(crate) use spec::{DeclaredType, Delimiter, Header, ImportSpec, OnError};
