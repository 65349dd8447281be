//! Groups from a program: subscriptions, listeners, and what is let go.

use std::sync::mpsc;
use std::time::Duration;

use highsea::{Batch, Error, GroupChange, Key, Options, Pool, Value};

const SOON: Duration = Duration::from_millis(50);
const LATE: Duration = Duration::from_secs(20);

fn pool_with(folder: &std::path::Path, options: Options) -> Pool {
    let pool = Pool::open(folder.join("pool"), options.chunk_bits(6)).unwrap();
    if pool.key_column().is_none() {
        pool.run("create customers (id text key, age int)").unwrap();
        pool.run("create dynamic group grown as age >= 18").unwrap();
    }
    pool
}

fn write(pool: &Pool, key: &str, age: i64) {
    let mut batch = Batch::new();
    batch.upsert(key, [("age", Value::from(age))]);
    pool.write(&batch).unwrap();
}

/// All changes there are now, as keys that came and went.
fn all(changes: &mut highsea::Subscription) -> Vec<(Vec<Key>, Vec<Key>)> {
    let mut found = Vec::new();
    while let Some(GroupChange { entered, left, .. }) = changes.next_within(SOON).unwrap() {
        found.push((entered, left));
    }
    found
}

#[test]
fn a_subscription_goes_on_where_it_was_in_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool_with(folder.path(), Options::default());
    let mut changes = pool.subscribe("grown", 0).unwrap();
    write(&pool, "a", 20);
    write(&pool, "b", 3);
    write(&pool, "a", 4);
    let keys = |keys: &[&str]| keys.iter().map(|key| Key::from(*key)).collect::<Vec<_>>();
    // The creation, one who enters and one who leaves; nobody in between.
    let expected = [(keys(&[]), keys(&[])), (keys(&["a"]), keys(&[])), (keys(&[]), keys(&["a"]))];
    assert_eq!(all(&mut changes), expected);
    let next = changes.next_commit();
    assert_eq!(next, pool.commit() + 1);
    write(&pool, "c", 50);
    drop(pool);
    // The other handles are gone, and so is what would come.
    assert!(changes.next().is_none());
    let pool = pool_with(folder.path(), Options::default());
    let mut changes = pool.subscribe("grown", next).unwrap();
    write(&pool, "d", 60);
    assert_eq!(all(&mut changes), [(keys(&["c"]), keys(&[])), (keys(&["d"]), keys(&[]))]);
    assert_eq!(pool.groups_of(&Key::from("d")).unwrap(), ["grown"]);
    assert!(pool.groups_of(&Key::from("nobody")).unwrap().is_empty());
    let group = &pool.groups()[0];
    assert_eq!(
        (group.name(), group.rule(), group.is_dynamic()),
        ("grown", Some("age >= 18"), true)
    );
}

#[test]
fn a_listener_hears_each_change_once_until_it_is_dropped() {
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("create customers (id text key, age int)").unwrap();
    pool.run("create dynamic group grown as age >= 18").unwrap();
    let (sender, heard) = mpsc::channel();
    let call = move |change: Result<GroupChange, Error>| drop(sender.send(change.unwrap()));
    let listener = pool.on_changes("grown", pool.commit() + 1, call).unwrap();
    for n in 0..20 {
        write(&pool, &format!("c{n}"), 10 + n);
    }
    for n in 8..20 {
        let change = heard.recv_timeout(LATE).unwrap();
        assert_eq!(change.entered, [Key::from(format!("c{n}").as_str())]);
    }
    drop(listener);
    write(&pool, "late", 90);
    assert!(heard.recv_timeout(SOON).is_err());
    assert!(pool.on_changes("none", 0, drop).is_err());
    assert!(pool.subscribe("none", 0).is_err());
}

#[test]
fn a_subscription_ends_with_its_group() {
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("create customers (id text key, age int)").unwrap();
    pool.run("create dynamic group grown as age >= 18").unwrap();
    let mut changes = pool.subscribe("grown", 0).unwrap();
    assert!(changes.next().unwrap().is_ok());
    pool.run("drop group grown").unwrap();
    assert!(changes.next().is_none());
}

#[test]
fn what_was_let_go_is_told_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool_with(folder.path(), Options::default().keep_changes(400, 300_000));
    let long = |n: usize| format!("{n:01000}");
    let mut changes = pool.subscribe("grown", 0).unwrap();
    assert!(changes.next().unwrap().is_ok());
    // Keys of customers who go are kept with the changes: pages fill soon.
    for round in 0..4 {
        let mut batch = Batch::new();
        for n in 0..300 {
            batch.upsert(long(round * 300 + n), [("age", Value::from(30))]);
        }
        pool.write(&batch).unwrap();
        pool.run("delete customers where age = 30").unwrap();
        pool.run("checkpoint").unwrap();
    }
    let error = pool.run("changes of grown since 0").unwrap_err();
    assert_eq!(error.code(), "out-of-bounds", "{error}");
    assert!(error.to_string().contains("is not kept any more"), "{error}");
    let mut late = pool.subscribe("grown", 0).unwrap();
    let Some(Err(Error::ChangesLetGo { first })) = late.next() else { panic!() };
    let kept = pool.run(&format!("changes of grown since {first}")).unwrap();
    let highsea::Outcome::Changes(kept) = kept.outcome else { panic!() };
    assert!(!kept.changes.is_empty() && kept.changes.len() < 8, "{}", kept.changes.len());
    let error = pool.run("members of grown as of commit 3").unwrap_err();
    assert_eq!(error.code(), "out-of-bounds", "{error}");
    assert!(pool.query("members of grown").unwrap().rows.is_empty());
    drop(pool);
    let pool = pool_with(folder.path(), Options::default());
    assert!(pool.run("changes of grown since 0").is_err());
    assert!(pool.run(&format!("changes of grown since {first}")).is_ok());
    pool.run("verify deep").unwrap();
}

#[test]
fn a_pool_in_memory_keeps_no_more_than_it_is_to() {
    let pool = Pool::in_memory(Options::default().keep_changes(400, 4_000)).unwrap();
    pool.run("create customers (id text key, age int)").unwrap();
    pool.run("create dynamic group grown as age >= 18").unwrap();
    for n in 0..300 {
        write(&pool, &format!("c{n}"), 30);
    }
    let error = pool.run("changes of grown").unwrap_err();
    assert!(error.to_string().contains("is not kept any more"), "{error}");
    let last = pool.commit();
    let kept = pool.run(&format!("changes of grown since {}", last - 5)).unwrap();
    let highsea::Outcome::Changes(kept) = kept.outcome else { panic!() };
    assert_eq!((kept.changes.len(), kept.next), (6, last + 1));
    assert_eq!(pool.count("in group grown").unwrap(), 300);
}

#[test]
fn whoever_waits_for_changes_does_not_keep_a_pool_open() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool_with(folder.path(), Options::default());
    let mut changes = pool.subscribe("grown", pool.commit() + 1).unwrap();
    let listener = pool.on_changes("grown", 0, |change| drop(change.unwrap())).unwrap();
    let waiting = std::thread::spawn(move || changes.next().is_none());
    for n in 0..20 {
        write(&pool, &format!("c{n}"), 3);
    }
    drop(pool);
    // Whoever is just reading a change holds the pool until it is read; nobody does while waiting.
    assert!(waiting.join().unwrap());
    drop(listener);
    let pool = pool_with(folder.path(), Options::default());
    assert_eq!(pool.n_customers(), 20);
}

#[test]
fn a_pool_closes_beside_a_subscription_that_waits() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool_with(folder.path(), Options::default());
    let mut changes = pool.subscribe("grown", pool.commit() + 1).unwrap();
    let waiting = std::thread::spawn(move || changes.next().is_none());
    // By then it waits: nothing was committed that it could read.
    std::thread::sleep(SOON);
    drop(pool);
    let pool = pool_with(folder.path(), Options::default());
    assert!(waiting.join().unwrap());
    assert_eq!(pool.groups().len(), 1);
}
