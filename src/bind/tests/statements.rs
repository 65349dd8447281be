//! Selections, summaries, inserts, and which attributes they read.

use super::{FIXTURE, catalog, parameters, show};
use crate::bind::scope::Parameters;
use crate::bind::{self, Scope};
use crate::catalog::{Catalog, KeyType};
use crate::lang::ast::{Binding, Expr, ExprKind, Name, StatementKind};
use crate::lang::{Diagnostic, SourceSpan, parse_rule, parse_statement};
use crate::model::{Order, Source, Type, Value};

fn statement(text: &str) -> StatementKind {
    parse_statement(text).unwrap_or_else(|error| panic!("{text}: {error}")).kind
}

fn select(text: &str) -> Result<bind::select::Select, Diagnostic> {
    let StatementKind::Select(select) = statement(text) else { panic!("{text}") };
    bind::select(&select, &FIXTURE.scope(&Parameters::new()))
}

fn summarize(text: &str) -> Result<bind::summarize::Summarize, Diagnostic> {
    let StatementKind::Summarize(summarize) = statement(text) else { panic!("{text}") };
    bind::summarize(&summarize, &FIXTURE.scope(&Parameters::new()))
}

fn source(source: &Source) -> String {
    match source {
        Source::Key => "key".to_owned(),
        Source::Attribute(id) => FIXTURE.catalog.by_id(*id).unwrap().name.clone(),
        Source::Scalar(scalar) => show::scalar(scalar, &FIXTURE.catalog),
    }
}

fn names(ids: &[crate::model::AttributeId]) -> Vec<&str> {
    ids.iter().map(|id| FIXTURE.catalog.by_id(*id).unwrap().name.as_str()).collect()
}

#[test]
fn columns_are_named_as_written() {
    let select = select(
        "select key, customer_id, region, tags, spend * 2, spend * 3 as triple, today \
         where age > 3 order by triple desc, region, spend + previous limit 5 offset 2",
    )
    .unwrap();
    let columns: Vec<(&str, String)> =
        select.projections.iter().map(|p| (p.name.as_str(), source(&p.source))).collect();
    let today = i64::from("2026-11-22".parse::<crate::model::Day>().unwrap().days());
    let expected = [
        ("key", "key".to_owned()),
        ("customer_id", "key".to_owned()),
        ("region", "region".to_owned()),
        ("tags", "tags".to_owned()),
        ("spend * 2", "(spend * 2:0):2".to_owned()),
        ("triple", "(spend * 3:0):2".to_owned()),
        ("today", format!("<{today}>:date")),
    ];
    assert_eq!(columns, expected);
    let order: Vec<(String, Order)> =
        select.order.iter().map(|key| (source(&key.source), key.order)).collect();
    let expected = [
        ("(spend * 3:0):2".to_owned(), Order::Descending),
        ("region".to_owned(), Order::Ascending),
        ("(spend + previous):3".to_owned(), Order::Ascending),
    ];
    assert_eq!(order, expected);
    assert_eq!((select.limit, select.offset), (Some(5), 2));
}

#[test]
fn a_star_is_the_key_and_every_attribute() {
    let select = select("select *").unwrap();
    assert_eq!(select.projections.len(), FIXTURE.catalog.attributes().len() + 1);
    assert_eq!(select.projections[0].source, Source::Key);
    assert_eq!(select.predicate, None);
}

#[test]
fn columns_that_are_none() {
    let table = [
        (
            "select \"region\"",
            "a column is an attribute or arithmetic, and `\"region\"` is text; names with blanks stand in back-quotes: `` `region` ``",
        ),
        (
            "select age > 3",
            "a value is needed here, and this is a rule; a rule stands after `where`",
        ),
        ("select age order by tags", "`tags` is a set, which has no order"),
        ("select size(tags)", "`size(tags)` can be tested, and not shown"),
    ];
    for (text, message) in table {
        assert_eq!(select(text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn figures_are_of_what_has_them() {
    let summary = summarize(
        "summarize count, count(region), sum(spend), avg(spend - previous), min(region), \
         max(born), median(age), distinct(key) by country, active where vip",
    )
    .unwrap();
    let measures: Vec<(&str, Option<String>)> =
        summary.measures.iter().map(|m| (m.name.as_str(), m.source.as_ref().map(source))).collect();
    let of = |text: &str| Some(text.to_owned());
    let expected = [
        ("count", None),
        ("count(region)", of("region")),
        ("sum(spend)", of("spend")),
        ("avg(spend - previous)", of("(spend + -previous:3):3")),
        ("min(region)", of("region")),
        ("max(born)", of("born")),
        ("median(age)", of("age")),
        ("distinct(key)", of("key")),
    ];
    assert_eq!(measures, expected);
    let by: Vec<&str> = summary.by.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(by, ["country", "active"]);
}

#[test]
fn figures_of_what_has_none() {
    let table = [
        ("summarize sum(region)", "`sum()` takes numbers, and `region` is text"),
        ("summarize avg(born)", "`avg()` takes numbers, and `born` is a date"),
        ("summarize sum(key)", "`sum()` takes numbers, and `key` is a name of customers"),
        (
            "summarize min(active)",
            "`min()` takes numbers, dates, timestamps and text, and `active` is bool",
        ),
        ("summarize distinct(tags)", "`distinct()` takes anything but sets, and `tags` is a set"),
        (
            "summarize count by tags",
            "`tags` is a set, and a customer may have several of its values",
        ),
        (
            "summarize count by key",
            "`key` is the key, and no attribute can stand for it after `by`",
        ),
    ];
    for (text, message) in table {
        assert_eq!(summarize(text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn a_file_has_no_two_columns_of_one_name() {
    let export = |text: &str| {
        let StatementKind::Export(export) = statement(text) else { panic!("{text}") };
        bind::export(&export, &FIXTURE.scope(&Parameters::new()))
    };
    let all = export("export where age > 3 to \"x.csv\"").unwrap();
    assert_eq!(all.projections.len(), FIXTURE.catalog.attributes().len() + 1);
    let error = export("export age, region, age where vip to \"x.csv\"").unwrap_err();
    assert_eq!((error.span.start, error.code), (20, crate::lang::Code::Duplicate));
    assert!(export("export age, age as years where vip to \"x.csv\"").is_ok());
}

fn stored(text: &str, ty: &str) -> Result<Value, String> {
    let expr: Expr = parse_rule(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let ty: Type = ty.parse().unwrap();
    bind::literal(&expr, ty, &FIXTURE.scope(&Parameters::new())).map_err(|error| error.to_string())
}

#[test]
fn stored_values_are_exact() {
    let good = [
        ("3", "int", Value::Int(3)),
        ("-3.00", "int", Value::Int(-3)),
        ("null", "int", Value::Null),
        ("19.9", "decimal(2)", Value::Decimal("19.90".parse().unwrap())),
        ("0.1", "float", Value::Float(0.1)),
        ("true", "bool", Value::Bool(true)),
        ("\"US\"", "text", Value::Text("US".to_owned())),
        ("\"2026-11-22\"", "date", Value::Date("2026-11-22".parse().unwrap())),
        ("today", "date", Value::Date("2026-11-22".parse().unwrap())),
        ("now", "timestamp", Value::Timestamp(FIXTURE.now)),
        ("(\"b\", \"a\")", "set", Value::set(["a".to_owned(), "b".to_owned()])),
        ("\"a|b\"", "set", Value::set(["a|b".to_owned()])),
        ("null", "set", Value::Set(Vec::new())),
    ];
    for (text, ty, value) in good {
        assert_eq!(stored(text, ty), Ok(value), "{text} in {ty}");
    }
    let start = FIXTURE.zone.parse_instant("2026-11-22T00:00:00").unwrap();
    assert_eq!(stored("2026-11-22", "timestamp"), Ok(Value::Timestamp(start)));
    for text in ["5", "5 USD"] {
        let Ok(Value::Money(money)) = stored(text, "money(USD)") else { panic!("{text}") };
        assert_eq!(money.to_units(), Ok(500));
    }
}

#[test]
fn stored_values_that_do_not_fit() {
    let table = [
        (
            "9.995",
            "decimal(2)",
            "`9.995` has more than the 2 digits after the point of `decimal(2)`",
        ),
        ("9.5", "int", "`9.5` is no whole number, and `int` holds no others"),
        (
            "9223372036854775808",
            "int",
            "`9223372036854775808` does not fit `int`, which holds at most 9223372036854775807",
        ),
        (
            "\"3\"",
            "int",
            "`int` is needed here, and `\"3\"` is text; write the number without quotes: `3`",
        ),
        (
            "3",
            "text",
            "`text` is needed here, and `3` is a number; write the text in quotes: `\"3\"`",
        ),
        (
            "5 EUR",
            "money(USD)",
            "`money(USD)` is needed here, and `5 EUR` is money(EUR); currencies are not converted",
        ),
        (
            "2026-11-22T10:00:00",
            "date",
            "`date` is needed here, and `2026-11-22T10:00:00` is a timestamp",
        ),
        (
            "\"soon\"",
            "date",
            "`\"soon\"` is no date, and a date is needed here; dates are written `2026-11-22`, instants `2026-11-22T10:30:00`",
        ),
        ("age", "int", "a constant is needed here, and `age` is none"),
        ("(1, 2)", "set", "a set holds texts, and `1` is a number"),
    ];
    for (text, ty, message) in table {
        assert_eq!(stored(text, ty), Err(message.to_owned()), "{text} in {ty}");
    }
    let long = format!("\"{}\"", "x".repeat((1 << 20) + 1));
    assert!(stored(&long, "text").is_err());
}

fn insert(text: &str) -> Result<bind::Insert, Diagnostic> {
    let StatementKind::Insert { columns, rows, .. } = statement(text) else { panic!("{text}") };
    bind::insert(&columns, &rows, SourceSpan::new(0, 6), &FIXTURE.scope(&Parameters::new()))
}

#[test]
fn inserts_name_their_columns() {
    let insert = insert(
        "insert into customers (region, customer_id) values (\"US\", \"C1\"), (null, \"C2\")",
    )
    .unwrap();
    assert_eq!(names(&insert.attributes), ["region"]);
    let key = |text: &str| Value::Text(text.to_owned());
    let expected = [(key("C1"), vec![key("US")]), (key("C2"), vec![Value::Null])];
    assert_eq!(insert.rows, expected);
}

#[test]
fn inserts_that_are_refused() {
    let table = [
        ("(region) values (\"US\")", "the key `customer_id` is not among the columns"),
        ("(key, customer_id) values (\"a\", \"b\")", "the column `customer_id` is named twice"),
        ("(key, region) values (null, \"a\")", "a customer needs a key, not null"),
        ("(key, region) values (\"\", \"a\")", "a key has 1 to 1024 bytes, and this one has 0"),
    ];
    for (rest, message) in table {
        let text = format!("insert into customers {rest}");
        assert_eq!(insert(&text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn keys_of_whole_numbers() {
    let catalog = catalog(KeyType::Int);
    let none = Parameters::new();
    let scope = Scope {
        rates: None,
        catalog: &catalog,
        parameters: &none,
        zone: &FIXTURE.zone,
        now: FIXTURE.now,
        aggregates: bind::Aggregates::none(),
        events: None,
        step: None,
    };
    let rule = |text: &str| {
        let predicate = bind::rule(&parse_rule(text).unwrap(), &scope).unwrap();
        show::predicate(&predicate, &catalog)
    };
    assert_eq!(rule("key in (3, 1, 2.5)"), "key {1, 3}");
    assert_eq!(rule("key > 2.5"), "key {3..}");
    assert_eq!(rule("key not between 1 and 3"), "key {..0, 4..}");
}

#[test]
fn an_empty_pool_says_so() {
    let catalog = Catalog::empty();
    let none = Parameters::new();
    let scope = Scope {
        rates: None,
        catalog: &catalog,
        parameters: &none,
        zone: &FIXTURE.zone,
        now: FIXTURE.now,
        aggregates: bind::Aggregates::none(),
        events: None,
        step: None,
    };
    let error = bind::rule(&parse_rule("age > 3").unwrap(), &scope).unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown attribute `age`; this pool has no customers yet; import or create them first"
    );
}

#[test]
fn rules_name_every_attribute_they_read() {
    let rule = "spend > 1.5 * previous and not (region = country) \
                and visits in top 3 per region among (active) and tags contains \"a\"";
    let predicate = super::bind(rule).unwrap();
    let expected = ["visits", "spend", "previous", "active", "region", "country", "tags"];
    assert_eq!(names(&bind::attributes(&predicate)), expected);
}

#[test]
fn tables_are_told_by_name() {
    let table = |text: &str| {
        let name = Name { text: text.to_owned(), span: SourceSpan::default() };
        match bind::table(&name, &FIXTURE.catalog) {
            Ok(bind::Table::Customers) => "customers".to_owned(),
            Ok(bind::Table::Events(events)) => format!("events of {}", events.name()),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(table("customers"), "customers");
    assert_eq!(table("orders"), "events of orders");
    assert_eq!(table("custmers"), "unknown table `custmers`; did you mean `customers`?");
    assert_eq!(table("order"), "unknown table `order`; did you mean `orders`?");
    assert_eq!(table("xyz"), "unknown table `xyz`; the event tables are `orders`, `visits`");
}

#[test]
fn long_lists_of_keys_bind() {
    let keys: Vec<Value> = (0..200_000).map(|n| Value::Text(format!("C{n}"))).collect();
    let bound = super::bind_with("key in $keys", &parameters(&[("keys", Binding::List(keys))]));
    assert!(bound.is_ok());
}

#[test]
fn ten_thousand_clauses_bind() {
    let clause = parse_rule("spend > 3").unwrap();
    let span = clause.span;
    let rule = Expr { kind: ExprKind::And(vec![clause; 10_000]), span };
    let none = Parameters::new();
    let Ok(bind::Predicate::And(bound)) = bind::rule(&rule, &FIXTURE.scope(&none)) else {
        panic!("no conjunction")
    };
    assert_eq!(bound.len(), 10_000);
}
