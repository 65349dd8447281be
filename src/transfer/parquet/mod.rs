//! Parquet files, by way of Arrow.

mod convert;
mod feed;
mod inspect;
mod types;

pub(super) use feed::open;
pub(crate) use inspect::check_parquet;
pub(super) use inspect::inspect;
pub(super) use types::CURRENCY;
