//! What each statement prints, in every format.

use std::fs;

use serde_json::json;

use crate::place::{CREATE, Place, json_args, keys};

#[test]
fn a_count_is_one_document_on_one_line() {
    let place = Place::with_customers();
    let run = place.run(&json_args(&["count age > 30", "region = \"US\"", "count"]));
    let expected =
        [(2, 3), (1, 3), (3, 3)].map(|(count, total)| json!({"count": count, "total": total}));
    assert_eq!(run.answers(), expected);
    assert_eq!(run.stderr, "");
    for document in run.documents() {
        assert_eq!(keys(&document), ["count", "elapsed_ms", "total"]);
        let elapsed = document["elapsed_ms"].as_f64().unwrap();
        assert!(elapsed > 0.0 && (elapsed * 1000.0 - (elapsed * 1000.0).round()).abs() < 1e-6);
    }
    let line = run.stdout.lines().next().unwrap();
    assert!(line.starts_with("{\"count\":2,\"total\":3,\"elapsed_ms\":"), "{line}");
}

#[test]
fn a_select_is_columns_and_rows() {
    let place = Place::with_customers();
    let select = "select customer_id, region, age, spend, birth_date, tags order by customer_id";
    let expected = json!({
        "columns": ["customer_id", "region", "age", "spend", "birth_date", "tags"],
        "rows": [
            ["C1", "US", 31, 19.99, "1995-02-28", ["new", "vip"]],
            ["C2", "深圳", 40, 1200.0, null, []],
            ["C3", null, null, null, null, []],
        ],
    });
    let run = place.run(&json_args(&[select]));
    assert_eq!(run.answers(), [expected]);
    assert_eq!(keys(&run.documents()[0]), ["columns", "elapsed_ms", "rows"]);
}

#[test]
fn a_summary_and_the_schema_are_tables_too() {
    let place = Place::with_customers();
    let run = place.run(&json_args(&["summarize count by region", "show schema", "show settings"]));
    let answers = run.answers();
    assert_eq!(answers[0]["rows"], json!([["US", 1], ["深圳", 1], [null, 1]]));
    for answer in &answers {
        assert_eq!(keys(answer), ["columns", "rows"]);
    }
}

#[test]
fn writes_tell_rows_and_commit() {
    let place = Place::new();
    fs::write(place.path("c.csv"), "id,age\nA,3\nB,x\nC,5\n").unwrap();
    let import = "import customers from \"c.csv\" key id with (age int) on error skip";
    let commands = [import, "insert into customers (id, age) values (\"D\", 4)"];
    let run = place.run(&json_args(&[commands[0], commands[1], "delete customers where age > 4"]));
    let documents = run.documents();
    assert_eq!(run.status(), 0, "{}", run.stderr);
    for document in &documents {
        assert_eq!(keys(document), ["commit", "elapsed_ms", "rejected", "rows"]);
    }
    let counts: Vec<(i64, i64)> = documents
        .iter()
        .map(|d| (d["rows"].as_i64().unwrap(), d["rejected"].as_i64().unwrap()))
        .collect();
    assert_eq!(counts, [(2, 1), (1, 0), (1, 0)]);
    let commits: Vec<i64> = documents.iter().map(|d| d["commit"].as_i64().unwrap()).collect();
    assert_eq!((commits[1], commits[2]), (commits[0] + 1, commits[0] + 2));
}

#[test]
fn definitions_and_settings_are_ok_and_a_commit() {
    let place = Place::new();
    let commands =
        [CREATE, "set timezone = \"Asia/Shanghai\"", "alter customers add column city text"];
    let run = place.run(&json_args(&commands));
    assert_eq!(run.status(), 0, "{}", run.stderr);
    for document in run.documents() {
        assert_eq!(keys(&document), ["commit", "ok"]);
        assert_eq!(document["ok"], json!(true));
    }
}

#[test]
fn explain_is_one_object() {
    let place = Place::with_customers();
    let rule = "region = \"US\" and age >= 30";
    let commands = [format!("explain {rule}"), format!("explain analyze {rule}")];
    let run = place.run(&json_args(&[&commands[0], &commands[1]]));
    assert_eq!(run.answers().len(), 2);
}

#[test]
fn json_lines_give_a_row_a_line() {
    let place = Place::with_customers();
    let select = "select customer_id, age order by customer_id limit 2";
    let run = place.run(&["pool", "--format", "jsonl", "-c", select, "-c", "count age > 30"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "{\"customer_id\":\"C1\",\"age\":31}");
    assert_eq!(lines[1], "{\"customer_id\":\"C2\",\"age\":40}");
    assert!(lines[2].starts_with("{\"count\":2,\"total\":3,"));
    assert_eq!(lines.len(), 3);
}

#[test]
fn csv_has_a_header_and_tells_missing_from_empty() {
    let place = Place::with_customers();
    let insert = "insert into customers (customer_id, region) values (\"C4\", \"\"), (\"C5\", \"a,\\\"b\\\"\")";
    let select = "select customer_id, region order by customer_id";
    let run =
        place.run(&["pool", "--format", "csv", "-c", insert, "-c", select, "-c", "count age > 30"]);
    let expected =
        "customer_id,region\nC1,US\nC2,深圳\nC3,\nC4,\"\"\nC5,\"a,\"\"b\"\"\"\ncount,total\n2,5\n";
    let (written, rest) = run.stdout.split_once("customer_id").unwrap();
    assert!(written.starts_with("rows,rejected,commit\n2,0,"), "{written}");
    assert_eq!(format!("customer_id{rest}"), expected);
}

#[test]
fn tables_are_for_people() {
    let place = Place::with_customers();
    let select = "select customer_id, region, age order by customer_id";
    let run = place.run(&["pool", "-c", select, "-c", "count age > 30"]);
    let expected = "customer_id  region  age\n────────────────────────\n\
                    C1           US       31\nC2           深圳     40\n\
                    C3           –         –\n3 rows\n2 of 3 customers (66.67 %)\n";
    assert_eq!(run.stdout, expected);
    assert_eq!(run.stderr, "", "times are for terminals");
}

#[test]
fn a_bare_rule_shows_a_few_members() {
    let place = Place::with_customers();
    let run = place.run(&["pool", "-c", "region = \"US\""]);
    assert!(run.stdout.starts_with("1 of 3 customers (33.33 %)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("C1"));
    let counted = place.run(&["pool", "-c", "count region = \"US\""]);
    assert_eq!(counted.stdout, "1 of 3 customers (33.33 %)\n");
}

#[test]
fn classes_and_who_moved_between_them_are_documents() {
    let place = Place::with_customers();
    let commands = [
        "create attribute tier as tiers of spend (vip: top 1, small: rest) with history",
        "describe attribute tier",
        "insert into customers (customer_id, spend) values (\"C1\", 5000)",
        "transitions of tier between commit 3 and commit 4",
        "show scheme abc on spend",
    ];
    let run = place.run(&json_args(&commands));
    assert_eq!(run.status(), 0, "{}", run.stderr);
    let answers = run.answers();
    let vip = json!({
        "label": "vip", "cut": "top 1", "customers": 1, "share": 1.0 / 3.0, "least": 1200.0,
        "most": 1200.0, "total": 1200.0, "share_of_total": null,
    });
    let mut class = answers[1]["attribute"]["classes"][0].clone();
    let share = class["share_of_total"].take().as_f64().unwrap();
    assert!((share - 1200.0 / 1219.99).abs() < 1e-9, "{share}");
    assert_eq!(class, vip);
    let commit = answers[0]["commit"].as_i64().unwrap();
    assert_eq!(commit, 3, "the statements below name it");
    let moved = json!([
        {"from": "vip", "to": "small", "customers": 1, "members": ["C2"]},
        {"from": "small", "to": "vip", "customers": 1, "members": ["C1"]},
    ]);
    assert_eq!(answers[3]["transitions"]["transitions"], moved);
    assert_eq!(answers[3]["transitions"]["moved"], 2);
    let statement = "create attribute abc as shares of spend (A: 80%, B: 95%, C: rest);";
    assert_eq!(answers[4], json!({"columns": ["statement"], "rows": [[statement]]}));
}
