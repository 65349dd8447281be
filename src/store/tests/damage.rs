//! Stored values altered, lost or exchanged: a typed error or the right answer.

use std::sync::Arc;

use super::model::Model;
use crate::store::key::manifest_key;
use crate::store::{
    Access, Backend, Batch, FaultyBackend, MemoryBackend, MemoryBeside, Place, Store, StoreError,
};

const N_COMMITS: u64 = 3;

/// A stored key and its value.
type Pair = (Vec<u8>, Vec<u8>);

/// The stored keys and values of the workload, and the side file.
fn stored() -> (Vec<Pair>, MemoryBeside) {
    let (backend, beside) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
    let shared = Arc::clone(&backend) as Arc<dyn Backend>;
    let store = Store::with_backend(shared, Box::new(beside.clone()), Access::ReadWrite).unwrap();
    (1..=N_COMMITS).for_each(|n| Model::commit(&store, n).unwrap());
    drop(store);
    let mut pairs = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        pairs.push((key.to_vec(), value.to_vec()));
        Ok(())
    };
    backend.scan(b"", &mut visit).unwrap();
    (pairs, beside)
}

fn backend(pairs: &[Pair]) -> Arc<MemoryBackend> {
    let backend = MemoryBackend::new();
    let mut batch = Batch::default();
    pairs.iter().for_each(|(key, value)| batch.put(key, value.clone()));
    backend.apply(batch).unwrap();
    Arc::new(backend)
}

fn open(backend: Arc<dyn Backend>, beside: &MemoryBeside) -> Result<Store, StoreError> {
    Store::with_backend(backend, Box::new(beside.clone()), Access::ReadOnly)
}

/// Opens and reads all; whether the answer was right rather than an error.
fn is_right(backend: Arc<dyn Backend>, beside: &MemoryBeside, context: &str) -> bool {
    match open(backend, beside).and_then(|store| Model::of(&store)) {
        Ok(model) => {
            assert_eq!(model, Model::after(N_COMMITS), "{context}");
            true
        }
        Err(error) => {
            assert!(error.is_corruption(), "{context}: {error}");
            false
        }
    }
}

/// All bytes of short values, and of long ones the header and some bytes beyond.
fn sample(len: usize) -> Vec<usize> {
    if len < 3_000 { (0..len).collect() } else { (0..60).chain((60..len).step_by(997)).collect() }
}

#[test]
fn flipped_bits_give_a_typed_error_or_the_right_answer() {
    let (pairs, beside) = stored();
    let (mut n_right, mut n_wrong) = (0, 0);
    for (key, value) in &pairs {
        for byte in sample(value.len()) {
            let faulty = FaultyBackend::new(backend(&pairs), beside.clone());
            let bit = byte * 8 + byte % 8;
            faulty.flip(key, bit);
            let context = format!("bit {bit} of {}", key.escape_ascii());
            match is_right(faulty, &beside, &context) {
                true => n_right += 1,
                false => n_wrong += 1,
            }
        }
    }
    // The right answers are those that the older manifest slot has no part in.
    assert!(n_wrong > 500 && n_right > 200, "{n_wrong} found out, {n_right} harmless");
}

#[test]
fn lost_and_exchanged_values_give_a_typed_error_or_the_right_answer() {
    let (pairs, beside) = stored();
    for (at, (key, _)) in pairs.iter().enumerate() {
        let mut without = pairs.clone();
        without.remove(at);
        is_right(backend(&without), &beside, &format!("without {}", key.escape_ascii()));
        for other in 0..pairs.len() {
            let mut exchanged = pairs.clone();
            exchanged[at].1 = pairs[other].1.clone();
            let right = is_right(backend(&exchanged), &beside, "exchanged");
            assert!(right || at != other);
        }
        for bit in (0..key.len() * 8).step_by(3) {
            let mut renamed = pairs.clone();
            renamed[at].0[bit / 8] ^= 1 << (bit % 8);
            is_right(backend(&renamed), &beside, "renamed");
        }
    }
}

#[test]
fn errors_name_the_column_and_the_chunk() {
    let (pairs, beside) = stored();
    let (key, _) = pairs.iter().rfind(|(key, _)| key[0] == b'b').unwrap();
    let faulty = FaultyBackend::new(backend(&pairs), beside.clone());
    faulty.flip(key, 4_000);
    let store = open(faulty, &beside).unwrap();
    assert_eq!(
        Model::of(&store).unwrap_err().to_string(),
        "the pool is damaged: column chunk of column 3, part 3: the checksum of a page is wrong; \
         restore it from a backup"
    );
}

#[test]
fn an_emptied_store_is_never_an_empty_pool() {
    let (_, beside) = stored();
    let error = open(Arc::new(MemoryBackend::new()), &beside).unwrap_err();
    assert!(matches!(error, StoreError::Emptied { commit: N_COMMITS, rows: 30, .. }), "{error}");
}

#[test]
fn a_store_without_its_newest_commit_is_damage() {
    let (mut pairs, beside) = stored();
    let newest = newest_slot(&pairs, &beside);
    pairs.retain(|(key, _)| *key != manifest_key(newest, 0));
    let error = open(backend(&pairs), &beside).unwrap_err();
    let expected = (N_COMMITS - 1, N_COMMITS);
    assert!(
        matches!(&error, StoreError::LostCommits { found, expected: e, .. } if (*found, *e) == expected),
        "{error}"
    );
}

#[test]
fn a_damaged_newest_manifest_is_named() {
    let (pairs, beside) = stored();
    let slot = newest_slot(&pairs, &beside);
    let faulty = FaultyBackend::new(backend(&pairs), beside.clone());
    faulty.flip(&manifest_key(slot, 0), 900);
    let error = open(faulty, &beside).unwrap_err();
    assert!(
        matches!(&error, StoreError::Damaged { place: Place::Manifest { slot: s }, .. } if *s == slot),
        "{error}"
    );
}

#[test]
fn another_pools_store_is_damage() {
    let (_, beside) = stored();
    let (pairs, _) = stored();
    let error = open(backend(&pairs), &beside).unwrap_err();
    assert!(error.to_string().contains("it belongs to another pool"), "{error}");
}

#[test]
fn a_missing_side_file_is_damage_once_there_is_a_store() {
    let (pairs, _) = stored();
    let error = open(backend(&pairs), &MemoryBeside::default()).unwrap_err();
    assert!(error.is_corruption());
    assert!(error.to_string().contains("it is missing, yet the store is not empty"), "{error}");
}

/// The slot whose loss is noticed.
fn newest_slot(pairs: &[Pair], beside: &MemoryBeside) -> u8 {
    let mut without = pairs.to_vec();
    without.retain(|(key, _)| *key != manifest_key(0, 0));
    if open(backend(&without), beside).is_err() { 0 } else { 1 }
}
