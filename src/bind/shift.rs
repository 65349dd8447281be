//! Dates and instants moved by durations: `today - 30 days`, `last_order + 3 months`.

use super::names::Bound;
use super::term::{Term, TermKind};
use super::{Scope, arithmetic, mismatch, moment};
use crate::lang::ast::{Expr, Sign};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Duration, Moment, Scalar, ScalarKind, ScalarType};

/// A sum in which a date, an instant or a duration stands.
pub(super) fn sum<'a>(
    terms: &[(Sign, Term<'a>)],
    expr: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<TermKind<'a>> {
    let mut base: Option<&Term<'a>> = None;
    let mut lengths: Vec<Duration> = Vec::new();
    for (sign, term) in terms {
        match &term.kind {
            TermKind::Durations(more) if *sign == Sign::Plus => lengths.extend(more),
            TermKind::Durations(more) => lengths.extend(opposite(more, term.span())?),
            _ if !term.is_time() => return Err(no_duration(terms, term)),
            _ if base.is_some() || *sign == Sign::Minus => return Err(no_difference(base, term)),
            _ => base = Some(term),
        }
    }
    match base.map(|term| &term.kind) {
        None => Ok(TermKind::Durations(lengths)),
        Some(TermKind::Moment(from)) => shifted_moment(from, lengths, expr, scope),
        Some(_) => shifted_scalar(base.and_then(Term::scalar), lengths, expr),
    }
}

/// Durations the other way.
pub(super) fn opposite(lengths: &[Duration], span: SourceSpan) -> Bound<Vec<Duration>> {
    let lengths = lengths.iter().map(|length| length.checked_neg());
    lengths.collect::<Option<_>>().ok_or_else(|| moment::outside_the_years(span))
}

fn shifted_moment<'a>(
    from: &Moment,
    lengths: Vec<Duration>,
    expr: &Expr,
    scope: &Scope<'_>,
) -> Bound<TermKind<'a>> {
    let mut moment = from.clone();
    moment.shifts.extend(lengths);
    match moment.start(scope.now, scope.zone) {
        Some(_) => Ok(TermKind::Moment(moment)),
        None => Err(moment::outside_the_years(expr.span)),
    }
}

fn shifted_scalar<'a>(
    base: Option<Scalar>,
    lengths: Vec<Duration>,
    expr: &Expr,
) -> Bound<TermKind<'a>> {
    let Some(mut scalar) = base else { return Ok(TermKind::Durations(lengths)) };
    if scalar.ty == ScalarType::Date && lengths.iter().any(|length| length.is_within_day()) {
        let message = "a date has no hours; use days, weeks, months, quarters or years";
        return Err(Diagnostic::new(Code::TypeMismatch, expr.span, message));
    }
    for length in lengths {
        let ty = scalar.ty;
        scalar = Scalar { kind: ScalarKind::Shift(Box::new(scalar), length), ty };
    }
    arithmetic::computed(scalar, expr)
}

/// A number beside a date: its unit is missing. Anything else is no length of time at all.
fn no_duration(terms: &[(Sign, Term<'_>)], term: &Term<'_>) -> Diagnostic {
    let time = terms.iter().map(|(_, term)| term).find(|term| term.is_time()).unwrap_or(term);
    let message = format!(
        "cannot add {} ({}) to {} ({})",
        term.origin,
        term.noun(),
        time.origin,
        time.noun()
    );
    let error = Diagnostic::new(Code::TypeMismatch, term.span(), message);
    match term.kind {
        TermKind::Null => mismatch::null(term),
        TermKind::Number(number) => error.hint(format!("write the unit: `{number} days`")),
        _ => error.hint("dates are moved by durations: `today - 30 days`"),
    }
}

fn no_difference(base: Option<&Term<'_>>, term: &Term<'_>) -> Diagnostic {
    let span = base.map_or(term.span(), |base| base.span().to(term.span()));
    Diagnostic::new(Code::TypeMismatch, span, "dates cannot be added to or taken from one another")
        .hint("the number of days from a date to today is `days_since(x)`")
}
