//! `select` and `export`: which columns of which customers, in which order.

use super::names::Bound;
use super::source::{order_key, projections};
use super::{Predicate, Scope, rule};
use crate::lang::ast;
use crate::lang::{Code, Diagnostic};
use crate::model::{OrderKey, Projection};

/// A bound `select`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Select {
    /// The columns, `*` written out.
    pub(crate) projections: Vec<Projection>,
    /// Which customers; absent means all.
    pub(crate) predicate: Option<Predicate>,
    /// What to order by, first first; ties go by key.
    pub(crate) order: Vec<OrderKey>,
    /// At most so many rows.
    pub(crate) limit: Option<u64>,
    /// So many rows left out first.
    pub(crate) offset: u64,
}

/// A bound `export`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Export {
    /// The columns, no name twice.
    pub(crate) projections: Vec<Projection>,
    /// Which customers; absent means all.
    pub(crate) predicate: Option<Predicate>,
}

/// Binds a `select`.
///
/// # Errors
///
/// A diagnostic for a column or an order key that is none, or an error of the rule.
pub(crate) fn select<'a>(select: &'a ast::Select, scope: &Scope<'a>) -> Bound<Select> {
    let order = select.order.iter().map(|key| order_key(key, &select.columns, scope));
    Ok(Select {
        projections: projections(&select.columns, scope)?,
        predicate: optional(select.rule.as_ref(), scope)?,
        order: order.collect::<Bound<_>>()?,
        limit: select.limit,
        offset: select.offset.unwrap_or(0),
    })
}

/// Binds an `export`.
///
/// # Errors
///
/// As for [`select`], and for two columns of one name, which files cannot tell apart.
pub(crate) fn export<'a>(export: &'a ast::Export, scope: &Scope<'a>) -> Bound<Export> {
    let projections = projections(&export.columns, scope)?;
    for (index, column) in projections.iter().enumerate() {
        if projections[..index].iter().any(|other| other.name == column.name) {
            let span = export.columns.get(index).map(|column| column.value.span);
            let message = format!("two columns of the file are called `{}`", column.name);
            return Err(Diagnostic::new(Code::Duplicate, span.unwrap_or_default(), message)
                .hint(format!("name one of them with `as`: `{} as …`", column.name)));
        }
    }
    Ok(Export { projections, predicate: optional(export.rule.as_ref(), scope)? })
}

/// A rule that may be absent.
pub(super) fn optional<'a>(
    expr: Option<&'a ast::Expr>,
    scope: &Scope<'a>,
) -> Bound<Option<Predicate>> {
    expr.map(|expr| rule(expr, scope)).transpose()
}
