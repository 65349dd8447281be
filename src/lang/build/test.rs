//! Tests: what may follow a value.

use crate::lang::SourceSpan;
use crate::lang::ast::{Expr, ExprKind, List, Quantifier, SpanExpr, Test, TextOp};
use crate::lang::grammar::{Pair, Rule};
use crate::model::{Comparison, RankAmount, Side};

use super::expression::expression;
use super::literal::{currency, decimal, whole};
use super::parts::{Built, Parts, broken, extent, name};
use super::span;

/// The operand with its test.
pub(super) fn tested(operand: Expr, pair: Pair<'_>) -> Built<Expr> {
    let span = operand.span.to(extent(&pair));
    let mut parts = Parts::of(pair);
    let negated = parts.take(Rule::NotWord).is_some();
    let pair = parts.next()?;
    if pair.as_rule() == Rule::Comparison {
        return comparison(operand, pair, span);
    }
    let (negated, test) =
        if pair.as_rule() == Rule::IsTest { is_test(pair)? } else { (negated, negatable(pair)?) };
    Ok(Expr { kind: ExprKind::Test { operand: Box::new(operand), negated, test }, span })
}

fn comparison(left: Expr, pair: Pair<'_>, span: SourceSpan) -> Built<Expr> {
    let mut parts = Parts::of(pair);
    let op = comparison_sign(parts.next()?.as_str());
    let right = Box::new(expression(parts.next()?)?);
    Ok(Expr { kind: ExprKind::Compare { op, left: Box::new(left), right }, span })
}

/// The comparison that a sign is.
pub(super) fn comparison_sign(sign: &str) -> Comparison {
    match sign {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        _ => Comparison::GreaterOrEqual,
    }
}

/// Whether the test is negated, and the test; `is known` is `is not missing`.
fn is_test(pair: Pair<'_>) -> Built<(bool, Test)> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::IsWord);
    let negated = parts.take(Rule::NotWord).is_some();
    let pair = parts.next()?;
    Ok(match pair.as_rule() {
        Rule::NullWord | Rule::MissingWord => (negated, Test::Null),
        Rule::KnownWord => (!negated, Test::Null),
        Rule::EmptyWord => (negated, Test::Empty),
        _ => (negated, Test::Is(Box::new(expression(pair)?))),
    })
}

fn negatable(pair: Pair<'_>) -> Built<Test> {
    let build: fn(Pair<'_>) -> Built<Test> = match pair.as_rule() {
        Rule::InTest => in_test,
        Rule::BetweenTest => between,
        Rule::LikeTest => like,
        Rule::StartsTest => |pair| text_test(TextOp::StartsWith, pair),
        Rule::EndsTest => |pair| text_test(TextOp::EndsWith, pair),
        Rule::ContainsTest => contains,
        Rule::WithinTest => |pair| Ok(Test::Within(within(pair)?)),
        Rule::AnniversaryTest => |pair| Ok(Test::Anniversary(within(pair)?)),
        _ => |pair| Ok(Test::Within(span::span(pair)?)),
    };
    build(pair)
}

fn in_test(pair: Pair<'_>) -> Built<Test> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::InWord);
    let pair = parts.next()?;
    match pair.as_rule() {
        Rule::Rank => rank(pair),
        Rule::CurrencyCode => Ok(Test::Currency(currency(&pair)?)),
        _ => Ok(Test::In(list(pair)?)),
    }
}

/// Values in brackets, or a parameter bound to a list.
pub(super) fn list(pair: Pair<'_>) -> Built<List> {
    if pair.as_rule() == Rule::Parameter {
        let mut parameter = name(&pair);
        parameter.text.remove(0);
        return Ok(List::Parameter(parameter));
    }
    let items = pair.into_inner().filter(|part| part.as_rule() != Rule::ListEnd);
    Ok(List::Values(items.map(expression).collect::<Built<Vec<Expr>>>()?))
}

fn rank(pair: Pair<'_>) -> Built<Test> {
    let mut parts = Parts::of(pair);
    let side = if parts.next()?.as_rule() == Rule::TopWord { Side::Top } else { Side::Bottom };
    let amount = amount(&mut parts)?;
    let per = parts.take(Rule::RankPer).map(|pair| Parts::of(pair).find(Rule::Name)).transpose()?;
    let among = parts.take(Rule::RankAmong).map(|pair| Parts::of(pair).find(Rule::Expr));
    let among = among.transpose()?.map(expression).transpose()?;
    Ok(Test::Rank { side, amount, per: per.map(|per| name(&per)), among: among.map(Box::new) })
}

/// `100`, `1%`
pub(super) fn amount(parts: &mut Parts<'_>) -> Built<RankAmount> {
    let number = parts.next()?;
    Ok(match parts.take(Rule::PercentSign) {
        Some(_) => RankAmount::Percent(decimal(&number)?),
        None => RankAmount::Count(whole(&number)?),
    })
}

/// `between a and b`, or `between 90 and 30 days ago`.
fn between(pair: Pair<'_>) -> Built<Test> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::BetweenWord);
    if let Some(ago) = parts.take(Rule::Ago) {
        return Ok(Test::Within(span::ago(ago)?));
    }
    let (low, high) = span::bounds(parts)?;
    Ok(Test::Between(Box::new(low), Box::new(high)))
}

fn like(pair: Pair<'_>) -> Built<Test> {
    let word = pair.clone().into_inner().next().ok_or_else(|| broken(&pair))?;
    let op = match word.as_rule() {
        Rule::LikeWord => TextOp::Like,
        Rule::IlikeWord => TextOp::Ilike,
        _ => TextOp::Matches,
    };
    text_test(op, pair)
}

fn text_test(op: TextOp, pair: Pair<'_>) -> Built<Test> {
    Ok(Test::Text(op, Box::new(expression(Parts::of(pair).find(Rule::Sum)?)?)))
}

fn contains(pair: Pair<'_>) -> Built<Test> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::ContainsWord);
    let Some(quantifier) = parts.take(Rule::Quantifier) else {
        return Ok(Test::Text(TextOp::Contains, Box::new(expression(parts.next()?)?)));
    };
    let quantifier = match Parts::of(quantifier).next()?.as_rule() {
        Rule::AnyWord => Quantifier::Any,
        Rule::AllWord => Quantifier::All,
        _ => Quantifier::None,
    };
    Ok(Test::ContainsMany(quantifier, list(parts.next()?)?))
}

/// The span behind `within`.
fn within(pair: Pair<'_>) -> Built<SpanExpr> {
    let whole = pair.clone();
    let last = pair.into_inner().next_back().ok_or_else(|| broken(&whole))?;
    span::span(last)
}
