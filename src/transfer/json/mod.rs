//! JSON lines: an object a line.

mod feed;
mod inspect;
mod object;

pub(super) use feed::JsonFeed;
pub(super) use inspect::inspect;
