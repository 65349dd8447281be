//! A walk over a logical plan that hands every junction its children with their numbers.

use crate::plan::interner::Numbers;
use crate::plan::{Junction, Leaf, LogicalPlan};

/// A part and its number; equal parts have equal numbers.
pub(super) type Numbered = (LogicalPlan, usize);

/// Rebuilds a plan, every junction by `rebuild`; what rankings go among as plans of their own.
pub(super) fn rewrite_junctions(
    plan: LogicalPlan,
    rebuild: &impl Fn(Junction, Vec<Numbered>, &Numbers) -> LogicalPlan,
) -> LogicalPlan {
    let mut numbers = Numbers::of(&plan);
    walk(plan, &mut numbers, rebuild).0
}

fn walk(
    plan: LogicalPlan,
    numbers: &mut Numbers,
    rebuild: &impl Fn(Junction, Vec<Numbered>, &Numbers) -> LogicalPlan,
) -> Numbered {
    let mut junction = |junction, children: Vec<LogicalPlan>| {
        let children = children.into_iter().map(|c| walk(c, numbers, rebuild)).collect();
        rebuild(junction, children, numbers)
    };
    let rebuilt = match plan {
        LogicalPlan::And(children) => junction(Junction::All, children),
        LogicalPlan::Or(children) => junction(Junction::Any, children),
        LogicalPlan::Not(child) => LogicalPlan::Not(Box::new(walk(*child, numbers, rebuild).0)),
        LogicalPlan::Leaf { leaf: Leaf::Rank(rank), negated } => LogicalPlan::Leaf {
            leaf: Leaf::Rank(rank.map_among(|among| rewrite_junctions(among, rebuild))),
            negated,
        },
        other => other,
    };
    (rebuilt, numbers.next())
}
