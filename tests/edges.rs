//! Statements at the edge of what they take: nothing to do, twice the same, the wrong type, a file
//! with nothing in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use highsea::{Answer, Error, FixedClock, Key, Options, Outcome, Pool, Value, Written, Zone};

fn pool() -> Pool {
    Pool::in_memory(Options::default().threads(2).chunk_bits(6)).unwrap()
}

fn run(pool: &Pool, statement: &str) -> Answer {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
}

fn refused(pool: &Pool, statement: &str) -> Error {
    let (commit, n_customers) = (pool.commit(), pool.n_customers());
    let error = pool.run(statement).expect_err(statement);
    assert!(error.is_user_error(), "{statement}: {error:?}");
    assert_eq!((pool.commit(), pool.n_customers()), (commit, n_customers), "{statement}");
    error
}

fn written(answer: Answer) -> Written {
    match answer.outcome {
        Outcome::Written(written) => written,
        other => panic!("{other:?}"),
    }
}

fn rows(pool: &Pool, query: &str) -> Vec<Vec<String>> {
    let table = pool.query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    table.rows.iter().map(|row| row.iter().map(Value::to_string).collect()).collect()
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn from(path: &Path, clauses: &str) -> String {
    format!("import customers from \"{}\" {clauses}", path.display())
}

#[test]
fn one_key_twice_in_a_statement_is_one_customer() {
    let pool = pool();
    run(&pool, "create customers (id text key, n int, note text)");
    let answer =
        run(&pool, "insert into customers (id, n) values (\"a\", 1), (\"b\", 2), (\"a\", 3)");
    assert_eq!(pool.n_customers(), 2);
    assert_eq!(rows(&pool, "select id, n order by id"), [["a", "3"], ["b", "2"]]);
    assert_eq!(written(answer).rows, 2, "customers written");
    run(
        &pool,
        "insert into customers (id, note) values (\"a\", \"x\"), (\"a\", \"y\"), (\"b\", null)",
    );
    assert_eq!(rows(&pool, "select id, n, note order by id"), [["a", "3", "y"], ["b", "2", ""]]);
}

#[test]
fn a_delete_of_nobody_is_no_commit() {
    let pool = pool();
    run(&pool, "create customers (id int key, n int)");
    run(&pool, "insert into customers (id, n) values (1, 1)");
    let commit = pool.commit();
    for rule in ["n = 2", "false", "n is null"] {
        let answer = run(&pool, &format!("delete customers where {rule}"));
        assert_eq!(written(answer), Written { commit: Some(commit), ..Written::default() });
    }
    assert_eq!((pool.commit(), pool.n_customers()), (commit, 1));
}

#[test]
fn names_and_types_are_checked_by_insert() {
    let pool = pool();
    run(&pool, "create customers (id int key, n int, d decimal(2), t text, s set, day date)");
    let long = "x".repeat((1 << 20) + 1);
    for (statement, code) in [
        ("insert into customers (n) values (1)".to_owned(), "missing"),
        ("insert into customers (id, id) values (1, 1)".to_owned(), "duplicate"),
        ("insert into customers (id, n, n) values (1, 1, 1)".to_owned(), "duplicate"),
        ("insert into customers (id, m) values (1, 1)".to_owned(), "unknown-attribute"),
        ("insert into customers (id, n) values (1)".to_owned(), "missing"),
        ("insert into customers (id, n) values (1, 1), (2, \"two\")".to_owned(), "type-mismatch"),
        ("insert into customers (id) values (null)".to_owned(), "missing"),
        ("insert into customers (id) values (\"1\")".to_owned(), "type-mismatch"),
        ("insert into customers (id, d) values (1, 1.005)".to_owned(), "bad-number"),
        ("insert into customers (id, n) values (1, 9223372036854775808)".to_owned(), "bad-number"),
        ("insert into customers (id, day) values (1, 2026-02-30)".to_owned(), "bad-time"),
        ("insert into events (id) values (1)".to_owned(), "unknown-table"),
        (format!("insert into customers (id, t) values (1, \"{long}\")"), "out-of-bounds"),
        (format!("insert into customers (id, s) values (1, (\"{long}\"))"), "out-of-bounds"),
    ] {
        let error = refused(&pool, &statement);
        let start: String = statement.chars().take(80).collect();
        assert_eq!(error.code(), code, "{start}: {error}");
        assert!(error.position().is_some(), "{start}");
        assert!(error.to_string().len() < 500, "{start}: the message repeats the value");
    }
    let longest = "x".repeat(1 << 20);
    run(&pool, &format!("insert into customers (id, t) values (1, \"{longest}\")"));
    assert_eq!(pool.count("t starts with \"xxx\"").unwrap(), 1);
}

#[test]
fn keys_are_bounded() {
    let pool = pool();
    run(&pool, "create customers (id text key)");
    let longest = "k".repeat(1024);
    run(&pool, &format!("insert into customers (id) values (\"{longest}\")"));
    assert!(pool.contains(&Key::from(longest.as_str())).unwrap());
    refused(&pool, &format!("insert into customers (id) values (\"{longest}k\")"));
    refused(&pool, "insert into customers (id) values (\"\")");
}

#[test]
fn a_set_added_later_is_empty_for_everybody() {
    let pool = pool();
    run(&pool, "create customers (id int key)");
    let values: Vec<String> = (0..130).map(|n| format!("({n})")).collect();
    run(&pool, &format!("insert into customers (id) values {}", values.join(", ")));
    run(&pool, "delete customers where id = 5");
    run(&pool, "alter customers add column tags set");
    assert_eq!(pool.count("tags is empty").unwrap(), 129);
    assert_eq!(pool.count("tags is null").unwrap(), 0, "a set is never missing");
    assert_eq!(pool.count("size(tags) = 0").unwrap(), 129);
    run(
        &pool,
        "insert into customers (id, tags) values (7, (\"a\", \"b\", \"a\")), (500, (\"b\"))",
    );
    assert_eq!(pool.count("tags contains \"b\"").unwrap(), 2);
    assert_eq!(pool.count("size(tags) = 2").unwrap(), 1);
    assert_eq!(pool.count("tags is empty").unwrap(), 128);
}

#[test]
fn a_name_may_come_back_with_another_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let open = || Pool::open(&path, Options::default()).unwrap();
    run(&open(), "create customers (id int key, x text)");
    run(&open(), "insert into customers (id, x) values (1, \"one\"), (2, \"two\")");
    for (ty, value) in
        [("int", "1"), ("set", "(\"a\")"), ("decimal(2)", "0.10"), ("date", "2026-01-01")]
    {
        let pool = open();
        run(&pool, "alter customers drop column x");
        run(&pool, &format!("alter customers add column x {ty}"));
        let nothing = if ty == "set" { "x is empty" } else { "x is null" };
        assert_eq!(pool.count(nothing).unwrap(), 2, "{ty}: nothing of the old column is left");
        drop(pool);
        let pool = open();
        assert_eq!(pool.count(nothing).unwrap(), 2, "{ty}");
        run(&pool, &format!("insert into customers (id, x) values (2, {value})"));
        drop(pool);
        let pool = open();
        assert_eq!(pool.count(&format!("not ({nothing})")).unwrap(), 1, "{ty}");
        assert_eq!(pool.attributes()[0].ty.to_string(), ty);
    }
}

#[test]
fn alterations_that_cannot_be_are_refused() {
    let pool = pool();
    refused(&pool, "alter customers add column x int");
    run(&pool, "create customers (id int key, a int, b int)");
    for (statement, code) in [
        ("create customers (id int key)", "definition"),
        ("alter customers add column a text", "duplicate"),
        ("alter customers add column id text", "duplicate"),
        ("alter customers drop column id", "unsupported"),
        ("alter customers drop column key", "unsupported"),
        ("alter customers drop column c", "unknown-attribute"),
        ("alter customers rename column c to d", "unknown-attribute"),
        ("alter customers rename column a to b", "duplicate"),
        ("alter customers rename column a to id", "duplicate"),
    ] {
        let error = refused(&pool, statement);
        assert!(
            [code, "duplicate"].contains(&error.code()),
            "{statement}: {} {error}",
            error.code()
        );
    }
}

#[test]
fn a_renamed_key_is_the_key_of_later_imports() {
    let (pool, files) = (pool(), Files::new());
    run(&pool, &from(&files.write("a.csv", "id,n\nA,1\nB,2\n"), "key id"));
    run(&pool, "alter customers rename column id to customer");
    let error = refused(&pool, &from(&files.write("b.csv", "id,n\nB,3\nC,4\n"), "key id"));
    assert!(error.to_string().contains("`customer`"), "{error}");
    let answer = run(&pool, &from(&files.write("c.csv", "customer,n\nB,3\nC,4\n"), "key customer"));
    assert_eq!(written(answer).rows, 2);
    assert_eq!(
        rows(&pool, "select customer, n order by customer"),
        [["A", "1"], ["B", "3"], ["C", "4"]]
    );
    assert_eq!(pool.count("key = \"B\" and customer = \"B\"").unwrap(), 1);
}

/// `key` names the key whatever it is called, and the file's digits are text where keys are text.
#[test]
fn keys_of_digits_go_into_text_keys() {
    let (pool, files) = (pool(), Files::new());
    run(&pool, "create customers (id text key, n int)");
    run(&pool, "insert into customers (id, n) values (\"1\", 1)");
    run(&pool, &from(&files.write("a.csv", "id,n\n1,10\n2,20\n"), "key id"));
    run(&pool, &from(&files.write("b.csv", "key,n\n2,21\n3,30\n"), "key key"));
    assert_eq!(rows(&pool, "select id, n order by id"), [["1", "10"], ["2", "21"], ["3", "30"]]);
    let error = refused(&pool, &from(&files.write("c.csv", "id,n\n4,1\n"), "key id with (id int)"));
    assert!(error.to_string().contains("declared as int"), "{error}");
    let error = refused(&pool, &from(&files.write("d.csv", "n\n4\n"), ""));
    assert!(error.to_string().contains("name the file's column of keys"), "{error}");
}

#[test]
fn columns_keep_the_type_they_have() {
    let (pool, files) = (pool(), Files::new());
    run(&pool, "create customers (id int key, n int, d decimal(2), t text)");
    run(&pool, "insert into customers (id, n, d, t) values (1, 1, 1.50, \"x\")");
    // Guessed as int, decimal(1) and int.
    run(&pool, &from(&files.write("a.csv", "id,n,d,t\n2,2,2.5,7\n"), "key id"));
    assert_eq!(rows(&pool, "select n, d, t where id = 2"), [["2", "2.50", "7"]]);
    let csv = files.write("b.csv", "id,n,d,t\n3,three,2.5,7\n");
    let error = refused(&pool, &from(&csv, "key id"));
    assert_eq!(error.code(), "bad-row", "{error}");
    for part in ["b.csv", "line 2", "`n`", "`three`", "int"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    for (declared, name) in [("n text", "n"), ("d decimal(3)", "d"), ("d int", "d"), ("t int", "t")]
    {
        let csv = files.write("c.csv", "id,n,d,t\n3,3,4,7\n");
        let error = refused(&pool, &from(&csv, &format!("key id with ({declared})")));
        assert!(error.to_string().contains(&format!("`{name}`")), "{declared}: {error}");
        assert_eq!(error.code(), "definition", "{declared}: {error}");
    }
    let error = refused(&pool, &from(&files.write("d.csv", "id,other\n3,3\n"), "key id"));
    assert!(error.to_string().contains("alter customers add column other int"), "{error}");
}

#[test]
fn files_with_nothing_in_them() {
    let files = Files::new();
    let header = files.write("header.csv", "id,n\n");
    let pool_of_header = pool();
    let answer = run(&pool_of_header, &from(&header, "key id"));
    assert_eq!(written(answer).rows, 0);
    assert_eq!((pool_of_header.n_customers(), pool_of_header.attributes().len()), (0, 1));
    // Nothing more to do the second time.
    let commit = pool_of_header.commit();
    let answer = run(&pool_of_header, &from(&header, "key id"));
    assert_eq!(written(answer).commit, Some(commit));
    for name in ["empty.csv", "empty.jsonl", "blank.csv"] {
        let content = if name == "blank.csv" { "\n\n" } else { "" };
        let error = refused(&pool(), &from(&files.write(name, content), "key id"));
        assert!(error.to_string().contains(name), "{error}");
    }
    let error = refused(&pool(), &from(Path::new("/no/such/file.csv"), ""));
    assert_eq!(error.code(), "no-file", "{error}");
    let nobody = pool();
    run(&nobody, &from(&files.write("a.csv", "id,n\n1,1\n2,2\n"), "key id where n > 5"));
    assert_eq!(nobody.n_customers(), 0);
}

#[test]
fn files_without_keys_add_customers() {
    let (pool, files) = (pool(), Files::new());
    let lines: String = (0..100).map(|n| format!("{n}\n")).collect();
    let csv = files.write("a.csv", &format!("n\n{lines}"));
    run(&pool, &from(&csv, ""));
    run(&pool, "delete customers where key in (50, 100)");
    run(&pool, "insert into customers (key, n) values (150, -1)");
    run(&pool, &from(&csv, ""));
    assert_eq!(pool.n_customers(), 199);
    assert_eq!(pool.count("n = -1 and key = 150").unwrap(), 1, "nobody was written over");
    assert_eq!(pool.count("key between 151 and 250").unwrap(), 100);
    run(&pool, &from(&csv, "distinct"));
    assert_eq!(pool.n_customers(), 199, "a file imported again counts once");
    let keyed = files.write("key.csv", "key,n\n1,5\n");
    let error = refused(&self::pool(), &from(&keyed, ""));
    assert!(error.to_string().contains("key key"), "{error}");
}

#[test]
fn repeats_are_left_out() {
    let (pool, files) = (pool(), Files::new());
    let csv = files.write("a.csv", "n,t,other\n1,a,x\n1,a,y\n1,\"\",x\n1,,x\n1,a,x\n,a,x\n,a,x\n");
    run(&pool, &from(&csv, "distinct"));
    assert_eq!(pool.n_customers(), 5);
    let pool = self::pool();
    run(&pool, &from(&csv, "columns (n, t) distinct where other = \"x\" or other = \"y\""));
    assert_eq!(pool.n_customers(), 4, "the column that only the rule reads tells no rows apart");
}

#[test]
fn the_rule_of_an_import_is_about_rows() {
    let (pool, files) = (pool(), Files::new());
    let csv = files.write("a.csv", "id,n,row number\n1,10,1\n2,20,2\n3,,3\n");
    for rule in ["n in top 1", "sample 50%", "not (n > 1 and n in bottom 10%)"] {
        let error = refused(&pool, &from(&csv, &format!("key id where {rule}")));
        assert_eq!(error.code(), "unsupported", "{rule}: {error}");
        assert!(error.position().is_some());
    }
    let error = refused(&pool, &from(&csv, "key id where m > 1"));
    assert!(error.to_string().contains("`m`"), "{error}");
    let huge = files.write("b.csv", "id,n\n1,1\n2,4000000000000000000\n");
    let error = refused(&pool, &from(&huge, "key id where n * n * n > 5"));
    assert!(error.to_string().contains("too large in a row of the file"), "{error}");
    run(&pool, &from(&csv, "key id columns (id, n) where not (n = 20) and id < 10"));
    assert_eq!(rows(&pool, "select id, n order by id"), [["1", "10"], ["3", ""]]);
}

#[test]
fn a_column_may_have_any_name() {
    let (pool, files) = (pool(), Files::new());
    let csv = files.write("a.csv", "id,row number,from,where,地区,a-b\n1,5,6,7,8,9\n");
    run(
        &pool,
        &from(&csv, "key id where `row number` = 5 and `from` = 6 and 地区 = 8 and `a-b` = 9"),
    );
    assert_eq!(rows(&pool, "select `row number`, `where`, `a-b`"), [["5", "7", "9"]]);
    let twice = files.write("b.csv", "id,n,n\n1,2,3\n");
    let error = refused(&self::pool(), &from(&twice, "key id"));
    assert!(error.to_string().contains("two columns `n`"), "{error}");
}

#[test]
fn bad_rows_are_all_or_nothing_unless_skipped() {
    let (pool, files) = (pool(), Files::new());
    let csv = files.write("a.csv", "id,n\n1,1\n2,x\n3,3\n1,4\n,5\n");
    let error = refused(&pool, &from(&csv, "key id with (n int)"));
    assert_eq!(error.code(), "bad-row");
    assert!(error.to_string().contains("line 3"), "{error}");
    let bad = files.0.path().join("bad.csv");
    let clauses = format!("key id with (n int) on error skip rejects \"{}\"", bad.display());
    let written = written(run(&pool, &from(&csv, &clauses)));
    assert_eq!((written.rows, written.rejected, written.reasons.len()), (2, 3, 3));
    assert_eq!(fs::read_to_string(&bad).unwrap().lines().count(), 4);
    assert_eq!(rows(&pool, "select id, n order by id"), [["1", "1"], ["3", "3"]]);
    // The file itself is never overwritten by its rejects.
    let before = fs::read_to_string(&csv).unwrap();
    let clauses = format!("key id with (n int) on error skip rejects \"{}\"", csv.display());
    refused(&self::pool(), &from(&csv, &clauses));
    assert_eq!(fs::read_to_string(&csv).unwrap(), before);
}

#[test]
fn an_explanation_needs_no_earlier_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let noon = Zone::utc().parse_instant("2026-11-22T12:00:00").unwrap();
    let clock = Arc::new(FixedClock::new(noon));
    let options = Options::default().threads(1).clock(clock);
    let open = || Pool::open(&path, options.clone()).unwrap();
    let pool = open();
    run(&pool, "create customers (id int key, n int, t text)");
    let values: Vec<String> = (0..300).map(|n| format!("({n}, {n}, \"t{}\")", n % 3)).collect();
    run(&pool, &format!("insert into customers (id, n, t) values {}", values.join(", ")));
    let rule = "n < 30 and t = \"t1\" or not (n < 200 or t = \"t2\")";
    let expected = pool.explain(rule).unwrap();
    drop(pool);
    assert_eq!(open().explain(rule).unwrap(), expected);
}

#[test]
fn an_overflow_names_the_customer() {
    let pool = pool();
    run(&pool, "create customers (id text key, n int)");
    run(
        &pool,
        "insert into customers (id, n) values (\"small\", 1), (\"large\", 9000000000000000000)",
    );
    let error = refused(&pool, "count n * n * n > 5");
    assert_eq!(error.code(), "overflow");
    assert!(error.to_string().contains("`large`"), "{error}");
    assert_eq!(pool.count("n > 5").unwrap(), 1);
}
