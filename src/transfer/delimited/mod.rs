//! Delimited files: CSV and its like.

mod dialect;
mod feed;
mod inspect;
mod record;

pub(super) use feed::DelimitedFeed;
pub(super) use inspect::inspect;
pub(super) use record::Field;
