//! What an aggregate is of: whole events, or a value computed from properties of one table.

use crate::lang::ast::{CUSTOMER, Expr, ExprKind, Name, Test};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::EventFunction;

use super::parts::Built;

/// The one argument of an aggregate that stands at `whole`.
pub(super) fn only(
    function: EventFunction,
    mut arguments: Vec<Expr>,
    whole: SourceSpan,
) -> Built<Expr> {
    let Some(argument) = arguments.pop() else { return Err(wrong(function, whole).into()) };
    if let Some(other) = arguments.first() {
        return Err(wrong(function, other.span.to(argument.span)).into());
    }
    if function.is_of_events() {
        check_table(function, &argument)?;
    } else {
        check_value(function, &argument)?;
    }
    Ok(argument)
}

/// Says what the function is of.
fn wrong(function: EventFunction, at: SourceSpan) -> Diagnostic {
    let word = function.name();
    let takes = match function.is_of_events() {
        true => format!("`{word}` is of a table of events: `{word}(orders)`"),
        false => format!("`{word}` is of a property of events: `{word}(orders.amount)`"),
    };
    Diagnostic::new(Code::TypeMismatch, at, takes)
}

fn check_table(function: EventFunction, argument: &Expr) -> Built<()> {
    let (word, wrong) = (function.name(), || wrong(function, argument.span));
    match &argument.kind {
        ExprKind::Name(_) => Ok(()),
        ExprKind::Property { owner, name } if owner.text != CUSTOMER => {
            let known = format!("{word}({owner} where {name} is known)");
            Err(wrong().hint(format!("those that have one are `{known}`")).into())
        }
        kind if is_rule(kind) && function == EventFunction::Count => {
            Err(wrong().hint("customers are counted without brackets: `count spend > 3`").into())
        }
        kind if is_rule(kind) => {
            Err(wrong().hint(format!("a filter follows `where`: `{word}(orders where …)`")).into())
        }
        _ => Err(wrong().into()),
    }
}

/// Checks that a value is computed from properties of one table.
fn check_value(function: EventFunction, argument: &Expr) -> Built<()> {
    if let ExprKind::Name(_) = &argument.kind {
        let hint = format!("name the property too: `{}({argument}.amount)`", function.name());
        return Err(wrong(function, argument.span).hint(hint).into());
    }
    let mut table = None;
    check_part(function, argument, &mut table)?;
    match table {
        Some(_) => Ok(()),
        None => Err(wrong(function, argument.span).into()),
    }
}

fn check_part<'a>(
    function: EventFunction,
    expr: &'a Expr,
    table: &mut Option<&'a Name>,
) -> Built<()> {
    match &expr.kind {
        ExprKind::Property { owner, .. } => check_property(owner, expr.span, table),
        ExprKind::Aggregate(_) | ExprKind::Sequence(_) => {
            let message =
                "a property of each event is asked for, and this is of all that a customer has";
            Err(Diagnostic::new(Code::Unsupported, expr.span, message).into())
        }
        kind if is_rule(kind) => {
            let message = format!("`{}` is of a value, and this is a rule", function.name());
            let diagnostic = Diagnostic::new(Code::NotARule, expr.span, message);
            Err(diagnostic.hint("a rule about the events follows `where`").into())
        }
        _ => expr.parts(&mut |part| check_part(function, part, table)),
    }
}

/// Checks that a property is of the table of those before it.
fn check_property<'a>(owner: &'a Name, at: SourceSpan, table: &mut Option<&'a Name>) -> Built<()> {
    if owner.text == CUSTOMER {
        let message = "attributes of customers stand in filters, after `where`";
        return Err(Diagnostic::new(Code::Unsupported, at, message).into());
    }
    match table.get_or_insert(owner) {
        first if *first == owner => Ok(()),
        first => {
            let message =
                format!("one question is about one table, and `{owner}` is not `{first}`");
            Err(Diagnostic::new(Code::Unsupported, owner.span, message).into())
        }
    }
}

fn is_rule(kind: &ExprKind) -> bool {
    if let ExprKind::Test { negated: false, test: Test::Currency(_), .. } = kind {
        return false;
    }
    matches!(
        kind,
        ExprKind::Or(_)
            | ExprKind::And(_)
            | ExprKind::Not(_)
            | ExprKind::Compare { .. }
            | ExprKind::Test { .. }
            | ExprKind::Sample { .. }
    )
}
