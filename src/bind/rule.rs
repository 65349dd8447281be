//! Rules: which predicate an expression is.

use super::names::Bound;
use super::rank::Ranking;
use super::term::{Term, TermKind, operand, value};
use super::{Predicate, Scope, comparison, known, list, mismatch, rank, set, span, text};
use crate::lang::ast::{Expr, ExprKind, Name, Test};
use crate::lang::{Code, Diagnostic};
use crate::model::{RangeSet, Type};

/// Binds a rule.
///
/// # Errors
///
/// A diagnostic with the position of the first part that has no meaning: an unknown name, types
/// that do not go together, a value where a rule is needed, a bound outside its range.
pub(crate) fn rule<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Bound<Predicate> {
    let rules =
        |exprs: &'a [Expr]| exprs.iter().map(|expr| rule(expr, scope)).collect::<Bound<_>>();
    match &expr.kind {
        ExprKind::Or(clauses) => Ok(Predicate::Or(rules(clauses)?)),
        ExprKind::And(clauses) => Ok(Predicate::And(rules(clauses)?)),
        ExprKind::Not(clause) => Ok(Predicate::Not(Box::new(rule(clause, scope)?))),
        ExprKind::Compare { op, left, right } => {
            comparison::compare(*op, &value(left, scope)?, &operand(right, scope)?, scope)
        }
        ExprKind::Test { operand, negated, test: kind } => {
            if let (Test::Rank { .. }, Some(ranking)) =
                (kind, scope.aggregates.ranking(expr, *negated))
            {
                return Ok(ranking);
            }
            test(operand, *negated, kind, expr, scope)
        }
        ExprKind::Sample { percent, seed } => rank::sample(*percent, *seed, expr.span),
        ExprKind::Aggregate(_) => match scope.aggregates.rule(expr)? {
            Some(rule) => Ok(rule),
            None => bare(&value(expr, scope)?),
        },
        _ => bare(&value(expr, scope)?),
    }
}

fn test<'a>(
    operand: &'a Expr,
    negated: bool,
    test: &'a Test,
    whole: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    if let Test::Group(name) = test {
        return in_group(name, negated, scope);
    }
    let subject = value(operand, scope)?;
    match test {
        Test::Null => known::test(&subject, negated),
        Test::Empty => set::empty(&subject, negated),
        Test::Is(other) => list::is(&subject, other, negated, scope),
        Test::In(members) => list::is_in(&subject, members, negated, scope),
        Test::Between(low, high) => list::between(&subject, (low, high), negated, scope),
        Test::Text(op, pattern) => text::test(*op, &subject, pattern, negated, scope),
        Test::ContainsMany(quantifier, members) => {
            set::contains_many(*quantifier, &subject, members, negated, scope)
        }
        Test::Within(within) => span::within(&subject, within, negated, whole, scope),
        Test::Anniversary(within) => span::anniversary(&subject, within, negated, whole, scope),
        Test::Rank { side, amount, per, among } => {
            let (per, among) = (per.as_ref(), among.as_deref());
            let ranking = Ranking { side: *side, amount: *amount, per, among };
            rank::rank(&subject, &ranking, negated, whole, scope)
        }
        Test::Group(name) => in_group(name, negated, scope),
        Test::Currency(currency) => {
            let message = format!("`in {currency}` makes an amount, and a rule is needed here");
            let error = Diagnostic::new(Code::NotARule, whole.span, message);
            Err(error.hint("compare it: `(… in USD) > 100`"))
        }
    }
}

/// Whoever is no member of a group is in its complement: membership is never missing.
fn in_group(name: &Name, negated: bool, scope: &Scope<'_>) -> Bound<Predicate> {
    if scope.events.is_some() {
        let message = "events are in no group, only their customers are";
        let error = Diagnostic::new(Code::Unsupported, name.span, message);
        return Err(error.hint("put the group beside the question: `in group … and count(…) > 0`"));
    }
    let group = scope.catalog.group(&name.text).ok_or_else(|| scope.unknown_group(name))?;
    let member = Predicate::Units { attribute: group.id(), ranges: RangeSet::point(1) };
    Ok(if negated { Predicate::Not(Box::new(member)) } else { member })
}

/// A value that stands where a rule is needed: bools are rules, nothing else is.
fn bare(term: &Term<'_>) -> Bound<Predicate> {
    match &term.kind {
        TermKind::Attribute(attribute) if attribute.ty == Type::Bool => {
            Ok(Predicate::Units { attribute: attribute.id, ranges: RangeSet::point(1) })
        }
        TermKind::Bool(flag) => Ok(Predicate::Constant(*flag)),
        _ => Err(not_a_rule(term)),
    }
}

fn not_a_rule(term: &Term<'_>) -> Diagnostic {
    let shown = term.origin.to_string();
    let message = format!("a rule is needed here, and {shown} is {}", mismatch::a(&term.noun()));
    let error = Diagnostic::new(Code::NotARule, term.span(), message);
    let name = shown.trim_matches('`');
    match Comparable::of(term) {
        Some(Comparable::Number) => error.hint(format!("compare it: `{name} > 0`")),
        Some(Comparable::Text) => error.hint(format!("compare it: `{name} = \"…\"`")),
        Some(Comparable::Time) => error.hint(format!("compare it: `{name} within last 30 days`")),
        Some(Comparable::Set) => error.hint(format!("test it: `{name} contains \"…\"`")),
        None => error,
    }
}

/// How a value might have been meant to be compared.
enum Comparable {
    Number,
    Text,
    Time,
    Set,
}

impl Comparable {
    fn of(term: &Term<'_>) -> Option<Self> {
        match &term.kind {
            TermKind::Attribute(attribute) => Some(match attribute.ty {
                Type::Text => Self::Text,
                Type::Set => Self::Set,
                Type::Date | Type::Timestamp => Self::Time,
                _ => Self::Number,
            }),
            TermKind::Key(key) if key.ty.as_type() == Type::Text => Some(Self::Text),
            TermKind::Key(_) | TermKind::Size(_) => Some(Self::Number),
            TermKind::Scalar(_) if !term.is_time() => Some(Self::Number),
            _ => None,
        }
    }
}
