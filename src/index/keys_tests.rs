//! Keys against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::index::Container;

fn int_keys(numbers: &[i64]) -> Keys {
    let size = ChunkSize::TINY;
    let alive = Arc::new(Alive::all(size, numbers.len() as u32));
    let chunks = numbers.chunks(64).map(|chunk| Arc::new(IntKeys::from_values(chunk))).collect();
    Keys::new(alive, KeyValues::Int(chunks))
}

fn is_run(keys: &Keys) -> bool {
    matches!(keys.by_key.get(), Some(ByKey::Runs(_)))
}

proptest! {
    #[test]
    fn every_key_finds_its_first_row(numbers in prop::collection::vec(-150i64..150, 0..300)) {
        let keys = int_keys(&numbers);
        let mut first: BTreeMap<i64, u32> = BTreeMap::new();
        let mut later = Vec::new();
        for (row, number) in numbers.iter().enumerate() {
            if first.contains_key(number) {
                later.push((u64::from(first[number]), row as u64));
            } else {
                first.insert(*number, row as u32);
            }
        }
        let executor = Executor::with_threads(2).unwrap();
        let repeated = keys.repeated(&executor);
        let repeated: Vec<(u64, u64)> = repeated.iter().map(|found| (found.first, found.row)).collect();
        prop_assert_eq!(repeated, later);
        for number in -151..151 {
            let row = first.get(&number).copied().map(RowId);
            prop_assert_eq!(keys.row_of(KeyRef::Int(number)), row);
        }
        prop_assert_eq!(keys.row_of(KeyRef::Text("1")), None);
    }

    #[test]
    fn runs_are_found_without_a_table(starts in prop::collection::btree_set(-20i64..20, 1..6)) {
        let starts: Vec<i64> = starts.into_iter().rev().collect();
        let numbers: Vec<i64> =
            starts.iter().flat_map(|start| start * 100..start * 100 + 64).collect();
        let keys = int_keys(&numbers);
        keys.index(&Executor::inline()).unwrap();
        prop_assert!(is_run(&keys));
        for (row, number) in numbers.iter().enumerate() {
            prop_assert_eq!(keys.row_of(KeyRef::Int(*number)), Some(RowId(row as u32)));
            prop_assert_eq!(keys.key(RowId(row as u32)), KeyRef::Int(*number));
        }
        for outside in [starts[0] * 100 + 64, starts[starts.len() - 1] * 100 - 1] {
            prop_assert_eq!(keys.row_of(KeyRef::Int(outside)), None);
        }
    }
}

#[test]
fn many_partitions_find_every_row() {
    // Beyond 32,768 rows the table has several partitions.
    let numbers: Vec<i64> = (0..100_000).map(|n| n * 7_919 % 1_000_003).collect();
    let keys = int_keys(&numbers);
    keys.index(&Executor::with_threads(2).unwrap()).unwrap();
    assert!(!is_run(&keys));
    for (row, number) in numbers.iter().enumerate().step_by(17) {
        assert_eq!(keys.row_of(KeyRef::Int(*number)), Some(RowId(row as u32)));
    }
    assert!(keys.bytes() < numbers.len() * 10);
}

#[test]
fn overlapping_runs_are_a_repeated_key() {
    let numbers: Vec<i64> = (0..64).chain(63..127).collect();
    let refused = int_keys(&numbers).index(&Executor::inline());
    assert!(matches!(
        refused,
        Err(IndexError::DuplicateKey { key: Key::Int(63), first: 63, row: 64 })
    ));
}

#[test]
fn the_ends_of_the_line_are_keys_too() {
    let keys = int_keys(&[i64::MAX, i64::MIN, 0]);
    for (row, number) in [(0, i64::MAX), (1, i64::MIN), (2, 0)] {
        assert_eq!(keys.row_of(KeyRef::Int(number)), Some(RowId(row)));
    }
    let run: Vec<i64> = (i64::MAX - 63..=i64::MAX).collect();
    let keys = int_keys(&run);
    assert_eq!(keys.row_of(KeyRef::Int(i64::MAX)), Some(RowId(63)));
    assert_eq!(keys.row_of(KeyRef::Int(i64::MIN)), None);
}

#[test]
fn the_dead_have_no_key() {
    let numbers: Vec<i64> = (0..100).map(|n| n * 3).collect();
    let mut keys = int_keys(&numbers);
    let mut alive = (*keys.alive).clone();
    alive.chunks[0] = Container::all_but(&[5], 64);
    keys.alive = Arc::new(alive);
    assert_eq!(keys.row_of(KeyRef::Int(15)), None);
    assert_eq!(keys.row_of(KeyRef::Int(18)), Some(RowId(6)));
}

#[test]
fn sample_hashes_never_change() {
    assert_eq!(sample_hash(KeyRef::Int(17), 7), sample_hash(KeyRef::Text("17"), 7));
    assert_ne!(sample_hash(KeyRef::Int(17), 7), sample_hash(KeyRef::Int(17), 8));
    let hashes = [(KeyRef::Text("C1"), 0), (KeyRef::Text("C1"), 7), (KeyRef::Int(-42), 0)]
        .map(|(key, seed)| sample_hash(key, seed));
    // By an independent program, after the reference.
    assert_eq!(hashes, [0x9F84_EE2D_CBFC_B67F, 0xECEF_FFF8_4F4C_2D21, 0x381E_479D_BD6A_94EF]);
}
