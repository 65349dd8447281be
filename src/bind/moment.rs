//! Dates and instants in rules: read, moved by durations, resolved when they depend on nothing.

use super::cut::Cut;
use super::names::Bound;
use super::term::{Term, TermKind};
use super::{Scope, mismatch};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Anchor, Day, Duration, Moment, TimeError, Type, Unit};
use crate::model::{YEARS, is_beyond_the_years};

/// The moment of an instant as written, read in the pool's zone when it has no offset.
pub(super) fn instant(text: &str, span: SourceSpan, scope: &Scope<'_>) -> Bound<Moment> {
    match scope.zone.parse_instant(text) {
        Ok(instant) => Ok(Anchor::Instant(instant).into()),
        Err(error) => Err(Diagnostic::new(Code::BadTime, span, error.to_string())),
    }
}

/// `today`, `yesterday`, `tomorrow`: so many days from today.
pub(super) fn today(days: i64) -> Moment {
    let shift = Duration { amount: days, unit: Unit::Day };
    Moment { anchor: Anchor::Today, shifts: if days == 0 { Vec::new() } else { vec![shift] } }
}

/// The moment that a constant stands for beside `subject`, a date or timestamp: itself, or a text
/// that holds one.
pub(super) fn beside(constant: &Term<'_>, subject: &Term<'_>, scope: &Scope<'_>) -> Bound<Moment> {
    match &constant.kind {
        TermKind::Moment(moment) => Ok(moment.clone()),
        TermKind::Text(text) => parse(text, scope).ok_or_else(|| {
            not_a_date(constant, &format!("{} is {}", subject.origin, subject.noun()))
        }),
        _ => Err(mismatch::between(subject, constant)),
    }
}

/// The moment that a bound of a span stands for.
pub(super) fn bound(term: &Term<'_>, scope: &Scope<'_>) -> Bound<Moment> {
    match &term.kind {
        TermKind::Moment(moment) => Ok(moment.clone()),
        TermKind::Text(text) => {
            parse(text, scope).ok_or_else(|| not_a_date(term, "a date is needed here"))
        }
        TermKind::Null => Err(mismatch::null(term)),
        _ if !term.is_constant() => Err(Diagnostic::new(
            Code::TypeMismatch,
            term.span(),
            format!(
                "a span's bound is a date or an instant, and {} is a value of customers",
                term.origin
            ),
        )
        .hint("compare them instead: `x >= y`")),
        _ => Err(Diagnostic::new(
            Code::TypeMismatch,
            term.span(),
            format!("a date is needed here, and {} is {}", term.origin, mismatch::a(&term.noun())),
        )),
    }
}

fn not_a_date(term: &Term<'_>, context: &str) -> Diagnostic {
    if let TermKind::Text(text) = &term.kind
        && is_beyond_the_years(text)
    {
        let message = format!("{} is no date: {YEARS}", term.origin);
        return Diagnostic::new(Code::TypeMismatch, term.span(), message);
    }
    let message = format!("{} is no date, and {context}", term.origin);
    Diagnostic::new(Code::TypeMismatch, term.span(), message)
        .hint("dates are written `2026-11-22`, instants `2026-11-22T10:30:00`")
}

/// Reads a date, or an instant of the form `2026-11-22T10:30:00`, from a text in quotes.
pub(super) fn parse(text: &str, scope: &Scope<'_>) -> Option<Moment> {
    if let Ok(day) = text.parse::<Day>() {
        return Some(Anchor::Day(day).into());
    }
    let starts_with_a_day = text.get(..10)?.parse::<Day>().is_ok();
    let parsed = if starts_with_a_day {
        scope.zone.parse_instant(text)
    } else {
        Err(TimeError::Invalid(text.to_owned()))
    };
    parsed.ok().map(|instant| Anchor::Instant(instant).into())
}

/// Whether the moment is the same whatever the clock shows.
pub(super) fn is_fixed(moment: &Moment) -> bool {
    matches!(moment.anchor, Anchor::Day(_) | Anchor::Instant(_))
}

/// A fixed moment beside a column of dates or timestamps.
///
/// A day beside timestamps is all of its instants; an instant beside dates is its day.
pub(super) fn cut(moment: &Moment, ty: Type, span: SourceSpan, scope: &Scope<'_>) -> Bound<Cut> {
    let (now, zone) = (scope.now, scope.zone);
    let cut = if ty == Type::Date {
        moment.day(now, zone).map(|day| Cut::point(i64::from(day.days())))
    } else {
        let ends = moment.start(now, zone).zip(moment.last(now, zone));
        ends.map(|(start, last)| Cut::range(start.micros(), last.micros()))
    };
    cut.ok_or_else(|| outside_the_years(span))
}

/// A moment outside the years 1 to 9999.
pub(super) fn outside_the_years(span: SourceSpan) -> Diagnostic {
    Diagnostic::new(Code::OutOfBounds, span, "this reaches outside the years 1 to 9999")
}
