//! Ranges by the order of a chunk's rows against each row looked at.

use proptest::prelude::*;

use super::super::chunk::Layout;
use super::super::container::clear_past;
use super::super::{UnitsChunk, UnitsIndex};
use super::*;

/// Chunks of few rows and of many, with values far apart and with few in large numbers.
fn chunks() -> impl Strategy<Value = (Vec<Option<i64>>, Vec<(i64, i64)>)> {
    let kind = prop_oneof![
        (0i64..40).boxed(),
        (0i64..100_000).boxed(),
        // One value in half of the rows, which no run can hold.
        prop_oneof![Just(7i64), 0i64..30].boxed(),
        prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()].boxed(),
    ];
    let rows = prop_oneof![1usize..200, Just(5_000)];
    (Just(kind), rows, 0u8..3).prop_flat_map(|(kind, rows, missing)| {
        let value = prop::option::weighted(0.999 - f64::from(missing) / 4.0, kind.clone());
        let bounds = prop::collection::vec((kind.clone(), kind), 1..6);
        (prop::collection::vec(value, rows..rows + 1), bounds)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn stretches_hold_the_rows_of_their_ranges((values, bounds) in chunks(), seed in any::<u64>()) {
        let rows = values.len() as u32;
        let chunk = UnitsChunk::from_options(&values, Layout::Numbers);
        let UnitsIndex::Ordered(ordered) = &chunk.index else { return Ok(()) };
        let mut state = seed | 1;
        let acc: Vec<u64> = (0..words_of(rows))
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state ^ state >> 31
            })
            .collect();
        let mut acc = acc;
        clear_past(&mut acc, rows);
        let acc = Container::from_words(&acc, rows);
        for (low, high) in bounds {
            let stretch = chunk.stretch(ordered, low, high);
            let is_in = |row: u16| values[usize::from(row)].is_some_and(|v| (low..=high).contains(&v));
            let own: Vec<u16> = (0..rows as u16).filter(|row| is_in(*row)).collect();
            let own = Container::from_sorted(&own, rows);
            prop_assert_eq!(stretch.len(), own.len(rows));
            prop_assert_eq!(stretch.to_container(rows), own.clone());
            let mut listed: Vec<u16> = stretch.parts().flatten().copied().collect();
            listed.sort_unstable();
            prop_assert_eq!(Container::from_sorted(&listed, rows), own.clone());
            let mut room = vec![u64::MAX; words_of(rows)];
            let mut changed = |change: &mut dyn FnMut(&mut [u64], &mut [u64])| {
                let mut words = acc.to_words(rows);
                change(&mut words, &mut room);
                Container::from_words(&words, rows)
            };
            prop_assert_eq!(changed(&mut |acc, room| stretch.and(acc, room, rows)), acc.and(&own, rows));
            prop_assert_eq!(
                changed(&mut |acc, room| stretch.and_not(acc, room, rows)),
                acc.and_not(&own, rows)
            );
            prop_assert_eq!(changed(&mut |acc, room| stretch.or(acc, room, rows)), acc.or(&own, rows));
            let both = u64::from(acc.and(&own, rows).len(rows));
            prop_assert_eq!(stretch.and_count(&acc.to_words(rows), rows), both);
        }
    }
}

#[test]
fn runs_end_between_values_and_values_of_many_rows_are_alone() {
    let ordered_of = |value: fn(i64) -> i64| {
        let values: Vec<Option<i64>> = (0..65_536).map(|row| Some(value(row))).collect();
        match UnitsChunk::from_options(&values, Layout::Numbers).index {
            UnitsIndex::Ordered(ordered) => ordered,
            _ => panic!("no order"),
        }
    };
    let apart = |ordered: &Ordered| ordered.runs.windows(2).all(|two| two[0].last < two[1].first);
    let ordered = ordered_of(|row| row * 7 % 73);
    assert!((24..=40).contains(&ordered.runs.len()), "{} runs", ordered.runs.len());
    assert!(apart(&ordered));
    // Three values that every sixth row has, three that every twelfth has, and so on.
    let ordered =
        ordered_of(|row| i64::from((row as u32 | 1 << 20).trailing_zeros()) * 1_000 + row % 3);
    assert!(apart(&ordered));
    let alone = ordered.runs.iter().filter(|run| run.first == run.last).count();
    assert_eq!((alone, ordered.runs.len()), (9, 11));
    // Few rows come before a value of many: they share its run.
    let ordered =
        ordered_of(|row| if row < 100 { row } else { 5_000 + (row % 2) * 70 + row / 60_000 });
    assert!(apart(&ordered));
    assert_eq!(ordered.runs[0].first, 0);
    assert_eq!(ordered.runs[0].last, 5_000);
}
