//! What to say when types do not go together.

use super::term::{Term, TermKind};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Decimal, Duration, Money, ScalarType, Type};

/// Two values that cannot be compared, the second the one that should be written differently.
pub(super) fn between(subject: &Term<'_>, other: &Term<'_>) -> Diagnostic {
    let span = if other.is_constant() { other.span() } else { subject.span().to(other.span()) };
    let message = format!(
        "cannot compare {} ({}) with {} ({})",
        subject.origin,
        subject.noun(),
        other.origin,
        other.noun()
    );
    let error = Diagnostic::new(Code::TypeMismatch, span, message);
    match hint(subject, other) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// `null` where a value is needed.
pub(super) fn null(term: &Term<'_>) -> Diagnostic {
    Diagnostic::new(Code::NullComparison, term.span(), "a comparison with null is never true")
        .hint("test for missing values with `is null` or `is not null`")
}

/// A construct that `subject` does not have, such as `` `starts with` tests text ``.
pub(super) fn test(subject: &Term<'_>, needs: &str) -> Diagnostic {
    let message = format!("{needs}, and {} is {}", subject.origin, a(&subject.noun()));
    Diagnostic::new(Code::TypeMismatch, subject.span(), message)
}

/// A number outside its bounds.
pub(super) fn out_of_bounds(span: SourceSpan, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::OutOfBounds, span, message)
}

/// A type's name in a sentence: `a number`, but `int` and `text`, which are names of types.
pub(super) fn a(noun: &str) -> String {
    match noun {
        "number" | "share" | "date" | "timestamp" | "duration" | "list" | "set" => {
            format!("a {noun}")
        }
        _ => noun.to_owned(),
    }
}

/// How the comparison might have been meant.
fn hint(subject: &Term<'_>, other: &Term<'_>) -> Option<String> {
    match &other.kind {
        TermKind::Text(text) if is_number(subject) => text
            .parse::<Decimal>()
            .ok()
            .map(|number| format!("write the number without quotes: `{number}`")),
        TermKind::Number(number) if is_text(subject) => {
            Some(format!("write the text in quotes: `\"{number}\"`"))
        }
        TermKind::Number(_) if subject.is_time() => Some(
            "a date is written `2026-11-22`; a number of days is compared with `days_since(x)`"
                .to_owned(),
        ),
        TermKind::Durations(lengths) => duration_hint(subject, lengths),
        TermKind::Percent => Some(
            "a share stands behind `top`, `bottom` and `sample`; write a number such as `0.05`"
                .to_owned(),
        ),
        TermKind::Money(money) => money_hint(subject, money),
        TermKind::List(_) => Some(format!("write `in {}`", in_list(other))),
        TermKind::Moment(_) if is_number(subject) => {
            Some("the number of days since a date is `days_since(x)`".to_owned())
        }
        _ if is_set(subject) => {
            Some("a set is tested with `contains`, `is empty` or `size()`".to_owned())
        }
        _ => None,
    }
}

fn in_list(list: &Term<'_>) -> String {
    list.origin.to_string().trim_matches('`').to_owned()
}

fn duration_hint(subject: &Term<'_>, lengths: &[Duration]) -> Option<String> {
    let (length, name) = (lengths.first()?, subject.origin.to_string());
    let name = name.trim_matches('`');
    if subject.is_time() {
        return Some(format!(
            "write `{name} within last {length}`, or `{name} < today - {length}`"
        ));
    }
    is_number(subject).then(|| format!("write the number alone: `{}`", length.amount))
}

fn money_hint(subject: &Term<'_>, money: &Money) -> Option<String> {
    if subject.noun().starts_with("money") {
        return Some("currencies are not converted".to_owned());
    }
    is_number(subject).then(|| format!("write the number alone: `{}`", money.amount))
}

fn is_number(term: &Term<'_>) -> bool {
    match &term.kind {
        TermKind::Attribute(attribute) => attribute.ty.is_number(),
        TermKind::Key(key) => key.ty.as_type().is_number(),
        TermKind::Scalar(scalar) => matches!(
            scalar.ty,
            ScalarType::Exact { .. } | ScalarType::Float | ScalarType::Money { .. }
        ),
        TermKind::Number(_) | TermKind::Float(_) | TermKind::Money(_) | TermKind::Size(_) => true,
        _ => false,
    }
}

fn is_text(term: &Term<'_>) -> bool {
    match &term.kind {
        TermKind::Attribute(attribute) => attribute.ty == Type::Text,
        TermKind::Key(key) => key.ty.as_type() == Type::Text,
        TermKind::Text(_) => true,
        _ => false,
    }
}

fn is_set(term: &Term<'_>) -> bool {
    matches!(&term.kind, TermKind::Attribute(attribute) if attribute.ty == Type::Set)
}
