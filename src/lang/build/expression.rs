//! The one expression grammar, from loose to tight.
//!
//! Every level of it comes through [`expression`], which passes over levels without an operator at
//! once: brackets within brackets cost two calls a level, and little stack.

use crate::lang::ast::{Aggregate, Expr, ExprKind, Factor, Literal, Name, Sign, Test};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::EventFunction;

use super::literal::{decimal, literal, whole};
use super::parts::{Built, Parts, extent, name};
use super::test;

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
        Rule::Sample => sample,
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
    let group = name(&Parts::of(pair).find(Rule::Name)?);
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

/// An attribute or a call.
fn reference(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let mut parts = Parts::of(pair);
    let name = name(&parts.next()?);
    let Some(rest) = parts.next_if_any() else {
        return Ok(Expr { kind: ExprKind::Name(name.text), span });
    };
    if rest.as_rule() == Rule::Property {
        let property = self::name(&Parts::of(rest).next()?);
        return Ok(Expr { kind: ExprKind::Property { owner: name, name: property }, span });
    }
    let (mut arguments, mut filter, mut over) = (Vec::new(), None, None);
    for part in Parts::of(rest).rest() {
        match part.as_rule() {
            Rule::Expr => arguments.push(expression(part)?),
            Rule::EventFilter => filter = Some(expression(Parts::of(part).find(Rule::Expr)?)?),
            Rule::EventSpan => {
                let mut parts = Parts::of(part);
                parts.take(Rule::OverWord);
                let span = parts.next()?;
                over = Some((extent(&span), super::span::span(span)?));
            }
            _ => {}
        }
    }
    if let Some(function) = EventFunction::named(&name.text) {
        let (span_at, over) = over.map_or((span, None), |(at, over)| (at, Some(over)));
        let argument = of_events(function, &name, arguments, span)?;
        let aggregate = Aggregate { function, argument, filter, span: over, span_at };
        return Ok(Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span });
    }
    if filter.is_some() || over.is_some() {
        let message =
            format!("`{}()` is not over events, and takes no `where` or `over`", name.text);
        return Err(Diagnostic::new(Code::Unsupported, span, message).into());
    }
    Ok(Expr { kind: ExprKind::Call { name, arguments }, span })
}

/// The one argument of a function of events: a table, or a value of a table's events.
fn of_events(
    function: EventFunction,
    name: &Name,
    mut arguments: Vec<Expr>,
    span: SourceSpan,
) -> Built<Expr> {
    let word = function.name();
    let takes = match function.is_of_events() {
        true => format!("`{word}` is of a table of events: `{word}(orders)`"),
        false => format!("`{word}` is of a property of events: `{word}(orders.amount)`"),
    };
    let wrong = |at: SourceSpan| Diagnostic::new(Code::TypeMismatch, at, takes.clone());
    let customers_are_counted = |diagnostic: Diagnostic| match function {
        EventFunction::Count => {
            diagnostic.hint("customers are counted without brackets: `count spend > 3`")
        }
        _ => diagnostic,
    };
    let Some(argument) = arguments.pop() else { return Err(wrong(span).into()) };
    if let Some(other) = arguments.first() {
        return Err(wrong(other.span.to(argument.span)).into());
    }
    let is_table = matches!(argument.kind, ExprKind::Name(_));
    match (function.is_of_events(), is_table) {
        (true, true) | (false, false) => Ok(argument),
        (true, false) => Err(customers_are_counted(wrong(argument.span)).into()),
        (false, true) => {
            let table = argument.to_string();
            let hint = format!("name the property too: `{}({table}.amount)`", name.text);
            Err(wrong(argument.span).hint(hint).into())
        }
    }
}
