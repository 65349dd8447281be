//! From what a rule means to how it is answered: logical plan, rewrites, physical plan, explain.
//!
//! Nothing here touches a bitmap or the store; statistics come from `index`.

mod error;
mod logical;
mod physical;
mod statistics;

pub(crate) use error::PlanError;
pub(crate) use logical::{Junction, LogicalPlan};
pub(crate) use physical::{
    Estimate, Leaf, Node, NodeKind, PhysicalPlan, Rank, RankBy, StatementTime,
};
pub(crate) use statistics::Statistics;
