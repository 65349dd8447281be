//! Statements that write. Each builds the next view from the current one, saves what changed,
//! switches the manifest, and publishes; a failure on the way leaves the pool as it was.

mod batch;
mod clock;
mod commit;
mod define;
mod demo;
mod distinct;
mod filter;
mod import;
mod rows;
mod write;

pub(crate) use batch::write;
pub(crate) use clock::{advance, check_clock, set};
pub(crate) use define::{alter, create};
pub(crate) use demo::load_demo;
pub(crate) use import::{import, import_statement};
pub(crate) use write::{delete, insert};
