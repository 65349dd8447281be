//! `case when … then … else … end`: a value by the first rule that holds.

use super::aggregate::column_type;
use super::arithmetic::added;
use super::mismatch;
use super::names::Bound;
use super::source::symbolic_source;
use super::term::{Term, TermKind, value};
use super::{Predicate, Scope, rule};
use crate::catalog::Attribute;
use crate::lang::ast::{self, Expr};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, Choice, Label, Scalar, ScalarKind, ScalarType, Source, Type};

/// A case, bound: a value of each customer.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The attribute that holds the values while the statement runs.
    pub(crate) attribute: Attribute,
    /// The rules, first first, and what those get for whom each is the first that holds.
    pub(crate) arms: Vec<(Predicate, Choice)>,
}

/// Binds a case, whose values an attribute of this number holds.
pub(super) fn case(
    case: &ast::Case,
    expr: &Expr,
    id: AttributeId,
    scope: &Scope<'_>,
) -> Bound<Case> {
    let mut arms = Vec::with_capacity(case.arms.len() + 1);
    for (condition, then) in &case.arms {
        arms.push((rule(condition, scope)?, branch(then, scope)?));
    }
    if let Some(otherwise) = &case.otherwise {
        arms.push((Predicate::Constant(true), branch(otherwise, scope)?));
    }
    let terms: Vec<&Term<'_>> =
        arms.iter().map(|(_, term)| term).filter(|term| !is_null(term)).collect();
    let ty = common(&terms, expr)?;
    let choice = |(rule, term): &(Predicate, Term<'_>)| Ok((rule.clone(), choice(term, &ty)?));
    let arms = arms.iter().map(choice).collect::<Bound<Vec<_>>>()?;
    let ty = match (&ty, terms.first()) {
        (Common::Scalar(ty), Some(first)) => column_type(*ty, first)?,
        _ => Type::Text,
    };
    Ok(Case { attribute: Attribute::given(id, expr.to_string(), ty), arms })
}

/// A value after `then` or `else`.
fn branch<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Bound<Term<'a>> {
    let term = value(expr, scope).map_err(|error| {
        let is_rule = error.code == Code::NotARule && error.span == expr.span;
        let hint = "whether a rule holds is `case when … then true else false end`";
        if is_rule { Diagnostic { hints: Vec::new(), ..error }.hint(hint) } else { error }
    })?;
    match term.kind {
        TermKind::Key(_)
        | TermKind::Size(_)
        | TermKind::List(_)
        | TermKind::Durations(_)
        | TermKind::Percent => {
            let message = format!("{} is no value that an attribute can have", term.origin);
            Err(Diagnostic::new(Code::TypeMismatch, term.span(), message))
        }
        TermKind::Attribute(attribute) if attribute.ty == Type::Set => {
            let message = format!("{} is a set, and a case gives single values", term.origin);
            Err(Diagnostic::new(Code::TypeMismatch, term.span(), message))
        }
        _ => Ok(term),
    }
}

fn is_null(term: &Term<'_>) -> bool {
    matches!(term.kind, TermKind::Null)
}

/// What all values of a case are.
enum Common {
    Text,
    Scalar(ScalarType),
}

fn common(terms: &[&Term<'_>], expr: &Expr) -> Bound<Common> {
    let Some(first) = terms.first() else {
        let message = "this case gives nobody a value";
        return Err(Diagnostic::new(Code::TypeMismatch, expr.span, message));
    };
    let mut ty: Option<ScalarType> = None;
    for term in terms {
        let differs = || {
            let message = format!(
                "{} is {}, and {} is {}: all values of a case are of one type",
                term.origin,
                mismatch::a(&term.noun()),
                first.origin,
                mismatch::a(&first.noun()),
            );
            Diagnostic::new(Code::TypeMismatch, term.span(), message)
        };
        if is_text(term) != is_text(first) {
            return Err(differs());
        }
        if is_text(term) {
            continue;
        }
        let own = term.scalar().ok_or_else(differs)?.ty;
        ty = Some(match ty {
            None => own,
            Some(before) if before == own => own,
            Some(before) => added(before, own).ok_or_else(differs)?,
        });
    }
    Ok(ty.map_or(Common::Text, Common::Scalar))
}

fn is_text(term: &Term<'_>) -> bool {
    match &term.kind {
        TermKind::Text(_) => true,
        TermKind::Attribute(attribute) => attribute.ty == Type::Text,
        _ => false,
    }
}

/// The value of one arm, at the type of all.
fn choice(term: &Term<'_>, ty: &Common) -> Bound<Choice> {
    let ty = match (ty, &term.kind) {
        (_, TermKind::Null) => return Ok(Choice::Missing),
        (_, TermKind::Text(text)) => return Ok(Choice::Label(Label::Text(text.to_string()))),
        (Common::Text, _) => return Ok(Choice::Source(symbolic_source(term)?)),
        (Common::Scalar(ty), _) => *ty,
    };
    let Some(scalar) = term.scalar() else { return Ok(Choice::Missing) };
    if let (ScalarKind::Number(number), true) = (&scalar.kind, ty != ScalarType::Float) {
        let units = number.to_units(ty.scale()).map_err(|_| {
            let message = format!("{} has too many digits", term.origin);
            mismatch::out_of_bounds(term.span(), message)
        })?;
        return Ok(Choice::Label(Label::Units(units)));
    }
    Ok(Choice::Source(match scalar {
        Scalar { kind: ScalarKind::Attribute(id), ty: own } if own == ty => Source::Attribute(id),
        scalar if scalar.ty == ty => Source::Scalar(scalar),
        // The sum of one term is that term, at the sum's scale.
        scalar => Source::Scalar(Scalar { kind: ScalarKind::Sum(vec![scalar]), ty }),
    }))
}
