//! Values that a host binds.

use super::{FIXTURE, bind_with, parameters, show};
use crate::lang::ast::Binding;
use crate::model::{Anchor, Moment, Value};

fn value(value: Value) -> Binding {
    Binding::Value(value)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn outcome(rule: &str, name: &str, binding: Binding) -> String {
    match bind_with(rule, &parameters(&[(name, binding)])) {
        Ok(predicate) => show::predicate(&predicate, &FIXTURE.catalog),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_value_stands_where_a_literal_does() {
    assert_eq!(outcome("spend > $p", "p", value(Value::Int(3))), "spend {301..}");
    assert_eq!(outcome("spend > $p * 2", "p", value(Value::Int(3))), "spend {601..}");
    assert_eq!(outcome("spend > $p", "p", value(Value::Float(0.1))), "spend {11..}");
    assert_eq!(outcome("region = $p", "p", value(text("US"))), "region in [\"US\"]");
    assert_eq!(outcome("active = $p", "p", value(Value::Bool(true))), "active {1}");
    assert_eq!(outcome("$p", "p", value(Value::Bool(true))), "true");
    let day = Value::Date("1970-01-02".parse().unwrap());
    assert_eq!(outcome("born = $p", "p", value(day)), "born {1}");
    assert_eq!(outcome("born = $p", "p", value(text("1970-01-02"))), "born {1}");
    assert_eq!(
        outcome("born since $p", "p", value(text("1970-01-02"))),
        "born within since 1970-01-02"
    );
    assert_eq!(
        outcome("born between $p and 1970-01-01", "p", value(text("1970-01-02"))),
        "born {}"
    );
}

#[test]
fn a_list_stands_behind_in() {
    let list = || Binding::List(vec![text("US"), text("CA")]);
    assert_eq!(outcome("region in $p", "p", list()), "region in [\"CA\", \"US\"]");
    assert_eq!(outcome("tags contains any $p", "p", list()), "tags any [\"CA\", \"US\"]");
    assert_eq!(outcome("tags = $p", "p", list()), "tags = [\"CA\", \"US\"]");
    let none = || Binding::List(Vec::new());
    assert_eq!(outcome("region in $p", "p", none()), "region in []");
    assert_eq!(outcome("age not in $p", "p", none()), "age {..}");
    assert_eq!(outcome("age * 2 not in $p", "p", none()), "known((age * 2:0):0)");
    assert_eq!(outcome("tags contains any $p", "p", none()), "false");
    assert_eq!(outcome("tags contains all $p", "p", none()), "true");
}

#[test]
fn null_is_missing_behind_is_alone() {
    assert_eq!(outcome("spend is $p", "p", value(Value::Null)), "not known(spend)");
    assert_eq!(outcome("spend is not $p", "p", value(Value::Null)), "known(spend)");
    let refused = outcome("spend = $p", "p", value(Value::Null));
    assert!(refused.starts_with("a comparison with null"), "{refused}");
    let list = Binding::List(vec![Value::Int(1), Value::Null]);
    assert!(outcome("age in $p", "p", list).starts_with("a list holds values"));
}

#[test]
fn the_wrong_kind_is_named() {
    let table = [
        ("spend > $p", value(text("x")), "cannot compare `spend` (decimal(2)) with `$p` (text)"),
        (
            "spend > $p",
            value(Value::Float(f64::NAN)),
            "`$p` has more than 38 digits, or is not a finite number",
        ),
        ("score > $p", value(Value::Float(f64::NAN)), "`$p` is not a finite number"),
        (
            "region = $p",
            Binding::List(vec![text("US")]),
            "cannot compare `region` (text) with `$p` (list); write `in $p`",
        ),
        (
            "region in $p",
            value(text("US")),
            "a list is needed here, and `$p` is one value; write `= $p` or `in ($p)`",
        ),
        (
            "age in $p",
            Binding::List(vec![Value::Int(1), text("x")]),
            "cannot compare `age` (int) with `$p` (text)",
        ),
        ("age > $min_spnd", value(Value::Int(1)), "the parameter `$min_spnd` has no value"),
    ];
    for (rule, binding, message) in table {
        assert_eq!(outcome(rule, "p", binding), message, "{rule}");
    }
    let near = outcome("age > $min_spnd", "min_spend", value(Value::Int(1)));
    assert_eq!(near, "the parameter `$min_spnd` has no value; did you mean `$min_spend`?");
}

#[test]
fn moments_of_hosts_are_fixed() {
    let instant = FIXTURE.now;
    let moment = Moment::from(Anchor::Instant(instant));
    assert!(crate::bind::moment::is_fixed(&moment));
    let shown = outcome("last_order <= $p", "p", value(Value::Timestamp(instant)));
    assert_eq!(shown, format!("last_order {{..{}}}", instant.micros()));
}
