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
    let is_rank = match &expr.kind {
        ExprKind::Test { test, .. } => matches!(test, Test::Rank { .. }),
        kind => matches!(kind, ExprKind::Grading(_)),
    };
    let mut found = Vec::new();
    if is_rank {
        each_question(expr, &mut found);
    }
    let mut ranks = !found.is_empty();
    each_part(expr, &mut |part| ranks |= ranks_by_events(part));
    ranks
}

/// Every question in an expression that is answered before the rest, each after those it is made of:
/// about events, where those within a question are none, cases, and classes.
pub(super) fn each_question<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    let is_one = |expr: &Expr| matches!(expr.kind, ExprKind::Case(_) | ExprKind::Grading(_));
    each_of(expr, &is_one, found);
}

/// The same, with every ranking: in a definition these are classes as well.
pub(super) fn each_standing_question<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    let is_one = |expr: &Expr| match &expr.kind {
        ExprKind::Test { test, .. } => matches!(test, Test::Rank { .. }),
        kind => matches!(kind, ExprKind::Case(_) | ExprKind::Grading(_)),
    };
    each_of(expr, &is_one, found);
}

fn each_of<'e>(expr: &'e Expr, is_one: &dyn Fn(&Expr) -> bool, found: &mut Vec<&'e Expr>) {
    if matches!(expr.kind, ExprKind::Aggregate(_) | ExprKind::Sequence(_)) {
        found.push(expr);
        return;
    }
    each_part(expr, &mut |part| each_of(part, is_one, found));
    if is_one(expr) {
        found.push(expr);
    }
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
