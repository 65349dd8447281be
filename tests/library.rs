//! The library as a host program uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant as Stopwatch};

use highsea::{
    Answer, Clock, Day, Decimal, Engine, Error, FixedClock, Instant, Interrupt, Key, Members,
    Money, Options, Outcome, Page, Parameters, Pool, Prepared, Session, Table, Value, Zone,
};

fn pool_with(options: Options) -> Pool {
    Pool::in_memory(options).unwrap()
}

fn run(pool: &Pool, statement: &str) -> Answer {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// Customers 0 to n − 1, in chunks of 64 rows, with an attribute of every type.
fn typed_pool(n: i64) -> Pool {
    let pool = pool_with(Options::default().threads(2).chunk_bits(6));
    run(
        &pool,
        "create customers (id int key, flag bool, number int, exact decimal(2), paid money(USD), \
         ratio float, note text, day date, at timestamp, tags set)",
    );
    let row = |n: i64| {
        format!(
            "({n}, {}, {n}, {}.25, {n} USD, {}.5, \"n{n}\", 2026-01-{:02}, 2026-01-01T00:00:{:02}Z, (\"t{}\", \"all\"))",
            n % 2 == 0,
            n,
            n,
            n % 28 + 1,
            n % 60,
            n % 3
        )
    };
    let rows: Vec<String> = (0..n).map(row).collect();
    let columns = "id, flag, number, exact, paid, ratio, note, day, at, tags";
    run(&pool, &format!("insert into customers ({columns}) values {}", rows.join(", ")));
    pool
}

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

#[test]
fn members_stay_what_they_were() {
    let pool = typed_pool(200);
    let members = pool.members("number >= 100").unwrap();
    let commit = pool.commit();
    run(&pool, "delete customers where number >= 50");
    run(&pool, "insert into customers (id) values (7000), (7001)");
    run(&pool, "alter customers drop column number");
    let keys: Vec<Key> = members.keys().unwrap().collect();
    assert_eq!(keys, (100..200).map(Key::Int).collect::<Vec<_>>());
    assert_eq!((members.len(), members.commit()), (100, commit));
    assert!(members.contains(&Key::Int(100)).unwrap());
    assert!(!members.contains(&Key::Int(7000)).unwrap());
    assert!(!pool.contains(&Key::Int(100)).unwrap());
}

#[test]
fn members_come_in_pages() {
    let pool = typed_pool(200);
    let members = pool.members("tags contains \"t1\"").unwrap();
    let all: Vec<Key> = members.keys().unwrap().collect();
    assert_eq!(all.len() as u64, members.len());
    for limit in [1, 2, 3, 66, 67, 68, 1000, usize::MAX] {
        let (mut from, mut keys, mut pages) = (None, Vec::new(), 0usize);
        loop {
            let page = members.page(from, limit).unwrap();
            assert!(page.keys.len() <= limit);
            keys.extend(page.keys);
            pages += 1;
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        assert_eq!(keys, all, "{limit} a page");
        assert_eq!(pages, all.len().div_ceil(limit), "no empty page at the end, {limit} a page");
    }
    let nobody = pool.members("false").unwrap();
    assert!(nobody.is_empty() && nobody.page(None, 10).unwrap().keys.is_empty());
    assert_eq!(nobody.page(None, 10).unwrap().next, None);
}

#[test]
fn members_know_whom_they_contain_and_give_their_bitmap() {
    let pool = typed_pool(200);
    run(&pool, "delete customers where number between 10 and 19");
    let members = pool.members("flag").unwrap();
    for n in 0..210 {
        let expected = n % 2 == 0 && n < 200 && !(10..20).contains(&n);
        assert_eq!(members.contains(&Key::Int(n)).unwrap(), expected, "{n}");
    }
    assert!(!members.contains(&Key::from("0")).unwrap(), "a key of another type is nobody's");
    assert!(!pool.contains(&Key::from("0")).unwrap());
    let bitmap = members.to_bitmap();
    assert_eq!(bitmap.len(), members.len());
    let rows: Vec<u32> = (0..200).filter(|n| n % 2 == 0 && !(10..20).contains(n)).collect();
    assert_eq!(bitmap.iter().collect::<Vec<_>>(), rows);
    let complement = pool.members("not flag").unwrap().to_bitmap();
    assert!(bitmap.is_disjoint(&complement));
    assert_eq!(bitmap.len() + complement.len(), pool.n_customers());
}

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

#[test]
fn a_statement_over_budget_fails_and_leaves_the_pool_usable() {
    let pool = pool_with(Options::default().threads(2).memory_budget(64 << 10).chunk_bits(6));
    run(&pool, "create customers (id int key, n int, t text)");
    let values: Vec<String> = (0..5_000).map(|n| format!("({n}, {n}, \"text {n}\")")).collect();
    run(&pool, &format!("insert into customers (id, n, t) values {}", values.join(", ")));
    for statement in [
        "select id, n, t",
        "select id order by t desc, n",
        "summarize count, median(n) by t",
        "count n * 2 in top 50%",
    ] {
        for _ in 0..3 {
            let error = pool.run(statement).unwrap_err();
            let Error::OverBudget(over) = &error else { panic!("{statement}: {error:?}") };
            assert_eq!((error.code(), over.budget), ("over-budget", 64 << 10));
            assert!(over.needed > over.budget && error.is_user_error(), "{statement}");
        }
        assert_eq!(pool.count("n >= 2500").unwrap(), 2_500, "after {statement}");
        run(&pool, "select id, n, t where n < 10 order by t");
    }
    run(&pool, "insert into customers (id, n) values (5000, 5000)");
    assert_eq!(pool.n_customers(), 5_001);
}

fn instant(text: &str) -> Instant {
    Zone::utc().parse_instant(text).unwrap()
}

fn now(pool: &Pool) -> String {
    let settings = pool.query("show settings").unwrap();
    settings.rows.iter().find(|row| row[0] == "now".into()).unwrap()[1].to_string()
}

#[test]
fn time_comes_from_the_clock_and_never_goes_back_past_a_commit() {
    let clock = Arc::new(FixedClock::new(instant("2026-03-01T12:00:00Z")));
    let pool = pool_with(Options::default().clock(Arc::clone(&clock) as Arc<dyn Clock>));
    run(&pool, "create customers (id int key, last_order timestamp)");
    run(&pool, "insert into customers (id, last_order) values (1, 2026-02-20T00:00:00Z)");
    let recent = pool.prepare("last_order within last 30 days").unwrap();
    let count = || recent.count(&Parameters::new()).unwrap();
    assert_eq!(count(), 1);
    clock.set(instant("2026-03-22T00:00:00Z"));
    assert_eq!(count(), 0, "exactly thirty days ago is not within the last thirty");
    clock.set(instant("2026-03-21T23:59:59.999999Z"));
    assert_eq!(count(), 1, "nothing was committed, so the clock may go back");
    clock.set(instant("2026-04-01T00:00:00Z"));
    run(&pool, "insert into customers (id) values (2)");
    clock.set(instant("2026-02-25T00:00:00Z"));
    assert_eq!(count(), 0, "now is not earlier than the last commit");
    assert!(now(&pool).starts_with("2026-04-01T00:00:00"), "{}", now(&pool));
    // Nor is it for a commit that the old clock makes.
    run(&pool, "insert into customers (id) values (3)");
    assert!(now(&pool).starts_with("2026-04-01T00:00:00"), "{}", now(&pool));
    for text in ["2026-03-31T23:59:59", "2026-03-31"] {
        let error = pool.session().fix_now(text).unwrap_err();
        assert_eq!(error.code(), "clock-back", "{error}");
        let error = pool.run(&format!("set now = {text}")).unwrap_err();
        assert_eq!(error.code(), "clock-back", "{error}");
        assert!(error.is_user_error());
    }
    let mut session = pool.session();
    for text in ["", "yesterday's", "2026-02-30", "3", "\"soon\""] {
        let error = session.fix_now(text).unwrap_err();
        assert!(error.is_user_error() && error.position().is_some(), "{text}: {error:?}");
    }
}

#[test]
fn a_sessions_clock_is_its_own() {
    let clock = Arc::new(FixedClock::new(instant("2026-03-01T12:00:00Z")));
    let pool = pool_with(Options::default().clock(clock));
    run(&pool, "create customers (id int key, day date)");
    run(&pool, "insert into customers (id, day) values (1, 2026-06-01)");
    let mut session = pool.session();
    session.fix_now("2026-06-01T10:00:00").unwrap();
    let count = |answer: Answer| match answer.outcome {
        Outcome::Counted(counted) => counted.count,
        other => panic!("{other:?}"),
    };
    assert_eq!(count(session.run("count day = today").unwrap()), 1);
    assert_eq!(session.prepare("day = today").unwrap().count(&Parameters::new()).unwrap(), 1);
    assert_eq!(pool.count("day = today").unwrap(), 0);
    // What the session writes is of its own time, which is then everybody's at least.
    session.run("insert into customers (id) values (2)").unwrap();
    assert_eq!(pool.count("day = today").unwrap(), 1);
    // A clock that the session sets for all is the one it goes by from then on.
    session.run("set now = 2026-07-01").unwrap();
    assert_eq!(count(session.run("count day = today - 30 days").unwrap()), 1);
    session.run("advance now by 2 days").unwrap();
    assert_eq!(count(session.run("count day = today - 32 days").unwrap()), 1);
    assert!(now(&pool).starts_with("2026-07-03T00:00:00"), "{}", now(&pool));
}

#[test]
fn set_now_is_for_everybody_until_the_system_has_it_back() {
    let clock = Arc::new(FixedClock::new(instant("2026-03-01T12:00:00Z")));
    let pool = pool_with(Options::default().clock(Arc::clone(&clock) as Arc<dyn Clock>));
    run(&pool, "set now = 2026-05-01");
    clock.set(instant("2026-06-01T00:00:00Z"));
    assert!(now(&pool).starts_with("2026-05-01T00:00:00"));
    run(&pool, "set now = system");
    assert!(now(&pool).starts_with("2026-06-01T00:00:00"));
    let error = pool.run("advance now by 9000 years").unwrap_err();
    assert_eq!(error.code(), "out-of-bounds", "{error}");
}

fn json(pool: &Pool, statement: &str) -> serde_json::Value {
    serde_json::to_value(run(pool, statement)).unwrap()
}

fn names(document: &serde_json::Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

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
