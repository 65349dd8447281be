//! Damage of every stored part, and what `verify` says of it.

use std::sync::Arc;

use crate::index::{Changes, ColumnData, KeyData, Rows, Snapshot};
use crate::parallel::Executor;
use crate::pool::inner::Running;
use crate::pool::{Check, Depth, Error, Options, Outcome, Pool, Verification, open};
use crate::store::{Access, Backend, Batch, BlobKey, BlobKind, MemoryBackend, MemoryBeside, Store};

/// What the medium holds.
#[derive(Default)]
struct Medium {
    backend: Arc<MemoryBackend>,
    beside: MemoryBeside,
}

/// Makes a blob's bytes of what a store holds.
type Bytes<'a> = &'a dyn Fn(&Store) -> Vec<u8>;

impl Medium {
    fn store(&self) -> Store {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        Store::with_backend(backend, Box::new(self.beside.clone()), Access::ReadWrite).unwrap()
    }

    fn pool(&self) -> Pool {
        let options = Options::default().threads(1).chunk_bits(6);
        Pool::from_running(Running::new(open::over(self.store(), options).unwrap()))
    }

    /// A pool of 150 customers in three chunks.
    fn filled(&self) -> Pool {
        let pool = self.pool();
        pool.run("create customers (id text key, a int, note text, tags set)").unwrap();
        let row = |n: u32| format!("(\"C{n:03}\", {n}, \"note {n}\", (\"t{}\", \"all\"))", n % 3);
        let rows: Vec<String> = (0..150).map(row).collect();
        let insert = "insert into customers (id, a, note, tags) values ";
        pool.run(&(insert.to_owned() + &rows.join(", "))).unwrap();
        pool.checkpoint().unwrap();
        pool
    }

    /// The same with three more commits in the log.
    fn logged(&self) -> Pool {
        let pool = self.filled();
        for n in 0..3 {
            let rows =
                format!("(\"L{n}\", {n}, \"logged\", (\"new\")), (\"C01{n}\", null, null, ())");
            pool.run(&format!("insert into customers (id, a, note, tags) values {rows}")).unwrap();
        }
        pool
    }

    /// The key and the value of a record's first page.
    fn record(&self, commit: u64) -> (Vec<u8>, Vec<u8>) {
        let key = [&b"l"[..], &commit.to_be_bytes(), &0u32.to_be_bytes()].concat();
        let value = self.backend.get(&key).unwrap().unwrap();
        (key, value)
    }

    /// Every key and value of the blobs.
    fn pages(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut pages = Vec::new();
        let mut visit = |key: &[u8], value: &[u8]| {
            pages.push((key.to_vec(), value.to_vec()));
            Ok(())
        };
        self.backend.scan(b"b", &mut visit).unwrap();
        pages
    }

    fn put(&self, key: &[u8], value: Vec<u8>) {
        let mut batch = Batch::default();
        batch.put(key, value);
        self.backend.apply(batch).unwrap();
    }

    /// Puts other bytes in a blob's place, with a checksum that is right.
    fn replace(&self, key: BlobKey, bytes: Bytes<'_>) {
        let store = self.store();
        let state = store.manifest().state.clone();
        let bytes = bytes(&store);
        let mut commit = store.begin().unwrap();
        commit.put(key, &bytes).unwrap();
        commit.finish(state).unwrap();
    }
}

fn verify(pool: &Pool, statement: &str) -> Verification {
    match pool.run(statement).unwrap().outcome {
        Outcome::Verified(verification) => verification,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sound_pool_has_no_problems() {
    let medium = Medium::default();
    let pool = medium.filled();
    let found = verify(&pool, "verify");
    assert_eq!((found.commit, found.customers), (2, 150));
    assert!(found.is_ok() && found.blobs >= 3 * 4 && found.bytes > 0, "{found:?}");
    assert_eq!(found.checked, [Check::Checksums]);
    assert_eq!(pool.verify(Depth::Checksums).unwrap(), found);
    let deep = verify(&pool, "verify deep");
    let all = [
        Check::Checksums,
        Check::Customers,
        Check::Keys,
        Check::Attributes,
        Check::Log,
        Check::Memory,
    ];
    assert_eq!(deep.checked, all);
    assert_eq!(Verification { checked: found.checked.clone(), ..deep }, found);
}

#[test]
fn every_altered_or_missing_page_is_told_by_its_place() {
    let medium = Medium::default();
    let pool = medium.filled();
    let pages = medium.pages();
    let mut places = Vec::new();
    for (at, (key, value)) in pages.iter().enumerate() {
        if at % 2 == 0 {
            let mut altered = value.clone();
            let middle = altered.len() / 2;
            altered[middle] ^= 1;
            medium.put(key, altered);
        } else {
            let mut batch = Batch::default();
            batch.delete(key);
            medium.backend.apply(batch).unwrap();
        }
        // The columns in memory are sound, and answer; what is checked is what is stored.
        assert_eq!(pool.count("a >= 75").unwrap(), 75);
        for depth in [Depth::Checksums, Depth::Deep] {
            let found = pool.verify(depth).unwrap();
            assert_eq!(found.problems.len(), 1, "{found:?}");
            assert!(!found.is_ok());
            places.push(found.problems[0].place.clone());
        }
        medium.put(key, value.clone());
    }
    for part in
        ["column chunk of `a`, part 2", "dictionary of `note`, part ", "customer keys, part 0"]
    {
        assert!(places.iter().any(|place| place.starts_with(part)), "{part}: {places:?}");
    }
    assert!(pool.verify(Depth::Deep).unwrap().is_ok());
    // All at once: none hides another.
    for (key, _) in &pages {
        medium.put(key, vec![0; 100]);
    }
    let found = pool.verify(Depth::Deep).unwrap();
    assert_eq!(found.problems.len() as u64, found.blobs, "{found:?}");
}

#[test]
fn only_a_deep_look_finds_what_has_a_right_checksum() {
    let key = |kind, column, part| BlobKey::new(kind, column, part);
    let blob = |store: &Store, key| store.read(store.manifest().find(key).unwrap()).unwrap();
    let first_keys = key(BlobKind::Keys, 0, 0);
    let cases: [(BlobKey, Bytes<'_>, &str); 3] = [
        (key(BlobKind::ColumnChunk, 0, 1), &|_| vec![7; 40], "column chunk of `a`, part 1"),
        (key(BlobKind::Keys, 0, 2), &|_| vec![7; 40], "customer keys, part 2"),
        (key(BlobKind::Keys, 0, 1), &|store| blob(store, first_keys), "customer keys"),
    ];
    for (key, bytes, place) in cases {
        let medium = Medium::default();
        drop(medium.filled());
        medium.replace(key, bytes);
        let pool = medium.pool();
        assert!(pool.verify(Depth::Checksums).unwrap().is_ok(), "{place}");
        let found = pool.verify(Depth::Deep).unwrap();
        let places: Vec<&str> = found.problems.iter().map(|p| p.place.as_str()).collect();
        assert_eq!(places, [place], "{found:?}");
    }
}

#[test]
fn a_document_tells_all() {
    let medium = Medium::default();
    let pool = medium.filled();
    let (key, _) = medium.pages().remove(0);
    medium.put(&key, vec![0; 100]);
    let answer = pool.run("verify").unwrap();
    let document = serde_json::to_value(&answer).unwrap();
    let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "blobs",
        "bytes",
        "checked",
        "checkpoint",
        "commit",
        "customers",
        "elapsed_ms",
        "ok",
        "problems",
        "records",
    ];
    assert_eq!(keys, expected);
    assert_eq!(document["ok"], false);
    assert!(
        document["problems"][0]["what"].is_string() && document["problems"][0]["place"].is_string()
    );
}

#[test]
fn an_interrupt_ends_it() {
    let pool = Medium::default().filled();
    let mut session = pool.session();
    session.interrupt().raise();
    for statement in ["verify", "verify deep"] {
        assert!(matches!(session.run(statement), Err(Error::Interrupted)), "{statement}");
    }
}

#[test]
fn a_log_is_verified_with_the_checkpoint_below_it() {
    let medium = Medium::default();
    let pool = medium.logged();
    for statement in ["verify", "verify deep"] {
        let found = verify(&pool, statement);
        assert!(found.is_ok(), "{found:?}");
        let counts = (found.checkpoint, found.commit, found.records, found.customers);
        assert_eq!(counts, (2, 5, 3, 153));
    }
    pool.run("delete customers where a = 140").unwrap();
    pool.checkpoint().unwrap();
    let found = verify(&pool, "verify deep");
    let counts = (found.checkpoint, found.commit, found.records, found.customers);
    assert_eq!((counts, found.is_ok()), ((6, 6, 0, 152), true));
}

#[test]
fn every_altered_or_missing_record_is_told_while_the_pool_is_open() {
    let medium = Medium::default();
    let pool = medium.logged();
    for commit in 3..=5 {
        let (key, value) = medium.record(commit);
        let place = format!("commit {commit} of the log");
        let told = || {
            for depth in [Depth::Checksums, Depth::Deep] {
                let found = pool.verify(depth).unwrap();
                let places: Vec<&str> = found.problems.iter().map(|p| p.place.as_str()).collect();
                assert_eq!(places, [place.as_str()], "{found:?}");
                assert_eq!((found.commit, found.records), (5, 3));
            }
        };
        let mut altered = value.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        medium.put(&key, altered);
        told();
        let mut batch = Batch::default();
        batch.delete(&key);
        medium.backend.apply(batch).unwrap();
        told();
        medium.put(&key, value);
        assert!(pool.verify(Depth::Deep).unwrap().is_ok());
    }
}

/// Publishes another snapshot as the last commit.
fn publish(pool: &Pool, change: impl FnOnce(&Snapshot) -> Snapshot) {
    let inner = &pool.session().pool;
    let view = inner.view();
    let settings = view.settings.clone();
    inner.publish(Arc::new(view.next(change(&view.snapshot), settings)));
}

#[test]
fn what_the_log_does_not_lead_to_is_told() {
    let pool = Medium::default().logged();
    // Sound in itself, and of another value than the log has.
    publish(&pool, |snapshot| {
        let a = snapshot.attributes().next().unwrap().0;
        let rows = Rows {
            len: 1,
            keys: Some(KeyData::Text { bytes: "C007".into(), ends: vec![4] }),
            columns: vec![(a, ColumnData::Units(vec![Some(8)]))],
        };
        let changes = Changes { upserted: vec![rows], ..Changes::default() };
        let commit = snapshot.commit();
        snapshot.apply(&changes, commit, &Executor::inline()).unwrap().snapshot
    });
    assert!(pool.verify(Depth::Checksums).unwrap().is_ok());
    let found = pool.verify(Depth::Deep).unwrap();
    let told: Vec<(&str, &str)> =
        found.problems.iter().map(|p| (p.place.as_str(), p.what.as_str())).collect();
    let what =
        "what is in memory and what the checkpoint and the log lead to differ, first in row 7";
    assert_eq!(told, [("column `a`", what)]);
}

#[test]
fn what_is_not_sound_is_told_and_never_written() {
    let medium = Medium::default();
    let pool = medium.logged();
    publish(&pool, |snapshot| snapshot.unsound(snapshot.attributes().next().unwrap().0));
    let found = pool.verify(Depth::Deep).unwrap();
    let places: Vec<&str> = found.problems.iter().map(|p| p.place.as_str()).collect();
    assert!(places.contains(&"column `a`, chunk 0, in memory"), "{found:?}");
    let refused = pool.run("checkpoint").unwrap_err();
    assert!(refused.needs_reopen() && !refused.is_user_error(), "{refused:?}");
    assert_eq!(refused.code(), "inner-fault");
    assert!(refused.to_string().contains("column `a`, chunk 0: "), "{refused}");
    // It goes on answering, and says the same to whoever writes.
    assert_eq!(pool.count("note = \"logged\"").unwrap(), 3);
    let later = pool.run("delete customers where a = 1").unwrap_err();
    assert_eq!(later.to_string(), refused.to_string());
    drop(pool);
    let pool = medium.pool();
    assert!(pool.verify(Depth::Deep).unwrap().is_ok());
    assert_eq!((pool.commit(), pool.count("a >= 75").unwrap()), (5, 75));
}
