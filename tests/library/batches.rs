//! Batches: one commit each, all of it or nothing, from as many threads as there are.

use highsea::{Batch, Error, Key, Options, Pool, Value};

fn pool() -> Pool {
    let pool = Pool::in_memory(Options::default().chunk_bits(6)).unwrap();
    let columns =
        "id text key, n int, price decimal(2), born date, seen timestamp, tags set, note text";
    pool.run(&format!("create customers ({columns})")).unwrap();
    pool
}

fn count(pool: &Pool, rule: &str) -> u64 {
    pool.count(rule).unwrap()
}

#[test]
fn changes_count_in_their_order() {
    let pool = pool();
    let mut batch = Batch::new();
    batch.upsert("a", [("n", 1)]).upsert("a", [("n", 2)]).upsert("a", [("note", "kept")]);
    batch.upsert("b", [("n", 1)]).delete("b").upsert("b", [("note", "came back")]);
    batch.upsert("c", [("n", 1)]).delete("c").delete("never there");
    let written = pool.write(&batch).unwrap();
    assert_eq!((written.rows, written.commit), (2, Some(2)));
    assert_eq!(count(&pool, "key = \"a\" and n = 2 and note = \"kept\""), 1);
    assert_eq!(count(&pool, "key = \"b\" and n is null and note = \"came back\""), 1);
    assert_eq!(pool.n_customers(), 2);
    // One that is there goes and comes back without its past; null takes a value away.
    let mut batch = Batch::new();
    batch.delete("a").upsert("a", [("price", Value::from(5))]);
    batch.upsert("b", [("note", Value::Null)]);
    assert_eq!(pool.write(&batch).unwrap().rows, 3);
    assert_eq!(count(&pool, "key = \"a\" and n is null and note is null and price = 5"), 1);
    assert_eq!(count(&pool, "note is null"), 2);
    // Nothing to do is no commit.
    let mut batch = Batch::new();
    batch.delete("nobody");
    assert_eq!(pool.write(&batch).unwrap().commit, Some(3));
    assert_eq!(pool.write(&Batch::new()).unwrap().commit, Some(3));
    assert_eq!(pool.commit(), 3);
}

#[test]
fn one_bad_row_changes_nothing_and_is_named() {
    let pool = pool();
    let long_key = "k".repeat(1_025);
    let long_text = "t".repeat((1 << 20) + 1);
    let bad: [(&str, Value, &str, &str); 9] = [
        ("n", "many".into(), "type-mismatch", "column `n`: `int` is needed here, and `many` is"),
        ("n", 2.5.into(), "bad-number", "is no whole number"),
        (
            "price",
            Value::Decimal("1.234".parse().unwrap()),
            "bad-number",
            "2 digits after the point",
        ),
        ("price", i64::MAX.into(), "bad-number", "which holds at most 92233720368547758.07"),
        ("born", "12000-01-01".into(), "type-mismatch", "years go from 1 to 9999"),
        ("seen", "soon".into(), "type-mismatch", "is no date"),
        ("note", long_text.as_str().into(), "out-of-bounds", "at most 1048576 bytes"),
        ("nn", 1.into(), "unknown-attribute", "unknown attribute `nn`"),
        ("id", "x".into(), "unsupported", "`id` is the key"),
    ];
    for (column, value, code, message) in bad {
        let mut batch = Batch::new();
        batch
            .upsert("good", [("n", 1)])
            .upsert("bad", [(column, value)])
            .upsert("next", [("n", 2)]);
        let error = pool.write(&batch).unwrap_err();
        let Error::BadRow { row: 2, key: Some(Key::Text(key)), .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!((key.as_str(), error.code()), ("bad", code), "{error}");
        assert!(
            error.to_string().starts_with("change 2 of the batch for customer `bad`"),
            "{error}"
        );
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.is_user_error());
        assert_eq!((pool.n_customers(), pool.commit()), (0, 1));
    }
    for (key, message) in [(long_key.as_str(), "1 to 1024 bytes"), ("", "1 to 1024 bytes")] {
        let mut batch = Batch::new();
        batch.upsert(key, [("n", 1)]);
        let error = pool.write(&batch).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    let mut batch = Batch::new();
    batch.delete(7);
    assert_eq!(pool.write(&batch).unwrap_err().code(), "type-mismatch");
    batch = Batch::new();
    batch.append([("n", 1)]);
    assert!(pool.write(&batch).unwrap_err().to_string().contains("not numbered"));
    assert_eq!(pool.write(&batch).unwrap_err().hints().len(), 0);
    let mut batch = Batch::new();
    batch.upsert("twice", [("n", 1), ("n", 2)]);
    assert!(pool.write(&batch).unwrap_err().to_string().contains("`n` is named twice"));
    let empty = Pool::in_memory(Options::default()).unwrap();
    assert_eq!(empty.write(&batch).unwrap_err().code(), "no-customers");
}

#[test]
fn customers_without_keys_are_numbered_on() {
    let pool = Pool::in_memory(Options::default().chunk_bits(6)).unwrap();
    pool.run("create customers (n int)").unwrap();
    let mut batch = Batch::new();
    for n in 0..100 {
        batch.append([("n", n)]);
    }
    pool.write(&batch).unwrap();
    pool.run("delete customers where key > 90").unwrap();
    let mut batch = Batch::new();
    batch.append([("n", 7_000)]).upsert(3, [("n", 7_001)]).append([("n", 7_002)]);
    pool.write(&batch).unwrap();
    let table = pool.query("select key, n where n >= 7000 order by n").unwrap();
    let rows: Vec<(Value, Value)> =
        table.rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let of = |key: i64, n: i64| (Value::Int(key), Value::Int(n));
    assert_eq!(rows, [of(101, 7_000), of(3, 7_001), of(102, 7_002)]);
}

#[test]
fn writers_at_once_lose_nothing_and_each_has_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    for pool in [pool(), Pool::open(folder.path().join("pool"), Options::default()).unwrap()] {
        if pool.key_column().is_none() {
            pool.run("create customers (id text key, n int, note text)").unwrap();
        }
        let mut commits: Vec<u64> = std::thread::scope(|scope| {
            let writer = |writer: i64| {
                let pool = &pool;
                move || -> Vec<u64> {
                    let one = |n: i64| {
                        let mut batch = Batch::new();
                        batch.upsert("shared", [("n", writer * 100 + n)]);
                        batch.upsert(format!("w{writer}-{n}"), [("n", n)]);
                        let written = pool.write(&batch).unwrap();
                        // Visible to the next statement.
                        assert_eq!(pool.count(&format!("key = \"w{writer}-{n}\"")).unwrap(), 1);
                        written.commit.unwrap()
                    };
                    (0..25).map(one).collect()
                }
            };
            let threads: Vec<_> = (0..6).map(|n| scope.spawn(writer(n))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        commits.sort_unstable();
        assert_eq!(commits, (2..=151).collect::<Vec<u64>>());
        assert_eq!((pool.n_customers(), pool.commit()), (151, 151));
        // Applied together or one by one on opening, the log leads to what is in memory.
        let verified = pool.verify(highsea::Depth::Deep).unwrap();
        assert!(verified.is_ok(), "{:?}", verified.problems);
    }
}

#[test]
fn definitions_between_writers_are_heeded() {
    let pool = pool();
    std::thread::scope(|scope| {
        let writers = (0..3).map(|writer| {
            let pool = &pool;
            scope.spawn(move || {
                for n in 0..40 {
                    let mut batch = Batch::new();
                    batch.upsert(format!("w{writer}-{n}"), [("n", n)]);
                    pool.write(&batch).unwrap();
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        for n in 0..10 {
            pool.run(&format!("alter customers add column extra{n} int")).unwrap();
            pool.run(&format!("alter customers drop column extra{n}")).unwrap();
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
    assert_eq!((pool.n_customers(), pool.commit()), (120, 141));
}

#[test]
fn what_is_too_large_for_the_log_is_a_checkpoint_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = Pool::open(&path, Options::default()).unwrap();
    pool.run("create customers (id text key, n int, note text)").unwrap();
    let log = |pool: &Pool| {
        let settings = pool.query("show settings").unwrap().rows;
        settings.into_iter().find(|row| row[0] == "log_commits".into()).unwrap()[1].clone()
    };
    let mut small = Batch::new();
    small.upsert("small", [("n", 1)]);
    pool.write(&small).unwrap();
    assert_eq!(log(&pool), Value::Int(1));
    let note = |n: i64| format!("{n} {}", "x".repeat(100_000));
    let mut batch = Batch::new();
    for n in 0..100 {
        let values = [("n", Value::from(n)), ("note", Value::from(note(n)))];
        batch.upsert(format!("b{n}"), values);
    }
    batch.delete("small");
    assert_eq!(pool.write(&batch).unwrap().rows, 101);
    assert_eq!(log(&pool), Value::Int(0), "it took the log in");
    pool.write(&small).unwrap();
    let rows: Vec<String> = (0..100).map(|n| format!("(\"i{n}\", {n}, \"{}\")", note(n))).collect();
    let insert = format!("insert into customers (id, n, note) values {}", rows.join(", "));
    pool.run(&insert).unwrap();
    assert_eq!((log(&pool), pool.commit()), (Value::Int(0), 5));
    drop(pool);
    let pool = Pool::open(&path, Options::default()).unwrap();
    assert_eq!((pool.n_customers(), pool.commit()), (201, 5));
    assert_eq!(count(&pool, "note starts with \"99 x\" and n = 99"), 2);
}
