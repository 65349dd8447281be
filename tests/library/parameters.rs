//! Parameters, bound by value.

use highsea::{Day, Engine, Money, Outcome, Parameters, Value, Zone};

use crate::pools::typed_pool;

fn money(text: &str) -> Money {
    Money { amount: text.parse().unwrap(), currency: "USD".parse().unwrap() }
}

#[test]
fn parameters_of_every_type_are_bound_by_value() {
    let pool = typed_pool(100);
    let day = Day::from_civil(2026, 1, 5).unwrap();
    let instant = Zone::utc().parse_instant("2026-01-01T00:00:05Z").unwrap();
    let cases: [(&str, Value, &str); 14] = [
        ("flag = $x", true.into(), "flag = true"),
        ("number >= $x", 40.into(), "number >= 40"),
        ("number < $x", Value::Decimal("40.5".parse().unwrap()), "number < 40.5"),
        ("exact = $x", Value::Decimal("7.25".parse().unwrap()), "exact = 7.25"),
        ("exact > $x", 7.into(), "exact > 7"),
        ("paid >= $x", money("99").into(), "paid >= 99 USD"),
        ("ratio <= $x", 7.5.into(), "ratio <= 7.5"),
        ("note = $x", "n7".into(), "note = \"n7\""),
        ("note starts with $x", "n7".into(), "note starts with \"n7\""),
        ("day = $x", day.into(), "day = 2026-01-05"),
        ("at <= $x", instant.into(), "at <= 2026-01-01T00:00:05Z"),
        ("tags contains $x", "t1".into(), "tags contains \"t1\""),
        ("key = $x", 7.into(), "key = 7"),
        ("number between 10 and $x + 5", 20.into(), "number between 10 and 25"),
    ];
    for (rule, value, literal) in cases {
        let prepared = pool.prepare(rule).unwrap();
        let parameters = Parameters::new().with("x", value);
        let expected = pool.count(literal).unwrap();
        assert!(expected > 0, "{literal}");
        for engine in [Engine::Fused, Engine::Roaring] {
            let prepared = prepared.clone().on(engine);
            assert_eq!(prepared.count(&parameters).unwrap(), expected, "{rule}");
            assert_eq!(prepared.members(&parameters).unwrap().len(), expected, "{rule}");
            assert!(prepared.exists(&parameters).unwrap(), "{rule}");
        }
    }
    let lists: [(&str, Parameters, &str); 4] = [
        ("number in $x", Parameters::new().with_list("x", [3, 4, 500]), "number in (3, 4, 500)"),
        ("note in $x", Parameters::new().with_list("x", ["n1", "n2"]), "note in (\"n1\", \"n2\")"),
        (
            "tags contains any $x",
            Parameters::new().with_list("x", ["t1", "t2"]),
            "tags contains any (\"t1\", \"t2\")",
        ),
        ("key in $x", Parameters::new().with_list("x", [1, 2]), "key in (1, 2)"),
    ];
    for (rule, parameters, literal) in lists {
        let found = pool.prepare(rule).unwrap().count(&parameters);
        assert_eq!(found.unwrap(), pool.count(literal).unwrap(), "{rule}");
    }
}

#[test]
fn parameters_that_do_not_fit_are_told() {
    let pool = typed_pool(10);
    let cases: [(&str, Parameters, &str, &str); 7] = [
        ("number = $x", Parameters::new(), "unknown-parameter", "`$x`"),
        ("number = $x", Parameters::new().with("y", 1), "unknown-parameter", "`$x`"),
        ("number = $x", Parameters::new().with("x", "seven"), "type-mismatch", "number"),
        ("note = $x", Parameters::new().with("x", 7), "type-mismatch", "note"),
        ("number = $x", Parameters::new().with_list("x", [1, 2]), "type-mismatch", "`$x`"),
        ("number in $x", Parameters::new().with("x", 1), "type-mismatch", "`$x`"),
        ("number = $x", Parameters::new().with("x", Value::Null), "null-comparison", "null"),
    ];
    for (rule, parameters, code, mentions) in cases {
        let error = pool.prepare(rule).unwrap().count(&parameters).unwrap_err();
        assert_eq!(error.code(), code, "{rule} {parameters:?}: {error}");
        let text = format!("{error} {}", error.hints().join(" "));
        assert!(text.contains(mentions), "{rule} {parameters:?}: {text}");
        assert!(error.is_user_error());
        let at = error.position().unwrap();
        assert!((1..=rule.len()).contains(&at.column), "{rule}: {at:?}");
    }
    // Text is a value, whatever it looks like.
    let sly = Parameters::new().with("x", "n1\" or \"\" = \"");
    assert_eq!(pool.prepare("note = $x").unwrap().count(&sly).unwrap(), 0);
    pool.prepare("number >").unwrap_err();
}

#[test]
fn a_session_binds_parameters_in_statements() {
    let pool = typed_pool(10);
    let mut session = pool.session();
    session.set_parameters(Parameters::new().with("x", 4).with("note", "it's \"new\""));
    let count = session.run("count number < $x").unwrap();
    assert!(matches!(count.outcome, Outcome::Counted(counted) if counted.count == 4));
    session.run("insert into customers (id, note) values ($x, $note)").unwrap();
    assert_eq!(pool.query("select note where key = 4").unwrap().rows, [["it's \"new\"".into()]]);
    session.run("delete customers where number = $x").unwrap();
    assert_eq!(pool.n_customers(), 9);
}
