//! Statements about events: their tables, and the events that are written.

use super::literal::{key, literal};
use super::names::{Bound, suggest};
use super::{Predicate, Scope, rule};
use crate::catalog::{AT, Attribute, CUSTOMER, Catalog, EventTable, KeyColumn};
use crate::lang::ast::{Expr, Name};
use crate::lang::{Code, Diagnostic, SourceSpan, nearest};
use crate::model::{AttributeId, EVENT_YEARS, Instant, Value};

/// The table that a statement is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Table<'a> {
    /// `customers`
    Customers,
    /// Events.
    Events(&'a EventTable),
}

/// The table of a name.
///
/// # Errors
///
/// `unknown-table`, with the nearest names.
pub(crate) fn table<'a>(name: &Name, catalog: &'a Catalog) -> Bound<Table<'a>> {
    if name.text == "customers" {
        return Ok(Table::Customers);
    }
    catalog.table(&name.text).map(Table::Events).ok_or_else(|| unknown_table(name, catalog))
}

/// The event table of a name.
///
/// # Errors
///
/// `unknown-table`, with the nearest names.
pub(crate) fn event_table<'a>(name: &Name, catalog: &'a Catalog) -> Bound<&'a EventTable> {
    catalog.table(&name.text).ok_or_else(|| match name.text.as_str() {
        "customers" => {
            let message = "`customers` are no events";
            let error = Diagnostic::new(Code::Unsupported, name.span, message);
            error.hint("customers are counted without brackets: `count spend > 3`")
        }
        _ => unknown_table(name, catalog),
    })
}

fn unknown_table(name: &Name, catalog: &Catalog) -> Diagnostic {
    let message = format!("unknown table `{}`", name.text);
    let error = Diagnostic::new(Code::UnknownTable, name.span, message);
    let tables = catalog.tables().iter().map(EventTable::name);
    let near = nearest(&name.text, ["customers"].into_iter().chain(tables.clone()));
    if !near.is_empty() {
        return suggest(error, near);
    }
    let known: Vec<String> = tables.map(|table| format!("`{table}`")).collect();
    match known.is_empty() {
        true => error.hint(format!(
            "this pool has no event tables yet; `create events {} (…)` makes one",
            name.text
        )),
        false => error.hint(format!("the event tables are {}", known.join(", "))),
    }
}

/// Bound events to insert.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InsertEvents {
    /// The properties named, in the order written, none twice; the time is among them.
    pub(crate) properties: Vec<AttributeId>,
    /// The customer's key, where it stands, and a value for each property, row by row.
    pub(crate) rows: Vec<(Value, SourceSpan, Vec<Value>)>,
}

/// Binds an `insert` of events; `whole` is where the statement stands.
///
/// # Errors
///
/// A diagnostic for an unknown or repeated column, for rows without a customer or a time, for a
/// time outside the years of events, and for values that do not fit.
pub(crate) fn insert_events(
    table: &EventTable,
    columns: &[Name],
    rows: &[Vec<Expr>],
    whole: SourceSpan,
    scope: &Scope<'_>,
) -> Bound<InsertEvents> {
    let targets = Targets::new(table, columns, whole, scope)?;
    let rows = rows.iter().map(|row| targets.row(row, whole, scope));
    Ok(InsertEvents {
        rows: rows.collect::<Bound<_>>()?,
        properties: targets.properties.iter().map(|(_, property)| property.id).collect(),
    })
}

/// Where the values of a row go.
struct Targets<'a> {
    n_columns: usize,
    key: (usize, &'a KeyColumn),
    /// Where the time stands among the columns.
    at: usize,
    properties: Vec<(usize, &'a Attribute)>,
}

impl<'a> Targets<'a> {
    fn new(
        table: &'a EventTable,
        columns: &[Name],
        whole: SourceSpan,
        scope: &Scope<'a>,
    ) -> Bound<Self> {
        let (mut customer, mut properties) = (None, Vec::<(usize, &Attribute)>::new());
        for (index, name) in columns.iter().enumerate() {
            let repeated = if name.text == CUSTOMER {
                customer.replace(index).is_some()
            } else {
                let property = property(table, &name.text, name.span)?;
                let repeated = properties.iter().any(|(_, other)| other.id == property.id);
                properties.push((index, property));
                repeated
            };
            if repeated {
                let message = format!("the column `{}` is named twice", name.text);
                return Err(Diagnostic::new(Code::Duplicate, name.span, message));
            }
        }
        let ends = columns.first().zip(columns.last());
        let span = ends.map_or(whole, |(first, last)| first.span.to(last.span));
        let missing = |name: &str, what: &str| {
            let message = format!("`{name}`, {what}, is not among the columns");
            Diagnostic::new(Code::Missing, span, message)
        };
        let customer = customer.ok_or_else(|| missing(CUSTOMER, "the customer's key"))?;
        let at = properties.iter().find(|(_, property)| property.id == table.at());
        let (at, _) = *at.ok_or_else(|| missing(AT, "the event's time"))?;
        let key = scope.catalog.key().ok_or_else(|| {
            let message = "this pool has no customers yet";
            Diagnostic::new(Code::Missing, span, message).hint("import or create them first")
        })?;
        Ok(Self { n_columns: columns.len(), key: (customer, key), at, properties })
    }

    fn row(
        &self,
        row: &[Expr],
        whole: SourceSpan,
        scope: &Scope<'_>,
    ) -> Bound<(Value, SourceSpan, Vec<Value>)> {
        let (customer, column) = self.key;
        let (Some(key_expr), Some(at)) =
            (row.get(customer).filter(|_| row.len() == self.n_columns), row.get(self.at))
        else {
            return Err(super::insert::wrong_length(row, self.n_columns, whole));
        };
        let key = key(key_expr, column.ty, scope)?;
        let value =
            |(index, property): &(usize, &Attribute)| literal(&row[*index], property.ty, scope);
        let values = self.properties.iter().map(value).collect::<Bound<Vec<Value>>>()?;
        let place = self.properties.iter().position(|(index, _)| *index == self.at);
        check_time(place.and_then(|place| values.get(place)), at.span, scope)?;
        Ok((key, key_expr.span, values))
    }
}

/// Checks that an event has a time, in the years of events.
pub(crate) fn check_time(time: Option<&Value>, span: SourceSpan, scope: &Scope<'_>) -> Bound<()> {
    match time {
        Some(Value::Timestamp(at)) => check_years(*at, span, scope),
        _ => Err(Diagnostic::new(Code::Missing, span, "an event needs its time")),
    }
}

fn check_years(at: Instant, span: SourceSpan, scope: &Scope<'_>) -> Bound<()> {
    let (year, ..) = scope.zone.day_of(at).to_civil();
    if EVENT_YEARS.contains(&i64::from(year)) {
        return Ok(());
    }
    let message = format!(
        "events happen in the years {} to {}, and {} is outside",
        EVENT_YEARS.start(),
        EVENT_YEARS.end(),
        scope.zone.format(at)
    );
    Err(Diagnostic::new(Code::OutOfBounds, span, message))
}

/// The property of a name.
pub(super) fn property<'a>(
    table: &'a EventTable,
    name: &str,
    span: SourceSpan,
) -> Bound<&'a Attribute> {
    table.properties().find(name).ok_or_else(|| no_property(table, name, span))
}

/// The message of a name that is no property's, with the nearest that are.
pub(crate) fn no_property(table: &EventTable, name: &str, span: SourceSpan) -> Diagnostic {
    let message = format!("`{}` have no property `{name}`", table.name());
    let error = Diagnostic::new(Code::UnknownAttribute, span, message);
    let known = table.properties().attributes().iter().map(|known| known.name.as_str());
    let near = nearest(name, known.clone());
    if near.is_empty() {
        let known: Vec<String> = known.map(|name| format!("`{name}`")).collect();
        return error.hint(format!("its properties are {}", known.join(", ")));
    }
    suggest(error, near)
}

/// Binds a rule over the events of a scope's table.
///
/// # Errors
///
/// As for any rule; and for what only customers can be asked.
pub(crate) fn event_rule<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Bound<Predicate> {
    let predicate = rule(expr, scope)?;
    if predicate.ranks() || super::reads_keys(&predicate) {
        let message = "events cannot be ranked or sampled, only customers can";
        return Err(Diagnostic::new(Code::Unsupported, expr.span, message));
    }
    Ok(predicate)
}

/// The attribute that `orders.amount` or `customer.region` stands for in the scope of a table.
pub(super) fn property_of<'a>(
    owner: &Name,
    name: &Name,
    scope: &Scope<'a>,
) -> Bound<&'a Attribute> {
    let Some(table) = scope.events else {
        let known = scope.catalog.table(&owner.text).is_some();
        let message = match known {
            true => format!("a customer has many `{}`; which is meant is asked", owner.text),
            false => format!("`{}` is no event table", owner.text),
        };
        let error = Diagnostic::new(Code::Unsupported, owner.span.to(name.span), message);
        return Err(match known {
            true => error.hint(format!("`last({0}.{1})`, `sum({0}.{1})` …", owner.text, name.text)),
            false => error,
        });
    };
    // Of earlier steps come before the table's own name, as whatever calls itself so.
    let of_step = scope.catalog.find(&format!("{}.{}", owner.text, name.text));
    if let Some(passing) = of_step.filter(|_| owner.text != CUSTOMER) {
        return Ok(passing);
    }
    if owner.text == table.name() || scope.step == Some(owner.text.as_str()) {
        property(table, &name.text, name.span)?;
        return scope.attribute(name, "in a filter of events");
    }
    if owner.text == CUSTOMER {
        let text = format!("{CUSTOMER}.{}", name.text);
        let passing = scope.catalog.find(&text);
        return passing.ok_or_else(|| {
            let message = "attributes of customers stand in filters, after `where`";
            Diagnostic::new(Code::Unsupported, owner.span.to(name.span), message)
        });
    }
    let message = format!("the question is about `{}`, and not `{}`", table.name(), owner.text);
    Err(Diagnostic::new(Code::Unsupported, owner.span, message))
}
