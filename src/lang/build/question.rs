//! Questions: count, select, summarize, export.

use crate::lang::ast::{
    Export, Expr, Measure, MeasureFunction, OrderKey, Projection, Select, Summarize,
};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic};

use super::expression::expression;
use super::literal::whole;
use super::parts::{Built, Parts, extent, name, text};
use super::statement::rule;

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
    let (mut by, mut filter) = (None, None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::Measure => measures.push(measure(part)?),
            Rule::By => once(&mut by, &part, "by", |pair| {
                Ok(Parts::of(pair).all(Rule::Name).map(|pair| name(&pair)).collect())
            })?,
            Rule::Where => once(&mut filter, &part, "where", rule)?,
            _ => {}
        }
    }
    Ok(Summarize { measures, by: by.unwrap_or_default(), rule: filter })
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
    let word = Parts::of(parts.next()?).next()?;
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
