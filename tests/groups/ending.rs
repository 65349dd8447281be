//! Fixed groups that end: what stays of that through copies, dumps, reopenings, and a clock that
//! nobody moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant as Now};

use highsea::{Clock, Instant, Options, Outcome, Pool};

use super::rule::{DAY, START, instant};

#[derive(Debug, Default)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

fn open(path: &std::path::Path, hands: &Arc<Hands>) -> Pool {
    let options = Options::default().chunk_bits(6).threads(1);
    Pool::open(path, options.clock(Arc::clone(hands) as Arc<dyn Clock>)).unwrap()
}

/// Ten customers, three of them in `trial` for two days, and a rule that reads it.
fn filled(path: &std::path::Path, hands: &Arc<Hands>) -> Pool {
    let pool = open(path, hands);
    for statement in [
        "create customers (id int key, a int)",
        "insert into customers (id, a) values (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)",
        &format!("create fixed group trial as a <= 3 expire at {}", instant(START + 2 * DAY)),
        "create dynamic group others as not in group trial",
    ] {
        pool.run(statement).unwrap();
    }
    pool
}

fn left(pool: &Pool) -> Vec<String> {
    let Outcome::Changes(changes) = pool.run("changes of trial").unwrap().outcome else { panic!() };
    let left = changes.changes.iter().flat_map(|change| &change.left);
    left.map(ToString::to_string).collect()
}

#[test]
fn it_ends_after_a_reopening_and_in_a_copy_and_a_dump() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let hands = Arc::new(Hands(AtomicI64::new(START)));
    let pool = filled(&path("pool"), &hands);
    pool.run(&format!("dump to \"{}\"", path("dump").display())).unwrap();
    pool.run(&format!("copy to \"{}\"", path("copy").display())).unwrap();
    drop(pool);
    let loaded = open(&path("loaded"), &hands);
    loaded.run(&format!("load from \"{}\"", path("dump").display())).unwrap();
    let pools = [open(&path("pool"), &hands), open(&path("copy"), &hands), loaded];
    for pool in &pools {
        assert_eq!(pool.count("in group trial").unwrap(), 3);
        assert_eq!(pool.next_change().unwrap().unwrap().micros(), START + 2 * DAY);
    }
    hands.0.store(START + 2 * DAY, Ordering::Relaxed);
    for pool in &pools {
        // No commit was made of it yet.
        let commit = pool.commit();
        assert_eq!(pool.count("in group trial").unwrap(), 0);
        assert_eq!(pool.count("in group others").unwrap(), 5);
        assert_eq!(pool.commit(), commit);
        assert_eq!(pool.run("add keys (4) to trial").unwrap_err().code(), "unsupported");
        assert_eq!(left(pool), ["1", "2", "3"]);
        assert_eq!(pool.commit(), commit + 1);
        assert_eq!(pool.next_change().unwrap(), None);
    }
    // A group that has ended is dumped and loaded as such.
    let [pool, ..] = pools;
    pool.run(&format!("dump to \"{}\"", path("later").display())).unwrap();
    let loaded = open(&path("again"), &hands);
    loaded.run(&format!("load from \"{}\"", path("later").display())).unwrap();
    assert_eq!(loaded.count("in group trial").unwrap(), 0);
    let Outcome::Group(trial) = loaded.run("describe group trial").unwrap().outcome else {
        panic!()
    };
    assert_eq!(trial.expires, Some(instant(START + 2 * DAY)));
    // Opened again while nobody has told the log of it.
    assert_eq!(loaded.run("add keys (4) to trial").unwrap_err().code(), "unsupported");
    loaded.run("alter group trial expire never").unwrap();
    loaded.run("add keys (4) to trial").unwrap();
    assert_eq!(loaded.count("in group trial").unwrap(), 1);
}

#[test]
fn one_that_is_opened_again_has_lost_its_members_though_no_commit_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let hands = Arc::new(Hands(AtomicI64::new(START)));
    let pool = filled(&folder.path().join("pool"), &hands);
    hands.0.store(START + 3 * DAY, Ordering::Relaxed);
    pool.run("alter group trial expire never").unwrap();
    assert_eq!(pool.count("in group trial").unwrap(), 0);
    assert_eq!(left(&pool), ["1", "2", "3"]);
    drop(pool);
    let pool = open(&folder.path().join("pool"), &hands);
    assert_eq!(pool.count("in group others").unwrap(), 5);
    assert!(matches!(pool.run("verify deep").unwrap().outcome, Outcome::Verified(v) if v.is_ok()));
}

#[test]
fn a_followed_clock_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let hands = Arc::new(Hands(AtomicI64::new(START)));
    let pool = filled(&folder.path().join("pool"), &hands);
    let follower = pool.follow_clock().unwrap();
    hands.0.store(START + 2 * DAY, Ordering::Relaxed);
    let mut changes = pool.subscribe("trial", 0).unwrap();
    let end = Now::now() + Duration::from_secs(20);
    let mut gone = Vec::new();
    while gone.is_empty() && Now::now() < end {
        let change = changes.next_within(Duration::from_secs(1)).unwrap();
        gone.extend(change.into_iter().flat_map(|change| change.left));
    }
    assert_eq!(gone.len(), 3);
    assert!(follower.take_error().is_none());
}
