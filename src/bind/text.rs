//! Tests and comparisons of texts.

use super::names::Bound;
use super::subject::{Subject, TextColumn};
use super::term::{Term, TermKind};
use super::{Predicate, Scope, comparison, mismatch, set, term};
use crate::lang::ast::{Expr, TextOp};
use crate::lang::{Code, Diagnostic};
use crate::model::{Comparison, LikePattern, TextTest};

/// Compares a column with a constant, by code point.
pub(super) fn compare(
    op: Comparison,
    column: TextColumn,
    subject: &Term<'_>,
    constant: &Term<'_>,
) -> Bound<Predicate> {
    let text = constant_text(subject, constant)?;
    let low = |included| TextTest::Range { low: Some((text.clone(), included)), high: None };
    let high = |included| TextTest::Range { low: None, high: Some((text.clone(), included)) };
    Ok(match op {
        Comparison::Equal => column.passes(TextTest::In(vec![text]), false),
        Comparison::NotEqual => column.passes(TextTest::In(vec![text]), true),
        Comparison::Less => column.passes(high(false), false),
        Comparison::LessOrEqual => column.passes(high(true), false),
        Comparison::Greater => column.passes(low(false), false),
        Comparison::GreaterOrEqual => column.passes(low(true), false),
    })
}

/// Compares two columns of texts.
pub(super) fn compare_columns(
    op: Comparison,
    left: &Term<'_>,
    right: &Term<'_>,
) -> Bound<Predicate> {
    match (&left.kind, &right.kind) {
        (TermKind::Attribute(a), TermKind::Attribute(b)) => {
            Ok(Predicate::CompareText { left: a.id, op, right: b.id })
        }
        _ => Err(Diagnostic::new(
            Code::Unsupported,
            left.span().to(right.span()),
            "the key can be compared with constants only",
        )),
    }
}

/// `between` two texts, both ends in.
pub(super) fn between(
    column: TextColumn,
    subject: &Term<'_>,
    ends: (&Term<'_>, &Term<'_>),
    negated: bool,
) -> Bound<Predicate> {
    let end = |term| constant_text(subject, term).map(|text| Some((text, true)));
    Ok(column.passes(TextTest::Range { low: end(ends.0)?, high: end(ends.1)? }, negated))
}

/// `starts with`, `contains`, `like` and their kind; `contains` tests sets too.
pub(super) fn test<'a>(
    op: TextOp,
    subject: &Term<'a>,
    pattern: &'a Expr,
    negated: bool,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let column = match Subject::of(subject) {
        Some(Subject::Text(column)) => column,
        Some(Subject::Set(attribute)) if op == TextOp::Contains => {
            return set::contains(attribute, &term::operand(pattern, scope)?, negated);
        }
        Some(Subject::Set(_)) => {
            return Err(no_text(op, subject).hint("a set is tested with `contains`"));
        }
        _ => return Err(no_text(op, subject)),
    };
    let pattern = term::operand(pattern, scope)?;
    comparison::refuse_null(&pattern)?;
    let TermKind::Text(text) = &pattern.kind else { return Err(no_pattern(op, &pattern)) };
    Ok(column.passes(text_test(op, text, &pattern)?, negated))
}

fn text_test(op: TextOp, text: &str, pattern: &Term<'_>) -> Bound<TextTest> {
    Ok(match op {
        TextOp::StartsWith => TextTest::StartsWith(text.to_owned()),
        TextOp::EndsWith => TextTest::EndsWith(text.to_owned()),
        TextOp::Contains => TextTest::Contains(text.to_owned()),
        TextOp::Like => TextTest::Like(LikePattern::new(text, false)),
        TextOp::Ilike => TextTest::Like(LikePattern::new(text, true)),
        TextOp::Matches => {
            TextTest::matching(text).map_err(|error| bad_pattern(pattern, &error.to_string()))?
        }
    })
}

/// The regex crate's message draws the pattern; its last line says what is wrong.
fn bad_pattern(pattern: &Term<'_>, error: &str) -> Diagnostic {
    let line = error.lines().last().unwrap_or(error);
    let reason = line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.');
    let mut reason = reason.to_owned();
    if let Some(first) = reason.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let message = format!("{} is no regular expression: {reason}", pattern.origin);
    Diagnostic::new(Code::BadPattern, pattern.span(), message)
}

/// The text that a constant beside a text column is.
pub(super) fn constant_text(subject: &Term<'_>, constant: &Term<'_>) -> Bound<String> {
    match &constant.kind {
        TermKind::Text(text) => Ok(text.clone().into_owned()),
        _ => Err(mismatch::between(subject, constant)),
    }
}

fn no_text(op: TextOp, subject: &Term<'_>) -> Diagnostic {
    let needs = match op {
        TextOp::Contains => "`contains` tests text and sets".to_owned(),
        _ => format!("`{}` tests text", name(op)),
    };
    mismatch::test(subject, &needs)
}

fn no_pattern(op: TextOp, pattern: &Term<'_>) -> Diagnostic {
    let needs = format!("`{}` needs a text in quotes", name(op));
    mismatch::test(pattern, &needs)
}

fn name(op: TextOp) -> &'static str {
    match op {
        TextOp::StartsWith => "starts with",
        TextOp::EndsWith => "ends with",
        TextOp::Contains => "contains",
        TextOp::Like => "like",
        TextOp::Ilike => "ilike",
        TextOp::Matches => "matches",
    }
}
