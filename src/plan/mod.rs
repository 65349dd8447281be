//! From what a rule means to how it is answered: logical plan, rewrites, physical plan, explain.
//!
//! Nothing here touches a bitmap or the store; statistics come from `index`.

mod physical;

pub(crate) use physical::{
    Estimate, Leaf, Node, NodeKind, PhysicalPlan, Rank, RankBy, StatementTime,
};
