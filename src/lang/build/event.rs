//! Questions about events: aggregates and sequences.

use std::collections::HashSet;

use crate::lang::ast::{Aggregate, CUSTOMER, Expr, ExprKind, Name, Sequence, SpanExpr, Step};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic, SourceSpan, hints, nearest, words};
use crate::model::EventFunction;

use super::argument;
use super::expression::expression;
use super::literal::duration;
use super::parts::{Built, Parts, broken, extent, name};
use super::question::once;
use super::span::span;
use super::statement::rule;

/// `count(orders where category = "shoes" over last 90 days)`
pub(super) fn aggregate(
    function: EventFunction,
    arguments: Pair<'_>,
    whole: SourceSpan,
) -> Built<Expr> {
    let (mut operands, mut filter, mut over) = (Vec::new(), None, None);
    for part in Parts::of(arguments).rest() {
        match part.as_rule() {
            Rule::Expr => operands.push(expression(part)?),
            Rule::EventFilter => filter = Some(rule(part)?),
            Rule::EventSpan => over = Some(event_span(part)?),
            _ => {}
        }
    }
    let argument = argument::only(function, operands, whole)?;
    let (span, span_at) = over.unzip();
    let span_at = span_at.unwrap_or(whole);
    let aggregate = Aggregate { function, argument, filter, span, span_at };
    Ok(Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span: whole })
}

/// The span behind `over`, and where it stands.
pub(super) fn event_span(pair: Pair<'_>) -> Built<(SpanExpr, SourceSpan)> {
    let whole = pair.clone();
    let last = pair.into_inner().next_back().ok_or_else(|| broken(&whole))?;
    let at = extent(&last);
    Ok((span(last)?, at))
}

/// Refuses a filter, a span or properties of a function that is of no events.
pub(in crate::lang) fn not_of_events(function: &Name) -> Diagnostic {
    if words::is_keyword(&function.text) {
        let message = format!("`{function}()` is not over events, and takes no `where` or `over`");
        return Diagnostic::new(Code::Unsupported, function.span, message);
    }
    let message = format!("`{function}()` is no function of events");
    let diagnostic = Diagnostic::new(Code::UnknownFunction, function.span, message);
    match meant(&function.text) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => {
            let all = EventFunction::ALL.map(|known| format!("`{}`", known.name()));
            diagnostic.hint(format!("the functions of events are {}", all.join(", ")))
        }
    }
}

/// The function of events that an unknown one may stand for.
pub(in crate::lang) fn meant(word: &str) -> Option<&'static str> {
    let folded = word.to_lowercase();
    let names = || EventFunction::ALL.iter().map(|function| function.name());
    let near = || {
        let near = nearest(&folded, names()).into_iter().next()?;
        names().find(|name| *name == near)
    };
    if words::is_keyword(word) {
        return None;
    }
    hints::synonym(&folded).filter(|ours| names().any(|name| name == *ours)).or_else(near)
}

/// `sequence(visits where page = "checkout" then no orders within 7 days)`
pub(super) fn sequence(pair: Pair<'_>) -> Built<Expr> {
    let whole = extent(&pair);
    let (mut pairs, mut over) = (Vec::new(), None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::Step => pairs.push(part),
            Rule::EventSpan => over = Some(event_span(part)?),
            _ => {}
        }
    }
    let last = pairs.len().saturating_sub(1);
    let place = |i| match i {
        0 => Place::First,
        i if i == last => Place::Last,
        _ => Place::Between,
    };
    let steps = pairs.into_iter().enumerate().map(|(i, pair)| step(pair, place(i)));
    let steps: Vec<Step> = steps.collect::<Built<_>>()?;
    check_steps(&steps)?;
    let (span, span_at) = over.unzip();
    let sequence = Sequence { steps, span, span_at: span_at.unwrap_or(whole) };
    Ok(Expr { kind: ExprKind::Sequence(Box::new(sequence)), span: whole })
}

/// Where in its sequence a step stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Between,
    Last,
}

fn step(pair: Pair<'_>, place: Place) -> Built<Step> {
    let at = extent(&pair);
    let mut parts = Parts::of(pair);
    let negated = parts.take(Rule::NoWord).is_some();
    let table = name(&parts.next()?);
    let (mut filter, mut alias, mut within) = (None, None, None);
    for clause in parts.rest() {
        match clause.as_rule() {
            Rule::EventFilter => once(&mut filter, &clause, "where", rule)?,
            Rule::StepName => once(&mut alias, &clause, "as", |pair| {
                step_name(&name(&Parts::of(pair).find(Rule::Name)?), negated)
            })?,
            Rule::StepLimit => {
                check_limit(extent(&clause), negated, place)?;
                once(&mut within, &clause, "within", |pair| {
                    duration(Parts::of(pair).find(Rule::Duration)?)
                })?;
            }
            _ => {}
        }
    }
    let step = Step { negated, table, filter, alias, within, at };
    check_negation(&step, place)?;
    Ok(step)
}

/// The name after `as`, which must name an event.
fn step_name(alias: &Name, negated: bool) -> Built<Name> {
    let refuse = |message| Err(Diagnostic::new(Code::Syntax, alias.span, message).into());
    if negated {
        return refuse("a `no` step has no event that could be named");
    }
    if alias.text == CUSTOMER {
        return refuse("`customer` is the customer in filters, and no name for a step");
    }
    Ok(alias.clone())
}

/// A limit is a gap to the step before; what is denied between two steps ends with the second.
fn check_limit(at: SourceSpan, negated: bool, place: Place) -> Built<()> {
    let refuse = |message: &str, hint: &str| {
        Err(Diagnostic::new(Code::Syntax, at, message).hint(hint).into())
    };
    match place {
        Place::First if !negated => refuse(
            "`within` limits the time since the step before, and this is the first",
            "the time of all steps is limited by `over` at the end",
        ),
        Place::Between if negated => refuse(
            "a `no` step between two others has no `within`: it lasts until the one after it",
            "the step after it may have one",
        ),
        _ => Ok(()),
    }
}

fn check_negation(step: &Step, place: Place) -> Built<()> {
    if !step.negated {
        return Ok(());
    }
    let table = &step.table;
    match place {
        Place::First => {
            let message = "a sequence begins with an event, not with a `no` step";
            let diagnostic = Diagnostic::new(Code::Syntax, step.at, message);
            Err(diagnostic.hint(format!("that there is none at all is `no({table})`")).into())
        }
        Place::Last if step.within.is_none() => {
            let message = "a `no` step at the end needs `within`: until when there is none";
            let diagnostic = Diagnostic::new(Code::Missing, step.at, message);
            Err(diagnostic.hint(format!("write `then no {table} within 7 days`")).into())
        }
        _ => Ok(()),
    }
}

fn check_steps(steps: &[Step]) -> Built<()> {
    if let [only] = steps {
        let message = "a sequence has at least two steps, joined by `then`";
        let diagnostic = Diagnostic::new(Code::Missing, only.at, message);
        return Err(diagnostic
            .hint(format!("that there is such an event is `any({})`", only.table))
            .into());
    }
    if let Some([_, second]) = steps.windows(2).find(|pair| pair.iter().all(|step| step.negated)) {
        let message = "two `no` steps stand in a row";
        let diagnostic = Diagnostic::new(Code::Syntax, second.at, message);
        return Err(diagnostic
            .hint("one `no` step denies several kinds of event by `or` in its filter")
            .into());
    }
    let mut names = HashSet::new();
    match steps.iter().filter_map(|step| step.alias.as_ref()).find(|n| !names.insert(&n.text)) {
        Some(twice) => {
            let message = format!("two steps are called `{}`", twice.text);
            Err(Diagnostic::new(Code::Duplicate, twice.span, message).into())
        }
        None => Ok(()),
    }
}
