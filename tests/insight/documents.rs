//! The documents that hosts read.

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
