//! The one expression grammar, from loose to tight.
//!
//! Every level of it comes through [`expression`], which passes over levels without an operator at
//! once: brackets within brackets cost two calls a level, and little stack.

use crate::lang::SourceSpan;
use crate::lang::ast::{Expr, ExprKind, Factor, Literal, Name, Sign, Test, due_list};
use crate::lang::grammar::{Pair, Rule};
use crate::model::EventFunction;

use super::literal::{decimal, literal, whole};
use super::parts::{Built, Parts, extent, name};
use super::{derived, event, test};

/// A rule or a value, of any level.
pub(in crate::lang) fn expression(pair: Pair<'_>) -> Built<Expr> {
    let pair = innermost(pair);
    builder(pair.as_rule())(pair)
}

/// What builds a pair of this rule. (A function to call, rather than a call in each arm: a debug
/// build would keep room for every arm's result on the stack, level upon level.)
fn builder(rule: Rule) -> fn(Pair<'_>) -> Built<Expr> {
    match rule {
        Rule::Expr => |pair| chain(pair, ExprKind::Or),
        Rule::And => |pair| chain(pair, ExprKind::And),
        Rule::Not => negation,
        Rule::Predicate => predicate,
        Rule::GroupTest => group,
        Rule::Sum => sum,
        Rule::Product => product,
        Rule::Unary | Rule::Constant => signed,
        Rule::Bracket => bracket,
        Rule::Reference => reference,
        Rule::Sequence => event::sequence,
        Rule::Sample => sample,
        Rule::Case => derived::case,
        Rule::Tiers | Rule::Shares | Rule::Tiles => derived::grading,
        Rule::Parameter => |pair| parameter(&pair),
        _ => literal,
    }
}

/// The pair, or the only part of it, and so on down while a level has no operator.
fn innermost(mut pair: Pair<'_>) -> Pair<'_> {
    loop {
        let is_level = matches!(
            pair.as_rule(),
            Rule::Expr
                | Rule::And
                | Rule::Not
                | Rule::Predicate
                | Rule::Sum
                | Rule::Product
                | Rule::Unary
                | Rule::Constant
        );
        let mut parts = pair.clone().into_inner();
        match parts.next() {
            Some(only) if is_level && parts.is_empty() => pair = only,
            _ => return pair,
        }
    }
}

/// Operands between keywords.
fn chain(pair: Pair<'_>, make: fn(Vec<Expr>) -> ExprKind) -> Built<Expr> {
    let mut operands = Vec::new();
    for part in pair.into_inner() {
        if !matches!(part.as_rule(), Rule::AndWord | Rule::OrWord) {
            operands.push(expression(part)?);
        }
    }
    let span = ends(operands.first(), operands.last());
    Ok(Expr { kind: make(operands), span })
}

/// From the first expression's start to the last one's end.
fn ends(first: Option<&Expr>, last: Option<&Expr>) -> SourceSpan {
    first.zip(last).map_or(SourceSpan::default(), |(first, last)| first.span.to(last.span))
}

/// `not not a`; `not in group vip` is one test.
fn negation(pair: Pair<'_>) -> Built<Expr> {
    let mut parts = Parts::of(pair);
    let mut nots = Vec::new();
    while let Some(not) = parts.take(Rule::NotWord) {
        nots.push(extent(&not));
    }
    let inner = innermost(parts.next()?);
    let is_group = inner.as_rule() == Rule::GroupTest;
    let mut rule = expression(inner)?;
    if is_group && let Some(not) = nots.pop() {
        if let ExprKind::Test { negated, .. } = &mut rule.kind {
            *negated = true;
        }
        rule.span = not.to(rule.span);
    }
    Ok(wrapped(rule, nots, ExprKind::Not))
}

/// A value within its minus signs.
fn signed(pair: Pair<'_>) -> Built<Expr> {
    let mut parts = Parts::of(pair);
    let mut minuses = Vec::new();
    while let Some(minus) = parts.take(Rule::Minus) {
        minuses.push(extent(&minus));
    }
    Ok(wrapped(expression(parts.next()?)?, minuses, ExprKind::Negate))
}

/// The expression within its prefixes, the last of them innermost.
fn wrapped(inner: Expr, prefixes: Vec<SourceSpan>, make: fn(Box<Expr>) -> ExprKind) -> Expr {
    prefixes.into_iter().rev().fold(inner, |inner, prefix| {
        let span = prefix.to(inner.span);
        Expr { kind: make(Box::new(inner)), span }
    })
}

/// A value with its test.
fn predicate(pair: Pair<'_>) -> Built<Expr> {
    let mut parts = Parts::of(pair);
    let operand = expression(parts.next()?)?;
    test::tested(operand, parts.next()?)
}

fn group(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let mut parts = Parts::of(pair);
    parts.take(Rule::InWord);
    let is_due = parts.take(Rule::DueWord).is_some();
    let mut group = name(&parts.find(Rule::Name)?);
    if is_due {
        group.text = due_list(&group.text);
    }
    let customer = Expr { kind: ExprKind::Literal(Literal::Bool(true)), span };
    let test = Test::Group(group);
    Ok(Expr { kind: ExprKind::Test { operand: Box::new(customer), negated: false, test }, span })
}

fn sum(pair: Pair<'_>) -> Built<Expr> {
    let mut terms = Vec::new();
    let mut sign = Sign::Plus;
    for part in pair.into_inner() {
        match (part.as_rule(), part.as_str()) {
            (Rule::AddOp, "-") => sign = Sign::Minus,
            (Rule::AddOp, _) => sign = Sign::Plus,
            _ => terms.push((sign, expression(part)?)),
        }
    }
    let span = ends(terms.first().map(|(_, term)| term), terms.last().map(|(_, term)| term));
    Ok(Expr { kind: ExprKind::Sum(terms), span })
}

fn product(pair: Pair<'_>) -> Built<Expr> {
    let mut factors = Vec::new();
    let mut factor = Factor::Times;
    for part in pair.into_inner() {
        match (part.as_rule(), part.as_str()) {
            (Rule::MulOp, "/") => factor = Factor::Over,
            (Rule::MulOp, _) => factor = Factor::Times,
            _ => factors.push((factor, expression(part)?)),
        }
    }
    let span = ends(factors.first().map(|(_, first)| first), factors.last().map(|(_, last)| last));
    Ok(Expr { kind: ExprKind::Product(factors), span })
}

/// `$min_spend`
fn parameter(pair: &Pair<'_>) -> Built<Expr> {
    let name = pair.as_str().trim_start_matches('$').to_owned();
    Ok(Expr { kind: ExprKind::Parameter(name), span: extent(pair) })
}

/// One expression is itself; none or several are a set.
fn bracket(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let mut values = Vec::new();
    for part in Parts::of(pair).all(Rule::Expr) {
        values.push(expression(part)?);
    }
    if values.len() == 1
        && let Some(only) = values.pop()
    {
        return Ok(only);
    }
    Ok(Expr { kind: ExprKind::List(values), span })
}

fn sample(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let mut parts = Parts::of(pair);
    let percent = decimal(&parts.find(Rule::Number)?)?;
    let seed = parts.all(Rule::Number).next().map(|number| whole(&number)).transpose()?;
    Ok(Expr { kind: ExprKind::Sample { percent, seed: seed.unwrap_or(0) }, span })
}

/// An attribute, a property, an aggregate or a call.
fn reference(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let mut parts = Parts::of(pair);
    let name = name(&parts.next()?);
    let Some(rest) = parts.next_if_any() else {
        return Ok(Expr { kind: ExprKind::Name(name.text), span });
    };
    if rest.as_rule() == Rule::Property {
        let property = self::name(&Parts::of(rest).find(Rule::Name)?);
        return Ok(Expr { kind: ExprKind::Property { owner: name, name: property }, span });
    }
    match EventFunction::named(&name.text) {
        Some(function) => event::aggregate(function, rest, span),
        None => call(name, rest, span),
    }
}

fn call(name: Name, rest: Pair<'_>, span: SourceSpan) -> Built<Expr> {
    let mut arguments = Vec::new();
    for part in Parts::of(rest).rest() {
        match part.as_rule() {
            Rule::Expr => arguments.push(expression(part)?),
            Rule::EventFilter | Rule::EventSpan => return Err(event::not_of_events(&name).into()),
            _ => {}
        }
    }
    Ok(Expr { kind: ExprKind::Call { name, arguments }, span })
}
