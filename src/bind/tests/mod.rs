//! Tests of binding, by what the user types: a text, and the rule or the message it becomes.

mod comparisons;
mod messages;
mod parameters;
mod properties;
mod show;
mod statements;
mod time;

use std::sync::LazyLock;

use super::scope::Parameters;
use super::{Aggregates, Predicate, Scope, rule};
use crate::catalog::{Catalog, KeyType};
use crate::lang::ast::Binding;
use crate::lang::{Diagnostic, parse_rule};
use crate::model::{Instant, Type, Zone};

/// What every test looks names up in: Shanghai, at half past six in the evening.
struct Fixture {
    catalog: Catalog,
    zone: Zone,
    now: Instant,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let now = zone.parse_instant("2026-11-22T18:30:00").unwrap();
    Fixture { catalog: catalog(KeyType::Text), zone, now }
});

fn catalog(key: KeyType) -> Catalog {
    let mut catalog = Catalog::empty();
    catalog.define_key("customer_id", key).unwrap();
    let columns = [
        ("age", "int"),
        ("visits", "int"),
        ("spend", "decimal(2)"),
        ("previous", "decimal(3)"),
        ("fine", "decimal(18)"),
        ("paid", "money(USD)"),
        ("fee", "money(USD)"),
        ("euros", "money(EUR)"),
        ("score", "float"),
        ("active", "bool"),
        ("vip", "bool"),
        ("region", "text"),
        ("country", "text"),
        ("born", "date"),
        ("joined", "date"),
        ("last_order", "timestamp"),
        ("first_order", "timestamp"),
        ("tags", "set"),
    ];
    for (name, ty) in columns {
        catalog.add(name, ty.parse::<Type>().unwrap()).unwrap();
    }
    for (table, properties) in [
        ("orders", &[("amount", "decimal(2)"), ("paid", "money(USD)"), ("category", "text")][..]),
        ("visits", &[("page", "text"), ("tags", "set"), ("weight", "float")][..]),
    ] {
        let properties: Vec<(&str, Type)> =
            properties.iter().map(|(name, ty)| (*name, ty.parse::<Type>().unwrap())).collect();
        catalog.add_table(table, &properties).unwrap();
    }
    catalog
}

impl Fixture {
    fn scope<'a>(&'a self, parameters: &'a Parameters) -> Scope<'a> {
        Scope {
            rates: None,
            catalog: &self.catalog,
            parameters,
            zone: &self.zone,
            now: self.now,
            aggregates: Aggregates::none(),
            events: None,
            step: None,
        }
    }
}

fn bind_with(text: &str, parameters: &Parameters) -> Result<Predicate, Diagnostic> {
    let (expr, scope) = (parse_rule(text)?, FIXTURE.scope(parameters));
    let aggregates = Aggregates::bind(&[&expr], &scope)?;
    rule(&expr, &Scope { aggregates: &aggregates, ..scope })
}

fn bind(text: &str) -> Result<Predicate, Diagnostic> {
    bind_with(text, &Parameters::new())
}

/// What a rule becomes, in the short form of [`show`].
fn shown(text: &str) -> String {
    match bind(text) {
        Ok(predicate) => show::predicate(&predicate, &FIXTURE.catalog),
        Err(error) => panic!("{text}: {error}"),
    }
}

/// The message a rule is refused with, and the text its position marks.
fn refused(text: &str) -> (String, String) {
    match bind(text) {
        Ok(predicate) => panic!("{text} binds: {predicate:?}"),
        Err(error) => {
            let marked = text[error.span.start..error.span.end].to_owned();
            (format!("{}: {error}", error.code.name()), marked)
        }
    }
}

/// Checks a table of rules and what they become.
#[track_caller]
fn all_become(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

/// Checks a table of rules, the part that is marked, and the message.
#[track_caller]
fn all_refused(table: &[(&str, &str, &str)]) {
    for (text, marked, message) in table {
        assert_eq!(refused(text), ((*message).to_owned(), (*marked).to_owned()), "{text}");
    }
}

fn parameters(bindings: &[(&str, Binding)]) -> Parameters {
    bindings.iter().map(|(name, binding)| ((*name).to_owned(), binding.clone())).collect()
}
