//! Reports about events: which of them count, and what is looked at.

use super::aggregate::{Asked, column_type, events_asked, within};
use super::events::event_table;
use super::names::Bound;
use super::source::symbolic_source;
use super::term::value;
use super::{Predicate, Scope, events, mismatch};
use crate::catalog::{Attribute, EventTable};
use crate::lang::ast::{EventSource, Expr, Name};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, ScalarType, Source, Type};

impl Asked {
    /// Every event of a table up to now.
    pub(crate) fn all_of(table: &EventTable) -> Self {
        let (filter, span) = (Predicate::Constant(true), None);
        let catalog = table.properties().clone();
        Self { table: table.id(), filter, span, catalog, of_customers: Vec::new() }
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
    let span = source.span.as_ref().map(|span| (span, source.span_at));
    Ok((events_asked(table, source.filter.as_ref(), span, scope, number)?, table))
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
