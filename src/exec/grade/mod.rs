//! Classes of customers: the cut-offs of a ranking, found without sorting the pool and kept from
//! commit to commit, and the column of who is in which class.

mod bounds;
mod by_key;
mod cases;
mod column;
mod graded;
mod ladder;
mod plain;
mod solve;

pub(crate) use cases::chosen;
pub(crate) use graded::{Graded, Place};
pub(crate) use ladder::Rivals;
pub(crate) use solve::{Ranks, solved};
