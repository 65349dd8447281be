//! Columns of units beside constants.

use super::comparison::is_ordered;
use super::cut::Cut;
use super::names::Bound;
use super::subject::UnitsColumn;
use super::term::{Term, TermKind, shortest_decimal};
use super::{Predicate, Scope, mismatch, moment};
use crate::lang::{Code, Diagnostic};
use crate::model::{Comparison, Decimal, Moment, Money, RangeSet, Span, Type, float_to_units};

/// A constant beside a column: fixed, or moving with the clock.
#[derive(Clone, Debug)]
pub(super) enum Point {
    /// A place among the units.
    Fixed(Cut),
    /// A moment that depends on now; the column holds dates or timestamps.
    Moving(Moment),
}

/// Compares a column with a constant.
pub(super) fn compare(
    op: Comparison,
    column: UnitsColumn,
    subject: &Term<'_>,
    constant: &Term<'_>,
    scope: &Scope<'_>,
) -> Bound<Predicate> {
    let point = point(column.ty(), subject, constant, scope)?;
    if !is_ordered(column.ty()) && !matches!(op, Comparison::Equal | Comparison::NotEqual) {
        return Err(no_order(op, subject, constant));
    }
    Ok(match point {
        Point::Fixed(cut) => column.within(cut.ranges(op)),
        Point::Moving(moment) => moving(op, column, moment),
    })
}

/// Compares a column of dates or timestamps with a moment that depends on now.
pub(super) fn moving(op: Comparison, column: UnitsColumn, moment: Moment) -> Predicate {
    let on = |moment: Moment| match moment.is_day() {
        true => Span::On(moment),
        false => Span::Between(moment.clone(), moment),
    };
    let (span, negated) = match op {
        Comparison::Equal => (on(moment), false),
        Comparison::NotEqual => (on(moment), true),
        Comparison::Less => (Span::Before(moment), false),
        Comparison::LessOrEqual => (Span::Until(moment), false),
        Comparison::Greater => (Span::After(moment), false),
        Comparison::GreaterOrEqual => (Span::Since(moment), false),
    };
    match column {
        UnitsColumn::Attribute(attribute, _) => Predicate::Within { attribute, span, negated },
        // Keys and sizes are whole numbers, beside which no moment is accepted.
        UnitsColumn::Key | UnitsColumn::Size(_) => column.within(RangeSet::none()),
    }
}

/// Where a constant lies among the units of a column of type `ty`.
pub(super) fn point(
    ty: Type,
    subject: &Term<'_>,
    constant: &Term<'_>,
    scope: &Scope<'_>,
) -> Bound<Point> {
    let wrong = || mismatch::between(subject, constant);
    let cut = match ty {
        Type::Bool => match constant.kind {
            TermKind::Bool(flag) => Cut::point(i64::from(flag)),
            _ => return Err(wrong()),
        },
        Type::Int | Type::Decimal { .. } => {
            Cut::number(number(constant)?.ok_or_else(wrong)?, ty.scale())
        }
        Type::Float => Cut::point(float(constant)?.ok_or_else(wrong)?),
        Type::Money { currency } => match constant.kind {
            TermKind::Money(Money { amount, currency: given }) if given == currency => {
                Cut::number(amount, ty.scale())
            }
            _ => Cut::number(number(constant)?.ok_or_else(wrong)?, ty.scale()),
        },
        Type::Date | Type::Timestamp => {
            let moment = moment::beside(constant, subject, scope)?;
            let cut = moment::cut(&moment, ty, constant.span(), scope)?;
            if !moment::is_fixed(&moment) {
                return Ok(Point::Moving(moment));
            }
            cut
        }
        Type::Text | Type::Set => return Err(wrong()),
    };
    Ok(Point::Fixed(cut))
}

/// The exact number that a constant is; `None` when it is none.
pub(super) fn number(constant: &Term<'_>) -> Bound<Option<Decimal>> {
    match constant.kind {
        TermKind::Number(number) => Ok(Some(number)),
        TermKind::Float(number) => {
            shortest_decimal(number).map(Some).ok_or_else(|| too_many_digits(constant))
        }
        _ => Ok(None),
    }
}

/// The units of the nearest double; `None` when the constant is no number.
pub(super) fn float(constant: &Term<'_>) -> Bound<Option<i64>> {
    let number = match constant.kind {
        TermKind::Number(number) => number.to_f64(),
        TermKind::Float(number) => number,
        _ => return Ok(None),
    };
    float_to_units(number).map(Some).ok_or_else(|| {
        let message = format!("{} is not a finite number", constant.origin);
        Diagnostic::new(Code::BadNumber, constant.span(), message)
    })
}

fn too_many_digits(constant: &Term<'_>) -> Diagnostic {
    let message = format!("{} has more than 38 digits, or is not a finite number", constant.origin);
    Diagnostic::new(Code::BadNumber, constant.span(), message)
}

/// An order asked of bools or sets.
pub(super) fn no_order(op: Comparison, subject: &Term<'_>, other: &Term<'_>) -> Diagnostic {
    let message = format!(
        "{} is {}, which has no order, so `{}` cannot compare it",
        subject.origin,
        mismatch::a(&subject.noun()),
        op.symbol()
    );
    Diagnostic::new(Code::TypeMismatch, subject.span().to(other.span()), message)
        .hint("compare it with `=` or `!=`")
}
