//! Clauses of one attribute within an `or` become one: `a = 1 or a = 2` is `a in (1, 2)`.

use super::merge::merged;
use crate::plan::{Context, Junction, LogicalPlan};

/// Merges within every `or`.
pub(super) fn apply(plan: LogicalPlan, _: &Context<'_>) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::Or(children) => {
            LogicalPlan::join(Junction::Any, merged(Junction::Any, children))
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::model::RangeSet;
    use crate::plan::testing::{AGE, TAGS, VIP, any, golden, is, missing, values};
    use crate::plan::{Leaf, LogicalPlan, Rewrite};

    #[test]
    fn equalities_become_a_list_and_missing_values_join_it() {
        let plan = any([is(AGE, 1), is(VIP, 1), is(AGE, 3), missing(AGE), is(AGE, 2)]);
        golden(
            Rewrite::MergeEqualities,
            plan,
            "
            Or
              Values: age between 1 and 3 or is null
              Values: vip = true
            ",
        );
    }

    #[test]
    fn elements_and_keys_become_lists() {
        let elements =
            |code| LogicalPlan::leaf(Leaf::Elements { attribute: TAGS, codes: vec![code] });
        let keys = |key: &str| LogicalPlan::leaf(Leaf::TextKeys(Arc::new(vec![key.to_owned()])));
        golden(
            Rewrite::MergeEqualities,
            any([elements(1), keys("C2"), elements(0), keys("C1")]),
            r#"
            Or
              Elements: tags contains any ("a", "b")
              Keys: customer_id in ("C1", "C2")
            "#,
        );
    }

    #[test]
    fn ten_thousand_equalities_become_one_list() {
        let clauses = (0..10_000).map(|age| values(AGE, RangeSet::point(2 * age)));
        golden(
            Rewrite::MergeEqualities,
            LogicalPlan::Or(clauses.collect()),
            "Values: age in (0, 2, 4, 6, 8, … and 9,995 more)",
        );
    }
}
