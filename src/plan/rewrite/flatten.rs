//! An `and` right within an `and` is one `and`; so is `or`.

use crate::plan::{Context, Junction, LogicalPlan};

/// Flattens nested junctions of one kind; those with an only child become that child.
pub(super) fn apply(plan: LogicalPlan, _: &Context<'_>) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::And(children) => {
            let flat = children.into_iter().flat_map(|child| match child {
                LogicalPlan::And(inner) => inner,
                other => vec![other],
            });
            LogicalPlan::join(Junction::All, flat.collect())
        }
        LogicalPlan::Or(children) => {
            let flat = children.into_iter().flat_map(|child| match child {
                LogicalPlan::Or(inner) => inner,
                other => vec![other],
            });
            LogicalPlan::join(Junction::Any, flat.collect())
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use crate::plan::Rewrite;
    use crate::plan::testing::{AGE, VIP, all, any, golden, is};

    #[test]
    fn nested_junctions_of_one_kind_become_one() {
        let inner = all([is(AGE, 2), all([is(AGE, 3), is(VIP, 1)])]);
        let plan = any([all([is(AGE, 1), inner]), any([is(AGE, 4), all([is(AGE, 5)])])]);
        golden(
            Rewrite::Flatten,
            plan,
            "
            Or
              And
                Values: age = 1
                Values: age = 2
                Values: age = 3
                Values: vip = true
              Values: age = 4
              Values: age = 5
            ",
        );
    }
}
