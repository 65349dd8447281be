//! Questions: count, select, summarize, export.

use crate::lang::ast::{
    Export, Expr, Having, Measure, MeasureFunction, OrderKey, Projection, Select, Summarize,
};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic};
use crate::model::Decimal;

use super::expression::expression;
use super::literal::{decimal, whole};
use super::parts::{Built, Parts, extent, name, text};
use super::statement::rule;
use super::test::comparison_sign;

/// The rule after `count`, if any.
pub(super) fn count(pair: Pair<'_>) -> Built<Option<Expr>> {
    Parts::of(pair).all(Rule::Expr).next().map(expression).transpose()
}

/// `select …`
pub(super) fn select(pair: Pair<'_>) -> Built<Select> {
    let mut select =
        Select { columns: Vec::new(), rule: None, order: Vec::new(), limit: None, offset: None };
    for clause in Parts::of(pair).rest() {
        match clause.as_rule() {
            Rule::Columns => select.columns = columns(clause)?,
            Rule::Where => once(&mut select.rule, &clause, "where", rule)?,
            Rule::Limit => once(&mut select.limit, &clause, "limit", number)?,
            Rule::Offset => once(&mut select.offset, &clause, "offset", number)?,
            Rule::OrderBy if !select.order.is_empty() => return Err(repeated(&clause, "order by")),
            Rule::OrderBy => select.order = order(clause)?,
            _ => {}
        }
    }
    Ok(select)
}

/// `summarize …`
pub(super) fn summarize(pair: Pair<'_>) -> Built<Summarize> {
    let mut measures = Vec::new();
    let (mut by, mut filter, mut having, mut totals) = (None, None, None, None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::Measure => measures.push(measure(part)?),
            Rule::By => once(&mut by, &part, "by", |pair| {
                Ok(Parts::of(pair).all(Rule::Name).map(|pair| name(&pair)).collect())
            })?,
            Rule::Where => once(&mut filter, &part, "where", rule)?,
            Rule::Having => once(&mut having, &part, "having", |pair| {
                having_or(Parts::of(pair).find(Rule::HavingOr)?)
            })?,
            Rule::WithTotals => once(&mut totals, &part, "with totals", |_| Ok(()))?,
            _ => {}
        }
    }
    let (by, totals) = (by.unwrap_or_default(), totals.is_some());
    Ok(Summarize { measures, by, rule: filter, having, totals })
}

fn having_or(pair: Pair<'_>) -> Built<Having> {
    let parts = Parts::of(pair).all(Rule::HavingAnd).map(having_and);
    one_or(parts.collect::<Built<_>>()?, Having::Any)
}

fn having_and(pair: Pair<'_>) -> Built<Having> {
    let parts = Parts::of(pair).all(Rule::HavingNot).map(having_not);
    one_or(parts.collect::<Built<_>>()?, Having::All)
}

/// The one part, or all of them together.
fn one_or(mut parts: Vec<Having>, all: fn(Vec<Having>) -> Having) -> Built<Having> {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => Ok(only),
        (_, last) => {
            parts.extend(last);
            Ok(all(parts))
        }
    }
}

fn having_not(pair: Pair<'_>) -> Built<Having> {
    let mut parts = Parts::of(pair);
    let mut n_nots = 0;
    while parts.take(Rule::NotWord).is_some() {
        n_nots += 1;
    }
    let part = parts.next()?;
    let test = match part.as_rule() {
        Rule::HavingBracket => having_or(Parts::of(part).find(Rule::HavingOr)?)?,
        _ => having_figure(part)?,
    };
    Ok((0..n_nots).fold(test, |test, _| Having::Not(Box::new(test))))
}

fn having_figure(pair: Pair<'_>) -> Built<Having> {
    let mut parts = Parts::of(pair);
    let figure = measure(parts.find(Rule::Measure)?)?;
    let next = parts.next()?;
    if next.as_rule() == Rule::IsWord {
        return Ok(Having::Missing(figure, parts.take(Rule::NotWord).is_some()));
    }
    let op = comparison_sign(next.as_str());
    Ok(Having::Compare(figure, op, expression(parts.find(Rule::Constant)?)?))
}

/// `export …`
pub(super) fn export(pair: Pair<'_>) -> Built<Export> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::ExportWord);
    parts.take(Rule::Star);
    let columns = parts.take(Rule::Columns).map(columns).transpose()?.unwrap_or_default();
    let filter = parts.take(Rule::Where).map(rule).transpose()?;
    Ok(Export { columns, rule: filter, path: text(&parts.find(Rule::Text)?)? })
}

/// Fills a clause's place, which no clause may have filled before.
pub(super) fn once<'i, T>(
    place: &mut Option<T>,
    clause: &Pair<'i>,
    words: &str,
    build: impl FnOnce(Pair<'i>) -> Built<T>,
) -> Built<()> {
    if place.is_some() {
        return Err(repeated(clause, words));
    }
    *place = Some(build(clause.clone())?);
    Ok(())
}

fn repeated(clause: &Pair<'_>, words: &str) -> Box<Diagnostic> {
    let message = format!("`{words}` is written twice");
    Diagnostic::new(Code::Duplicate, extent(clause), message).into()
}

fn columns(pair: Pair<'_>) -> Built<Vec<Projection>> {
    Parts::of(pair).all(Rule::Projection).map(projection).collect()
}

fn projection(pair: Pair<'_>) -> Built<Projection> {
    let mut parts = Parts::of(pair);
    let value = expression(parts.next()?)?;
    parts.take(Rule::AsWord);
    Ok(Projection { value, name: parts.take(Rule::Name).map(|pair| name(&pair)) })
}

fn order(pair: Pair<'_>) -> Built<Vec<OrderKey>> {
    Parts::of(pair).all(Rule::OrderKey).map(order_key).collect()
}

fn order_key(pair: Pair<'_>) -> Built<OrderKey> {
    let mut parts = Parts::of(pair);
    let value = expression(parts.next()?)?;
    Ok(OrderKey { value, descending: parts.take(Rule::DescWord).is_some() })
}

fn number(pair: Pair<'_>) -> Built<u64> {
    whole(&Parts::of(pair).find(Rule::Number)?)
}

fn measure(pair: Pair<'_>) -> Built<Measure> {
    let span = extent(&pair);
    let mut parts = Parts::of(pair);
    let head = parts.next()?;
    if head.as_rule() == Rule::QuantileHead {
        let argument = Some(expression(parts.find(Rule::Expr)?)?);
        let at = parts.find(Rule::Number)?;
        let part = quantile(&at, parts.take(Rule::PercentSign).is_some())?;
        return Ok(Measure { function: MeasureFunction::Quantile(part), argument, span });
    }
    let word = Parts::of(head).next()?;
    let argument = parts.all(Rule::Expr).next().map(expression).transpose()?;
    let function = match word.as_rule() {
        Rule::SumWord => MeasureFunction::Sum,
        Rule::AvgWord => MeasureFunction::Avg,
        Rule::MinWord => MeasureFunction::Min,
        Rule::MaxWord => MeasureFunction::Max,
        Rule::MedianWord => MeasureFunction::Median,
        Rule::DistinctWord => MeasureFunction::Distinct,
        _ => MeasureFunction::Count,
    };
    if argument.is_none() && function != MeasureFunction::Count {
        let word = word.as_str();
        let message = format!("`{word}` needs something to be taken of");
        let diagnostic = Diagnostic::new(Code::Missing, span, message);
        return Err(diagnostic.hint(format!("name it in brackets: `{word}(spend)`")).into());
    }
    Ok(Measure { function, argument, span })
}

/// A part from 0 to 1, or from 0% to 100%.
fn quantile(pair: &Pair<'_>, is_percent: bool) -> Built<Decimal> {
    const MOST_DIGITS: u8 = 9;
    let number = decimal(pair)?.normalized();
    let part = match is_percent {
        true => Decimal::new(number.units(), number.scale().saturating_add(2)),
        false => number,
    };
    if part > Decimal::from(1) || part.normalized().scale() > MOST_DIGITS {
        let message =
            format!("`{}` is no part from 0 to 1 of at most {MOST_DIGITS} digits", pair.as_str());
        let diagnostic = Diagnostic::new(Code::OutOfBounds, extent(pair), message);
        return Err(diagnostic.hint("nine of ten are below `quantile(x, 0.9)`").into());
    }
    Ok(part.normalized())
}
