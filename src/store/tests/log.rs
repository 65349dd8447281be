//! Records of the log: kept in order, told apart from what was never acknowledged, never lost in
//! silence.

use std::sync::Arc;

use super::model::{Model, bytes};
use crate::store::{
    Access, Backend, Batch, Beside, Durability, Fault, FaultyBackend, Loss, MemoryBackend,
    MemoryBeside, Record, Repeat, Store, StoreError,
};

#[derive(Default)]
struct Medium {
    backend: Arc<MemoryBackend>,
    beside: MemoryBeside,
}

impl Medium {
    fn open(&self) -> Result<Store, StoreError> {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        Store::with_backend(backend, Box::new(self.beside.clone()), Access::ReadWrite)
    }

    fn faulty(&self) -> Arc<FaultyBackend> {
        FaultyBackend::new(Arc::clone(&self.backend) as Arc<dyn Backend>, self.beside.clone())
    }

    /// The keys of the log.
    fn keys(&self) -> Vec<Vec<u8>> {
        let mut keys = Vec::new();
        let mut note = |key: &[u8], _: &[u8]| {
            keys.push(key.to_vec());
            Ok(())
        };
        self.backend.scan(b"l", &mut note).unwrap();
        keys
    }

    fn delete(&self, key: &[u8]) {
        let mut batch = Batch::default();
        batch.delete(key);
        self.backend.apply(batch).unwrap();
    }

    fn flip(&self, key: &[u8], bit: usize) {
        let mut value = self.backend.get(key).unwrap().unwrap();
        value[bit / 8] ^= 1 << (bit % 8);
        let mut batch = Batch::default();
        batch.put(key, value);
        self.backend.apply(batch).unwrap();
    }
}

/// The record of a commit; every third has several pages, every fourth is empty.
fn record(commit: u64) -> Record {
    let len = match commit % 12 {
        n if n % 3 == 0 => 70_000,
        n if n % 4 == 0 => 0,
        n => n as usize,
    };
    Record { commit, bytes: bytes(commit, len) }
}

fn append(store: &Store, commits: std::ops::RangeInclusive<u64>) -> Result<(), StoreError> {
    let records: Vec<Record> = commits.map(record).collect();
    store.append(&records, Durability::Flush)
}

fn found(medium: &Medium) -> Vec<Record> {
    medium.open().unwrap().take_records()
}

fn expected(commits: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    commits.map(record).collect()
}

#[test]
fn records_are_replayed_in_order_and_go_with_the_checkpoint() {
    let medium = Medium::default();
    let store = medium.open().unwrap();
    append(&store, 1..=1).unwrap();
    append(&store, 2..=7).unwrap();
    drop(store);
    assert_eq!(found(&medium), expected(1..=7));
    let store = medium.open().unwrap();
    assert_eq!(store.take_records().len(), 7);
    assert!(store.take_records().is_empty(), "they are given once");
    append(&store, 8..=9).unwrap();
    // A checkpoint at commit 4 lets the first four go.
    Model::commit(&store, 4).unwrap();
    append(&store, 10..=10).unwrap();
    drop(store);
    assert_eq!(found(&medium), expected(5..=10));
    Model::commit(&medium.open().unwrap(), 10).unwrap();
    assert!(medium.keys().is_empty());
    assert!(found(&medium).is_empty());
}

#[test]
fn a_damaged_record_is_an_error_that_says_how_far_to_trust() {
    let medium = Medium::default();
    append(&medium.open().unwrap(), 1..=9).unwrap();
    let keys = medium.keys();
    for (at, key) in keys.iter().enumerate() {
        let value = medium.backend.get(key).unwrap().unwrap();
        for harm in 0..3 {
            match harm {
                0 => medium.delete(key),
                1 => medium.flip(key, at * 37 % (value.len() * 8)),
                _ => medium.flip(key, value.len() * 8 - 1),
            }
            let commit = u64::from_be_bytes(key[1..9].try_into().unwrap());
            match medium.open() {
                Err(StoreError::LogDamaged { commit: found, trusted, .. }) => {
                    assert_eq!((found, trusted), (commit, commit - 1));
                }
                // Without any of its pages, the last one is lost.
                Err(StoreError::LostCommits { found, expected, .. }) => {
                    assert_eq!((harm, commit, found, expected), (0, 9, 8, 9));
                }
                other => panic!("page {at}, harm {harm}: {other:?}"),
            }
            let mut batch = Batch::default();
            batch.put(key, value.clone());
            medium.backend.apply(batch).unwrap();
        }
    }
    assert_eq!(found(&medium), expected(1..=9));
}

#[test]
fn a_mark_that_is_gone_says_nothing_and_what_follows_does() {
    let medium = Medium::default();
    let store = medium.open().unwrap();
    (1..=9).for_each(|commit| append(&store, commit..=commit).unwrap());
    drop(store);
    let keys = medium.keys();
    for damaged in [9, 5] {
        let unmarked = Medium { beside: MemoryBeside::default(), ..Medium::default() };
        let side = medium.beside.read().unwrap().unwrap();
        unmarked.beside.write(&side).unwrap();
        let mut batch = Batch::default();
        medium
            .backend
            .scan(&[], &mut |key, value| {
                batch.put(key, value.to_vec());
                Ok(())
            })
            .unwrap();
        unmarked.backend.apply(batch).unwrap();
        let of_record = |key: &&Vec<u8>| key[1..9] == u64::to_be_bytes(damaged);
        unmarked.delete(keys.iter().find(of_record).unwrap());
        let opened = unmarked.open();
        if damaged == 9 {
            // Nothing tells whether the last one was ever finished.
            assert_eq!(opened.unwrap().take_records(), expected(1..=8));
            assert_eq!(found(&unmarked), expected(1..=8));
            append(&unmarked.open().unwrap(), 9..=9).unwrap();
            assert_eq!(found(&unmarked), expected(1..=9));
        } else {
            // Those after it were written when it was known to be on the medium.
            let error = opened.unwrap_err();
            assert!(matches!(error, StoreError::LogDamaged { commit: 5, .. }), "{error}");
        }
    }
}

/// Appends groups of one, two and three records, checkpoints in between; how many commits were
/// acknowledged.
fn run(store: &Store) -> u64 {
    let groups = [1..=1, 2..=3, 4..=6, 7..=7, 8..=10];
    let mut acknowledged = 0;
    for (at, group) in groups.into_iter().enumerate() {
        let last = *group.end();
        if append(store, group).is_err() {
            return acknowledged;
        }
        acknowledged = last;
        if at == 2 && Model::commit(store, 5).is_err() {
            return acknowledged;
        }
    }
    acknowledged
}

#[test]
fn a_power_cut_at_any_write_keeps_what_was_acknowledged() {
    let clean = Medium::default().faulty();
    let store = faulty_store(&clean).unwrap();
    assert_eq!(run(&store), 10);
    let n_writes = clean.n_writes();
    let losses = [
        Loss::Nothing,
        Loss::Everything,
        Loss::TornLast,
        Loss::Keep(0b01),
        Loss::Keep(0b10),
        Loss::Keep(0b110),
        Loss::Keep(0b1010),
    ];
    let mut n_cut = 0;
    for n in 0..n_writes {
        for loss in losses {
            for fault in [Fault::PowerCut, Fault::Fail, Fault::Tear, Fault::FailAfter] {
                let context = format!("{fault:?} at write {n}, {loss:?}");
                let medium = Medium::default();
                let faulty = medium.faulty();
                faulty.plan(n, fault, Repeat::ForGood);
                let acknowledged = faulty_store(&faulty).map_or(0, |store| run(&store));
                faulty.cut(loss);
                let store = medium.open().unwrap_or_else(|error| panic!("{context}: {error}"));
                let checkpoint = store.manifest().state.commit;
                let records = store.take_records();
                let last = records.last().map_or(checkpoint, |record| record.commit);
                assert!(last >= acknowledged, "{context}: {last} of {acknowledged}");
                assert_eq!(records, expected(checkpoint + 1..=last), "{context}");
                n_cut += u64::from(acknowledged < 10);
                // The numbers are given again, and nothing stale comes back under them.
                append(&store, last + 1..=last + 1).unwrap();
                drop(store);
                assert_eq!(found(&medium), expected(checkpoint + 1..=last + 1), "{context}");
            }
        }
    }
    assert!(n_cut > n_writes * 20, "{n_cut} were cut");
}

fn faulty_store(faulty: &Arc<FaultyBackend>) -> Result<Store, StoreError> {
    Store::with_backend(Arc::clone(faulty) as Arc<dyn Backend>, faulty.beside(), Access::ReadWrite)
}

#[test]
fn of_buffered_records_a_power_cut_leaves_the_first_ones() {
    let mut seen = std::collections::BTreeSet::new();
    for kept in 0..64u64 {
        let medium = Medium::default();
        let faulty = medium.faulty();
        let store = faulty_store(&faulty).unwrap();
        append(&store, 1..=2).unwrap();
        for commit in 3..=8 {
            store.append(&[record(commit)], Durability::Buffered).unwrap();
        }
        faulty.cut(Loss::Keep(kept));
        drop(store);
        let records = found(&medium);
        let last = records.last().unwrap().commit;
        assert_eq!(records, expected(1..=last), "{kept:b}");
        assert_eq!(last, 2 + u64::from(kept.trailing_ones().min(6)), "{kept:b}");
        seen.insert(last);
    }
    assert_eq!(seen.len(), 7);
}

#[test]
fn a_store_that_is_read_or_in_doubt_takes_no_records() {
    let medium = Medium::default();
    append(&medium.open().unwrap(), 1..=2).unwrap();
    let backend = Arc::clone(&medium.backend) as Arc<dyn Backend>;
    let store =
        Store::with_backend(backend, Box::new(medium.beside.clone()), Access::ReadOnly).unwrap();
    assert!(matches!(append(&store, 3..=3), Err(StoreError::ReadOnly)));
    assert_eq!(store.take_records(), expected(1..=2));
    let faulty = medium.faulty();
    let store = faulty_store(&faulty).unwrap();
    faulty.plan(1, Fault::Fail, Repeat::Once);
    append(&store, 3..=3).unwrap_err();
    assert!(matches!(append(&store, 3..=3), Err(StoreError::NeedsReopen)));
    assert!(store.needs_reopen());
}
