//! Clocks, the form of the script, and the one view that a dump is of.

use std::fs;
use std::sync::Arc;

use highsea::{Clock, FixedClock, Instant, Options, Pool, Zone};

use crate::contents::{again_on_disk, check_same};

fn instant(text: &str) -> Instant {
    Zone::utc().parse_instant(text).unwrap()
}

fn now(pool: &Pool) -> String {
    let settings = pool.query("show settings").unwrap();
    settings.rows.iter().find(|row| row[0] == "now".into()).unwrap()[1].to_string()
}

fn pool_at(clock: &Arc<FixedClock>) -> Pool {
    Pool::in_memory(Options::default().clock(Arc::clone(clock) as Arc<dyn Clock>)).unwrap()
}

#[test]
fn a_clock_that_is_ahead_of_the_systems_stays_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::new(instant("2026-03-01T12:00:00Z")));
    let pool = pool_at(&clock);
    for statement in ["set now = 2030-01-01", "create customers (id int key)", "set now = system"] {
        pool.run(statement).unwrap();
    }
    let dump = folder.path().join("dump");
    pool.dump(&dump).unwrap();
    let loaded = pool_at(&clock);
    loaded.load(&dump).unwrap();
    assert_eq!(now(&loaded), now(&pool));
    assert!(now(&loaded).starts_with("2030-01-01"), "{}", now(&loaded));
    clock.set(instant("2031-01-01T00:00:00Z"));
    assert!(now(&loaded).starts_with("2031-01-01"), "it follows the system: {}", now(&loaded));
}

#[test]
fn settings_of_the_filled_pool_give_way() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::new(instant("2026-03-01T12:00:00Z")));
    let pool = pool_at(&clock);
    pool.run("create customers (id int key)").unwrap();
    let dump = folder.path().join("dump");
    pool.dump(&dump).unwrap();
    let loaded = pool_at(&clock);
    loaded.run("set timezone = \"Asia/Tokyo\"").unwrap();
    loaded.run("set now = 2026-03-02").unwrap();
    loaded.load(&dump).unwrap();
    check_same(&pool, &loaded);
    assert_eq!(loaded.commit(), 3);
}

#[test]
fn a_session_gives_up_the_clock_that_it_had_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("set now = 2011-12-09T23:59:59").unwrap();
    pool.run("create customers (id int key)").unwrap();
    let dump = folder.path().join("dump");
    pool.dump(&dump).unwrap();
    let loaded = Pool::in_memory(Options::default()).unwrap();
    let mut session = loaded.session();
    session.fix_now("2010-01-01").unwrap();
    session.run(&format!("load from \"{}\"", dump.display())).unwrap();
    assert_eq!(now(&loaded), now(&pool));
}

#[test]
fn the_script_is_one_to_read_and_runs_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::in_memory(Options::default()).unwrap();
    for statement in [
        "set now = 2026-06-30T12:00:00Z",
        "create customers (`Customer No` int key, spend decimal(2), paid money(USD), `null` set)",
        "insert into customers (`Customer No`, spend) values (7, 19.99)",
    ] {
        pool.run(statement).unwrap();
    }
    let dump = folder.path().join("dump");
    pool.dump(&dump).unwrap();
    let names = fs::read_dir(&dump).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["customers.parquet", "schema.highsea"]);
    let script = fs::read_to_string(dump.join("schema.highsea")).unwrap();
    let expected = format!(
        "-- A dump of a Highsea pool: `load from` with this directory makes the pool again, in this\n\
         -- release or a later one.\n\
         -- release {}, format 1, commit 3, customers 1\n\n\
         set now = 2026-06-30T12:00:00Z;\nset timezone = \"UTC\";\n\n\
         create customers (\n  `Customer No` int key,\n  spend decimal(2),\n  paid money(USD),\n  \
         `null` set\n);\n\n\
         import customers from \"customers.parquet\" key `Customer No`;\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(script, expected);
    let by_hand = Pool::in_memory(Options::default()).unwrap();
    let script =
        script.replace("customers.parquet", &dump.join("customers.parquet").display().to_string());
    for span in highsea::split(&script) {
        by_hand.session().run_span(&script, span).unwrap();
    }
    check_same(&pool, &by_hand);
}

#[test]
fn a_dump_is_of_one_commit_whatever_is_written_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::in_memory(Options::default().threads(2).chunk_bits(6)).unwrap();
    pool.run("create customers (id int key, a int, b int)").unwrap();
    let insert = |pool: &Pool, round: i64| {
        let rows: Vec<String> = (0..300).map(|id| format!("({id}, {round}, {round})")).collect();
        pool.run(&format!("insert into customers (id, a, b) values {}", rows.join(", "))).unwrap();
    };
    insert(&pool, 0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (1..30).for_each(|round| insert(&pool, round)));
        for n in 0..8 {
            let dump = folder.path().join(format!("dump {n}"));
            pool.dump(&dump).unwrap();
            let loaded = Pool::in_memory(Options::default().threads(1)).unwrap();
            loaded.load(&dump).unwrap();
            assert_eq!(loaded.count("a = b").unwrap(), 300);
            let rounds = loaded.query("summarize count by a").unwrap();
            assert_eq!(rounds.rows.len(), 1, "{rounds:?}");
        }
        writer.join().unwrap();
    });
    check_same(&pool, &again_on_disk(&pool, &folder.path().join("last")));
}
