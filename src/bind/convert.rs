//! `orders.amount in USD`: an amount of another currency, by the rate of its event's date.

use std::sync::Arc;

use super::names::Bound;
use super::term::{TermKind, value};
use super::{Scope, mismatch};
use crate::lang::ast::Expr;
use crate::lang::{Code, Diagnostic};
use crate::model::{Currency, Decimal, Quotes, Scalar, ScalarKind, ScalarType, TimeFunction};

/// An amount of an event in another currency, rounded to its digits.
///
/// # Errors
///
/// A diagnostic for what is no amount of money, for what is of no event, and where no rates are
/// known of one of the currencies.
pub(super) fn converted<'a>(
    amount: &'a Expr,
    to: Currency,
    whole: &Expr,
    scope: &Scope<'a>,
) -> Bound<TermKind<'a>> {
    let term = value(amount, scope)?;
    let scalar = term.scalar();
    let Some((scalar, from, digits)) = scalar.and_then(|scalar| match scalar.ty {
        ScalarType::Money { currency, scale } => Some((scalar, currency, scale)),
        _ => None,
    }) else {
        let needs = format!("`in {to}` takes an amount of money");
        let error = mismatch::test(&term, &needs);
        return Err(error.hint("amounts of a currency are of type `money(USD)`"));
    };
    let Some(table) = scope.events else {
        let message = "an amount of a customer has no date, and so no rate";
        let error = Diagnostic::new(Code::Unsupported, whole.span, message);
        let hint =
            format!("amounts of events are converted by theirs: `sum(orders.amount in {to})`");
        return Err(error.hint(hint));
    };
    if from == to {
        return Ok(TermKind::Scalar(scalar));
    }
    let Some(rates) = scope.rates else {
        let message = format!("no rates are known, so {from} cannot be told in {to}");
        let error = Diagnostic::new(Code::Missing, whole.span, message);
        return Err(error.hint("`set rates from \"rates.csv\" in USD` reads them"));
    };
    let Some(quotes) = rates.between(from, to) else {
        let known: Vec<String> = rates.currencies().map(|currency| currency.to_string()).collect();
        let message = format!("{from} cannot be told in {to}: no rates are known of one of them");
        let error = Diagnostic::new(Code::Missing, whole.span, message);
        return Err(error.hint(format!("rates are known of {}", known.join(", "))));
    };
    if digits + Quotes::SCALE > Decimal::MAX_SCALE {
        let message = format!("{} has too many digits after the point", term.origin);
        let error = Diagnostic::new(Code::OutOfBounds, whole.span, message);
        return Err(error.hint("round it first: `round(…, 2)`"));
    }
    let at = Scalar { kind: ScalarKind::Attribute(table.at()), ty: ScalarType::Timestamp };
    let day = ScalarKind::Time(TimeFunction::Date, Box::new(at));
    let day = Scalar { kind: day, ty: ScalarType::Date };
    let rate = Scalar {
        kind: ScalarKind::Rate(Arc::new(quotes), Box::new(day)),
        ty: ScalarType::Exact { scale: Quotes::SCALE },
    };
    let exact = ScalarType::Money { currency: to, scale: digits + Quotes::SCALE };
    let product = ScalarKind::Product(Box::new(scalar), Box::new(rate));
    let product = Scalar { kind: product, ty: exact };
    let ty = ScalarType::Money { currency: to, scale: to.scale() };
    Ok(TermKind::Scalar(Scalar { kind: ScalarKind::Round(Box::new(product)), ty }))
}
