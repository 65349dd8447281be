//! Whose clock a statement goes by.

use std::path::Path;
use std::sync::Arc;

use highsea::{Answer, Clock, FixedClock, Instant, Options, Outcome, Parameters, Pool, Zone};

use crate::pools::{pool_with, run};

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

/// A pool on disk whose clock is `clock`, with two orders of one customer and what is kept of them.
fn kept(path: &Path, clock: &Arc<FixedClock>) -> Pool {
    let options = Options::default().clock(Arc::clone(clock) as Arc<dyn Clock>);
    let pool = Pool::open(path, options).unwrap();
    run(&pool, "create customers (id text key, region text)");
    run(&pool, "create events orders (amount int)");
    run(&pool, "insert into customers (id, region) values (\"C1\", \"US\"), (\"C2\", null)");
    run(
        &pool,
        "insert into orders (customer, at, amount) \
         values (\"C1\", 2026-03-01T10:00:00, 5), (\"C1\", 2026-03-05T10:00:00, 7)",
    );
    run(&pool, "create attribute n_7d as count(orders over last 7 days)");
    run(&pool, "create attribute busy as n_7d >= 1 and region = \"US\"");
    pool
}

fn n_7d(pool: &Pool) -> String {
    pool.query("select n_7d where id = \"C1\"").unwrap().rows[0][0].to_string()
}

#[test]
fn derived_attributes_are_right_at_every_instant_without_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::new(instant("2026-03-06T00:00:00Z")));
    let pool = kept(folder.path(), &clock);
    let commit = pool.commit();
    let at = |text: &str| clock.set(instant(text));
    assert_eq!((n_7d(&pool).as_str(), pool.count("busy").unwrap()), ("2", 1));
    assert_eq!(pool.next_change().unwrap(), Some(instant("2026-03-08T10:00:00Z")));
    at("2026-03-08T09:59:59.999999Z");
    assert_eq!(n_7d(&pool), "2");
    at("2026-03-08T10:00:00Z");
    assert_eq!(n_7d(&pool), "1");
    assert_eq!(pool.next_change().unwrap(), Some(instant("2026-03-12T10:00:00Z")));
    // The clock may go back as long as nothing was committed.
    at("2026-03-07T00:00:00Z");
    assert_eq!(n_7d(&pool), "2");
    at("2026-03-20T00:00:00Z");
    assert_eq!((n_7d(&pool).as_str(), pool.count("busy").unwrap()), ("0", 0));
    assert_eq!(pool.next_change().unwrap(), None);
    assert_eq!(pool.count("count(orders over last 7 days) >= 1").unwrap(), 0);
    assert_eq!(pool.commit(), commit, "to ask is no commit");
    // A pool that is only read is as right, and refuses to keep the clock.
    drop(pool);
    let clock_of_reader = Arc::new(FixedClock::new(instant("2026-03-08T12:00:00Z")));
    let options = Options::default().clock(Arc::clone(&clock_of_reader) as Arc<dyn Clock>);
    let reader = Pool::open(folder.path(), options.read_only()).unwrap();
    assert_eq!(n_7d(&reader), "1");
    clock_of_reader.set(instant("2026-03-12T10:00:00Z"));
    assert_eq!(n_7d(&reader), "0");
    assert_eq!(reader.catch_up().unwrap_err().code(), "read-only");
    assert_eq!(reader.follow_clock().unwrap_err().code(), "read-only");
}

#[test]
fn moves_of_the_clock_are_committed_when_they_change_something() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::new(instant("2026-03-06T00:00:00Z")));
    let pool = kept(folder.path(), &clock);
    let commit = pool.commit();
    assert_eq!(pool.catch_up().unwrap(), None);
    clock.set(instant("2026-03-08T09:59:59Z"));
    assert_eq!(pool.catch_up().unwrap(), None);
    clock.set(instant("2026-03-08T10:00:00Z"));
    assert_eq!(pool.catch_up().unwrap(), Some(commit + 1));
    assert_eq!((pool.catch_up().unwrap(), n_7d(&pool).as_str()), (None, "1"));
    // From here on a thread does it, and stops when it is let go.
    let follower = pool.follow_clock().unwrap();
    clock.set(instant("2026-03-12T10:00:00Z"));
    let start = std::time::Instant::now();
    while pool.commit() == commit + 1 {
        assert!(start.elapsed().as_secs() < 30, "the clock is not followed");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!((pool.commit(), n_7d(&pool).as_str()), (commit + 2, "0"));
    assert!(follower.take_error().is_none());
    drop(follower);
    drop(pool);
    // What was committed is there when the pool is opened, at whichever instant.
    let options = Options::default().clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let pool = Pool::open(folder.path(), options).unwrap();
    assert_eq!((pool.commit(), n_7d(&pool).as_str()), (commit + 2, "0"));
    assert!(pool.verify(highsea::Depth::Deep).unwrap().is_ok());
}
