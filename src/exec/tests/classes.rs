//! Classes of random pools against counting one by one; samples are small here, so that they mislead.

use std::collections::HashMap;

use super::pool::{PRICE, Pool, REGION, Row, SCORE, SEEN, SMALL, SPEND, WIDE};
use super::rng::Rng;
use crate::exec::{Graded, MemberSet, Ranks, solved};
use crate::model::{
    AttributeId, ChunkSize, Decimal, Grade, GradeCut, Grades, Label, RangeSet, RankAmount, RankCut,
    RowId, Scalar, ScalarKind, ScalarType, Side, Ties, Type, Value,
};
use crate::parallel::{Budget, Executor};

/// What classes may go by.
const BY: [AttributeId; 6] = [SMALL, WIDE, PRICE, SEEN, SPEND, SCORE];

fn scalar(id: AttributeId) -> Scalar {
    let ty = super::pool::attributes()[id.0 as usize].1;
    let ty = match ty {
        Type::Decimal { scale } => ScalarType::Exact { scale },
        Type::Float => ScalarType::Float,
        Type::Timestamp => ScalarType::Timestamp,
        Type::Money { currency } => ScalarType::Money { currency, scale: currency.scale() },
        _ => ScalarType::Exact { scale: 0 },
    };
    Scalar { kind: ScalarKind::Attribute(id), ty }
}

fn units(row: &Row, id: AttributeId) -> Option<i128> {
    let ty = super::pool::attributes()[id.0 as usize].1;
    ty.units(&row.values[id.0 as usize]).map(i128::from)
}

fn any_cut(rng: &mut Rng, adds_up: bool) -> GradeCut {
    let side = *rng.pick(&[Side::Top, Side::Bottom]);
    let tenths = Decimal::new(rng.within(1, 1_000).into(), 1);
    match rng.below(5) {
        0 => GradeCut::Rank(side, RankAmount::Count(rng.below(300) as u64).into()),
        1 | 2 => GradeCut::Rank(side, RankAmount::Percent(tenths).into()),
        3 if adds_up => GradeCut::Rank(Side::Top, RankCut::Share(tenths)),
        3 => GradeCut::Rank(side, RankCut::Fraction { part: 1 + rng.below(6) as u64, of: 7 }),
        _ => GradeCut::Within(RangeSet::at_least(rng.within(-50, 1_000))),
    }
}

/// Whether a class takes a value, by counting.
fn takes(cut: &GradeCut, value: i128, rivals: &[i128]) -> bool {
    let n = rivals.len() as u64;
    match cut {
        GradeCut::Rest => true,
        GradeCut::Within(ranges) => ranges.contains(value as i64),
        GradeCut::Rank(_, RankCut::Share(percent)) => {
            let sum = |least: i128| -> i128 {
                rivals.iter().filter(|other| **other > least.max(0)).sum()
            };
            value > 0 && sum(value) * 1_000 < percent.rescaled(1).unwrap().units() * sum(0)
        }
        GradeCut::Rank(side, cut) => {
            let count = match cut {
                RankCut::Fraction { part, of } => (part * n).div_ceil(*of),
                RankCut::Amount(RankAmount::Count(count)) => *count,
                RankCut::Amount(RankAmount::Percent(percent)) => {
                    let tenths = percent.rescaled(1).unwrap().units() as u64;
                    (tenths * n).div_ceil(1_000)
                }
                RankCut::Share(_) => 0,
            };
            let is_before = |other: &&i128| match side {
                Side::Top => **other > value,
                Side::Bottom => **other < value,
            };
            (rivals.iter().filter(is_before).count() as u64) < count
        }
    }
}

#[test]
fn classes_are_those_of_counting() {
    let (executor, budget) = (Executor::with_threads(2).unwrap(), Budget::unlimited());
    let (mut n_kept, mut n_plain) = (0, 0);
    for seed in 0..40 {
        let mut rng = Rng::new(seed);
        let size = ChunkSize::from_bits(*rng.pick(&[6, 8])).unwrap();
        let n = *rng.pick(&[0, 1, 40, 300, 900]);
        let pool = Pool::random(seed, n, size);
        for _ in 0..4 {
            let by = *rng.pick(&BY);
            let per = rng.one_in(3).then(|| *rng.pick(&[REGION, SMALL]));
            let among = rng.one_in(4).then(|| {
                let rows = pool.living().map(|(row, _)| row).filter(|row| row.0 % 3 != 0);
                MemberSet::of_rows(size, pool.snapshot.n_rows(), &rows.collect::<Vec<_>>())
            });
            let mut grades: Vec<Grade> = (0..1 + rng.below(3))
                .map(|at| {
                    let cut = any_cut(&mut rng, by != SEEN && by != SCORE);
                    Grade { label: Label::Text(format!("c{at}")), cut }
                })
                .collect();
            grades.push(Grade { label: Label::Text("rest".into()), cut: GradeCut::Rest });
            let missing = rng.one_in(3).then(|| Label::Text("rest".into()));
            let grades = Grades { grades, missing, ties: Ties::In };
            let by_scalar = scalar(by);
            let graded = Graded {
                by: &by_scalar,
                per,
                among: among.as_ref(),
                grades: &grades,
                snapshot: &pool.snapshot,
                time: &pool.time,
                executor: &executor,
                budget: &budget,
            };
            let ranks = solved(&graded).unwrap();
            n_kept += usize::from(matches!(ranks, Ranks::Kept(_)));
            n_plain += usize::from(per.is_none() && among.is_none() && n >= 300);
            let column = graded.column(&ranks, Type::Text).unwrap();
            let with = pool.snapshot.with_passing(AttributeId(99), Type::Text, column);
            let rows: Vec<RowId> = pool.living().map(|(row, _)| row).collect();
            let found = with.gathered(AttributeId(99), &rows).unwrap();
            let is_among = |row: RowId| among.as_ref().is_none_or(|among| among.contains(row));
            let part = |row: &Row| match per {
                None => Some(Value::Null),
                Some(per) => Some(row.values[per.0 as usize].clone()).filter(|v| *v != Value::Null),
            };
            let mut parts: HashMap<String, Vec<i128>> = HashMap::new();
            for (_, row) in pool.living().filter(|(id, _)| is_among(*id)) {
                if let (Some(value), Some(part)) = (units(row, by), part(row)) {
                    parts.entry(part.to_string()).or_default().push(value);
                }
            }
            for (at, (id, row)) in pool.living().enumerate() {
                let own = units(row, by).filter(|_| is_among(id)).zip(part(row));
                let expected = match own {
                    None => grades.missing.clone().filter(|_| is_among(id)),
                    Some((value, own)) => {
                        let rivals = &parts[&own.to_string()];
                        let mut all = grades.grades.iter();
                        let first = all.find(|grade| takes(&grade.cut, value, rivals));
                        first.map(|grade| grade.label.clone())
                    }
                };
                let found = found.text(at).map(|text| Label::Text(text.to_owned()));
                assert_eq!(found, expected, "seed {seed}, row {id:?}, by {by:?}: {grades:?}");
            }
        }
    }
    assert!(n_kept > 100 && n_plain > 20, "{n_kept} kept, {n_plain} plain");
}
