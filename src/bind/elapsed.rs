//! Comparisons of a function of time with a number: `years_since(birth_date) >= 18`.

use crate::model::{
    AttributeId, Comparison, Decimal, RangeSet, Scalar, ScalarKind, ScalarType, TimeFunction,
};

/// The function of an attribute that is compared with a constant, on either side, and the numbers
/// of which the comparison holds; `None` for any other comparison.
pub(crate) fn function_beside_number(
    left: &Scalar,
    op: Comparison,
    right: &Scalar,
) -> Option<(AttributeId, TimeFunction, RangeSet)> {
    let (op, (function, attribute), number) = match function_of_attribute(left) {
        Some(of) => (op, of, constant(right)?),
        None => (op.flipped(), function_of_attribute(right)?, constant(left)?),
    };
    Some((attribute, function, numbers_where(op, number)))
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
        let huge = Decimal::new(1i128 << 80, 0);
        assert!(numbers_where(Comparison::Less, huge).is_all());
        assert!(numbers_where(Comparison::GreaterOrEqual, huge).is_none());
    }
}
