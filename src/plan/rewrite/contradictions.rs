//! Clauses that hold of nobody, or of everybody, given what the columns hold.

use std::collections::HashSet;

use super::numbers::rewrite_junctions;
use super::push_not::opposite_leaf;
use crate::model::{AttributeId, RangeSet, TimeFunction};
use crate::plan::{Context, Junction, Leaf, LogicalPlan};

/// Replaces contradictions and tautologies by constants.
///
/// Units outside a column's bounds do not occur: a range beside them is empty, one around them is
/// every known value, and that is everybody where no value is missing.
pub(super) fn apply(plan: LogicalPlan, cx: &Context<'_>) -> LogicalPlan {
    let plan = rewrite_junctions(plan, &|junction, children, numbers| {
        let present: HashSet<usize> = children.iter().map(|(_, number)| *number).collect();
        let is_opposed = |number| numbers.opposite(number).is_some_and(|of| present.contains(&of));
        if present.iter().any(|number| is_opposed(*number)) {
            return LogicalPlan::Constant(junction == Junction::Any);
        }
        LogicalPlan::join(junction, children.into_iter().map(|(plan, _)| plan).collect())
    });
    plan.rewrite(&mut |part| match part {
        LogicalPlan::Leaf { leaf, negated } => match settled(leaf, cx) {
            // A function may have become every known value, the complement of which are ranges.
            LogicalPlan::Leaf { leaf, .. } if negated => opposite_leaf(leaf),
            LogicalPlan::Leaf { leaf, .. } => LogicalPlan::leaf(leaf),
            LogicalPlan::Constant(holds) => LogicalPlan::Constant(holds != negated),
            other => other,
        },
        other => other,
    })
}

/// A leaf as it stands, simplified, or the constant that it is.
fn settled(leaf: Leaf<LogicalPlan>, cx: &Context<'_>) -> LogicalPlan {
    match leaf {
        Leaf::Values { attribute, ranges, missing } => {
            settled_values(attribute, ranges, missing, cx)
        }
        Leaf::Size { attribute, ranges } => match within_bounds(attribute, ranges, cx) {
            ranges if ranges.is_none() => LogicalPlan::Constant(false),
            ranges if ranges.is_all() => LogicalPlan::Constant(true),
            ranges => LogicalPlan::leaf(Leaf::Size { attribute, ranges }),
        },
        Leaf::Function { attribute, function, ranges } => match outcomes(function) {
            Some((low, high)) if !ranges.touches(low, high) => LogicalPlan::Constant(false),
            Some((low, high)) if ranges.covers(low, high) => {
                settled_values(attribute, RangeSet::all(), false, cx)
            }
            _ => LogicalPlan::leaf(Leaf::Function { attribute, function, ranges }),
        },
        leaf if reads_nothing(&leaf, cx) => LogicalPlan::Constant(false),
        leaf => LogicalPlan::leaf(leaf),
    }
}

fn settled_values(
    attribute: AttributeId,
    ranges: RangeSet,
    missing: bool,
    cx: &Context<'_>,
) -> LogicalPlan {
    let known = cx.statistics.known(attribute);
    let all_known = known >= cx.n_customers();
    let missing = missing && !all_known;
    let ranges = if known == 0 { RangeSet::none() } else { within_bounds(attribute, ranges, cx) };
    if ranges.is_none() && (!missing || known == 0) {
        LogicalPlan::Constant(missing)
    } else if ranges.is_all() && (missing || all_known) {
        LogicalPlan::Constant(true)
    } else {
        LogicalPlan::leaf(Leaf::Values { attribute, ranges, missing })
    }
}

/// The same set as far as the column's bounds go: none beside them, all around them.
fn within_bounds(attribute: AttributeId, ranges: RangeSet, cx: &Context<'_>) -> RangeSet {
    match cx.statistics.bounds(attribute) {
        Some(bounds) if ranges.covers(bounds.low, bounds.high) => RangeSet::all(),
        Some(bounds) if ranges.touches(bounds.low, bounds.high) => ranges,
        _ => RangeSet::none(),
    }
}

/// The smallest and the largest number a function yields, where that is known beforehand.
fn outcomes(function: TimeFunction) -> Option<(i64, i64)> {
    match function {
        TimeFunction::Month => Some((1, 12)),
        TimeFunction::Day => Some((1, 31)),
        TimeFunction::Weekday => Some((1, 7)),
        TimeFunction::Hour => Some((0, 23)),
        _ => None,
    }
}

/// Whether the leaf needs the value of an attribute that nobody has.
///
/// Not so arithmetic: the engine promises an error where it overflows for anybody, and an operand
/// that nobody has does not stop the others from being computed.
fn reads_nothing(leaf: &Leaf<LogicalPlan>, cx: &Context<'_>) -> bool {
    match leaf {
        Leaf::CompareText { left, right, .. } => {
            cx.statistics.known(*left) == 0 || cx.statistics.known(*right) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{RangeSet, TimeFunction};
    use crate::plan::testing::{
        AGE, FOREVER_UNKNOWN, LAST_ORDER, TAGS, VIP, all, any, golden, is, missing, not, values,
    };
    use crate::plan::{Leaf, LogicalPlan, Rewrite};

    fn settles(plan: LogicalPlan, expected: &str) {
        golden(Rewrite::Contradictions, plan, expected);
    }

    #[test]
    fn ranges_beside_and_around_the_known_values_are_settled() {
        settles(values(AGE, RangeSet::above(90)), "Nothing");
        settles(values(AGE, RangeSet::at_most(90)), "Values: age is not null");
        settles(values(VIP, RangeSet::between(0, 1)), "Everything");
        settles(missing(VIP), "Nothing");
        settles(values(AGE, RangeSet::at_least(90)), "Values: age >= 90");
        settles(is(FOREVER_UNKNOWN, 3), "Nothing");
        settles(missing(FOREVER_UNKNOWN), "Everything");
    }

    #[test]
    fn a_clause_beside_its_opposite_is_settled() {
        let leaf = Leaf::Elements { attribute: TAGS, codes: vec![0] };
        let (with, without) =
            (LogicalPlan::leaf(leaf.clone()), LogicalPlan::Leaf { leaf, negated: true });
        settles(all([with.clone(), is(AGE, 1), without.clone()]), "Nothing");
        settles(any([with, is(AGE, 1), without]), "Everything");
        let both = all([is(AGE, 1), is(AGE, 2)]);
        settles(any([both.clone(), not(both)]), "Everything");
    }

    #[test]
    fn functions_yield_what_they_can() {
        let month = |ranges| {
            LogicalPlan::leaf(Leaf::Function {
                attribute: LAST_ORDER,
                function: TimeFunction::Month,
                ranges,
            })
        };
        settles(month(RangeSet::point(13)), "Nothing");
        settles(month(RangeSet::at_least(1)), "Values: last_order is not null");
        settles(month(RangeSet::at_least(2)), "Function: month(last_order) >= 2");
        let LogicalPlan::Leaf { leaf, .. } = month(RangeSet::all()) else { panic!() };
        settles(LogicalPlan::Leaf { leaf, negated: true }, "Values: last_order is null");
    }
}
