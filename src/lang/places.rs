//! Where aggregates and properties may stand: what the grammar leaves open.
//!
//! Names are looked up when the rule is bound. That `customer.region` stands in a filter of events,
//! `a.brand` behind the step called `a`, and no aggregate within another, is seen without knowing
//! any table.

use std::collections::HashMap;

use super::ast::{
    Aggregate, CUSTOMER, Care, Expr, ExprKind, Having, Insight, Measure, Name, Over, RankedBy,
    Selection, Sequence, Statement, StatementKind,
};
use super::{Code, Diagnostic, SourceSpan, build, nearest};

/// What a check gives. Boxed, since it recurses.
type Checked = Result<(), Box<Diagnostic>>;

/// What a rule or a value is about.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Customers, or the rows of a file.
    Customers,
    /// One event.
    Event,
    /// The event of a step.
    Step {
        /// Its table.
        table: &'a str,
        /// Which step it is.
        number: usize,
        /// The steps' names, and which step each is.
        names: &'a HashMap<&'a str, usize>,
    },
}

/// Checks a rule about customers.
pub(super) fn check_rule(rule: &Expr) -> Checked {
    check(rule, Place::Customers)
}

/// Checks every rule and value of a statement.
pub(super) fn check_statement(statement: &Statement) -> Checked {
    match &statement.kind {
        StatementKind::Rule(rule)
        | StatementKind::Explain { rule, .. }
        | StatementKind::CreateAttribute { definition: rule, .. } => check_rule(rule),
        StatementKind::Count(rule) => all(rule),
        StatementKind::Select(select) => {
            all(select.columns.iter().map(|column| &column.value))?;
            all(&select.rule)?;
            all(select.order.iter().map(|key| &key.value))
        }
        StatementKind::Summarize(summarize) => {
            summarize.measures.iter().try_for_each(check_figure)?;
            summarize.having.iter().try_for_each(check_having)?;
            all(&summarize.rule)
        }
        StatementKind::Export(export) => {
            all(export.columns.iter().map(|column| &column.value))?;
            all(&export.rule)
        }
        StatementKind::Import(import) => all(&import.rule),
        StatementKind::Insert { rows, .. } => all(rows.iter().flatten()),
        StatementKind::Delete { table, rule } if table.text == "customers" => check_rule(rule),
        StatementKind::Delete { rule, .. } => check(rule, Place::Event),
        StatementKind::Set(setting) => all(setting.moment()),
        StatementKind::Group(statement) => all(statement.exprs()),
        StatementKind::Transitions(transitions) => all(&transitions.rule),
        StatementKind::Insight(insight) => within_insight(insight),
        StatementKind::Care(care) => within_care(care),
        StatementKind::CreateCustomers(_)
        | StatementKind::CreateScheme(_)
        | StatementKind::ShowScheme(_)
        | StatementKind::CreateEvents { .. }
        | StatementKind::Alter(_)
        | StatementKind::DropAttribute(_)
        | StatementKind::DescribeAttribute(_)
        | StatementKind::Show(_)
        | StatementKind::Advance(_)
        | StatementKind::SetRates { .. }
        | StatementKind::Upkeep(_) => Ok(()),
    }
}

#[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
fn all<'a>(rules: impl IntoIterator<Item = &'a Expr>) -> Checked {
    rules.into_iter().try_for_each(check_rule)
}

/// Rules of reports are about customers, but for what is asked of their events.
fn within_insight(insight: &Insight) -> Checked {
    all(insight.rules())?;
    if let Insight::Rank(rank) = insight
        && let RankedBy::Sum(of) = &rank.by
    {
        check(of, Place::Event)?;
    }
    let Some(events) = insight.events() else { return Ok(()) };
    events.filter.iter().try_for_each(|filter| check(filter, Place::Event))?;
    events.span.iter().try_for_each(|span| span.parts(&mut |part| check(part, Place::Customers)))
}

fn within_care(care: &Care) -> Checked {
    let span = |over: &Over| over.span.parts(&mut |part| check(part, Place::Customers));
    match care {
        Care::Claim(Selection::Rule(rule), _) | Care::Release(Some(Selection::Rule(rule))) => {
            check_rule(rule)
        }
        Care::Due(due) => all(&due.rule),
        Care::Report { rule, over } => {
            all(rule)?;
            over.iter().try_for_each(span)
        }
        Care::Store(store) => {
            all(store.rule.iter().chain(&store.old).chain(&store.loyal))?;
            store.over.iter().try_for_each(span)
        }
        _ => Ok(()),
    }
}

/// Checks what a figure of a summary is of: `sum(orders.amount)` there is a likely mistake.
fn check_figure(figure: &Measure) -> Checked {
    let Some(argument) = &figure.argument else { return Ok(()) };
    match &argument.kind {
        ExprKind::Property { owner, .. } if owner.text != CUSTOMER => {
            let message =
                format!("a figure is over customers, and `{argument}` is of their events");
            let diagnostic = Diagnostic::new(Code::Syntax, argument.span, message);
            let each = format!("{}(sum({argument}))", figure.function.name());
            Err(diagnostic.hint(format!("say what is taken of each customer's: `{each}`")).into())
        }
        _ => check_rule(argument),
    }
}

fn check_having(having: &Having) -> Checked {
    match having {
        Having::Any(parts) | Having::All(parts) => parts.iter().try_for_each(check_having),
        Having::Not(part) => check_having(part),
        Having::Compare(figure, ..) | Having::Missing(figure, _) => check_figure(figure),
    }
}

fn check(expr: &Expr, place: Place<'_>) -> Checked {
    match &expr.kind {
        ExprKind::Property { owner, name } => property(owner, name, expr.span, place),
        ExprKind::Aggregate(_) | ExprKind::Sequence(_) if !matches!(place, Place::Customers) => {
            let message = "a filter is about one event, and this is of all that a customer has";
            Err(Diagnostic::new(Code::Unsupported, expr.span, message).into())
        }
        ExprKind::Case(_) | ExprKind::Grading(_) if !matches!(place, Place::Customers) => {
            let message = "a filter is about one event, and this is a class of customers";
            let diagnostic = Diagnostic::new(Code::Unsupported, expr.span, message);
            let hint = "an attribute of the customer is read as `customer.tier`";
            Err(diagnostic.hint(hint).into())
        }
        ExprKind::Aggregate(aggregate) => within_aggregate(aggregate, place),
        ExprKind::Sequence(sequence) => within_sequence(sequence, place),
        ExprKind::Call { name, arguments } if matches!(place, Place::Customers) => {
            call(name, arguments)?;
            expr.parts(&mut |part| check(part, place))
        }
        _ => expr.parts(&mut |part| check(part, place)),
    }
}

/// The argument was checked when it was built.
fn within_aggregate(aggregate: &Aggregate, place: Place<'_>) -> Checked {
    aggregate.filter.iter().try_for_each(|filter| check(filter, Place::Event))?;
    aggregate.span.iter().try_for_each(|span| span.parts(&mut |part| check(part, place)))
}

fn within_sequence(sequence: &Sequence, place: Place<'_>) -> Checked {
    let steps = sequence.steps.iter().enumerate();
    let named = steps.filter_map(|(i, step)| Some((step.alias.as_ref()?.text.as_str(), i)));
    let names: HashMap<&str, usize> = named.collect();
    for (number, step) in sequence.steps.iter().enumerate() {
        let place = Place::Step { table: &step.table.text, number, names: &names };
        step.filter.iter().try_for_each(|filter| check(filter, place))?;
    }
    sequence.span.iter().try_for_each(|span| span.parts(&mut |part| check(part, place)))
}

/// `mean(orders.amount)`: no function of customers takes a property.
fn call(function: &Name, arguments: &[Expr]) -> Checked {
    let takes_property = arguments.iter().any(|argument| {
        matches!(&argument.kind, ExprKind::Property { owner, .. } if owner.text != CUSTOMER)
    });
    if takes_property && build::meant(&function.text).is_some() {
        return Err(build::not_of_events(function).into());
    }
    Ok(())
}

fn property(owner: &Name, name: &Name, at: SourceSpan, place: Place<'_>) -> Checked {
    match place {
        Place::Customers if owner.text == CUSTOMER => {
            let message = format!("`customer.{name}` is written so in filters of events only");
            let diagnostic = Diagnostic::new(Code::Syntax, at, message);
            Err(diagnostic.hint(format!("write `{name}`")).into())
        }
        Place::Step { table, number, names } if owner.text != CUSTOMER => {
            of_step(owner, table, number, names)
        }
        Place::Customers | Place::Event | Place::Step { .. } => Ok(()),
    }
}

/// `a.brand`, in the filter of this step; a step's name comes before its table's.
fn of_step(owner: &Name, table: &str, number: usize, names: &HashMap<&str, usize>) -> Checked {
    let refuse = |message: String| Diagnostic::new(Code::Syntax, owner.span, message);
    match names.get(owner.text.as_str()) {
        Some(step) if *step <= number => Ok(()),
        None if owner.text == table => Ok(()),
        Some(_) => {
            let message = format!("`{owner}` is a later step, and only earlier ones can be named");
            Err(refuse(message).into())
        }
        None => {
            let mut earlier: Vec<&str> =
                names.iter().filter(|(_, step)| **step < number).map(|(name, _)| *name).collect();
            earlier.sort_unstable();
            let hint = match nearest(&owner.text, earlier.into_iter()).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`as {owner}` after an earlier step calls it so"),
            };
            Err(refuse(format!("no earlier step is called `{owner}`")).hint(hint).into())
        }
    }
}
