//! Functions: of numbers, of dates, of sets.

use super::arithmetic::{computed, numeric};
use super::names::{Bound, suggest};
use super::term::{Term, TermKind, value};
use super::{Scope, mismatch, moment};
use crate::lang::ast::{Expr, Name};
use crate::lang::{Code, Diagnostic, nearest};
use crate::model::{Decimal, Scalar, ScalarKind, ScalarType, TimeFunction, Type};

/// Every function that a rule may call.
const FUNCTIONS: [&str; 11] = [
    "abs",
    "round",
    "size",
    "year",
    "month",
    "day",
    "weekday",
    "hour",
    "days_since",
    "months_since",
    "years_since",
];

/// Binds a call.
pub(super) fn call<'a>(
    name: &Name,
    arguments: &'a [Expr],
    expr: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<TermKind<'a>> {
    if let Some(function) = TimeFunction::named(&name.text) {
        return of_time(function, &value(only(name, arguments, expr)?, scope)?, expr, scope);
    }
    match name.text.as_str() {
        "abs" => computed(absolute(numeric(&value(only(name, arguments, expr)?, scope)?)?), expr),
        "round" => round(arguments, expr, scope),
        "size" => size(&value(only(name, arguments, expr)?, scope)?),
        _ => Err(unknown(name)),
    }
}

/// The only argument of a function that takes one.
fn only<'a>(name: &Name, arguments: &'a [Expr], expr: &Expr) -> Bound<&'a Expr> {
    match arguments {
        [argument] => Ok(argument),
        _ => Err(arity(&name.text, "one value", arguments.len(), expr)),
    }
}

fn arity(name: &str, takes: &str, given: usize, expr: &Expr) -> Diagnostic {
    let message = format!("`{name}()` takes {takes}, and {given} are given");
    Diagnostic::new(Code::TypeMismatch, expr.span, message)
}

fn unknown(name: &Name) -> Diagnostic {
    let message = format!("unknown function `{}`", name.text);
    let error = Diagnostic::new(Code::UnknownFunction, name.span, message);
    suggest(error, nearest(&name.text, FUNCTIONS.into_iter()))
}

fn of_time<'a>(
    function: TimeFunction,
    argument: &Term<'a>,
    expr: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<TermKind<'a>> {
    let scalar = match &argument.kind {
        TermKind::Text(_) => {
            let kind = TermKind::Moment(moment::bound(argument, scope)?);
            Term { kind, origin: argument.origin }.scalar()
        }
        _ => argument.scalar(),
    };
    let of_time =
        scalar.filter(|scalar| matches!(scalar.ty, ScalarType::Date | ScalarType::Timestamp));
    let Some(scalar) = of_time else {
        let needs = format!("`{}()` takes a date or a timestamp", function.name());
        return Err(mismatch::test(argument, &needs));
    };
    let kind = ScalarKind::Time(function, Box::new(scalar));
    computed(Scalar { kind, ty: ScalarType::Exact { scale: 0 } }, expr)
}

fn size<'a>(argument: &Term<'a>) -> Bound<TermKind<'a>> {
    match argument.kind {
        TermKind::Attribute(attribute) if attribute.ty == Type::Set => {
            Ok(TermKind::Size(attribute))
        }
        _ => Err(mismatch::test(argument, "`size()` takes a set")),
    }
}

fn absolute(scalar: Scalar) -> Scalar {
    let ty = scalar.ty;
    let kind = match scalar.kind {
        ScalarKind::Number(number) => match number.checked_abs() {
            Some(number) => ScalarKind::Number(number),
            None => ScalarKind::Abs(Box::new(scalar)),
        },
        _ => ScalarKind::Abs(Box::new(scalar)),
    };
    Scalar { kind, ty }
}

/// `round(x)`, `round(x, digits)`
fn round<'a>(arguments: &'a [Expr], expr: &'a Expr, scope: &Scope<'a>) -> Bound<TermKind<'a>> {
    let (operand, digits) = match arguments {
        [operand] => (operand, 0),
        [operand, digits] => (operand, digits_of(&value(digits, scope)?)?),
        _ => {
            return Err(arity(
                "round",
                "a value and perhaps a number of digits",
                arguments.len(),
                expr,
            ));
        }
    };
    computed(rounded(numeric(&value(operand, scope)?)?, digits), expr)
}

fn digits_of(term: &Term<'_>) -> Bound<u8> {
    let digits = match term.kind {
        TermKind::Number(number) => number.to_units(0).ok(),
        _ => None,
    };
    let digits = digits.and_then(|digits| u8::try_from(digits).ok());
    digits.filter(|digits| *digits <= Decimal::MAX_SCALE).ok_or_else(|| {
        let message = format!(
            "`round()` takes a number of digits from 0 to {}, and not {}",
            Decimal::MAX_SCALE,
            term.origin
        );
        mismatch::out_of_bounds(term.span(), message)
    })
}

fn rounded(scalar: Scalar, digits: u8) -> Scalar {
    let ty = match scalar.ty {
        ScalarType::Exact { scale } if digits < scale => ScalarType::Exact { scale: digits },
        ScalarType::Money { currency, scale } if digits < scale => {
            ScalarType::Money { currency, scale: digits }
        }
        ScalarType::Float => return rounded_double(scalar, digits),
        _ => return scalar,
    };
    let kind = match scalar.kind {
        ScalarKind::Number(number) => ScalarKind::Number(number.rounded(digits)),
        _ => ScalarKind::Round(Box::new(scalar)),
    };
    Scalar { kind, ty }
}

/// Doubles are rounded to whole numbers only, so digits are moved before the point and back.
fn rounded_double(scalar: Scalar, digits: u8) -> Scalar {
    let float = |kind| Scalar { kind, ty: ScalarType::Float };
    if digits == 0 {
        return float(ScalarKind::Round(Box::new(scalar)));
    }
    let power = Decimal::new(10i128.pow(u32::from(digits)), 0);
    let power = || Box::new(float(ScalarKind::Number(power)));
    let moved = float(ScalarKind::Product(Box::new(scalar), power()));
    let whole = float(ScalarKind::Round(Box::new(moved)));
    float(ScalarKind::Quotient(Box::new(whole), power()))
}
