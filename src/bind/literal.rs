//! Values to be stored: checked and exact, or refused.

use super::names::Bound;
use super::term::{Term, TermKind, of_host, operand, value};
use super::units::{float, number};
use super::{Scope, mismatch, moment};
use crate::catalog::KeyType;
use crate::lang::ast::Expr;
use crate::lang::{Code, Diagnostic};
use crate::model::{Currency, Decimal, DecimalError, Money, Type, Value, float_from_units};

/// The longest text that an attribute holds, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// The longest key, in bytes.
const MAX_KEY: usize = 1_024;

/// Binds a value to be stored in an attribute of type `ty`: a constant, exactly representable.
///
/// `null` is the missing value, of a set the empty set, since a set is never missing. A set is
/// written `("a", "b")`, one text stands for a set of one. `today` and `now` are taken from the
/// statement's instant, a day in a timestamp is its first instant, and dates may stand in quotes.
///
/// # Errors
///
/// A diagnostic when the value is not constant, has another type, has more digits than the type
/// holds, does not fit, or is a text of more than 1 MiB.
pub(crate) fn literal(expr: &Expr, ty: Type, scope: &Scope<'_>) -> Bound<Value> {
    let is_text = matches!(ty, Type::Text | Type::Set);
    stored(&if is_text { operand(expr, scope) } else { value(expr, scope) }?, ty, scope)
}

/// Binds a customer's key.
///
/// # Errors
///
/// As for [`literal`], and when the key is missing, empty or longer than 1,024 bytes.
pub(crate) fn key(expr: &Expr, ty: KeyType, scope: &Scope<'_>) -> Bound<Value> {
    key_of(&value(expr, scope)?, ty, scope)
}

/// Binds a value that a host gives for an attribute of type `ty`, as [`literal`] does what is
/// written.
///
/// # Errors
///
/// As for [`literal`].
pub(crate) fn host_value(value: &Value, ty: Type, scope: &Scope<'_>) -> Bound<Value> {
    let is_plain = match value {
        Value::Text(text) => ty == Type::Text && text.len() <= MAX_TEXT,
        _ => ty.units(value).is_some(),
    };
    if is_plain { Ok(value.clone()) } else { stored(&of_host(value), ty, scope) }
}

/// Binds a key that a host gives.
///
/// # Errors
///
/// As for [`key`].
pub(crate) fn host_key(value: &Value, ty: KeyType, scope: &Scope<'_>) -> Bound<Value> {
    key_of(&of_host(value), ty, scope)
}

fn key_of(term: &Term<'_>, ty: KeyType, scope: &Scope<'_>) -> Bound<Value> {
    if matches!(term.kind, TermKind::Null) {
        return Err(Diagnostic::new(
            Code::Missing,
            term.span(),
            "a customer needs a key, not null",
        ));
    }
    let value = stored(term, ty.as_type(), scope)?;
    match &value {
        Value::Text(text) if text.is_empty() || text.len() > MAX_KEY => {
            let message =
                format!("a key has 1 to {MAX_KEY} bytes, and this one has {}", text.len());
            Err(mismatch::out_of_bounds(term.span(), message))
        }
        _ => Ok(value),
    }
}

fn stored(term: &Term<'_>, ty: Type, scope: &Scope<'_>) -> Bound<Value> {
    if matches!(term.kind, TermKind::Null) {
        return Ok(if ty == Type::Set { Value::Set(Vec::new()) } else { Value::Null });
    }
    if !term.is_constant() {
        let message = format!("a constant is needed here, and {} is none", term.origin);
        return Err(Diagnostic::new(Code::TypeMismatch, term.span(), message));
    }
    let stored = match ty {
        Type::Bool => bool_value(term),
        Type::Int | Type::Decimal { .. } => {
            number(term)?.map(|number| exact(number, ty, term)).transpose()?
        }
        Type::Float => float(term)?.map(|units| Value::Float(float_from_units(units))),
        Type::Money { currency } => {
            amount(term, currency)?.map(|amount| exact(amount, ty, term)).transpose()?
        }
        Type::Text => text(term)?.map(Value::Text),
        Type::Date | Type::Timestamp => time(term, ty, scope)?,
        Type::Set => set(term)?,
    };
    stored.ok_or_else(|| needed(term, ty))
}

fn bool_value(term: &Term<'_>) -> Option<Value> {
    match term.kind {
        TermKind::Bool(flag) => Some(Value::Bool(flag)),
        _ => None,
    }
}

fn amount(term: &Term<'_>, currency: Currency) -> Bound<Option<Decimal>> {
    match term.kind {
        TermKind::Money(money) if money.currency == currency => Ok(Some(money.amount)),
        _ => number(term),
    }
}

fn exact(number: Decimal, ty: Type, term: &Term<'_>) -> Bound<Value> {
    let units = number.to_units(ty.scale()).map_err(|error| inexact(error, ty, term))?;
    Ok(ty.value(units))
}

fn inexact(error: DecimalError, ty: Type, term: &Term<'_>) -> Diagnostic {
    let message = match error {
        DecimalError::Scale(0) => {
            format!("{} is no whole number, and `{ty}` holds no others", term.origin)
        }
        DecimalError::Scale(scale) => {
            format!("{} has more than the {scale} digits after the point of `{ty}`", term.origin)
        }
        DecimalError::Overflow | DecimalError::Syntax => {
            let largest = Decimal::new(i128::from(i64::MAX), ty.scale());
            format!("{} does not fit `{ty}`, which holds at most {largest}", term.origin)
        }
    };
    Diagnostic::new(Code::BadNumber, term.span(), message)
}

fn text(term: &Term<'_>) -> Bound<Option<String>> {
    let TermKind::Text(text) = &term.kind else { return Ok(None) };
    if text.len() > MAX_TEXT {
        let message =
            format!("a text has at most {MAX_TEXT} bytes, and this one has {}", text.len());
        return Err(mismatch::out_of_bounds(term.span(), message));
    }
    Ok(Some(text.clone().into_owned()))
}

fn set(term: &Term<'_>) -> Bound<Option<Value>> {
    let TermKind::List(items) = &term.kind else {
        return Ok(text(term)?.map(|text| Value::Set(vec![text])));
    };
    let mut elements = Vec::with_capacity(items.len());
    for item in items {
        elements.push(text(item)?.ok_or_else(|| mismatch::test(item, "a set holds texts"))?);
    }
    Ok(Some(Value::set(elements)))
}

fn time(term: &Term<'_>, ty: Type, scope: &Scope<'_>) -> Bound<Option<Value>> {
    let moment = match &term.kind {
        TermKind::Text(_) | TermKind::Moment(_) => moment::bound(term, scope)?,
        _ => return Ok(None),
    };
    let (now, zone) = (scope.now, scope.zone);
    let value = match ty {
        Type::Date if !moment.is_day() => return Ok(None),
        Type::Date => moment.day(now, zone).map(Value::Date),
        _ => moment.start(now, zone).map(Value::Timestamp),
    };
    value.map(Some).ok_or_else(|| moment::outside_the_years(term.span()))
}

fn needed(term: &Term<'_>, ty: Type) -> Diagnostic {
    let noun = mismatch::a(&term.noun());
    let message = format!("`{ty}` is needed here, and {} is {noun}", term.origin);
    let error = Diagnostic::new(Code::TypeMismatch, term.span(), message);
    match (&term.kind, ty) {
        (TermKind::Text(text), _) if ty.is_number() && text.parse::<Decimal>().is_ok() => {
            error.hint(format!("write the number without quotes: `{text}`"))
        }
        (TermKind::Number(number), Type::Text) => {
            error.hint(format!("write the text in quotes: `\"{number}\"`"))
        }
        (TermKind::Money(Money { .. }), Type::Money { .. }) => {
            error.hint("currencies are not converted")
        }
        _ => error,
    }
}
