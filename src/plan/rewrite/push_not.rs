//! `not` goes into leaves: ranges are complemented, other leaves are marked, De Morgan in between.

use crate::plan::{Context, Leaf, LogicalPlan};

/// Pushes every `not` into leaves.
pub(super) fn apply(plan: LogicalPlan, cx: &Context<'_>) -> LogicalPlan {
    match plan {
        LogicalPlan::And(children) => {
            LogicalPlan::And(children.into_iter().map(|child| apply(child, cx)).collect())
        }
        LogicalPlan::Or(children) => {
            LogicalPlan::Or(children.into_iter().map(|child| apply(child, cx)).collect())
        }
        LogicalPlan::Not(child) => opposite(*child, cx),
        LogicalPlan::Leaf { leaf, negated: true } => opposite_leaf(within_rank(leaf, cx)),
        LogicalPlan::Leaf { leaf, negated: false } => LogicalPlan::leaf(within_rank(leaf, cx)),
        LogicalPlan::Constant(_) => plan,
    }
}

/// The complement of a plan, without a `not`.
fn opposite(plan: LogicalPlan, cx: &Context<'_>) -> LogicalPlan {
    let each = |children: Vec<LogicalPlan>| children.into_iter().map(|c| opposite(c, cx)).collect();
    match plan {
        LogicalPlan::Constant(holds) => LogicalPlan::Constant(!holds),
        LogicalPlan::And(children) => LogicalPlan::Or(each(children)),
        LogicalPlan::Or(children) => LogicalPlan::And(each(children)),
        LogicalPlan::Not(child) => apply(*child, cx),
        LogicalPlan::Leaf { leaf, negated: true } => LogicalPlan::leaf(within_rank(leaf, cx)),
        LogicalPlan::Leaf { leaf, negated: false } => opposite_leaf(within_rank(leaf, cx)),
    }
}

fn within_rank(leaf: Leaf<LogicalPlan>, cx: &Context<'_>) -> Leaf<LogicalPlan> {
    match leaf {
        Leaf::Rank(rank) => Leaf::Rank(rank.map_among(|plan| apply(plan, cx))),
        other => other,
    }
}

/// The complement of a leaf within the pool. Sizes and keys are never missing, so theirs is the
/// complement of the set; that of units takes in who has no value.
pub(super) fn opposite_leaf(leaf: Leaf<LogicalPlan>) -> LogicalPlan {
    LogicalPlan::leaf(match leaf {
        Leaf::Values { attribute, ranges, missing } => {
            Leaf::Values { attribute, ranges: ranges.complement(), missing: !missing }
        }
        Leaf::Size { attribute, ranges } => Leaf::Size { attribute, ranges: ranges.complement() },
        Leaf::IntKeys(ranges) => Leaf::IntKeys(ranges.complement()),
        leaf => return LogicalPlan::Leaf { leaf, negated: true },
    })
}

#[cfg(test)]
mod tests {
    use crate::model::RangeSet;
    use crate::plan::testing::{AGE, TAGS, VIP, all, any, golden, is, not, values};
    use crate::plan::{Leaf, LogicalPlan, Rewrite};

    #[test]
    fn not_turns_junctions_round_and_takes_in_missing_values() {
        let elements = LogicalPlan::leaf(Leaf::Elements { attribute: TAGS, codes: vec![0] });
        let plan =
            not(any([all([is(VIP, 1), values(AGE, RangeSet::at_least(18))]), not(not(elements))]));
        golden(
            Rewrite::PushNot,
            plan,
            r#"
            And
              Or
                Values: vip != true or is null
                Values: age <= 17 or is null
              Elements: not (tags contains "a")
            "#,
        );
    }
}
