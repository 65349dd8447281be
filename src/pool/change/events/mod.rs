//! Statements that write events: their tables, imports, rows.

mod define;
mod import;
mod link;
mod seen;
mod write;

pub(crate) use define::{create, created, creation};
pub(super) use import::read;
pub(super) use write::{delete, insert};
