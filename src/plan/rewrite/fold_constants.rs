//! Constants swallow what they decide and vanish where they decide nothing; comparisons of
//! constants become constants.

use super::constant::comparison_holds;
use crate::plan::{Context, Junction, Leaf, LogicalPlan};

/// Folds constants.
pub(super) fn apply(plan: LogicalPlan, _: &Context<'_>) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::And(children) => junction(Junction::All, children),
        LogicalPlan::Or(children) => junction(Junction::Any, children),
        LogicalPlan::Not(child) => match *child {
            LogicalPlan::Constant(holds) => LogicalPlan::Constant(!holds),
            other => LogicalPlan::Not(Box::new(other)),
        },
        LogicalPlan::Leaf { leaf, negated } => match constant(&leaf) {
            Some(holds) => LogicalPlan::Constant(holds != negated),
            None => LogicalPlan::Leaf { leaf, negated },
        },
        LogicalPlan::Constant(_) => part,
    })
}

fn junction(junction: Junction, mut children: Vec<LogicalPlan>) -> LogicalPlan {
    let deciding = LogicalPlan::Constant(junction == Junction::Any);
    if children.contains(&deciding) {
        return deciding;
    }
    children.retain(|child| !matches!(child, LogicalPlan::Constant(_)));
    LogicalPlan::join(junction, children)
}

/// What a leaf is for everybody, when no data can matter.
fn constant(leaf: &Leaf<LogicalPlan>) -> Option<bool> {
    match leaf {
        Leaf::Values { ranges, missing, .. } => {
            (ranges.is_none() && !missing || ranges.is_all() && *missing).then_some(*missing)
        }
        Leaf::Elements { codes, .. } => codes.is_empty().then_some(false),
        Leaf::Size { ranges, .. } | Leaf::IntKeys(ranges) => decided(ranges),
        Leaf::TextKeys(keys) => keys.is_empty().then_some(false),
        Leaf::Sample { below, .. } => match below {
            None => Some(true),
            Some(below) => (*below == 0).then_some(false),
        },
        Leaf::Function { ranges, .. } => ranges.is_none().then_some(false),
        Leaf::Compare { left, op, right } => comparison_holds(left, *op, right),
        Leaf::Rank(rank) => match rank.among {
            Some(LogicalPlan::Constant(false)) => Some(false),
            _ => None,
        },
        Leaf::TextKeyTest(_) | Leaf::ScalarKnown(_) | Leaf::CompareText { .. } => None,
    }
}

fn decided(ranges: &crate::model::RangeSet) -> Option<bool> {
    (ranges.is_none() || ranges.is_all()).then(|| ranges.is_all())
}

#[cfg(test)]
mod tests {
    use crate::model::{Comparison, RangeSet};
    use crate::plan::testing::{AGE, VIP, all, any, compare, golden, is, not, number, values};
    use crate::plan::{LogicalPlan, Rewrite};

    #[test]
    fn constants_decide_or_vanish() {
        let nobody = values(AGE, RangeSet::none());
        let true_of_all = compare(number(1), Comparison::Less, number(2));
        let plan = any([
            all([is(AGE, 1), nobody]),
            all([is(VIP, 1), true_of_all]),
            not(LogicalPlan::Constant(true)),
        ]);
        golden(Rewrite::FoldConstants, plan, "Values: vip = true");
    }

    #[test]
    fn an_empty_junction_is_its_constant() {
        golden(Rewrite::FoldConstants, LogicalPlan::And(vec![]), "Everything");
        golden(Rewrite::FoldConstants, LogicalPlan::Or(vec![]), "Nothing");
    }
}
