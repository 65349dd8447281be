//! Clauses of one attribute within an `and` become one: `a >= 3 and a < 9` is one range.

use super::merge::merged;
use crate::plan::{Context, Junction, LogicalPlan};

/// Merges within every `and`.
pub(super) fn apply(plan: LogicalPlan, _: &Context<'_>) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::And(children) => {
            LogicalPlan::join(Junction::All, merged(Junction::All, children))
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use crate::model::RangeSet;
    use crate::plan::testing::{AGE, SPEND, TAGS, VIP, all, golden, is, values};
    use crate::plan::{Leaf, LogicalPlan, Rewrite};

    #[test]
    fn ranges_of_one_attribute_become_one() {
        let plan = all([
            values(AGE, RangeSet::at_least(18)),
            is(VIP, 1),
            values(AGE, RangeSet::below(65)),
            values(SPEND, RangeSet::at_least(1_000)),
            values(AGE, RangeSet::point(30).complement()),
        ]);
        golden(
            Rewrite::MergeRanges,
            plan,
            "
            And
              Values: age in (18 to 29, 31 to 64)
              Values: vip = true
              Values: spend >= 10.00
            ",
        );
    }

    #[test]
    fn two_elements_of_a_set_stay_two_clauses_and_their_absence_becomes_one() {
        let leaf = |code| Leaf::Elements { attribute: TAGS, codes: vec![code] };
        let without = |code| LogicalPlan::Leaf { leaf: leaf(code), negated: true };
        let plan =
            all([LogicalPlan::leaf(leaf(0)), LogicalPlan::leaf(leaf(1)), without(0), without(2)]);
        golden(
            Rewrite::MergeRanges,
            plan,
            r#"
            And
              Elements: tags contains "a"
              Elements: tags contains "b"
              Elements: not (tags contains any ("a", "c"))
            "#,
        );
    }

    #[test]
    fn ten_thousand_exclusions_become_one_list() {
        let clauses = (0..10_000).map(|age| values(AGE, RangeSet::point(2 * age).complement()));
        golden(
            Rewrite::MergeRanges,
            LogicalPlan::And(clauses.collect()),
            "Values: age not in (0, 2, 4, 6, 8, … and 9,995 more)",
        );
    }
}
