//! Values that are shown, ordered by or summed up.

use super::names::Bound;
use super::term::{Origin, Term, TermKind, value};
use super::{Scope, mismatch, moment};
use crate::lang::ast::{self, Expr, ExprKind};
use crate::lang::{Code, Diagnostic};
use crate::model::{
    Moment, Order, OrderKey, Projection, Scalar, ScalarKind, ScalarType, Source, Type,
};

/// The columns of a `select` or `export`; none written means the key and every attribute.
pub(super) fn projections<'a>(
    columns: &'a [ast::Projection],
    scope: &Scope<'a>,
) -> Bound<Vec<Projection>> {
    if columns.is_empty() {
        return Ok(every_column(scope));
    }
    columns.iter().map(|column| projection(column, scope)).collect()
}

fn every_column(scope: &Scope<'_>) -> Vec<Projection> {
    let key = scope.catalog.key().map(|key| (key.name.clone(), Source::Key));
    let attributes = scope.catalog.attributes().iter();
    let attributes = attributes.map(|a| (a.name.clone(), Source::Attribute(a.id)));
    let columns = key.into_iter().chain(attributes);
    columns.map(|(name, source)| Projection { name, source }).collect()
}

fn projection<'a>(column: &'a ast::Projection, scope: &Scope<'a>) -> Bound<Projection> {
    let term = value(&column.value, scope).map_err(|error| rule_shown(&column.value, error))?;
    let source = source(&term, scope)?;
    Ok(Projection { name: shown_name(column), source })
}

/// A rule among the columns belongs after `where`.
fn rule_shown(column: &Expr, error: Diagnostic) -> Diagnostic {
    if error.code == Code::NotARule && error.span == column.span {
        return Diagnostic { hints: Vec::new(), ..error }.hint("a rule stands after `where`");
    }
    error
}

/// The name after `as`, else the column's own as written, else the expression.
fn shown_name(column: &ast::Projection) -> String {
    match (&column.name, &column.value.kind) {
        (Some(name), _) => name.text.clone(),
        (None, ExprKind::Name(name)) => name.clone(),
        (None, _) => column.value.to_string(),
    }
}

/// What a term's values are read from.
pub(super) fn source(term: &Term<'_>, scope: &Scope<'_>) -> Bound<Source> {
    Ok(match symbolic_source(term)? {
        Source::Scalar(scalar) => Source::Scalar(resolved(scalar, term.origin, scope)?),
        other => other,
    })
}

/// What a term's values are read from, its moments left to whoever reads them.
pub(super) fn symbolic_source(term: &Term<'_>) -> Bound<Source> {
    match &term.kind {
        TermKind::Key(_) => return Ok(Source::Key),
        TermKind::Attribute(attribute) => return Ok(Source::Attribute(attribute.id)),
        TermKind::Size(_) => {
            let message = format!("{} can be tested, and not shown", term.origin);
            return Err(Diagnostic::new(Code::Unsupported, term.span(), message));
        }
        TermKind::Null => {
            let message = "`null` is no column";
            return Err(Diagnostic::new(Code::TypeMismatch, term.span(), message));
        }
        _ => {}
    }
    Ok(Source::Scalar(term.scalar().ok_or_else(|| no_column(term))?))
}

fn no_column(term: &Term<'_>) -> Diagnostic {
    let error = mismatch::test(term, "a column is an attribute or arithmetic");
    match &term.kind {
        TermKind::Text(text) => {
            error.hint(format!("names with blanks stand in back-quotes: `` `{text}` ``"))
        }
        _ => error,
    }
}

/// The scalar with its moments taken from the statement's instant.
fn resolved(scalar: Scalar, origin: Origin<'_>, scope: &Scope<'_>) -> Bound<Scalar> {
    let inner = |scalar: Box<Scalar>| resolved(*scalar, origin, scope).map(Box::new);
    let ty = scalar.ty;
    let kind = match scalar.kind {
        ScalarKind::Moment(moment) => ScalarKind::Units(units(&moment, ty, origin, scope)?),
        ScalarKind::Sum(terms) => {
            let terms = terms.into_iter().map(|term| resolved(term, origin, scope));
            ScalarKind::Sum(terms.collect::<Bound<_>>()?)
        }
        ScalarKind::Product(a, b) => ScalarKind::Product(inner(a)?, inner(b)?),
        ScalarKind::Quotient(a, b) => ScalarKind::Quotient(inner(a)?, inner(b)?),
        ScalarKind::Negate(x) => ScalarKind::Negate(inner(x)?),
        ScalarKind::Abs(x) => ScalarKind::Abs(inner(x)?),
        ScalarKind::Round(x) => ScalarKind::Round(inner(x)?),
        ScalarKind::Time(function, x) => ScalarKind::Time(function, inner(x)?),
        ScalarKind::Shift(x, length) => ScalarKind::Shift(inner(x)?, length),
        ScalarKind::Rate(quotes, x) => ScalarKind::Rate(quotes, inner(x)?),
        kind @ (ScalarKind::Attribute(_) | ScalarKind::Number(_) | ScalarKind::Units(_)) => kind,
    };
    Ok(Scalar { kind, ty })
}

fn units(moment: &Moment, ty: ScalarType, origin: Origin<'_>, scope: &Scope<'_>) -> Bound<i64> {
    let units = match ty {
        ScalarType::Date => moment.day(scope.now, scope.zone).map(|day| i64::from(day.days())),
        _ => moment.start(scope.now, scope.zone).map(|instant| instant.micros()),
    };
    units.ok_or_else(|| moment::outside_the_years(origin.span()))
}

/// One key of an order. A name given to a column with `as` stands for that column.
pub(super) fn order_key<'a>(
    key: &'a ast::OrderKey,
    columns: &'a [ast::Projection],
    scope: &Scope<'a>,
) -> Bound<OrderKey> {
    let term = value(aliased(&key.value, columns), scope)?;
    let source = source(&term, scope)?;
    if matches!(term.kind, TermKind::Attribute(attribute) if attribute.ty == Type::Set) {
        let message = format!("{} is a set, which has no order", term.origin);
        return Err(Diagnostic::new(Code::TypeMismatch, key.value.span, message));
    }
    let order = if key.descending { Order::Descending } else { Order::Ascending };
    Ok(OrderKey { source, order })
}

fn aliased<'a>(expr: &'a Expr, columns: &'a [ast::Projection]) -> &'a Expr {
    let ExprKind::Name(name) = &expr.kind else { return expr };
    let is_alias =
        |column: &&ast::Projection| column.name.as_ref().is_some_and(|alias| alias.text == *name);
    columns.iter().find(is_alias).map_or(expr, |column| &column.value)
}
