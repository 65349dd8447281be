//! `having`: which groups of a summary are shown, by their figures.

use std::cmp::Ordering;

use super::names::Bound;
use super::summarize::measure;
use super::term::{TermKind, value};
use super::{Scope, literal};
use crate::lang::ast::{self, Expr};
use crate::lang::{Code, Diagnostic};
use crate::model::{
    Comparison, Decimal, Measure, MeasureFunction, ScalarType, Source, Type, Value,
};

/// A bound rule over the figures of a group; a number is the place of a figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Having {
    /// One of them holds.
    Any(Vec<Having>),
    /// All of them hold.
    All(Vec<Having>),
    /// It does not hold.
    Not(Box<Having>),
    /// A figure beside a constant; a missing one is no comparison.
    Compare(usize, Comparison, Value),
    /// A figure is missing; with `true`, it is not.
    Missing(usize, bool),
}

impl Having {
    /// Whether it holds for a group's figures.
    pub(crate) fn holds(&self, figures: &[Value]) -> bool {
        let figure = |place: &usize| figures.get(*place).unwrap_or(&Value::Null);
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(figures)),
            Self::All(parts) => parts.iter().all(|part| part.holds(figures)),
            Self::Not(part) => !part.holds(figures),
            Self::Compare(place, op, constant) => {
                order(figure(place), constant).is_some_and(|order| op.holds(order))
            }
            Self::Missing(place, negated) => figure(place).is_null() != *negated,
        }
    }
}

/// The order of a figure and a constant; `None` where one is missing.
fn order(figure: &Value, constant: &Value) -> Option<Ordering> {
    let exact = |value: &Value| match value {
        Value::Int(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        Value::Money(money) => Some(money.amount),
        _ => None,
    };
    if figure.is_null() || constant.is_null() {
        return None;
    }
    if let (Some(a), Some(b)) = (exact(figure), exact(constant)) {
        return Some(a.cmp(&b));
    }
    match (figure.to_f64(), constant.to_f64()) {
        (Some(a), Some(b)) => Some(a.total_cmp(&b)),
        _ => Some(figure.order(constant)),
    }
}

/// Binds a rule over figures; those that are not shown are added to the others.
pub(super) fn bind<'a>(
    having: &'a ast::Having,
    measures: &mut Vec<Measure>,
    scope: &Scope<'a>,
) -> Bound<Having> {
    let mut all = |parts: &'a [ast::Having]| {
        parts.iter().map(|part| bind(part, measures, scope)).collect::<Bound<Vec<_>>>()
    };
    Ok(match having {
        ast::Having::Any(parts) => Having::Any(all(parts)?),
        ast::Having::All(parts) => Having::All(all(parts)?),
        ast::Having::Not(part) => Having::Not(Box::new(bind(part, measures, scope)?)),
        ast::Having::Compare(written, op, value) => {
            let place = place(written, measures, scope)?;
            let constant = constant(&measures[place], written, value, scope)?;
            Having::Compare(place, *op, constant)
        }
        ast::Having::Missing(written, negated) => {
            Having::Missing(place(written, measures, scope)?, *negated)
        }
    })
}

fn place<'a>(
    written: &'a ast::Measure,
    measures: &mut Vec<Measure>,
    scope: &Scope<'a>,
) -> Bound<usize> {
    let bound = measure(written, scope)?;
    let known = measures.iter().position(|known| *known == bound);
    Ok(known.unwrap_or_else(|| {
        measures.push(bound);
        measures.len() - 1
    }))
}

/// The constant that a figure is compared with, of its kind.
fn constant<'a>(
    figure: &Measure,
    written: &'a ast::Measure,
    expr: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<Value> {
    let term = value(expr, scope)?;
    let ty = type_of(figure, scope);
    let wrong = || {
        let message = format!("cannot compare `{}` with {}", figure.name, term.origin);
        Diagnostic::new(Code::TypeMismatch, written.span.to(expr.span), message)
    };
    match (ty, &term.kind) {
        (_, TermKind::Null) => Err(wrong().hint(format!("write `{} is null`", figure.name))),
        (Some(Type::Money { currency }), TermKind::Money(money)) if money.currency == currency => {
            Ok(Value::Money(*money))
        }
        (None | Some(Type::Money { .. }), TermKind::Number(number)) => Ok(Value::Decimal(*number)),
        (None, TermKind::Float(number)) => Ok(Value::Float(*number)),
        (Some(ty @ Type::Text), TermKind::Text(_)) => literal(expr, ty, scope),
        // What is no date says so itself.
        (Some(ty @ (Type::Date | Type::Timestamp)), TermKind::Text(_) | TermKind::Moment(_)) => {
            literal(expr, ty, scope)
        }
        _ => Err(wrong()),
    }
}

/// The type of a figure; `None` of a plain number.
fn type_of(figure: &Measure, scope: &Scope<'_>) -> Option<Type> {
    if matches!(figure.function, MeasureFunction::Count | MeasureFunction::Distinct) {
        return None;
    }
    let ty = match figure.source.as_ref()? {
        Source::Key => scope.catalog.key()?.ty.as_type(),
        Source::Attribute(id) => scope.catalog.by_id(*id)?.ty,
        Source::Scalar(scalar) => match scalar.ty {
            ScalarType::Money { currency, .. } => Type::Money { currency },
            ScalarType::Date => Type::Date,
            ScalarType::Timestamp => Type::Timestamp,
            _ => return None,
        },
    };
    matches!(ty, Type::Money { .. } | Type::Text | Type::Date | Type::Timestamp).then_some(ty)
}
