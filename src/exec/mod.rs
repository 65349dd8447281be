//! Physical plan and snapshot to members, counts, orders and figures.
//!
//! Two executors run one plan and agree bit for bit: `fused`, the default, a chunk at a time;
//! `roaring`, the reference, a set at a time. What matches is apart from what is done with the
//! matches: [`Run`] yields a [`MemberSet`], [`Reader`] reads values, orders rows and computes
//! figures over any member set.

mod analysis;
mod arithmetic;
mod at;
mod columns;
mod computed;
mod counted;
mod distribution;
mod error;
mod fold;
mod fused;
mod grade;
mod journeys;
mod leaf;
mod members;
mod operand;
mod order;
mod places;
mod program;
mod rank;
mod reader;
mod roaring;
mod roaring_set;
mod run;
mod scratch;
mod summary;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use analysis::Analysis;
pub(crate) use computed::{flags, pieces};
pub(crate) use error::ExecError;
pub(crate) use fold::{ByCustomers, Folding};
pub(crate) use grade::{Graded, Place, Ranks, Rivals, chosen, solved};
pub(crate) use journeys::Step;
pub(crate) use members::MemberSet;
pub(crate) use places::{Lists, Ordered};
pub(crate) use reader::Reader;
pub(crate) use roaring::RoaringCache;
pub use run::Engine;
pub(crate) use run::Run;
pub(crate) use summary::Group as SummaryGroup;
