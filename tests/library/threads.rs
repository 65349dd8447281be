//! Many threads at one pool, and statements that are ended from outside.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant as Stopwatch};

use highsea::{
    Answer, Error, FixedClock, Interrupt, Key, Members, Options, Outcome, Page, Parameters, Pool,
    Prepared, Session, Table, Value,
};

use crate::pools::{pool_with, run, typed_pool};

#[test]
fn handles_go_between_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Pool>();
    check::<Session>();
    check::<Prepared>();
    check::<Members>();
    check::<Parameters>();
    check::<Options>();
    check::<Error>();
    check::<Answer>();
    check::<Outcome>();
    check::<Table>();
    check::<Page>();
    check::<Value>();
    check::<Key>();
    check::<Interrupt>();
    check::<FixedClock>();
}

/// The writer keeps `a = b` for everybody and only ever adds: whatever a reader sees is one commit.
#[test]
fn readers_see_one_commit_while_a_writer_writes() {
    const BATCHES: i64 = 60;
    let pool = pool_with(Options::default().threads(2).chunk_bits(6));
    run(&pool, "create customers (id int key, a int, b int, t text)");
    let (done, n_answers) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for reader in 0..3 {
            let (pool, done, n_answers) = (pool.clone(), &done, &n_answers);
            scope.spawn(move || {
                let equal = pool.prepare("a = b").unwrap();
                let (mut last, mut last_commit) = (0, 0);
                while !done.load(Ordering::Relaxed) {
                    let members = equal.members(&Parameters::new()).unwrap();
                    let keys = members.keys().unwrap().count() as u64;
                    assert_eq!(keys, members.len());
                    assert!(members.len() >= last, "reader {reader}: a count went back");
                    assert!(members.commit() >= last_commit, "reader {reader}: a commit went back");
                    assert_eq!(members.len() % 10, 0, "reader {reader}: half a batch");
                    (last, last_commit) = (members.len(), members.commit());
                    let Outcome::Counted(counted) = run(&pool, "count a = b").outcome else {
                        panic!()
                    };
                    assert_eq!(
                        counted.count, counted.total,
                        "reader {reader}: two commits in one answer"
                    );
                    let table =
                        pool.query("summarize count, sum(a), sum(b), max(a), max(b)").unwrap();
                    let row = &table.rows[0];
                    assert_eq!((&row[1], &row[3]), (&row[2], &row[4]), "reader {reader}");
                    n_answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for batch in 0..BATCHES {
            let values: Vec<String> = (0..10)
                .map(|n| format!("({}, {batch}, {batch}, \"t{batch}\")", batch * 10 + n))
                .collect();
            run(
                &pool,
                &format!("insert into customers (id, a, b, t) values {}", values.join(", ")),
            );
            // And everybody's values change at once.
            let values: Vec<String> =
                (0..=batch).map(|n| format!("({}, {n}7, {n}7)", n * 10)).collect();
            run(&pool, &format!("insert into customers (id, a, b) values {}", values.join(", ")));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(pool.count("a = b").unwrap(), 10 * BATCHES as u64);
    assert!(n_answers.into_inner() > 3);
}

/// Enough customers, over enough chunks, that the slowest executor takes a while over a rule.
fn slow_pool() -> (Pool, String) {
    let pool = pool_with(Options::default().threads(1).chunk_bits(6));
    run(&pool, "create customers (id int key, a int, b int)");
    for block in 0..10 {
        let values: Vec<String> = (0..4000)
            .map(|n| n + block * 4000)
            .map(|n| format!("({n}, {}, {})", n * 7 % 1_000, n * 13 % 1_000))
            .collect();
        run(&pool, &format!("insert into customers (id, a, b) values {}", values.join(", ")));
    }
    let clause = |n: u32| format!("a * {} + b * b > {n} - a * b", n % 97);
    let clauses: Vec<String> = (0..24).map(clause).collect();
    (pool, clauses.join(" or not "))
}

#[test]
fn an_interrupt_from_another_thread_ends_the_statement() {
    let (pool, rule) = slow_pool();
    let mut session = pool.session();
    let flag = session.interrupt();
    let start = Stopwatch::now();
    session.run(&format!("count {rule}")).unwrap();
    let whole = start.elapsed();
    let raised = thread::spawn({
        let flag = flag.clone();
        move || {
            thread::sleep(whole / 10);
            flag.raise();
        }
    });
    let start = Stopwatch::now();
    let error = session.run(&format!("count {rule}")).unwrap_err();
    let taken = start.elapsed();
    raised.join().unwrap();
    assert_eq!(error.code(), "interrupted", "{error}");
    assert!(error.is_user_error() && !error.needs_reopen());
    assert!(taken < whole * 3 / 4 + Duration::from_millis(200), "{taken:?} of {whole:?}");
    // Other sessions do not notice, and this one goes on once the flag is down.
    assert_eq!(pool.count("a >= 0").unwrap(), 40_000);
    flag.clear();
    session.run("count a >= 0").unwrap();
}

#[test]
fn a_raised_interrupt_ends_each_kind_of_statement_and_changes_nothing() {
    let pool = typed_pool(300);
    let folder = tempfile::tempdir().unwrap();
    let (csv, out) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    std::fs::write(&csv, "id,number\n900,1\n901,2\n").unwrap();
    let mut session = pool.session();
    let commit = pool.commit();
    session.interrupt().raise();
    for statement in [
        "number > 5",
        "count number > 5 and tags contains \"t1\"",
        "count exact in top 10%",
        "select note where number > 5 order by note limit 3",
        "summarize count, median(number) by flag",
        "explain analyze number > 5",
        "insert into customers (id) values (1000)",
        "delete customers where number > 5",
        &format!("import customers from \"{}\" key id", csv.display()),
        &format!("export to \"{}\"", out.display()),
    ] {
        let error = session.run(statement).unwrap_err();
        assert_eq!(error.code(), "interrupted", "{statement}: {error}");
    }
    assert_eq!((pool.commit(), pool.n_customers()), (commit, 300));
    assert!(!out.exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no half file is left");
    session.interrupt().clear();
    session.run("number > 5").unwrap();
    let prepared = session.prepare("number > 5").unwrap();
    assert_eq!(prepared.count(&Parameters::new()).unwrap(), 294);
    session.interrupt().raise();
    assert_eq!(prepared.count(&Parameters::new()).unwrap_err().code(), "interrupted");
    assert_eq!(pool.count("number > 5").unwrap(), 294, "another session's");
}

/// What the columns and keys in memory take.
fn memory_of(pool: &Pool) -> u64 {
    let is_data =
        |name: &Value| [Value::from("memory_columns"), Value::from("memory_keys")].contains(name);
    let rows = pool.query("show settings").unwrap().rows.into_iter();
    rows.filter(|row| is_data(&row[0]))
        .map(|row| match row[1] {
            Value::Int(bytes) => bytes as u64,
            ref other => panic!("{other:?}"),
        })
        .sum()
}

#[test]
fn a_statement_over_budget_fails_and_leaves_the_pool_usable() {
    let options = || Options::default().threads(2).chunk_bits(6);
    let filled = |options: Options| {
        let pool = pool_with(options);
        run(&pool, "create customers (id int key, n int, t text)");
        let values: Vec<String> = (0..5_000).map(|n| format!("({n}, {n}, \"text {n}\")")).collect();
        run(&pool, &format!("insert into customers (id, n, t) values {}", values.join(", ")));
        pool
    };
    let budget = memory_of(&filled(options())) + (64 << 10);
    let pool = filled(options().memory_budget(budget));
    for statement in [
        "select id, n, t",
        "select id order by t desc, n",
        "summarize count, median(n) by t",
        "count n * 2 in top 50%",
    ] {
        for _ in 0..3 {
            let error = pool.run(statement).unwrap_err();
            let Error::OverBudget(over) = &error else { panic!("{statement}: {error:?}") };
            assert_eq!((error.code(), over.budget), ("over-budget", budget));
            assert!(over.needed > over.budget && error.is_user_error(), "{statement}");
        }
        assert_eq!(pool.count("n >= 2500").unwrap(), 2_500, "after {statement}");
        run(&pool, "select id, n, t where n < 10 order by t");
    }
    run(&pool, "insert into customers (id, n) values (5000, 5000)");
    assert_eq!(pool.n_customers(), 5_001);
}
