//! What a process wrote and closed.

use std::fs;

use highsea::{Backend, Durability, Key, Options, Pool};

use crate::pools::{contents, create, open, run, sample_pool};

on_each_backend!(
    every_statement_that_writes_survives_a_reopening,
    settings_survive,
    rows_at_a_chunks_end_survive,
    rows_of_deleted_customers_are_used_again,
    a_pool_open_for_reading_refuses_each_statement_that_writes,
    buffered_writes_are_there_after_a_close,
);

fn every_statement_that_writes_survives_a_reopening(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let csv = folder.path().join("more.csv");
    let types = "flag bool, number int, exact decimal(3), paid money(EUR), ratio float, note text, \
                 day date, at timestamp, tags set";
    let definition = format!("create customers (id text key, {types})");
    let import = format!("import customers from \"{}\" key id", csv.display());
    let lines: String = (0..300).map(|n| format!("M{n},{n},{}.5\n", n % 7)).collect();
    fs::write(&csv, format!("id,number,exact\n{lines}")).unwrap();
    let insert = "insert into customers (id, flag, number, exact, paid, ratio, note, day, at, tags) values \
        (\"a\", true, -1, 1.125, 19.99 EUR, 0.1, \"地区 \\u{1F600}\", 2024-02-29, 2024-02-29T23:59:59.999999Z, (\"x\", \"y\")), \
        (\"b\", null, null, null, null, null, null, null, null, ()), \
        (\"c\", false, 9223372036854775807, -0.001, 0 EUR, -123456789.125, \"\", 0001-01-01, 1969-12-31T23:59:59Z, (\"\"))";
    let statements = [
        definition.as_str(),
        insert,
        &import,
        "insert into customers (id, note) values (\"b\", \"now known\"), (\"M7\", \"changed\")",
        "insert into customers (id, number, tags) values (\"a\", null, ())",
        "delete customers where number between 10 and 200",
        "insert into customers (id, number) values (\"new in a dead row\", 5)",
        "delete customers where number = 123456",
        "alter customers add column extra set",
        "insert into customers (id, extra) values (\"M1\", (\"p\", \"q\")), (\"M300\", (\"p\"))",
        "alter customers rename column note to `the note`",
        "alter customers rename column id to customer",
        "alter customers drop column exact",
        "alter customers add column exact text",
        "insert into customers (customer, exact) values (\"M1\", \"a text now\")",
        "set timezone = \"Asia/Shanghai\"",
        "set now = 2031-05-06T07:08:09",
        "advance now by 3 months",
        "set now = system",
        "delete customers where true",
        "insert into customers (customer) values (\"back\")",
    ];
    let mut pool = create(&path, backend);
    for statement in statements {
        run(&pool, statement);
        let (before, commit) = (contents(&pool), pool.commit());
        drop(pool);
        pool = open(&path);
        assert_eq!(contents(&pool), before, "{statement}");
        assert_eq!(pool.commit(), commit, "{statement}");
    }
}

fn settings_survive(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = create(&path, backend);
    run(&pool, "set timezone = \"America/New_York\"");
    run(&pool, "set now = 2031-05-06T12:00:00");
    drop(pool);
    let pool = open(&path);
    let settings = pool.query("show settings").unwrap();
    let value =
        |name: &str| settings.rows.iter().find(|row| row[0] == name.into()).unwrap()[1].to_string();
    assert_eq!(value("timezone"), "America/New_York");
    assert!(value("now").starts_with("2031-05-06T12:00:00"), "{}", value("now"));
    assert_eq!(value("clock"), "fixed by `set now`");
}

/// Full chunks of 65,536 rows: one short of the boundary, on it, one past it.
fn rows_at_a_chunks_end_survive(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    for n in [65_535u32, 65_536, 65_537] {
        let csv = folder.path().join("rows.csv");
        let line = |n: u32| format!("K{n},{n},{}\n", ["", "even"][usize::from(n % 2 == 0)]);
        let lines: String = (1..=n).map(line).collect();
        fs::write(&csv, format!("id,n,parity\n{lines}")).unwrap();
        let path = folder.path().join(format!("pool of {n}"));
        run(
            &create(&path, backend),
            &format!("import customers from \"{}\" key id", csv.display()),
        );
        let check = |pool: &Pool, extra: u64, dead: u64| {
            let n = u64::from(n);
            assert_eq!(pool.n_customers(), n + extra - dead);
            assert_eq!(pool.count("n >= 65_535").unwrap(), n - 65_534 - dead, "{n}");
            assert_eq!(
                pool.count("parity = \"even\"").unwrap(),
                n / 2 - dead.min(u64::from(n % 2 == 0))
            );
            assert_eq!(pool.count("not (n > 0)").unwrap(), extra);
            assert!(pool.contains(&Key::from("K65534")).unwrap());
        };
        check(&open(&path), 0, 0);
        // The last row goes and its place is taken; then one more goes behind it.
        run(&open(&path), &format!("delete customers where n = {n}"));
        check(&open(&path), 0, 1);
        let reopened = open(&path);
        assert!(!reopened.contains(&Key::from(format!("K{n}"))).unwrap());
        drop(reopened);
        run(&open(&path), "insert into customers (id) values (\"X1\")");
        check(&open(&path), 1, 1);
        run(&open(&path), "insert into customers (id, parity) values (\"X2\", \"odd\")");
        check(&open(&path), 2, 1);
        assert_eq!(open(&path).count("parity = \"odd\" and key = \"X2\"").unwrap(), 1);
    }
}

fn rows_of_deleted_customers_are_used_again(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = Pool::open(&path, Options::default().chunk_bits(6).backend(backend)).unwrap();
    run(&pool, "create customers (id int key, n int, tags set)");
    for block in 0..4 {
        let values: Vec<String> = (block * 50..block * 50 + 50)
            .map(|n| format!("({n}, {n}, (\"t{}\"))", n % 3))
            .collect();
        run(&pool, &format!("insert into customers (id, n, tags) values {}", values.join(", ")));
    }
    run(&pool, "delete customers where n between 60 and 139");
    drop(pool);
    let pool = open(&path);
    let values: Vec<String> = (1000..1070).map(|n| format!("({n})")).collect();
    run(&pool, &format!("insert into customers (id) values {}", values.join(", ")));
    let check = |pool: &Pool| {
        assert_eq!(pool.n_customers(), 190);
        assert_eq!(pool.count("n is null").unwrap(), 70, "nothing of those before is left");
        assert_eq!(pool.count("tags is empty").unwrap(), 70);
        assert_eq!(pool.count("key >= 1000").unwrap(), 70);
        assert_eq!(pool.count("key between 60 and 139").unwrap(), 0);
        let highest = pool.members("true").unwrap().to_bitmap().max().unwrap();
        assert_eq!(highest, 199, "the dead rows were used");
    };
    check(&pool);
    drop(pool);
    check(&open(&path));
}

fn a_pool_open_for_reading_refuses_each_statement_that_writes(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path, backend);
    let csv = folder.path().join("more.csv");
    fs::write(&csv, "id,n\nX,1\n").unwrap();
    let pool = Pool::open(&path, Options::default().read_only()).unwrap();
    let (before, commit) = (contents(&pool), pool.commit());
    for statement in [
        "create customers (id text key)",
        "insert into customers (id) values (\"X\")",
        "delete customers where n = 20",
        "delete customers where false",
        &format!("import customers from \"{}\" key id", csv.display()),
        "alter customers add column x int",
        "alter customers drop column n",
        "alter customers rename column n to m",
        "set now = 2040-01-01",
        "set now = system",
        "set timezone = \"Asia/Shanghai\"",
        "advance now by 1 day",
    ] {
        let error = pool.run(statement).unwrap_err();
        assert_eq!(error.code(), "read-only", "{statement}: {error}");
        assert!(error.is_user_error(), "{statement}");
        assert_eq!((contents(&pool), pool.commit()), (before.clone(), commit), "{statement}");
    }
    let error = pool.import(&highsea::Import::new(&csv).key("id")).unwrap_err();
    assert_eq!(error.code(), "read-only");
    let error = pool.load_demo(&highsea::Demo::new(10, 1), None).unwrap_err();
    assert_eq!(error.code(), "read-only");
    // What leaves the pool alone is allowed.
    run(&pool, &format!("export to \"{}\"", folder.path().join("out.csv").display()));
    let mut session = pool.session();
    session.fix_now("2040-01-01").unwrap();
    session.run("count n > 100").unwrap();
    drop((pool, session));
    assert_eq!(contents(&open(&path)), before);
}

fn buffered_writes_are_there_after_a_close(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let options = || Options::default().durability(Durability::Buffered).backend(backend);
    let pool = Pool::open(&path, options()).unwrap();
    run(&pool, "create customers (id int key, n int)");
    for n in 0..50 {
        run(&pool, &format!("insert into customers (id, n) values ({n}, {n})"));
    }
    let before = contents(&pool);
    drop(pool);
    assert_eq!(contents(&open(&path)), before);
    // A commit that is flushed makes those before it durable.
    let pool = Pool::open(&path, options()).unwrap();
    run(&pool, "delete customers where n < 10");
    drop(pool);
    let pool = open(&path);
    run(&pool, "insert into customers (id, n) values (100, 100)");
    assert_eq!(pool.n_customers(), 41);
}
