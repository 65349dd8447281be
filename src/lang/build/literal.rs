//! Literals: numbers, quantities, texts, dates.

use crate::lang::ast::{Expr, ExprKind, Literal};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::lexer::unit;
use crate::lang::{Code, Diagnostic};
use crate::model::{Currency, Decimal, Duration, Unit};

use super::parts::{Built, Parts, broken, extent, text};

/// The literal of a pair.
pub(super) fn literal(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let literal = match pair.as_rule() {
        Rule::Text => Literal::Text(text(&pair)?.text),
        Rule::Quantity => quantity(pair)?,
        Rule::Timestamp => timestamp(&pair)?,
        Rule::NullWord => Literal::Null,
        Rule::TrueWord => Literal::Bool(true),
        Rule::FalseWord => Literal::Bool(false),
        Rule::YesterdayWord => Literal::Today(-1),
        Rule::TodayWord => Literal::Today(0),
        Rule::TomorrowWord => Literal::Today(1),
        Rule::NowWord => Literal::Now,
        _ => return Err(broken(&pair)),
    };
    Ok(Expr { kind: ExprKind::Literal(literal), span })
}

/// `5`, `5%`, `90 days`, `100 USD`.
fn quantity(pair: Pair<'_>) -> Built<Literal> {
    let mut parts = Parts::of(pair);
    let amount = parts.next()?;
    let Some(suffix) = parts.next_if_any() else { return Ok(Literal::Number(decimal(&amount)?)) };
    match suffix.as_rule() {
        Rule::PercentSign => Ok(Literal::Percent(decimal(&amount)?)),
        Rule::Unit => Ok(Literal::Duration(duration_of(&amount, unit_of(&suffix)?)?)),
        _ => Ok(Literal::Money(decimal(&amount)?, currency(&suffix)?)),
    }
}

/// `2026-11-22`, or an instant, whose zone is known when it is bound.
fn timestamp(pair: &Pair<'_>) -> Built<Literal> {
    let text = pair.as_str();
    if text.len() == 10 {
        return text.parse().map(Literal::Date).map_err(|_| broken(pair));
    }
    Ok(Literal::Instant(text.to_owned()))
}

pub(super) fn currency(pair: &Pair<'_>) -> Built<Currency> {
    let unknown = |message| Diagnostic::new(Code::UnknownCurrency, extent(pair), message).into();
    pair.as_str().parse().map_err(unknown)
}

/// An exact number.
pub(super) fn decimal(pair: &Pair<'_>) -> Built<Decimal> {
    digits(pair).parse().map_err(|_| {
        let message = format!("`{}` has too many digits: a number has at most 38", pair.as_str());
        Diagnostic::new(Code::BadNumber, extent(pair), message).into()
    })
}

/// A whole number, such as a limit or a seed.
pub(super) fn whole(pair: &Pair<'_>) -> Built<u64> {
    digits(pair).parse().map_err(|_| not_whole(pair, Code::BadNumber))
}

/// `90 days`
pub(super) fn duration(pair: Pair<'_>) -> Built<Duration> {
    let mut parts = Parts::of(pair);
    let amount = parts.next()?;
    let unit = unit_of(&parts.next()?)?;
    duration_of(&amount, unit)
}

/// A number of units.
pub(super) fn duration_of(amount: &Pair<'_>, unit: Unit) -> Built<Duration> {
    let amount = digits(amount).parse().map_err(|_| not_whole(amount, Code::BadDuration))?;
    Ok(Duration { amount, unit })
}

/// The unit of a pair.
pub(super) fn unit_of(pair: &Pair<'_>) -> Built<Unit> {
    unit(pair.as_str()).ok_or_else(|| broken(pair))
}

fn digits(pair: &Pair<'_>) -> String {
    pair.as_str().replace('_', "")
}

fn not_whole(pair: &Pair<'_>, code: Code) -> Box<Diagnostic> {
    let number = pair.as_str();
    let message = if number.contains('.') {
        format!("expected a whole number, found `{number}`")
    } else {
        format!("`{number}` is too large")
    };
    Diagnostic::new(code, extent(pair), message).into()
}
