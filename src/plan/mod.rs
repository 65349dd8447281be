//! From what a rule means to how it is answered: logical plan, rewrites, physical plan, explain.
//!
//! Nothing here touches a bitmap or the store; statistics come from `index`.

mod planner;

mod context;
mod error;
mod snapshot;
mod statistics;

mod lower;

mod interner;
mod logical;
mod rewrite;

mod build;
mod cost;
mod estimate;
mod physical;

mod explain;

#[cfg(test)]
mod planner_tests;
#[cfg(test)]
mod testing;

pub(crate) use context::Context;
pub(crate) use error::PlanError;
pub(crate) use explain::explain;
pub use explain::{Explanation, MissingValues, PlanNode, PlanStage, SpanBounds};
pub(crate) use logical::{Junction, LogicalPlan};
pub(crate) use lower::{month_days, resolved};
pub(crate) use physical::{
    Estimate, Leaf, Node, NodeKind, PhysicalPlan, Rank, RankBy, StatementTime,
};
pub(crate) use planner::{Planned, plan, plan_traced};
pub(crate) use rewrite::times_where;
pub use rewrite::{Rewrite, Rewrites};
pub(crate) use statistics::Statistics;
