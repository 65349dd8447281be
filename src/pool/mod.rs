//! The front door: a pool of customers, the sessions that question it, and what they answer.
//!
//! The life of a statement, in [`Session::run`]:
//!
//! 1. [`lang`](crate::lang) parses the text into one statement, or a diagnostic.
//! 2. The session takes the current view: catalog, snapshot and settings of one commit, and the
//!    clock's instant. Nothing the statement sees changes until it ends.
//! 3. [`bind`](crate::bind) resolves names and types against the catalog: a `Predicate`.
//! 4. The columns it reads are loaded, once for the life of the snapshot.
//! 5. [`plan`](crate::plan) lowers, rewrites and orders it: a `PhysicalPlan`.
//! 6. [`exec`](crate::exec) runs it over the snapshot's chunks.
//! 7. A statement that writes rows joins the queue of writers. Whoever leads it builds the next
//!    snapshot of each, appends their records to the log, flushes once, and only then publishes
//!    the new view. A checkpoint writes the changed chunks and lets the log go, in the background.
//! 8. A statement that defines, or brings in many rows, saves what changed and switches the
//!    manifest itself: a checkpoint of its own.

mod answer;
mod batch;
mod care;
mod change;
mod checkpoint;
mod current;
mod description;
mod error;
mod follow;
mod groups;
mod handle;
mod import;
mod inner;
mod insight;
mod joined;
mod members;
mod memory;
mod open;
mod options;
mod parameters;
mod prepared;
mod question;
mod queue;
mod record;
mod replay;
mod schemes;
mod session;
mod statements;
mod tables;
#[cfg(test)]
mod tests;
mod transitions;
mod upkeep;
mod view;
mod writer;

pub use answer::{Answer, Counted, Done, Outcome, Table, Totalled, Written};
pub use batch::Batch;
pub use care::StandardDescription;
pub use description::{Class, Description};
pub use error::{Error, Position};
pub use follow::Follower;
pub use groups::{
    CountedEvents, Difference, GroupChange, GroupChanges, GroupDescription, History, Listener,
    Reason, SizeAt, Subscription, Why,
};
pub use handle::Pool;
pub use import::Import;
pub use members::{Cursor, Members, Page};
pub use options::{Durability, Options, Progress};
pub use parameters::Parameters;
pub use prepared::Prepared;
pub use session::Session;
pub use tables::EventTable;
pub use transitions::{Transition, Transitions};
pub use upkeep::{Check, Depth, Problem, UpkeepError, Verification};
