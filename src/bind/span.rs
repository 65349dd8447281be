//! Spans of time behind `within`, `since`, `before`, `on` and `anniversary`.

use super::list::reversed;
use super::names::Bound;
use super::term::{Term, TermKind, value};
use super::{Predicate, Scope, mismatch, moment};
use crate::catalog::Attribute;
use crate::lang::ast::{Expr, SpanExpr};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Duration, Moment, Span, SpanError, Type};

/// `x within SPAN`
pub(super) fn within<'a>(
    subject: &Term<'a>,
    span: &'a SpanExpr,
    negated: bool,
    whole: &Expr,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let attribute = time_attribute(subject, "a span of time tests dates and timestamps")?;
    let span = bind(span, attribute.ty, whole.span, scope)?;
    Ok(Predicate::Within { attribute: attribute.id, span, negated })
}

/// `x anniversary within SPAN`; days alone count, of timestamps too.
pub(super) fn anniversary<'a>(
    subject: &Term<'a>,
    span: &'a SpanExpr,
    negated: bool,
    whole: &Expr,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let attribute = time_attribute(subject, "`anniversary` tests dates and timestamps")?;
    let span = bind(span, Type::Date, whole.span, scope)?;
    Ok(Predicate::Anniversary { attribute: attribute.id, span, negated })
}

fn time_attribute<'a>(subject: &Term<'a>, needs: &str) -> Bound<&'a Attribute> {
    match subject.kind {
        TermKind::Attribute(attribute) if matches!(attribute.ty, Type::Date | Type::Timestamp) => {
            Ok(attribute)
        }
        _ if subject.is_time() => {
            let message =
                format!("a span of time tests an attribute, and {} is none", subject.origin);
            Err(Diagnostic::new(Code::Unsupported, subject.span(), message)
                .hint("compare it instead: `x + 30 days < today`"))
        }
        _ => Err(mismatch::test(subject, needs)),
    }
}

/// Binds a span for a column of type `ty`, and checks that it holds anything at this instant.
pub(super) fn bind<'a>(
    span: &'a SpanExpr,
    ty: Type,
    whole: SourceSpan,
    scope: &Scope<'a>,
) -> Bound<Span> {
    let moment = |expr: &'a Expr| moment::bound(&value(expr, scope)?, scope);
    let bound = match span {
        SpanExpr::Last(length) => Span::Last(positive(*length, whole)?),
        SpanExpr::Next(length) => Span::Next(positive(*length, whole)?),
        SpanExpr::Ago { from, to } => ago(*from, *to, whole)?,
        SpanExpr::Since(day) => Span::Since(moment(day)?),
        SpanExpr::Before(day) => Span::Before(moment(day)?),
        SpanExpr::Between(from, to) => between(from, to, ty, scope)?,
        SpanExpr::This(unit) => Span::This(*unit),
        SpanExpr::Previous(unit) => Span::Previous(*unit),
        SpanExpr::On(day) => Span::On(moment(day)?),
    };
    let resolved = match ty {
        Type::Date => bound.days(scope.now, scope.zone),
        _ => bound.instants(scope.now, scope.zone),
    };
    match resolved {
        Ok(_) => Ok(bound),
        Err(error @ SpanError::WithinDay) => {
            Err(Diagnostic::new(Code::TypeMismatch, whole, error.to_string()))
        }
        Err(error @ SpanError::OutOfRange) => {
            Err(mismatch::out_of_bounds(whole, error.to_string()))
        }
    }
}

/// Binds a span of instants that stands by itself.
///
/// # Errors
///
/// A diagnostic for bounds that have no meaning, and for a span that holds nothing.
pub(crate) fn span_of_instants<'a>(span: &'a SpanExpr, scope: &Scope<'a>) -> Bound<Span> {
    bind(span, Type::Timestamp, SourceSpan::default(), scope)
}

fn positive(length: Duration, whole: SourceSpan) -> Bound<Duration> {
    if length.amount > 0 {
        return Ok(length);
    }
    Err(mismatch::out_of_bounds(whole, format!("a span of `{length}` holds nothing")))
}

fn ago(from: Duration, to: Duration, whole: SourceSpan) -> Bound<Span> {
    let span = Span::Ago { from: positive(from, whole)?, to };
    if to.amount < 0 {
        return Err(mismatch::out_of_bounds(whole, format!("`{to}` ago lies in the future")));
    }
    if is_longer(from, to) == Some(false) {
        let turned = Span::Ago { from: to, to: from };
        let error = mismatch::out_of_bounds(whole, format!("`{span}` holds nothing"));
        return Err(if to == from { error } else { error.hint(format!("write `{turned}`")) });
    }
    Ok(span)
}

/// Whether the first length is the longer one; `None` when that depends on the calendar.
fn is_longer(first: Duration, second: Duration) -> Option<bool> {
    use crate::model::Unit::{Day, Hour, Minute, Month, Quarter, Week, Year};
    let count = |length: Duration| {
        let (is_calendar, size) = match length.unit {
            Minute => (false, 1),
            Hour => (false, 60),
            Day => (false, 1_440),
            Week => (false, 10_080),
            Month => (true, 1),
            Quarter => (true, 3),
            Year => (true, 12),
        };
        (is_calendar, i128::from(length.amount) * size)
    };
    let ((a, first), (b, second)) = (count(first), count(second));
    (a == b || second == 0).then_some(first > second)
}

fn between<'a>(from: &'a Expr, to: &'a Expr, ty: Type, scope: &Scope<'a>) -> Bound<Span> {
    let (from, to) = (value(from, scope)?, value(to, scope)?);
    let (first, second) = (moment::bound(&from, scope)?, moment::bound(&to, scope)?);
    if moment::is_fixed(&first)
        && moment::is_fixed(&second)
        && is_reversed(&first, &second, ty, scope)
    {
        return Err(reversed(&from, &to));
    }
    Ok(Span::Between(first, second))
}

fn is_reversed(from: &Moment, to: &Moment, ty: Type, scope: &Scope<'_>) -> bool {
    let (now, zone) = (scope.now, scope.zone);
    match ty {
        Type::Date => from.day(now, zone) > to.day(now, zone),
        _ => from.start(now, zone) > to.last(now, zone),
    }
}
