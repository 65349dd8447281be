//! Files that nobody on this project made, against figures published or counted by other means.
//!
//! They lie beside the project in `../shared/data`; where that folder is absent the tests say so
//! and pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use highsea::{Import, Key, Options, Pool, Type, Value};

/// A file of the shared data; `None`, said aloud, where it is absent.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

fn open(path: &Path) -> Pool {
    Pool::open(path, Options::default().threads(2)).unwrap()
}

/// A pool on disk of one import, closed and opened again.
fn imported(folder: &Path, statement: &str) -> Pool {
    let pool = open(&folder.join("pool"));
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    drop(pool);
    open(&folder.join("pool"))
}

fn import(name: &str, clauses: &str) -> Option<(tempfile::TempDir, Pool)> {
    let path = data(name)?;
    let folder = tempfile::tempdir().unwrap();
    let statement = format!("import customers from \"{}\" {clauses}", path.display());
    let pool = imported(folder.path(), &statement);
    Some((folder, pool))
}

fn check_counts(pool: &Pool, expected: &[(&str, u64)]) {
    for (rule, count) in expected {
        assert_eq!(pool.count(rule).unwrap_or_else(|e| panic!("{rule}: {e}")), *count, "{rule}");
        assert_eq!(pool.members(rule).unwrap().len(), *count, "{rule}");
    }
}

fn one(pool: &Pool, query: &str) -> Vec<String> {
    let mut table = pool.query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    table.rows.remove(0).iter().map(Value::to_string).collect()
}

/// The whole of a pool, each row in a fixed order of names.
fn rows(pool: &Pool, names: &[String], order: &str) -> Vec<Vec<Value>> {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let query = format!("select {} order by {order}", names.join(", "));
    pool.query(&query).unwrap_or_else(|error| panic!("{query}: {error}")).rows
}

fn names_and_types(pool: &Pool) -> Vec<(String, Type)> {
    pool.attributes().into_iter().map(|attribute| (attribute.name, attribute.ty)).collect()
}

/// Runs the shell; its standard output.
fn shell(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_highsea")).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Imports in one process and counts in a second one.
fn counted_by_the_shell(import: &str, rules: &[&str]) -> Vec<u64> {
    let folder = tempfile::tempdir().unwrap();
    let pool = folder.path().join("pool");
    let pool = pool.to_str().unwrap();
    shell(&[pool, "-c", import]);
    let counts: Vec<String> = rules.iter().map(|rule| format!("count {rule}")).collect();
    let mut arguments = vec![pool, "--format", "json"];
    counts.iter().for_each(|count| arguments.extend(["-c", count]));
    let count = |line: &str| {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        document["count"].as_u64().unwrap()
    };
    shell(&arguments).lines().map(count).collect()
}

#[test]
fn bank_full_through_the_shell_in_two_processes() {
    let Some(path) = data("bank-full.csv") else { return };
    let import = format!("import customers from \"{}\"", path.display());
    let rules = ["y = \"yes\"", "balance < 0", "job in (\"retired\",\"student\") and y = \"yes\""];
    assert_eq!(counted_by_the_shell(&import, &rules), [5289, 3766, 785]);
}

#[test]
fn telco_through_the_shell_in_two_processes() {
    let Some(path) = data("Telco-Customer-Churn.csv") else { return };
    let import = format!("import customers from \"{}\" key customerID", path.display());
    let rules = [
        "Churn = \"Yes\"",
        "TotalCharges is null",
        "not (TotalCharges > 1000)",
        "TotalCharges <= 1000",
    ];
    assert_eq!(counted_by_the_shell(&import, &rules), [1869, 11, 2904, 2893]);
}

#[test]
fn bank_full() {
    let Some((_folder, pool)) = import("bank-full.csv", "") else { return };
    assert_eq!((pool.n_customers(), pool.key_column().unwrap().name.as_str()), (45_211, "key"));
    check_counts(
        &pool,
        &[
            ("y = \"yes\"", 5_289),
            ("balance < 0", 3_766),
            ("job in (\"retired\", \"student\") and y = \"yes\"", 785),
            ("not (y = \"yes\")", 39_922),
            ("key <= 65_536", 45_211),
            ("key = 45_211 and y = \"no\"", 1),
            ("pdays = -1", 36_954),
        ],
    );
}

#[test]
fn telco() {
    let Some((_folder, pool)) = import("Telco-Customer-Churn.csv", "key customerID") else {
        return;
    };
    check_counts(
        &pool,
        &[
            ("Churn = \"Yes\"", 1_869),
            ("Contract = \"Month-to-month\"", 3_875),
            ("Contract = \"Month-to-month\" and Churn = \"Yes\"", 1_655),
            ("PaymentMethod = \"Electronic check\" and Churn = \"Yes\"", 1_071),
            ("tenure between 1 and 12", 2_175),
            ("TotalCharges is null", 11),
            ("TotalCharges is null and tenure = 0", 11),
            ("TotalCharges > 1000", 4_139),
            ("not (TotalCharges > 1000)", 2_904),
            ("TotalCharges <= 1000", 2_893),
            ("customerID = \"7590-VHVEG\"", 1),
        ],
    );
    assert!(pool.contains(&Key::from("7590-VHVEG")).unwrap());
}

#[test]
fn online_retail_customers() {
    let Some((_folder, pool)) = import("online_retail_customers.csv", "key customer_id") else {
        return;
    };
    assert_eq!(pool.key_column().unwrap().ty, highsea::KeyType::Int);
    check_counts(
        &pool,
        &[
            ("orders > 0", 4_338),
            ("not (orders > 0)", 34),
            ("country = \"United Kingdom\" and key = 12346", 1),
            ("first_purchase on 2010-12-01", 95),
        ],
    );
}

#[test]
fn cdnow() {
    let columns = "(master text, sample text, day date, cds int, dollars decimal(2))";
    let names = "master, sample, day, cds, dollars";
    let clauses =
        format!("delimiter blanks no header columns ({names}) with (day date \"%Y%m%d\")");
    let Some((_folder, pool)) = import("CDNOW_sample.txt", &clauses) else { return };
    let types: Vec<String> =
        names_and_types(&pool).iter().map(|(name, ty)| format!("{name} {ty}")).collect();
    assert_eq!(format!("({})", types.join(", ")), columns);
    check_counts(
        &pool,
        &[
            ("cds is not null", 6_919),
            ("dollars = 0", 8),
            ("day between 1997-01-01 and 1998-06-30", 6_919),
            ("day = 1997-01-01", 18),
            ("sample = \"0001\"", 4),
        ],
    );
    // Counted by awk over the file.
    assert_eq!(
        one(&pool, "summarize count, sum(cds), sum(dollars)"),
        ["6919", "16479", "244091.94"]
    );
}

#[test]
fn cdnow_summary() {
    let Some((_folder, pool)) = import("cdnow_customers_summary.csv", "key ID") else { return };
    check_counts(&pool, &[("frequency = 0", 1_411), ("T >= 0", 2_357)]);
}

#[test]
fn superstore_is_the_same_from_csv_and_from_parquet() {
    let clauses = "key `Row ID`";
    let Some((_one, csv)) = import("superstore_us.csv", clauses) else { return };
    let Some((_two, parquet)) = import("superstore_us.parquet", clauses) else { return };
    assert_eq!((csv.n_customers(), parquet.n_customers()), (9_994, 9_994));
    let names: Vec<String> = names_and_types(&csv).into_iter().map(|(name, _)| name).collect();
    let others: Vec<String> = names_and_types(&parquet).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, others);
    let (left, right) = (rows(&csv, &names, "key"), rows(&parquet, &names, "key"));
    for (left, right) in left.iter().zip(&right) {
        let (left, right): (Vec<String>, Vec<String>) =
            (left.iter().map(plain).collect(), right.iter().map(plain).collect());
        assert_eq!(left, right);
    }
    for rule in ["`Sub-Category` = \"Chairs\"", "Profit < 0", "`Order Date` since 2017-01-01"] {
        assert_eq!(csv.count(rule).unwrap(), parquet.count(rule).unwrap(), "{rule}");
    }
    check_counts(&csv, &[("Profit < 0", 1_871), ("`Customer Name` contains \"'\"", 124)]);
}

/// A value as text, whatever number type holds it.
fn plain(value: &Value) -> String {
    match value {
        Value::Decimal(number) => format!("{:.4}", number.to_f64()),
        Value::Float(number) => format!("{number:.4}"),
        other => other.to_string(),
    }
}

/// One row a customer from a file of one row an order: bad rows are those that repeat a key.
#[test]
fn keys_with_apostrophes_make_customers() {
    let Some(path) = data("rfm_data_orders.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let pool = open(&folder.path().join("pool"));
    let from = format!("import customers from \"{}\" key customer_id", path.display());
    let error = pool.run(&from).unwrap_err();
    assert_eq!(error.code(), "bad-row", "{error}");
    assert_eq!((pool.n_customers(), pool.commit()), (0, 0), "all or nothing");
    let rejects = folder.path().join("bad.csv");
    let answer = pool.import(&Import::new(path).key("customer_id").skip_errors().rejects(&rejects));
    let written = answer.unwrap();
    assert_eq!((written.rows, written.rejected), (995, 3_911));
    assert!(written.reasons[0].contains("line"), "{:?}", written.reasons);
    // The header and a line for each, in the file's own columns and two more.
    let rejects = std::fs::read_to_string(rejects).unwrap();
    assert_eq!(rejects.lines().count(), 3_912);
    assert!(rejects.lines().next().unwrap().ends_with(",line,reason"));
    let quoted = pool.members("customer_id contains \"'\"").unwrap();
    assert!(!quoted.is_empty());
    for key in quoted.keys().unwrap() {
        let rule = format!("customer_id = \"{key}\" or customer_id = '{}'", escape(&key));
        assert_eq!(pool.count(&rule).unwrap(), 1, "{rule}");
    }
}

fn escape(key: &Key) -> String {
    key.to_string().replace('\'', "\\'")
}

#[test]
fn online_retail_lines_without_a_key() {
    let Some((_folder, pool)) = import("online_retail.csv.gz", "") else { return };
    check_counts(
        &pool,
        &[
            ("Quantity is not null", 541_909),
            ("CustomerID is null", 135_080),
            ("Description is null", 1_454),
            ("InvoiceNo starts with \"A\"", 3),
            ("CustomerID = 17850", 312),
            ("InvoiceDate on 2010-12-01", 3_108),
        ],
    );
    let counted = one(&pool, "summarize count, min(InvoiceDate), max(InvoiceDate)");
    assert_eq!(counted, ["541909", "2010-12-01T08:26:00Z", "2011-12-09T12:50:00Z"]);
}

#[test]
fn online_retail_chosen_and_filtered() {
    let clauses = "columns (InvoiceNo, StockCode, CustomerID, Quantity, UnitPrice, InvoiceDate, \
                   Description, Country) distinct \
                   where Quantity > 0 and UnitPrice > 0 and CustomerID is not null";
    let Some((_folder, pool)) = import("online_retail.csv.gz", clauses) else { return };
    // The published cleaning of this file leaves as many lines.
    assert_eq!(pool.n_customers(), 392_692);
    assert_eq!(pool.attributes().len(), 8);
    // Of them as many customers, eight of whom bought from two countries.
    let customers = pool.query("summarize count by CustomerID").unwrap();
    assert_eq!(customers.rows.len(), 4_338);
    let pairs = pool.query("summarize count by CustomerID, Country").unwrap();
    assert_eq!(pairs.rows.len(), 4_346);
}

/// Every type out to a file and in again, in every format.
#[test]
fn what_is_exported_imports_equal() {
    let types = "id text key, flag bool, number int, exact decimal(3), paid money(EUR), \
                 ratio float, note text, day date, at timestamp, tags set";
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run(&format!("create customers ({types})")).unwrap();
    for values in [
        "\"a\", true, 1, 1.125, 19.99 EUR, 0.1, \"plain\", 2024-02-29, 2024-02-29T23:59:59.999999Z, (\"x\", \"y z\")",
        "\"b\", false, -9223372036854775808, -0.001, -0.01 EUR, -123456789.125, \"\", 0001-01-01, 1969-12-31T23:59:59Z, ()",
        "\"c\", null, null, null, null, null, null, null, null, ()",
        "\"d'\", true, 9223372036854775807, 9223372036854775.807, 0 EUR, 0.000001, \"a,\\\"b\\\"\\nc; 'd' 地区 \\u{1F600}\", 9999-12-31, 2026-11-22T10:00:00Z, (\"null\", \"a,b\", \"\\\"q\\\"\", \"地\", \"p|q\")",
        "\" e \", false, 0, 0.000, 1 EUR, 0.0, \"NULL\", 1970-01-01, 1970-01-01T00:00:00Z, (\"1\")",
    ] {
        pool.run(&format!("insert into customers (id, flag, number, exact, paid, ratio, note, day, at, tags) values ({values})"))
            .unwrap_or_else(|error| panic!("{values}: {error}"));
    }
    let names: Vec<String> = names_and_types(&pool).into_iter().map(|(name, _)| name).collect();
    let expected = rows(&pool, &names, "key");
    for ending in ["csv", "jsonl", "parquet"] {
        let file = folder.path().join(format!("all.{ending}"));
        pool.run(&format!("export to \"{}\"", file.display()))
            .unwrap_or_else(|error| panic!("{ending}: {error}"));
        let again = Pool::in_memory(Options::default()).unwrap();
        again.run(&format!("create customers ({types})")).unwrap();
        again
            .run(&format!("import customers from \"{}\" key id", file.display()))
            .unwrap_or_else(|error| panic!("{ending}: {error}"));
        assert_eq!(names_and_types(&again), names_and_types(&pool), "{ending}");
        for (found, expected) in rows(&again, &names, "key").iter().zip(&expected) {
            assert_eq!(found, expected, "{ending}");
        }
        let keys =
            |pool: &Pool| -> Vec<Key> { pool.members("true").unwrap().keys().unwrap().collect() };
        assert_eq!(keys(&again), keys(&pool), "{ending}");
    }
}
