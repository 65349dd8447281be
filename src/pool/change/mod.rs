//! Statements that write. Each builds the next view from the current one, saves what changed,
//! switches the manifest, and publishes; a failure on the way leaves the pool as it was.

mod batch;
mod clock;
mod commit;
mod define;
mod demo;
mod derived;
mod distinct;
mod events;
mod filter;
mod import;
mod rates;
mod rows;
mod write;

pub(crate) use batch::write;
pub(crate) use clock::{advance, catch_up, check_clock, set, sets_clock, settings_after};
pub(crate) use commit::{Change, RECORD_BYTES, written};
pub(crate) use define::{alter, at as refused, create, defined};
pub(crate) use demo::load_demo;
pub(crate) use derived::{
    create as create_attribute, created as created_attribute, drop as drop_attribute,
};
pub(crate) use events::{
    create as create_events, created as created_events, creation as events_creation,
};
pub(crate) use import::{Data, import, import_statement, imported};
pub(crate) use rates::{COLUMNS as RATES_COLUMNS, set_rates, with_rates};
pub(crate) use rows::column;
pub(crate) use write::{delete, enqueue, in_bulk, insert};
