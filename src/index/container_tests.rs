//! Containers against sorted sets.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn full_size(n: u32, rows: u32) -> Container {
    let positions: Vec<u16> = (0..n).map(|position| position as u16).collect();
    Container::from_sorted(&positions, rows)
}

/// Sets of few, many and nearly all positions of chunks of few rows and of many.
fn cases() -> impl Strategy<Value = (u32, BTreeSet<u16>, BTreeSet<u16>)> {
    let rows = prop_oneof![1u32..=64, 65u32..=700, Just(65_535), Just(65_536)];
    rows.prop_flat_map(|rows| {
        let shares = (0u64..=100, 0u64..=100, any::<u64>());
        shares.prop_map(move |(a, b, seed)| (rows, pick(rows, a, seed), pick(rows, b, seed ^ 1)))
    })
}

/// About `percent` of the positions below `rows`; shares near the ends become very few.
fn pick(rows: u32, percent: u64, seed: u64) -> BTreeSet<u16> {
    let share = match percent {
        0..=5 => percent * 20,
        95..=100 => 100_000 - (100 - percent) * 20,
        _ => percent * 1_000,
    };
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..rows).filter(|_| random() % 100_000 < share).map(|position| position as u16).collect()
}

fn container(set: &BTreeSet<u16>, rows: u32) -> Container {
    Container::from_sorted(&set.iter().copied().collect::<Vec<u16>>(), rows)
}

fn is_canonical(container: &Container, rows: u32) -> bool {
    *container == Container::from_words(&container.to_words(rows), rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_algebra_is_that_of_sets((rows, a, b) in cases()) {
        let (x, y) = (container(&a, rows), container(&b, rows));
        let check = |found: Container, expected: BTreeSet<u16>| {
            prop_assert!(is_canonical(&found, rows), "{:?}", found);
            prop_assert_eq!(found.len(rows) as usize, expected.len());
            prop_assert!(found.iter(rows).eq(expected.iter().copied()));
            for passed in [1, 70, rows as usize / 2] {
                let mut rest = found.iter(rows);
                let first: Vec<u16> = rest.by_ref().take(passed).collect();
                let mut all = first;
                rest.for_each(|at| all.push(at));
                prop_assert!(all.into_iter().eq(expected.iter().copied()));
            }
            prop_assert_eq!(found, container(&expected, rows));
            Ok(())
        };
        check(x.and(&y, rows), &a & &b)?;
        check(x.or(&y, rows), &a | &b)?;
        check(x.and_not(&y, rows), &a - &b)?;
        check(x.flip(rows).flip(rows), a.clone())?;
        prop_assert_eq!(x.and_len(&y, rows) as usize, (&a & &b).len());
        let listed: Vec<u16> = x.iter(rows).collect();
        check(Container::kept(&listed, &y.to_words(rows), rows), &a & &b)?;
        prop_assert_eq!(x.flip(rows), Container::Full.and_not(&x, rows));
    }

    #[test]
    fn word_buffers_see_the_same_sets((rows, a, b) in cases()) {
        let (x, y) = (container(&a, rows), container(&b, rows));
        // A buffer of more words than the chunk has, as executors reuse them.
        let buffer = |change: fn(&Container, &mut [u64], u32)| {
            let mut words = vec![0; words_of(rows) + 2];
            y.write_to(&mut words, rows);
            change(&x, &mut words, rows);
            assert!(words[words_of(rows)..].iter().all(|word| *word == 0));
            Container::from_words(&words, rows)
        };
        prop_assert_eq!(buffer(Container::write_to), x.clone());
        prop_assert_eq!(buffer(Container::and_into), x.and(&y, rows));
        prop_assert_eq!(buffer(Container::or_into), x.or(&y, rows));
        prop_assert_eq!(buffer(Container::and_not_into), y.and_not(&x, rows));
        prop_assert_eq!(x.and_count(&y.to_words(rows), rows), u64::from(x.and_len(&y, rows)));
    }

    #[test]
    fn an_intersection_clears_what_lies_past_the_rows((rows, a, _) in cases()) {
        let x = container(&a, rows);
        let mut words = vec![u64::MAX; words_of(rows) + 1];
        x.and_into(&mut words, rows);
        prop_assert_eq!(kernel::count(&words), a.len() as u64);
        prop_assert_eq!(Container::from_words(&words, rows), x);
    }

    #[test]
    fn each_position_belongs_or_not((rows, a, _) in cases(), position in any::<u16>()) {
        let position = (u32::from(position) % rows) as u16;
        prop_assert_eq!(container(&a, rows).contains(position), a.contains(&position));
    }

    #[test]
    fn a_chunk_that_grows_keeps_its_positions((rows, a, _) in cases(), more in 0u32..200) {
        let to = (rows + more).min(65_536);
        prop_assert_eq!(container(&a, rows).grown(rows, to), container(&a, to));
    }
}

#[test]
fn the_form_changes_at_the_boundaries() {
    let rows = 65_536;
    assert!(matches!(full_size(0, rows), Container::Empty));
    for n in [1, 63, 64, 4_095, 4_096] {
        assert!(matches!(full_size(n, rows), Container::Sparse(_)), "{n}");
        assert!(matches!(full_size(rows - n, rows), Container::Inverse(_)), "{n}");
    }
    assert!(matches!(full_size(4_097, rows), Container::Dense(_)));
    assert!(matches!(full_size(rows - 4_097, rows), Container::Dense(_)));
    assert!(matches!(full_size(65_535, rows), Container::Inverse(_)));
    assert!(matches!(full_size(65_536, rows), Container::Full));
}

#[test]
fn a_partial_last_chunk_knows_what_full_means() {
    for rows in [1, 63, 64, 65, 100] {
        let full = full_size(rows, rows);
        assert_eq!(full, Container::Full);
        assert_eq!(full.len(rows), rows);
        let mut words = [u64::MAX; 3];
        full.write_to(&mut words, rows);
        assert_eq!(kernel::count(&words), u64::from(rows));
        assert_eq!(Container::from_words(&words, rows), Container::Full);
    }
}

#[test]
fn a_chunk_without_rows_is_empty() {
    assert_eq!(Container::from_words(&[], 0), Container::Empty);
    assert_eq!(Container::from_sorted(&[], 0), Container::Empty);
    assert_eq!(Container::Empty.flip(0), Container::Empty);
    assert_eq!(Container::Full.len(0), 0);
}
