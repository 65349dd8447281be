//! Arithmetic over constants alone.

use crate::model::{Comparison, Decimal, Scalar, ScalarKind, ScalarType};

/// Whether a comparison of two constants holds; `None` when a side is no constant, overflows, is a
/// double or needs the clock, which execution settles.
pub(super) fn comparison_holds(left: &Scalar, op: Comparison, right: &Scalar) -> Option<bool> {
    if class(left.ty)? != class(right.ty)? {
        return None;
    }
    match (value(left)?, value(right)?) {
        (Constant::Number(a), Constant::Number(b)) => Some(op.holds(a.cmp(&b))),
        (Constant::Missing, _) | (_, Constant::Missing) => Some(false),
    }
}

/// A constant, or its absence after a division by zero.
enum Constant {
    Number(Decimal),
    Missing,
}

/// Types whose units compare with one another; `None` for doubles.
fn class(ty: ScalarType) -> Option<u8> {
    match ty {
        ScalarType::Exact { .. } | ScalarType::Money { .. } => Some(0),
        ScalarType::Bool => Some(1),
        ScalarType::Date => Some(2),
        ScalarType::Timestamp => Some(3),
        ScalarType::Float => None,
    }
}

fn value(scalar: &Scalar) -> Option<Constant> {
    class(scalar.ty)?;
    let found = match &scalar.kind {
        ScalarKind::Number(number) => *number,
        ScalarKind::Units(units) => Decimal::new(i128::from(*units), scalar.ty.scale()),
        ScalarKind::Sum(terms) => return sum(terms),
        ScalarKind::Product(a, b) => return both(a, b, |a, b| a.checked_mul(b).map(Some)),
        ScalarKind::Quotient(a, b) => return both(a, b, Decimal::checked_div),
        ScalarKind::Negate(x) => return map(x, |x| Decimal::ZERO.checked_sub(x)),
        ScalarKind::Abs(x) => return map(x, Decimal::checked_abs),
        ScalarKind::Round(x) => return map(x, |x| Some(x.rounded(scalar.ty.scale()))),
        ScalarKind::Attribute(_)
        | ScalarKind::Moment(_)
        | ScalarKind::Time(..)
        | ScalarKind::Shift(..)
        | ScalarKind::Rate(..) => return None,
    };
    Some(Constant::Number(found))
}

fn sum(terms: &[Scalar]) -> Option<Constant> {
    let mut total = Decimal::ZERO;
    for term in terms {
        match value(term)? {
            Constant::Number(number) => total = total.checked_add(number)?,
            Constant::Missing => return Some(Constant::Missing),
        }
    }
    Some(Constant::Number(total))
}

fn both(
    a: &Scalar,
    b: &Scalar,
    combine: impl FnOnce(Decimal, Decimal) -> Option<Option<Decimal>>,
) -> Option<Constant> {
    match (value(a)?, value(b)?) {
        (Constant::Number(a), Constant::Number(b)) => {
            Some(combine(a, b)?.map_or(Constant::Missing, Constant::Number))
        }
        _ => Some(Constant::Missing),
    }
}

fn map(x: &Scalar, change: impl FnOnce(Decimal) -> Option<Decimal>) -> Option<Constant> {
    match value(x)? {
        Constant::Number(x) => change(x).map(Constant::Number),
        Constant::Missing => Some(Constant::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::number;

    fn exact(kind: ScalarKind) -> Scalar {
        Scalar { kind, ty: ScalarType::Exact { scale: 0 } }
    }

    #[test]
    fn constants_compare_by_number() {
        let sum = exact(ScalarKind::Sum(vec![number(1), number(2)]));
        let product = exact(ScalarKind::Product(Box::new(number(3)), Box::new(number(1))));
        assert_eq!(comparison_holds(&sum, Comparison::Equal, &product), Some(true));
        assert_eq!(comparison_holds(&sum, Comparison::Less, &product), Some(false));
    }

    #[test]
    fn a_division_by_zero_is_missing_and_satisfies_nothing() {
        let missing = exact(ScalarKind::Quotient(Box::new(number(1)), Box::new(number(0))));
        for op in [Comparison::Equal, Comparison::NotEqual] {
            assert_eq!(comparison_holds(&missing, op, &number(1)), Some(false));
        }
    }

    #[test]
    fn an_overflow_is_left_to_execution() {
        let huge = exact(ScalarKind::Number(Decimal::new(i128::MAX, 0)));
        let sum = exact(ScalarKind::Sum(vec![huge.clone(), huge]));
        assert_eq!(comparison_holds(&sum, Comparison::Equal, &number(1)), None);
    }
}
