//! Groups: who entered and who left, commit by commit, and what follows from it.

mod log;
mod page;
mod past;

pub(crate) use log::{ChangeLog, Kept, Retention};
pub(crate) use page::{Entry, Moved, Turn};
pub(crate) use past::{Past, PastError, PastKeys, Size};
