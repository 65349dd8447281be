//! Files in and out: CSV, JSON lines and Parquet, to and from columns; no pool, no store. And the
//! demonstration pool, which comes from a seed.

mod bad_row;
mod context;
mod demo;
mod error;
mod schema;
mod spec;

pub use bad_row::{BadReason, BadRow, Flaw, Place};
pub(crate) use context::{Context, Progress, RowFilter, Stage};
pub use demo::Demo;
pub(crate) use error::TransferError;
pub(crate) use schema::{Role, Schema, SchemaColumn};
pub(crate) use spec::{DeclaredType, Delimiter, Header, ImportSpec, OnError};
