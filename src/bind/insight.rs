//! Reports about events: which of them count, and what is looked at.

use super::aggregate::{column_type, with_customers};
use super::events::{event_rule, event_table};
use super::names::Bound;
use super::source::symbolic_source;
use super::term::value;
use super::{Aggregates, Predicate, Scope, events, mismatch, span};
use crate::catalog::{Attribute, Catalog, EventTable};
use crate::lang::ast::{EventSource, Expr, Name};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, ScalarType, Source, Span, Type};

/// The events that a report is about, bound.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which of them count.
    pub(crate) filter: Predicate,
    /// When they must have happened; absent means up to now.
    pub(crate) span: Option<Span>,
    /// What the filter may name.
    pub(crate) catalog: Catalog,
    /// Attributes of customers that it reads, by the number under which it does.
    pub(crate) of_customers: Vec<(AttributeId, AttributeId)>,
}

impl Asked {
    /// Every event of a table up to now.
    pub(crate) fn all_of(table: &EventTable) -> Self {
        let (filter, span) = (Predicate::Constant(true), None);
        Self { filter, span, catalog: table.properties().clone(), of_customers: Vec::new() }
    }
}

/// Binds the events of a report.
///
/// # Errors
///
/// A diagnostic for an unknown table, for what a rule over events may be refused for, and for a span
/// that holds nothing.
pub(crate) fn asked<'a>(
    source: &'a EventSource,
    scope: &Scope<'a>,
) -> Bound<(Asked, &'a EventTable)> {
    let table = event_table(&source.table, scope.catalog)?;
    let mut n_taken = 0;
    let number = || {
        n_taken += 1;
        AttributeId(scope.catalog.next_attribute().0 + n_taken - 1)
    };
    let properties = table.properties().clone();
    let (catalog, of_customers) =
        with_customers(properties, source.filter.as_ref(), scope, number)?;
    let filter = match &source.filter {
        Some(filter) => event_rule(filter, &within(table, &catalog, scope))?,
        None => Predicate::Constant(true),
    };
    let bound = source.span.as_ref();
    let span = bound.map(|written| span::bind(written, Type::Timestamp, source.span_at, scope));
    let asked = Asked { filter, span: span.transpose()?, catalog, of_customers };
    Ok((asked, table))
}

/// The scope in which what events have is bound.
fn within<'s>(table: &'s EventTable, catalog: &'s Catalog, scope: &Scope<'s>) -> Scope<'s> {
    let aggregates = Aggregates::none();
    Scope { catalog, aggregates, events: Some(table), step: None, ..*scope }
}

/// The property of a name; sets only where they may be.
///
/// # Errors
///
/// A diagnostic for an unknown property, with the nearest names, and for a set that may not be.
pub(crate) fn property<'a>(
    name: &Name,
    table: &'a EventTable,
    takes: Option<&str>,
) -> Bound<&'a Attribute> {
    let property = events::property(table, &name.text, name.span)?;
    match takes {
        Some(needs) if property.ty == Type::Set => {
            let message = format!("`{}` is a set, and {needs}", name.text);
            Err(Diagnostic::new(Code::TypeMismatch, name.span, message))
        }
        _ => Ok(property),
    }
}

/// What a ranking by a sum adds up.
///
/// # Errors
///
/// A diagnostic for what is no number.
pub(crate) fn ranked_sum<'a>(
    expr: &'a Expr,
    table: &'a EventTable,
    scope: &Scope<'a>,
) -> Bound<Source> {
    let term = value(expr, &within(table, table.properties(), scope))?;
    match term.scalar().map(|scalar| scalar.ty) {
        Some(ty @ (ScalarType::Exact { .. } | ScalarType::Float | ScalarType::Money { .. })) => {
            column_type(ty, &term)?;
            symbolic_source(&term)
        }
        _ => Err(mismatch::test(&term, "`sum()` takes numbers")),
    }
}
