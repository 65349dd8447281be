//! Spans of time.

use crate::lang::ast::{Expr, SpanExpr};
use crate::lang::grammar::{Pair, Rule};
use crate::model::CalendarUnit;

use super::expression::expression;
use super::literal::{duration, duration_of, unit_of};
use super::parts::{Built, Parts};

/// A span, as it stands after `within` or instead of it.
pub(super) fn span(pair: Pair<'_>) -> Built<SpanExpr> {
    let rule = pair.as_rule();
    let mut parts = Parts::of(pair);
    let moment = |mut parts: Parts<'_>| Built::Ok(Box::new(expression(parts.find(Rule::Sum)?)?));
    Ok(match rule {
        Rule::LastSpan => SpanExpr::Last(duration(parts.find(Rule::Duration)?)?),
        Rule::NextSpan => SpanExpr::Next(duration(parts.find(Rule::Duration)?)?),
        Rule::ThisSpan => SpanExpr::This(calendar_unit(parts)?),
        Rule::PreviousSpan => SpanExpr::Previous(calendar_unit(parts)?),
        Rule::SinceSpan => SpanExpr::Since(moment(parts)?),
        Rule::BeforeSpan => SpanExpr::Before(moment(parts)?),
        Rule::OnSpan => SpanExpr::On(moment(parts)?),
        _ => {
            parts.take(Rule::BetweenWord);
            if let Some(pair) = parts.take(Rule::Ago) {
                return ago(pair);
            }
            let (from, to) = bounds(parts)?;
            SpanExpr::Between(Box::new(from), Box::new(to))
        }
    })
}

/// `90 and 30 days ago`
pub(super) fn ago(pair: Pair<'_>) -> Built<SpanExpr> {
    let mut parts = Parts::of(pair);
    let from = parts.next()?;
    let from_unit = parts.take(Rule::Unit);
    let to = parts.find(Rule::Number)?;
    let unit = unit_of(&parts.next()?)?;
    let from_unit = from_unit.map(|pair| unit_of(&pair)).transpose()?.unwrap_or(unit);
    Ok(SpanExpr::Ago { from: duration_of(&from, from_unit)?, to: duration_of(&to, unit)? })
}

/// The two values round `and`.
pub(super) fn bounds(mut parts: Parts<'_>) -> Built<(Expr, Expr)> {
    let low = expression(parts.find(Rule::Sum)?)?;
    let high = expression(parts.find(Rule::Sum)?)?;
    Ok((low, high))
}

pub(super) fn calendar_unit(mut parts: Parts<'_>) -> Built<CalendarUnit> {
    let unit = Parts::of(parts.find(Rule::CalendarUnit)?).next()?;
    Ok(match unit.as_rule() {
        Rule::WeekWord => CalendarUnit::Week,
        Rule::MonthWord => CalendarUnit::Month,
        Rule::QuarterWord => CalendarUnit::Quarter,
        _ => CalendarUnit::Year,
    })
}
