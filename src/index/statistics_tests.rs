//! Statistics against the values they speak of.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::index::{Column, Layout, UnitsColumn};
use crate::model::Type;

fn column(values: &[Vec<Option<i64>>]) -> Column {
    let chunk =
        |values: &Vec<Option<i64>>| Arc::new(UnitsChunk::from_options(values, Layout::Numbers));
    let chunks = values.iter().map(chunk).collect();
    Column::Units(UnitsColumn::new(Type::Int, Layout::Numbers, chunks))
}

proptest! {
    #[test]
    fn figures_are_exact_where_they_say_so(
        few: bool,
        values in prop::collection::vec(prop::collection::vec(prop::option::of(0i64..200), 64), 0..5),
        low in 0i64..210,
        width in 0i64..100,
    ) {
        let kind = |value: i64| if few { value % 7 } else { value };
        let values: Vec<Vec<Option<i64>>> = values
            .into_iter()
            .map(|chunk| chunk.into_iter().map(|value| value.map(kind)).collect())
            .collect();
        let column = column(&values);
        let ranges = RangeSet::between(low, low + width);
        let known = || values.iter().flatten().flatten().copied();
        let exact = known().filter(|value| ranges.contains(*value)).count() as u64;
        let counted = column.count_of(&ranges);
        prop_assert!(!counted.is_exact || counted.rows == exact);
        prop_assert!(!few || counted.is_exact);
        prop_assert!(exact == 0 || counted.rows > 0);
        let statistics = column.statistics();
        prop_assert_eq!(statistics.n_known, known().count() as u64);
        prop_assert_eq!(statistics.bounds, known().min().zip(known().max()));
        prop_assert!(counted.rows <= statistics.n_known);
    }
}

#[test]
fn estimates_of_many_values_are_near() {
    let value = |row: i64| Some((row * 7919) % 100_000);
    let chunks: Vec<Vec<Option<i64>>> =
        (0..4).map(|chunk| (chunk * 65_536..(chunk + 1) * 65_536).map(value).collect()).collect();
    let column = column(&chunks);
    for (low, high) in [(0, 9_999), (50_000, 99_999), (99_000, 200_000)] {
        let ranges = RangeSet::between(low, high);
        let exact = chunks.iter().flatten().flatten().filter(|v| ranges.contains(**v)).count();
        let found = column.count_of(&ranges);
        assert!(!found.is_exact);
        let error = (found.rows as f64 - exact as f64).abs() / (4.0 * 65_536.0);
        assert!(error < 0.02, "{low}..={high}: {} for {exact}", found.rows);
    }
}
