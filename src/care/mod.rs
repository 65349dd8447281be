//! What groups are owed, and how well it is kept: visits, answers, and how a shop is doing.
//!
//! Who is owed a visit now is told by rules, which groups keep; here is told when a visit was or will
//! be due, and which promises were kept.

mod answers;
mod standards;
mod store;
mod visits;

pub(crate) use answers::{Promise, answers};
pub use standards::{AnswersKept, StandardReport, StandardsReport, VisitsKept};
pub(crate) use store::{Figures, stages, store};
pub use store::{NextStage, StoreReport, StoreStage};
pub(crate) use visits::{due_at, visits};
