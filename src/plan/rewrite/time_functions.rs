//! Comparisons of a function of time with a constant: `years_since(birth_date) >= 18` becomes a
//! range of `birth_date`; `month(x) = 3`, which is no range, a test of its own.

use super::inverse;
use crate::model::{
    AttributeId, Comparison, Decimal, RangeSet, Scalar, ScalarKind, ScalarType, TimeFunction, Type,
};
use crate::plan::{Context, Leaf, LogicalPlan};

/// Turns such comparisons into ranges or tests of numbers.
pub(super) fn apply(plan: LogicalPlan, cx: &Context<'_>) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::Leaf { leaf: Leaf::Compare { left, op, right }, negated } => {
            let leaf = turned(&left, op, &right, cx)
                .or_else(|| turned(&right, op.flipped(), &left, cx))
                .unwrap_or(Leaf::Compare { left, op, right });
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
    let (function, attribute) = function_of_attribute(left)?;
    let numbers = numbers_where(op, constant(right)?);
    let ty = cx.catalog.by_id(attribute)?.ty;
    let ranges = match (function.is_rising(), ty) {
        (None, _) => return Some(Leaf::Function { attribute, function, ranges: numbers }),
        (Some(_), Type::Date) => inverse::days(function, &numbers, cx.time),
        (Some(_), Type::Timestamp) => inverse::instants(function, &numbers, cx.time),
        (Some(_), _) => return None,
    };
    Some(Leaf::Values { attribute, ranges, missing: false })
}

fn function_of_attribute(scalar: &Scalar) -> Option<(TimeFunction, AttributeId)> {
    match &scalar.kind {
        ScalarKind::Time(function, argument) => match argument.kind {
            ScalarKind::Attribute(attribute) => Some((*function, attribute)),
            _ => None,
        },
        _ => None,
    }
}

fn constant(scalar: &Scalar) -> Option<Decimal> {
    match (&scalar.kind, scalar.ty) {
        (ScalarKind::Number(number), ScalarType::Exact { .. }) => Some(*number),
        (ScalarKind::Units(units), ScalarType::Date) => Some(Decimal::from(*units)),
        _ => None,
    }
}

/// The whole numbers that compare so with a number.
fn numbers_where(op: Comparison, number: Decimal) -> RangeSet {
    let at_most = number.floor_units(0).map_or_else(RangeSet::none, RangeSet::at_most);
    let equal = number.to_units(0).map_or_else(|_| RangeSet::none(), RangeSet::point);
    match op {
        Comparison::Equal => equal,
        Comparison::NotEqual => equal.complement(),
        Comparison::LessOrEqual => at_most,
        Comparison::Greater => at_most.complement(),
        Comparison::Less => at_most.intersection(&equal.complement()),
        Comparison::GreaterOrEqual => at_most.complement().union(&equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Rewrite;
    use crate::plan::testing::{JOINED, LAST_ORDER, compare, golden, not, number, time_of};

    #[test]
    fn whole_numbers_beside_a_number_with_a_fraction() {
        let ops = [
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ];
        for text in ["-1.5", "-1", "0", "0.5", "2", "2.0"] {
            let bound: Decimal = text.parse().unwrap();
            for op in ops {
                let found = numbers_where(op, bound);
                for n in -4..5 {
                    assert_eq!(found.contains(n), op.holds(Decimal::from(n).cmp(&bound)));
                }
            }
        }
        let huge: Decimal = "1e0".parse().unwrap_or_else(|_| Decimal::new(1i128 << 80, 0));
        assert!(numbers_where(Comparison::Less, huge).is_all());
        assert!(numbers_where(Comparison::GreaterOrEqual, huge).is_none());
    }

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
