//! Where expressions ask about events.

use std::convert::Infallible;

use crate::lang::ast::{Expr, ExprKind, Name, Test};

/// The clauses of a rule that ask nothing of events, when the rule joins them to others that do and
/// none of these goes by what it asks of everybody: whoever they leave out is no member, whatever
/// the answers.
pub(crate) fn clauses_before_events(rule: &Expr) -> Vec<Expr> {
    let ExprKind::And(clauses) = &rule.kind else { return Vec::new() };
    if ranks_by_events(rule) {
        return Vec::new();
    }
    let asks = |clause: &&Expr| {
        let mut found = Vec::new();
        each_question(clause, &mut found);
        !found.is_empty()
    };
    clauses.iter().filter(|clause| !asks(clause)).cloned().collect()
}

/// Whether a ranking goes by what is asked of events, or among those of whom it is asked.
fn ranks_by_events(expr: &Expr) -> bool {
    let is_rank = matches!(&expr.kind, ExprKind::Test { test: Test::Rank { .. }, .. });
    let mut found = Vec::new();
    if is_rank {
        each_question(expr, &mut found);
    }
    let mut ranks = !found.is_empty();
    each_part(expr, &mut |part| ranks |= ranks_by_events(part));
    ranks
}

/// Every question about events in an expression; those within a question are none of them.
pub(super) fn each_question<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    if matches!(expr.kind, ExprKind::Aggregate(_) | ExprKind::Sequence(_)) {
        found.push(expr);
        return;
    }
    each_part(expr, &mut |part| each_question(part, found));
}

/// Every `owner.name` in an expression.
pub(super) fn each_property<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e Name, &'e Name)) {
    if let ExprKind::Property { owner, name } = &expr.kind {
        visit(owner, name);
    }
    each_part(expr, &mut |part| each_property(part, visit));
}

/// The expressions right below one.
fn each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let Ok(()) = expr.parts(&mut |part| {
        visit(part);
        Ok::<(), Infallible>(())
    });
}
