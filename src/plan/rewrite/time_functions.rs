//! Comparisons of a function of time with a constant: `years_since(birth_date) >= 18` becomes a
//! range of `birth_date`; `month(x) = 3`, which is no range, a test of its own.

use super::inverse;
use crate::bind;
use crate::model::{Comparison, Scalar, Type};
use crate::plan::{Context, Leaf, LogicalPlan};

/// Turns such comparisons into ranges or tests of numbers.
pub(super) fn apply(plan: LogicalPlan, cx: &Context<'_>) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::Leaf { leaf: Leaf::Compare { left, op, right }, negated } => {
            let leaf = turned(&left, op, &right, cx).unwrap_or(Leaf::Compare { left, op, right });
            LogicalPlan::Leaf { leaf, negated }
        }
        other => other,
    })
}

/// A leaf for `function(attribute) op constant`, if that is what it is.
fn turned(
    left: &Scalar,
    op: Comparison,
    right: &Scalar,
    cx: &Context<'_>,
) -> Option<Leaf<LogicalPlan>> {
    let (attribute, function, numbers) = bind::function_beside_number(left, op, right)?;
    let ty = cx.catalog.by_id(attribute)?.ty;
    let ranges = match (function.is_rising(), ty) {
        (None, _) => return Some(Leaf::Function { attribute, function, ranges: numbers }),
        (Some(_), Type::Date) => inverse::days(function, &numbers, cx.time),
        (Some(_), Type::Timestamp) => inverse::instants(function, &numbers, cx.time),
        (Some(_), _) => return None,
    };
    Some(Leaf::Values { attribute, ranges, missing: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TimeFunction;
    use crate::plan::Rewrite;
    use crate::plan::testing::{JOINED, LAST_ORDER, compare, golden, not, number, time_of};

    #[test]
    fn rising_and_falling_functions_become_ranges() {
        let age = compare(
            time_of(TimeFunction::YearsSince, JOINED),
            Comparison::GreaterOrEqual,
            number(18),
        );
        golden(Rewrite::TimeFunctions, age, "Values: joined <= 2008-11-22");
        let year = compare(number(1990), Comparison::Equal, time_of(TimeFunction::Year, JOINED));
        golden(
            Rewrite::TimeFunctions,
            not(year),
            "
            Not
              Values: joined between 1990-01-01 and 1990-12-31
            ",
        );
        let days =
            compare(time_of(TimeFunction::DaysSince, LAST_ORDER), Comparison::Greater, number(30));
        golden(Rewrite::TimeFunctions, days, "Values: last_order <= 2026-10-22T10:00:00Z");
    }

    #[test]
    fn other_functions_become_tests_of_their_number() {
        let hour = compare(
            time_of(TimeFunction::Hour, LAST_ORDER),
            Comparison::GreaterOrEqual,
            number(20),
        );
        golden(Rewrite::TimeFunctions, hour, "Function: hour(last_order) >= 20");
    }
}
