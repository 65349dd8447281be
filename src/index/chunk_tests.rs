//! Chunks of units against their values.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Values of few kinds, of many, far apart, and close together; some missing.
fn values() -> impl Strategy<Value = Vec<Option<i64>>> {
    let kind = prop_oneof![
        (0i64..3).boxed(),
        (-300i64..300).boxed(),
        (0i64..3).prop_map(|value| value * 3_000_000_000_000).boxed(),
        any::<i64>().boxed(),
        prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0)].boxed(),
    ];
    (Just(kind), 0u8..3).prop_flat_map(|(kind, missing)| {
        let missing = f64::from(missing) / 3.0;
        prop::collection::vec(prop::option::weighted(0.99 - missing, kind), 0..400)
    })
}

/// The rows whose value is as asked.
fn expected(values: &[Option<i64>], is_asked: impl Fn(i64) -> bool) -> Container {
    let inside = |row: &usize| values[*row].is_some_and(&is_asked);
    let hits: Vec<u16> = (0..values.len()).filter(inside).map(|row| row as u16).collect();
    Container::from_sorted(&hits, values.len() as u32)
}

fn check_bitmaps(
    bitmaps: &[(i64, Container)],
    values: &[Option<i64>],
) -> Result<(), TestCaseError> {
    prop_assert!(bitmaps.is_sorted_by(|(a, _), (b, _)| a < b));
    for (value, bitmap) in bitmaps {
        prop_assert_eq!(bitmap, &expected(values, |other| other == *value));
    }
    Ok(())
}

/// The index holds what the values say, and all of it.
fn check_index(chunk: &UnitsChunk, values: &[Option<i64>]) -> Result<(), TestCaseError> {
    match &chunk.index {
        UnitsIndex::PerValue { values: bitmaps, before } => {
            for ((value, _), before) in bitmaps.iter().zip(before) {
                prop_assert_eq!(before, &expected(values, |other| other < *value));
            }
            let distinct: BTreeSet<i64> = values.iter().flatten().copied().collect();
            prop_assert!(bitmaps.iter().map(|(value, _)| *value).eq(distinct));
            check_bitmaps(bitmaps, values)
        }
        UnitsIndex::Ordered(ordered) => {
            let mut rows: Vec<(i64, u16)> =
                (0u16..).zip(values).filter_map(|(at, value)| Some(((*value)?, at))).collect();
            rows.sort_unstable();
            prop_assert!(ordered.positions().eq(rows.into_iter().map(|(_, at)| at)));
            let mut flaws = Vec::new();
            ordered.flaws(&chunk.known, chunk.rows, |flaw| flaws.push(flaw));
            ordered.flaws_deep(&chunk.values.to_vec(values.len()), |flaw| flaws.push(flaw));
            prop_assert_eq!(flaws, Vec::<String>::new());
            Ok(())
        }
        UnitsIndex::Forward => Ok(()),
    }
}

proptest! {
    #[test]
    fn every_layout_holds_what_its_values_say(values in values()) {
        for layout in [Layout::Codes, Layout::Numbers, Layout::Forward] {
            let chunk = UnitsChunk::from_options(&values, layout);
            check_index(&chunk, &values)?;
            prop_assert_eq!(&chunk.known, &expected(&values, |_| true));
            for (row, value) in values.iter().enumerate() {
                prop_assert_eq!(chunk.get(row as u16), *value);
            }
            prop_assert_eq!(chunk.n_known as usize, values.iter().flatten().count());
            prop_assert_eq!(chunk.min, values.iter().flatten().copied().min().unwrap_or(i64::MAX));
            prop_assert_eq!(chunk.max, values.iter().flatten().copied().max().unwrap_or(i64::MIN));
            for (low, high) in [(i64::MIN, i64::MAX), (0, 5), (-3, 40), (7, 7), (9, 3)] {
                let within = chunk.within(low, high);
                for (row, value) in values.iter().enumerate() {
                    let is_in = value.is_some_and(|value| (low..=high).contains(&value));
                    let is_exact = matches!(chunk.index, UnitsIndex::Ordered(_));
                    let found = within.contains(row as u16);
                    prop_assert!(found == is_in || found && !is_exact);
                }
            }
            prop_assert_eq!(chunk.relaid(layout), chunk);
        }
    }
}

proptest! {
    #[test]
    fn counts_are_held_as_their_values_are(
        rows in prop::collection::vec((any::<bool>(), prop::bool::weighted(0.1), 1u32..70), 1..700),
    ) {
        let counted = |(known, has, n): &(bool, bool, u32)| if *known && *has { *n } else { 0 };
        let values: Vec<Option<i64>> =
            rows.iter().map(|row| row.0.then(|| i64::from(counted(row)))).collect();
        let counts: Vec<(u16, u32)> = (0u16..)
            .zip(&rows)
            .map(|(at, row)| (at, counted(row)))
            .filter(|(_, n)| *n > 0)
            .collect();
        let known = expected(&values, |_| true);
        let chunk = UnitsChunk::of_counts(known, values.len() as u32, &counts);
        let built = UnitsChunk::from_options(&values, Layout::Codes);
        prop_assert_eq!((chunk.min, chunk.max), (built.min, built.max));
        prop_assert_eq!((chunk.n_known, &chunk.known), (built.n_known, &built.known));
        prop_assert_eq!(&chunk.values, &built.values);
        check_index(&chunk, &values)?;
    }
}

#[test]
fn the_index_follows_the_number_of_distinct_values() {
    let layout_of = |distinct: i64, layout| {
        let values: Vec<Option<i64>> = (0..2048).map(|row| Some(row % distinct * 7)).collect();
        UnitsChunk::from_options(&values, layout).index
    };
    assert!(
        matches!(layout_of(256, Layout::Codes), UnitsIndex::PerValue { values, .. } if values.len() == 256)
    );
    assert!(matches!(layout_of(257, Layout::Codes), UnitsIndex::Ordered(_)));
    assert!(
        matches!(layout_of(16, Layout::Numbers), UnitsIndex::PerValue { values, .. } if values.len() == 16)
    );
    assert!(matches!(layout_of(17, Layout::Numbers), UnitsIndex::Ordered(_)));
    assert!(matches!(layout_of(1, Layout::Forward), UnitsIndex::Forward));
}

#[test]
fn a_chunk_of_one_value_is_read_as_it_was_built() {
    for (n, gap) in [(1, 2), (70, 2), (70, 71), (5_000, 3), (5_000, 40)] {
        let values: Vec<Option<i64>> = (1..=n).map(|row| (row % gap != 0).then_some(-7)).collect();
        for layout in [Layout::Codes, Layout::Numbers, Layout::Forward] {
            let chunk = UnitsChunk::from_options(&values, layout);
            assert_eq!((chunk.values.width, chunk.n_known > 0), (0, true));
            assert_eq!(chunk.relaid(layout), chunk);
        }
    }
}

#[test]
fn a_chunk_that_nobody_has_a_value_in_is_empty() {
    for chunk in [UnitsChunk::missing(70), UnitsChunk::from_options(&[None; 70], Layout::Codes)] {
        assert_eq!(chunk.known, Container::Empty);
        assert_eq!(chunk.get(69), None);
        assert_eq!((chunk.n_known, chunk.min > chunk.max), (0, true));
    }
}
