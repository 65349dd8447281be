//! Upkeep: is the pool whole, and how to keep it elsewhere. One function a statement.
//!
//! What is written goes to a directory of its own, built under a temporary name beside it: it is
//! there in full, or not at all.

mod backup;
mod checkpoint;
mod copy;
mod directory;
mod dump;
mod error;
mod handle;
mod load;
mod lost;
mod repair;
mod restore;
mod statement;
mod verification;
mod verify;
mod verify_log;
mod whole;

pub(crate) use backup::backup;
pub(crate) use checkpoint::checkpoint;
pub(crate) use copy::copy;
pub(crate) use dump::dump;
pub use error::UpkeepError;
pub(crate) use load::load;
pub(crate) use repair::repair;
pub(crate) use restore::restore;
pub(crate) use statement::run;
pub use verification::{Check, Depth, Problem, Verification};
pub(crate) use verify::verify;
