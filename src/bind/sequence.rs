//! `sequence(…)`: events of a customer in order.

use super::aggregate::with_customers;
use super::clauses::each_property;
use super::events::{event_rule, event_table, property};
use super::names::Bound;
use super::{Aggregates, Predicate, Scope, mentions, mismatch, span};
use crate::catalog::{Attribute, Catalog};
use crate::lang::ast::{self, Name};
use crate::model::{AttributeId, Duration, Moves, Span, TableId, Type};

/// A bound sequence: whether it holds is a value of each customer.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// The attribute that holds the answers while the statement runs.
    pub(crate) attribute: Attribute,
    /// The steps, at least two, the first of them not negated and no two negated in a row.
    pub(crate) steps: Vec<Step>,
    /// When every step happened; absent means up to now.
    pub(crate) span: Option<Span>,
}

/// A step of a sequence.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// That there is no such event.
    pub(crate) negated: bool,
    /// Whose events.
    pub(crate) table: TableId,
    /// Which of them: what is asked of the event and its customer.
    pub(crate) filter: Predicate,
    /// Which of them: what is asked of it beside events of earlier steps.
    pub(crate) beside: Predicate,
    /// Attributes of customers that the filters read, by the number under which they do.
    pub(crate) of_customers: Vec<(AttributeId, AttributeId)>,
    /// Properties of earlier steps' events that `beside` reads.
    pub(crate) of_steps: Vec<OfStep>,
    /// What the filters may name.
    pub(crate) catalog: Catalog,
    /// The longest gap to the step before; absent for any.
    pub(crate) within: Option<Duration>,
}

/// A property of an earlier step's event, as a later one's filter reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OfStep {
    /// The number under which it is read.
    pub(crate) passing: AttributeId,
    /// The step.
    pub(crate) step: usize,
    /// The property.
    pub(crate) property: AttributeId,
}

impl Sequence {
    /// How often the answer changes because the clock moves, other than by events that come into
    /// its span and leave it, or by a denied step that is over.
    pub(crate) fn moves(&self) -> Moves {
        let of_filters =
            |step: &Step| step.filter.moves(&step.catalog).max(step.beside.moves(&step.catalog));
        let moves = self.steps.iter().map(of_filters).max().unwrap_or_default();
        match self.ends() {
            Some((_, by)) if by.fixed_length().is_none() => Moves::Always,
            _ => moves,
        }
    }

    /// The table of the last event, when the sequence ends by denying another one after it; and how
    /// long that must not come.
    pub(crate) fn ends(&self) -> Option<(TableId, Duration)> {
        let (last, before) = self.steps.split_last()?;
        Some((before.last()?.table, last.within.filter(|_| last.negated)?))
    }
}

/// Binds a sequence; `number` gives the numbers of passing attributes.
///
/// # Errors
///
/// As for questions about events; and when a gap holds nothing.
pub(super) fn bind(
    sequence: &ast::Sequence,
    text: &str,
    scope: &Scope<'_>,
    mut number: impl FnMut() -> AttributeId,
) -> Bound<Sequence> {
    let attribute = Attribute::given(number(), text.to_owned(), Type::Bool);
    let span = sequence.span.as_ref();
    let span = span.map(|written| span::bind(written, Type::Timestamp, sequence.span_at, scope));
    let span = span.transpose()?;
    let mut steps = Vec::with_capacity(sequence.steps.len());
    for at in 0..sequence.steps.len() {
        steps.push(step(sequence, at, scope, &mut number)?);
    }
    Ok(Sequence { attribute, steps, span })
}

fn step(
    sequence: &ast::Sequence,
    at: usize,
    scope: &Scope<'_>,
    number: &mut impl FnMut() -> AttributeId,
) -> Bound<Step> {
    let written = &sequence.steps[at];
    if let Some(within) = written.within.filter(|within| within.amount <= 0) {
        let message = format!("`within {within}` leaves no time for a step after another");
        return Err(mismatch::out_of_bounds(written.at, message));
    }
    let table = event_table(&written.table, scope.catalog)?;
    let filter = written.filter.as_ref();
    let catalog = table.properties().clone();
    let (mut catalog, of_customers) = with_customers(catalog, filter, scope, &mut *number)?;
    let mut of_steps: Vec<OfStep> = Vec::new();
    for (owner, name) in filter.iter().flat_map(|filter| properties(filter)) {
        let called = |step: &ast::Step| step.alias.as_ref().is_some_and(|a| a.text == owner.text);
        let Some(earlier) = sequence.steps[..at].iter().position(called) else { continue };
        let of = event_table(&sequence.steps[earlier].table, scope.catalog)?;
        let of = property(of, &name.text, name.span)?;
        let full = format!("{}.{}", owner.text, name.text);
        if catalog.find(&full).is_none() {
            let passing = number();
            of_steps.push(OfStep { passing, step: earlier, property: of.id });
            catalog = catalog.with_passing(Attribute::given(passing, full, of.ty));
        }
    }
    let alias = written.alias.as_ref().map(|alias| alias.text.as_str());
    let inner = Scope {
        catalog: &catalog,
        aggregates: Aggregates::none(),
        events: Some(table),
        step: alias,
        ..*scope
    };
    let bound = match filter {
        Some(filter) => event_rule(filter, &inner)?,
        None => Predicate::Constant(true),
    };
    let clauses = match bound {
        Predicate::And(clauses) => clauses,
        other => vec![other],
    };
    let is_beside = |clause: &Predicate| {
        let read = mentions::attributes(clause);
        of_steps.iter().any(|of| read.contains(&of.passing))
    };
    let (beside, own): (Vec<_>, Vec<_>) = clauses.into_iter().partition(is_beside);
    Ok(Step {
        negated: written.negated,
        table: table.id(),
        filter: all(own),
        beside: all(beside),
        of_customers,
        of_steps,
        within: written.within,
        catalog,
    })
}

fn all(mut clauses: Vec<Predicate>) -> Predicate {
    match (clauses.pop(), clauses.is_empty()) {
        (None, _) => Predicate::Constant(true),
        (Some(only), true) => only,
        (Some(last), false) => {
            clauses.push(last);
            Predicate::And(clauses)
        }
    }
}

/// Every `owner.name` of a filter.
fn properties(filter: &ast::Expr) -> Vec<(&Name, &Name)> {
    let mut found = Vec::new();
    each_property(filter, &mut |owner, name| found.push((owner, name)));
    found
}
