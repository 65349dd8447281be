//! The documents that hosts read.

use highsea::{Options, Outcome, Pool, Value};

use super::random::Random;
use super::world::World;

#[test]
fn each_report_is_one_object_with_what_the_documents_name() {
    let world = World::random(&mut Random::new(5));
    let pool = world.pool(1);
    for (statement, name, fields) in [
        ("overlap vip, age > 3", "overlap", &["total", "none", "sets", "pairs", "parts"][..]),
        (
            "intervals of orders by category",
            "intervals",
            &[
                "customers",
                "buyers",
                "repeaters",
                "purchases",
                "intervals",
                "days",
                "histogram",
                "again",
            ],
        ),
        (
            "transitions of category in orders",
            "successions",
            &["transitions", "first_transitions", "pairs"],
        ),
        ("cohorts of orders by week", "cohorts", &["unit", "customers", "cohorts"]),
        ("profile", "profile", &["customers", "share", "apart", "categories", "numbers", "events"]),
    ] {
        let answer = pool.run(statement).unwrap();
        let document: serde_json::Value = serde_json::to_value(&answer).unwrap();
        for field in fields {
            assert!(document[name].get(field).is_some(), "{statement}: {field} in {document}");
        }
        assert!(document["elapsed_ms"].is_number(), "{statement}");
        assert!(pool.query(statement).is_err(), "{statement} answers no rows");
    }
    let ranked = pool.query("rank category in orders").unwrap();
    assert_eq!(ranked.columns, ["category", "count", "share"]);
    let totalled = pool.run("summarize count by region with totals").unwrap();
    let document = serde_json::to_value(&totalled).unwrap();
    assert_eq!(document["totals"].as_array().map(Vec::len), Some(2), "{document}");
}

/// Whole numbers may name products; those that each event has for itself name nothing.
#[test]
fn a_profile_tells_the_most_frequent_whole_numbers() {
    let pool = Pool::in_memory(Options::default()).unwrap();
    for text in [
        "set now = 2026-06-30T12:00:00Z",
        "create customers (id int key)",
        "create events orders (at timestamp, product_id int, number int)",
        "insert into customers (id) values (1), (2)",
    ] {
        pool.run(text).unwrap();
    }
    let row = |n: i64| format!("({}, 2026-06-01, {}, {n})", 1 + n % 2, [7, 8, 7][n as usize % 3]);
    let rows: Vec<String> = (0..2_400).map(row).collect();
    let rows = rows.join(", ");
    pool.run(&format!("insert into orders (customer, at, product_id, number) values {rows}"))
        .unwrap();
    let Outcome::Profile(profile) = pool.run("profile where id = 1").unwrap().outcome else {
        panic!("no profile")
    };
    let [top] = &profile.events[0].top[..] else { panic!("{:?}", profile.events[0].top) };
    assert_eq!((top.property.as_str(), top.distinct), ("product_id", 2));
    let told: Vec<(Value, u64)> =
        top.values.iter().map(|value| (value.value.clone(), value.count)).collect();
    assert_eq!(told, [(Value::Int(7), 800), (Value::Int(8), 400)]);
    assert_eq!(profile.events[0].sums.len(), 2);
}
