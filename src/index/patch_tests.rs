use proptest::prelude::*;

use super::*;

const LAYOUTS: [Layout; 3] = [Layout::Codes, Layout::Numbers, Layout::Forward];

/// What a chunk holds and answers, whatever its index looks like.
fn check(chunk: &UnitsChunk, values: &[Option<i64>], layout: Layout) {
    let fresh = UnitsChunk::from_options(values, layout);
    let header = |chunk: &UnitsChunk| (chunk.rows, chunk.n_known, chunk.min, chunk.max);
    assert_eq!(header(chunk), header(&fresh));
    assert_eq!((&chunk.known, &chunk.values), (&fresh.known, &fresh.values));
    match (&chunk.index, &fresh.index) {
        (UnitsIndex::Ordered(ordered), other) => {
            let mut flaws = Vec::new();
            ordered.flaws(&chunk.known, chunk.rows, |flaw| flaws.push(flaw));
            ordered.flaws_deep(&chunk.values.to_vec(values.len()), |flaw| flaws.push(flaw));
            assert_eq!(flaws, Vec::<String>::new());
            match other {
                UnitsIndex::Ordered(other) => assert!(ordered.positions().eq(other.positions())),
                UnitsIndex::PerValue { values: few, .. } => {
                    assert!(few.len() <= most_values(layout));
                }
                UnitsIndex::Forward => panic!("there should be no order"),
            }
        }
        (index, other) => assert_eq!(index, other),
    }
}

fn value() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        3 => (0i64..6).prop_map(Some),
        2 => (-40i64..400).prop_map(Some),
        1 => any::<i64>().prop_map(Some),
        2 => Just(None),
    ]
}

fn values(n: usize) -> impl Strategy<Value = Vec<Option<i64>>> {
    let few = prop::collection::vec(prop_oneof![Just(None), (0i64..5).prop_map(Some)], n);
    let many = prop::collection::vec(prop_oneof![Just(None), (0i64..400).prop_map(Some)], n);
    prop_oneof![few, many, prop::collection::vec((7i64..8).prop_map(Some), n)]
}

proptest! {
    #[test]
    fn a_patched_chunk_is_as_one_built_anew(
        mut all in (64usize..700).prop_flat_map(values),
        steps in prop::collection::vec(
            (prop::collection::vec((any::<prop::sample::Index>(), value()), 1..6), 0usize..3),
            1..12,
        ),
        layout in prop::sample::select(&LAYOUTS[..]),
    ) {
        let mut chunk = UnitsChunk::from_options(&all, layout);
        for (edits, grown) in steps {
            all.extend(std::iter::repeat_n(None, grown));
            let edits: std::collections::BTreeMap<u16, Option<i64>> =
                edits.into_iter().map(|(at, value)| (at.index(all.len()) as u16, value)).collect();
            edits.iter().for_each(|(at, value)| all[usize::from(*at)] = *value);
            let edits: Vec<(u16, Option<i64>)> = edits.into_iter().collect();
            chunk = match chunk.patched(all.len() as u32, &edits, layout) {
                Some(patched) => patched,
                None => UnitsChunk::from_options(&all, layout),
            };
            check(&chunk, &all, layout);
        }
    }

    #[test]
    fn a_patched_chunk_of_sets_is_as_one_built_anew(
        sets in prop::collection::vec(
            prop::option::of(prop::collection::btree_set(0u32..9, 0..4)), 64..300),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(),
            prop::option::of(prop::collection::btree_set(0u32..12, 0..4))), 1..5),
        grown in 0usize..3,
    ) {
        let mut sets: Vec<Option<Vec<u32>>> =
            sets.into_iter().map(|set| set.map(|set| set.into_iter().collect())).collect();
        let chunk = build(&sets);
        sets.extend(std::iter::repeat_n(None, grown));
        let edits: std::collections::BTreeMap<u16, Option<Vec<u32>>> = edits
            .into_iter()
            .map(|(at, set)| (at.index(sets.len()) as u16, set.map(|s| s.into_iter().collect())))
            .collect();
        let borrowed: Vec<(u16, Option<&[u32]>)> =
            edits.iter().map(|(at, set)| (*at, set.as_deref())).collect();
        let patched = chunk.patched(sets.len() as u32, &borrowed);
        edits.iter().for_each(|(at, set)| sets[usize::from(*at)] = set.clone());
        if let Some(patched) = patched {
            let fresh = build(&sets);
            prop_assert_eq!(&patched.elements, &fresh.elements);
            prop_assert_eq!((&patched.codes, &patched.places), (&fresh.codes, &fresh.places));
            let sizes: Vec<Option<i64>> =
                sets.iter().map(|set| set.as_ref().map(|set| set.len() as i64)).collect();
            check(&patched.sizes, &sizes, Layout::Numbers);
        }
    }
}

fn build(sets: &[Option<Vec<u32>>]) -> SetChunk {
    let alive: Vec<u16> =
        (0u16..).zip(sets).filter(|(_, set)| set.is_some()).map(|(at, _)| at).collect();
    let codes: Vec<u32> = sets.iter().flatten().flatten().copied().collect();
    let sizes: Vec<u32> = sets.iter().map(|set| set.as_ref().map_or(0, Vec::len) as u32).collect();
    SetChunk::build(&Container::from_sorted(&alive, sets.len() as u32), &codes, &sizes)
}

#[test]
fn small_changes_of_a_large_chunk_are_patched() {
    let all: Vec<Option<i64>> = (0..65_536).map(|at| Some(at * 31 % 900)).collect();
    let chunk = UnitsChunk::from_options(&all, Layout::Numbers);
    let patched = |values: &[(u16, Option<i64>)]| chunk.patched(65_536, values, Layout::Numbers);
    assert!(patched(&[(5, Some(7)), (9, None)]).is_some());
    // The width holds up to 1,023.
    assert_eq!(patched(&[(5, Some(1_023))]).unwrap().max, 1_023);
    assert!(patched(&[(5, Some(1_024))]).is_none());
    assert!(patched(&[(5, Some(-1))]).is_none());
    // Others have the least value, too.
    assert!(patched(&[(0, Some(3))]).is_some());
}
