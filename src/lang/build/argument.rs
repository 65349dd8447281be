//! What an aggregate is of: whole events, or a value computed from properties of one table.

use crate::lang::ast::{CUSTOMER, Expr, ExprKind, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::EventFunction;

use super::parts::Built;

/// The one argument of an aggregate that stands at `whole`.
pub(super) fn only(
    function: EventFunction,
    arguments: Vec<Expr>,
    whole: SourceSpan,
) -> Built<Expr> {
    let mut arguments = arguments.into_iter();
    let Some(argument) = arguments.next() else {
        let message = format!("`{}` needs something to be taken of", function.name());
        let missing = Diagnostic::new(Code::Missing, whole, message);
        return Err(missing.hint(format!("write `{}`", form(function, None))).into());
    };
    if let Some(second) = arguments.next() {
        let message = format!("`{}` is of one thing: `{}`", function.name(), form(function, None));
        return Err(Diagnostic::new(Code::Syntax, second.span, message).into());
    }
    if function.is_of_events() {
        events(function, &argument)?;
    } else {
        properties(function, &argument)?;
    }
    Ok(argument)
}

/// How the aggregate is written, of this table.
fn form(function: EventFunction, table: Option<&str>) -> String {
    let (name, table) = (function.name(), table.unwrap_or("orders"));
    match function {
        _ if function.is_of_events() => format!("{name}({table})"),
        EventFunction::First | EventFunction::Last => format!("{name}({table}.at)"),
        _ => format!("{name}({table}.amount)"),
    }
}

fn events(function: EventFunction, argument: &Expr) -> Built<()> {
    let name = function.name();
    let refuse = |table: Option<&str>| {
        let message = format!("`{name}` is of an event table: `{}`", form(function, table));
        Diagnostic::new(Code::Syntax, argument.span, message)
    };
    match &argument.kind {
        ExprKind::Name(_) => Ok(()),
        ExprKind::Property { owner, name: property } if owner.text != CUSTOMER => {
            let known = format!("{name}({owner} where {property} is known)");
            Err(refuse(Some(&owner.text)).hint(format!("events with a value: `{known}`")).into())
        }
        kind if is_rule(kind) => Err(refuse(None)
            .hint(format!("a filter follows `where`: `{name}(orders where …)`"))
            .into()),
        _ => Err(refuse(None).into()),
    }
}

/// Checks that a value is computed from properties of one table.
fn properties(function: EventFunction, argument: &Expr) -> Built<()> {
    if let ExprKind::Name(table) = &argument.kind {
        return Err(of_property(function, Some(table), argument.span).into());
    }
    let mut table = None;
    part(function, argument, &mut table)?;
    match table {
        Some(_) => Ok(()),
        None => Err(of_property(function, None, argument.span).into()),
    }
}

fn of_property(function: EventFunction, table: Option<&str>, at: SourceSpan) -> Diagnostic {
    let message = format!("`{}` is of a property: `{}`", function.name(), form(function, table));
    Diagnostic::new(Code::Syntax, at, message)
}

fn part<'a>(function: EventFunction, expr: &'a Expr, table: &mut Option<&'a Name>) -> Built<()> {
    let refuse = |code, message| Diagnostic::new(code, expr.span, message);
    match &expr.kind {
        ExprKind::Property { owner, name } => property(owner, name, expr.span, table),
        ExprKind::Name(name) => {
            let message =
                format!("`{name}` names no table: a property is written `table.property`");
            let owner = table.map(|owner| format!("write `{owner}.{name}`"));
            Err(owner.into_iter().fold(refuse(Code::Syntax, message), Diagnostic::hint).into())
        }
        ExprKind::Aggregate(_) | ExprKind::Sequence(_) => {
            let message = "an aggregate is of events, and this is one of a customer".to_owned();
            let hint = "aggregates are added and divided outside of each other";
            Err(refuse(Code::Unsupported, message).hint(hint).into())
        }
        kind if is_rule(kind) => {
            let message = format!("`{}` is of a value, and this is a rule", function.name());
            let hint = "a rule about the events follows `where`";
            Err(refuse(Code::NotARule, message).hint(hint).into())
        }
        _ => expr.parts(&mut |inner| part(function, inner, table)),
    }
}

/// Checks that a property is of the table of those before it.
fn property<'a>(
    owner: &'a Name,
    name: &Name,
    at: SourceSpan,
    table: &mut Option<&'a Name>,
) -> Built<()> {
    if owner.text == CUSTOMER {
        let message = format!("`customer.{name}` may stand in a filter only");
        return Err(Diagnostic::new(Code::Syntax, at, message).into());
    }
    match table.get_or_insert(owner) {
        one if *one == owner => Ok(()),
        one => {
            let message =
                format!("an aggregate is over one table, and this is over `{one}` and `{owner}`");
            Err(Diagnostic::new(Code::Syntax, at, message).into())
        }
    }
}

fn is_rule(kind: &ExprKind) -> bool {
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
