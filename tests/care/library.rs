//! What a host sees: documents, tables, the clock that is followed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use highsea::{FixedClock, Options, Outcome, Pool, Zone};

fn pool() -> Pool {
    let pool = Pool::in_memory(Options::default()).unwrap();
    for text in [
        "set now = 2026-06-30T12:00:00Z",
        "create customers (id text key, region text)",
        "create events contacts (at timestamp)",
        "create events consultations (at timestamp, answered timestamp)",
        "create events orders (at timestamp)",
        "insert into customers (id, region) values ('C1', 'US')",
        "create standard care for customers (visit every 30 days by contacts, \
         answer within 2 hours by consultations, note \"<b>\")",
    ] {
        pool.run(text).unwrap();
    }
    pool
}

#[test]
fn documents_hold_no_number_that_is_none() {
    let pool = pool();
    for (text, name) in [
        ("standards report", "standards"),
        ("store report", "store"),
        ("describe standard care", "standard"),
    ] {
        let document = serde_json::to_string(&pool.run(text).unwrap()).unwrap();
        assert!(document.contains(&format!("\"{name}\"")), "{document}");
        assert!(!document.contains("NaN") && !document.contains("inf"), "{document}");
    }
    let table = pool.query("due visits").unwrap();
    assert_eq!(table.columns[..3], ["standard", "id", "last_visit"]);
    assert_eq!(pool.query("show standards").unwrap().rows.len(), 1);
}

#[test]
fn a_pool_that_is_read_only_refuses_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let made = Pool::open(&path, Options::default()).unwrap();
    for text in [
        "create customers (id int key)",
        "create events contacts (at timestamp)",
        "create ownership",
        "insert into customers (id) values (1)",
        "create standard back for customers (release after 1 day by contacts)",
        "claim keys (1) for 'anna'",
    ] {
        made.run(text).unwrap();
    }
    drop(made);
    let pool = Pool::open(&path, Options::default().read_only()).unwrap();
    for text in [
        "create standard a for customers (limit 3)",
        "alter standard back for customers (limit 3)",
        "drop standard back",
        "create ownership",
        "drop ownership",
        "claim keys (1) for 'bob'",
        "release keys (1)",
        "release due",
    ] {
        let error = pool.run(text).unwrap_err();
        assert!(error.to_string().contains("read-only"), "{text}: {error}");
    }
    let Outcome::Standard(standard) = pool.run("describe standard back").unwrap().outcome else {
        panic!("no standard")
    };
    assert_eq!((standard.customers, standard.idle), (1, Some(0)));
}

fn at(text: &str) -> highsea::Instant {
    Zone::utc().parse_instant(text).unwrap()
}

/// A commit between may bring customers into the list, so that no move of the clock does.
#[test]
fn a_followed_clock_frees_those_who_were_left_alone() {
    let clock = Arc::new(FixedClock::new(at("2026-06-30T12:00:00")));
    let pool = Pool::in_memory(Options::default().clock(Arc::clone(&clock) as _)).unwrap();
    for text in [
        "create customers (id int key)",
        "create events contacts (at timestamp)",
        "create ownership",
        "insert into customers (id) values (1)",
        "insert into customers (id) values (2)",
        "create standard back for customers (release after 1 day by contacts)",
        "claim keys (1, 2) for 'anna'",
    ] {
        pool.run(text).unwrap();
    }
    let follower = pool.follow_clock().unwrap();
    clock.set(at("2026-07-01T12:00:00"));
    pool.run("insert into customers (id) values (3)").unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while pool.count("owner is not null").unwrap() > 0 {
        assert!(Instant::now() < until, "{:?}", follower.take_error());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(pool.count("count(ownership where action = 'lapse') = 1").unwrap(), 2);
}
