//! What statements answer, and how it serialises.

use highsea::{Decimal, Key, Options, Value};

use crate::pools::{json, names, pool_with, run, typed_pool};

#[test]
fn answers_serialise_as_the_shell_prints_them() {
    let pool = typed_pool(5);
    let text = serde_json::to_string(&run(&pool, "count number > 1")).unwrap();
    assert!(text.starts_with("{\"count\":3,\"total\":5,\"elapsed_ms\":"), "{text}");
    let bare = json(&pool, "number > 1");
    assert_eq!((bare["count"].as_u64(), bare["total"].as_u64()), (Some(3), Some(5)));
    assert!(bare["elapsed_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(names(&bare), ["count", "elapsed_ms", "total"]);
    let table =
        json(&pool, "select id, flag, exact, paid, ratio, note, day, at, tags where id = 3");
    assert_eq!(names(&table), ["columns", "elapsed_ms", "rows"]);
    assert_eq!(
        table["rows"].to_string(),
        "[[3,false,3.25,\"3.00 USD\",3.5,\"n3\",\"2026-01-04\",\"2026-01-01T00:00:03Z\",[\"all\",\"t0\"]]]"
    );
    run(&pool, "insert into customers (id) values (99)");
    let missing = json(&pool, "select note, number, tags where id = 99");
    assert_eq!(missing["rows"].to_string(), "[[null,null,[]]]");
    let summary = json(&pool, "summarize count by flag");
    assert_eq!(summary["columns"], serde_json::json!(["flag", "count"]));
    let written = json(&pool, "insert into customers (id) values (1), (2)");
    assert_eq!(names(&written), ["commit", "elapsed_ms", "rejected", "rows"]);
    assert_eq!((written["rows"].as_u64(), written["rejected"].as_u64()), (Some(2), Some(0)));
    assert_eq!(written["commit"].as_u64(), Some(pool.commit()));
    let done = json(&pool, "alter customers add column more text");
    assert_eq!(done, serde_json::json!({"ok": true, "commit": pool.commit()}));
    let done = serde_json::to_string(&run(&pool, "set timezone = \"UTC\"")).unwrap();
    assert_eq!(done, format!("{{\"ok\":true,\"commit\":{}}}", pool.commit()));
    let explained = json(&pool, "explain number > 1");
    assert!(explained.is_object() && explained["elapsed_ms"].is_number());
    let page = pool.members("id < 2").unwrap().page(None, 10).unwrap();
    assert_eq!(serde_json::to_string(&page).unwrap(), "{\"keys\":[0,1]}");
    let table = pool.query("select note where id = 1").unwrap();
    assert_eq!(
        serde_json::to_string(&table).unwrap(),
        "{\"columns\":[\"note\"],\"rows\":[[\"n1\"]]}"
    );
}

#[test]
fn decimals_are_text_only_where_a_double_would_lose_digits() {
    let shown = |text: &str| {
        serde_json::to_string(&Value::Decimal(text.parse::<Decimal>().unwrap())).unwrap()
    };
    assert_eq!(shown("19.99"), "19.99");
    assert_eq!(shown("-0.001"), "-0.001");
    assert_eq!(shown("123456789012.345"), "123456789012.345");
    assert_eq!(shown("9007199254740993.25"), "\"9007199254740993.25\"");
}

#[test]
fn a_query_is_a_statement_that_answers_rows() {
    let pool = typed_pool(3);
    assert_eq!(pool.query("select id order by id desc").unwrap().rows[0], [2.into()]);
    let error = pool.query("count number > 1").unwrap_err();
    assert_eq!(error.code(), "no-table", "{error}");
    let commit = pool.commit();
    let error = pool.query("delete customers where number > 1").unwrap_err();
    assert_eq!(error.code(), "no-table", "{error}");
    assert_eq!((pool.commit(), pool.n_customers()), (commit, 3), "it was refused, not done");
}

#[test]
fn a_pool_without_customers_says_what_to_do() {
    let pool = pool_with(Options::default());
    for statement in
        ["count true", "true", "select key", "summarize count", "delete customers where true"]
    {
        let error = pool.run(statement).unwrap_err();
        assert_eq!(error.code(), "no-customers", "{statement}: {error}");
        assert!(error.hints()[0].contains("create customers"));
    }
    assert_eq!(pool.count("true").unwrap_err().code(), "no-customers");
    assert_eq!((pool.n_customers(), pool.commit()), (0, 0));
    assert!(pool.attributes().is_empty() && pool.key_column().is_none());
    assert!(!pool.contains(&Key::Int(1)).unwrap());
    run(&pool, "show schema");
    run(&pool, "show settings");
}
