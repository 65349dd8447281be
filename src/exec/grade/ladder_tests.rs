//! Ladders that are kept against ladders made anew, and both against counting.

use proptest::prelude::*;

use super::*;
use crate::model::{Label, RangeSet, RankAmount};

fn cut() -> BoxedStrategy<GradeCut> {
    let side = prop::sample::select(vec![Side::Top, Side::Bottom]);
    let rank = prop_oneof![
        (0u64..40).prop_map(|n| RankAmount::Count(n).into()),
        (1i128..1_000).prop_map(|tenths| RankAmount::Percent(Decimal::new(tenths, 1)).into()),
        (1u64..6).prop_map(|part| RankCut::Fraction { part, of: 6 }),
    ];
    let share = (1i128..1_000).prop_map(|tenths| RankCut::Share(Decimal::new(tenths, 1)));
    prop_oneof![
        4 => (side, rank).prop_map(|(side, cut)| GradeCut::Rank(side, cut)),
        2 => share.prop_map(|cut| GradeCut::Rank(Side::Top, cut)),
        1 => (-5i64..5).prop_map(|least| GradeCut::Within(RangeSet::at_least(least))),
    ]
    .boxed()
}

/// The class of everybody by what is said of the language, counted one by one.
fn class(value: i128, all: &[Entry], grades: &[Grade]) -> Option<u32> {
    let larger = all.iter().filter(|(other, _)| *other > value).count() as u64;
    let smaller = all.iter().filter(|(other, _)| *other < value).count() as u64;
    let n = all.len() as u64;
    let sum = |least: i128| -> i128 {
        all.iter().map(|entry| entry.0).filter(|other| *other > least.max(0)).sum()
    };
    let takes = |grade: &Grade| match &grade.cut {
        GradeCut::Rest => true,
        GradeCut::Within(ranges) => ranges.contains(value as i64),
        GradeCut::Rank(_, RankCut::Share(percent)) => {
            let tenths = percent.rescaled(1).unwrap().units();
            value > 0 && sum(value) * 1_000 < tenths * sum(0)
        }
        GradeCut::Rank(side, cut) => {
            let count = match cut {
                RankCut::Fraction { part, of } => (part * n).div_ceil(*of),
                RankCut::Amount(amount) => share(*amount, n),
                RankCut::Share(_) => 0,
            };
            if *side == Side::Top { larger < count } else { smaller < count }
        }
    };
    grades.iter().position(takes).map(|at| at as u32)
}

proptest! {
    #[test]
    fn a_ladder_that_is_kept_is_as_one_made_anew(
        values in prop::collection::vec(-4i64..30, 0..120),
        changes in prop::collection::vec((0usize..120, prop::option::of(-4i64..30)), 0..60),
        cuts in prop::collection::vec(cut(), 1..4),
        kept in 1usize..12,
    ) {
        let grade = |cut| Grade { label: Label::Units(0), cut };
        let mut grades: Vec<Grade> = cuts.into_iter().map(grade).collect();
        grades.push(grade(GradeCut::Rest));
        let entry = |(row, value): (usize, &i64)| (i128::from(*value), RowId(row as u32));
        let mut all: Vec<Entry> = values.iter().enumerate().map(entry).collect();
        let mut ladder = Ladder::whole(all.clone());
        let bounds = ladder.bounds(&grades).unwrap();
        ladder.trim(&grades, kept);
        prop_assert_eq!(ladder.len(), all.len() as u64);
        prop_assert_eq!(ladder.bounds(&grades), Ok(bounds.clone()));
        let mut rivals =
            Rivals::new([(None, ladder)].into(), [(None, bounds)].into());
        for (row, value) in changes {
            let row = RowId(row as u32);
            let place = all.iter().position(|(_, other)| *other == row);
            let before: Vec<(RowId, Option<u32>)> =
                all.iter().map(|entry| (entry.1, class(entry.0, &all, &grades))).collect();
            let from = place.map(|at| (None, all.remove(at).0));
            let to = value.map(|value| (None, i128::from(value)));
            all.extend(to.as_ref().map(|(_, value)| (*value, row)));
            match rivals.changed([(row, from, to)].into_iter(), &grades) {
                Ok(moved) => {
                    for (other, class_before) in before.iter().filter(|b| b.0 != row) {
                        let now = all.iter().find(|entry| entry.1 == *other).unwrap().0;
                        if class(now, &all, &grades) != *class_before {
                            prop_assert!(moved.contains(other), "{other:?} was moved");
                        }
                    }
                }
                Err(Lost) => {
                    let mut anew = Ladder::whole(all.clone());
                    let bounds = anew.bounds(&grades).unwrap();
                    anew.trim(&grades, kept);
                    rivals = Rivals::new([(None, anew)].into(), [(None, bounds)].into());
                }
            }
            let bounds = &rivals.bounds()[&None];
            for (value, _) in &all {
                prop_assert_eq!(bounds.class(*value), class(*value, &all, &grades));
            }
        }
    }
}
