//! `= != < <= > >=`: which kind of comparison it is, by what stands on its sides.

use super::names::Bound;
use super::subject::Subject;
use super::term::{Term, TermKind};
use super::{Predicate, Scope, mismatch, moment, set, text, units};
use crate::lang::{Code, Diagnostic};
use crate::model::{Comparison, Scalar, ScalarKind, ScalarType, TimeFunction, Type};

/// Binds a comparison of two values.
pub(super) fn compare(
    op: Comparison,
    left: &Term<'_>,
    right: &Term<'_>,
    scope: &Scope<'_>,
) -> Bound<Predicate> {
    refuse_null(left)?;
    refuse_null(right)?;
    match (Subject::of(left), Subject::of(right)) {
        (Some(_), None) if right.is_constant() => beside_constant(op, left, right, scope),
        (None, Some(_)) if left.is_constant() => beside_constant(op.flipped(), right, left, scope),
        (Some(Subject::Text(_)), Some(Subject::Text(_))) => text::compare_columns(op, left, right),
        _ => by_type(op, left, right, scope),
    }
}

/// Refuses `null` where a value is compared.
pub(super) fn refuse_null(term: &Term<'_>) -> Bound<()> {
    if matches!(term.kind, TermKind::Null) { Err(mismatch::null(term)) } else { Ok(()) }
}

fn beside_constant(
    op: Comparison,
    column: &Term<'_>,
    constant: &Term<'_>,
    scope: &Scope<'_>,
) -> Bound<Predicate> {
    match Subject::of(column) {
        Some(Subject::Units(units)) => units::compare(op, units, column, constant, scope),
        Some(Subject::Text(texts)) => text::compare(op, texts, column, constant),
        Some(Subject::Set(attribute)) => set::compare(op, attribute, column, constant),
        None => by_type(op, column, constant, scope),
    }
}

/// Compares arithmetic values, attributes and constants of equal types.
fn by_type(
    op: Comparison,
    left: &Term<'_>,
    right: &Term<'_>,
    scope: &Scope<'_>,
) -> Bound<Predicate> {
    if let (TermKind::Text(a), TermKind::Text(b)) = (&left.kind, &right.kind) {
        return Ok(Predicate::Constant(op.holds(a.cmp(b))));
    }
    for (side, other) in [(left, right), (right, left)] {
        refuse_unsupported(side, other)?;
    }
    let (a, b) = (side(left, right, scope)?, side(right, left, scope)?);
    let Some((a, b)) = meet(a, b) else { return Err(mismatch(left, right)) };
    if a.ty == ScalarType::Bool && !matches!(op, Comparison::Equal | Comparison::NotEqual) {
        return Err(units::no_order(op, left, right));
    }
    Ok(folded(op, &a, &b).unwrap_or(Predicate::Compare { left: a, op, right: b }))
}

/// The mismatch, told from the side that is no constant.
fn mismatch(left: &Term<'_>, right: &Term<'_>) -> Diagnostic {
    if left.is_constant() && !right.is_constant() {
        mismatch::between(right, left)
    } else {
        mismatch::between(left, right)
    }
}

fn refuse_unsupported(term: &Term<'_>, other: &Term<'_>) -> Bound<()> {
    let what = match &term.kind {
        TermKind::Key(_) => "the key",
        TermKind::Size(_) => "the size of a set",
        _ => return Ok(()),
    };
    let message =
        format!("{what} can be compared with constants only, and {} is none", other.origin);
    Err(Diagnostic::new(Code::Unsupported, other.span(), message))
}

/// One side as a scalar; a text beside a date is read as a date.
fn side(term: &Term<'_>, other: &Term<'_>, scope: &Scope<'_>) -> Bound<Scalar> {
    let read = match &term.kind {
        TermKind::Text(_) if other.is_time() => {
            let kind = TermKind::Moment(moment::beside(term, other, scope)?);
            Term { kind, origin: term.origin }.scalar()
        }
        _ => term.scalar(),
    };
    read.ok_or_else(|| mismatch(term, other))
}

/// Brings two scalars to types that compare; `None` when there are none such.
fn meet(left: Scalar, right: Scalar) -> Option<(Scalar, Scalar)> {
    use ScalarType::{Bool, Date, Exact, Float, Money, Timestamp};
    match (left.ty, right.ty) {
        (Exact { .. } | Float, Exact { .. } | Float) => Some((left, right)),
        (Money { currency: a, .. }, Money { currency: b, .. }) => (a == b).then_some((left, right)),
        (Bool, Bool) | (Date, Date) | (Timestamp, Timestamp) => Some((left, right)),
        (Money { currency, .. }, Exact { scale }) if is_number(&right) => {
            Some((left, Scalar { ty: Money { currency, scale }, ..right }))
        }
        (Exact { scale }, Money { currency, .. }) if is_number(&left) => {
            Some((Scalar { ty: Money { currency, scale }, ..left }, right))
        }
        (Date, Timestamp) => Some((left, day_of(right))),
        (Timestamp, Date) => Some((day_of(left), right)),
        _ => None,
    }
}

fn is_number(scalar: &Scalar) -> bool {
    matches!(scalar.kind, ScalarKind::Number(_))
}

/// The day of an instant: beside a date the whole day counts, so that `t <= d` is day(t) ≤ d.
fn day_of(instant: Scalar) -> Scalar {
    let kind = match instant.kind {
        ScalarKind::Moment(moment) => ScalarKind::Moment(moment),
        _ => ScalarKind::Time(TimeFunction::Date, Box::new(instant)),
    };
    Scalar { kind, ty: ScalarType::Date }
}

/// The outcome of comparing two exact constants.
fn folded(op: Comparison, left: &Scalar, right: &Scalar) -> Option<Predicate> {
    match (&left.kind, &right.kind) {
        (ScalarKind::Number(a), ScalarKind::Number(b))
            if left.ty != ScalarType::Float && right.ty != ScalarType::Float =>
        {
            Some(Predicate::Constant(op.holds(a.cmp(b))))
        }
        _ => None,
    }
}

/// Whether values of the type have an order.
pub(super) fn is_ordered(ty: Type) -> bool {
    !matches!(ty, Type::Bool | Type::Set)
}
