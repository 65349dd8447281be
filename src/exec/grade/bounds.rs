//! Where one class ends and the next begins.

use std::collections::BTreeMap;

use crate::model::{Grade, GradeCut, Range, RangeSet, Side};

/// The classes of all values: between two bounds all are in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The first value of each class but the first, ascending.
    at: Vec<i128>,
    /// The classes from the smallest values up, one more than bounds; `None` where no class takes
    /// them.
    classes: Vec<Option<u32>>,
}

impl Bounds {
    /// The bounds of classes, the cut-off of each given: the least value that is in from the top, or
    /// the greatest from the bottom.
    pub(super) fn of(grades: &[Grade], cut_offs: &[Option<i128>]) -> Self {
        let mut turns: BTreeMap<i128, Vec<(u32, bool)>> = BTreeMap::new();
        let mut active = BTreeMap::new();
        for ((number, grade), cut_off) in (0u32..).zip(grades).zip(cut_offs) {
            for (low, high) in intervals(grade, *cut_off) {
                match low {
                    i128::MIN => *active.entry(number).or_insert(0) += 1,
                    low => turns.entry(low).or_default().push((number, true)),
                }
                if let Some(end) = high.checked_add(1) {
                    turns.entry(end).or_default().push((number, false));
                }
            }
        }
        let first = |active: &BTreeMap<u32, u32>| active.keys().next().copied();
        let (mut at, mut classes) = (Vec::new(), vec![first(&active)]);
        for (value, turned) in turns {
            for (number, begins) in turned {
                let n = active.entry(number).or_insert(0u32);
                *n = if begins { *n + 1 } else { n.saturating_sub(1) };
                if *n == 0 {
                    active.remove(&number);
                }
            }
            let class = first(&active);
            if classes.last() != Some(&class) {
                at.push(value);
                classes.push(class);
            }
        }
        Self { at, classes }
    }

    /// The class of a value.
    #[inline]
    pub(crate) fn class(&self, value: i128) -> Option<u32> {
        let place = match self.at.len() {
            n if n <= 8 => self.at.iter().filter(|bound| **bound <= value).count(),
            _ => self.at.partition_point(|bound| *bound <= value),
        };
        self.classes.get(place).copied().flatten()
    }

    /// The values of each class that takes any, within 64 bits.
    pub(super) fn ranges(&self) -> Vec<(u32, RangeSet)> {
        let mut ranges: BTreeMap<u32, Vec<Range>> = BTreeMap::new();
        for (at, class) in self.classes.iter().enumerate() {
            let Some(class) = class else { continue };
            let low = at.checked_sub(1).map_or(i128::MIN, |before| self.at[before]);
            let high = self.at.get(at).map_or(i128::MAX, |next| next - 1);
            let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
            if low <= most && high >= least {
                let clamp = |value: i128| value.clamp(least, most) as i64;
                ranges.entry(*class).or_default().extend(Range::new(clamp(low), clamp(high)));
            }
        }
        ranges.into_iter().map(|(class, own)| (class, RangeSet::from_ranges(own))).collect()
    }

    /// The first value of each class but the first, ascending.
    pub(crate) fn values(&self) -> &[i128] {
        &self.at
    }
}

/// The values that a class takes, from and to, both in.
fn intervals(grade: &Grade, cut_off: Option<i128>) -> Vec<(i128, i128)> {
    match &grade.cut {
        GradeCut::Rest => vec![(i128::MIN, i128::MAX)],
        GradeCut::Rank(Side::Top, _) => {
            cut_off.map(|least| (least, i128::MAX)).into_iter().collect()
        }
        GradeCut::Rank(Side::Bottom, _) => {
            cut_off.map(|most| (i128::MIN, most)).into_iter().collect()
        }
        GradeCut::Within(ranges) => {
            // The ends of 64 bits stand for all beyond them, which arithmetic may reach.
            let low = |low: i64| if low == i64::MIN { i128::MIN } else { low.into() };
            let high = |high: i64| if high == i64::MAX { i128::MAX } else { high.into() };
            let ranges = ranges.as_slice().iter();
            ranges.map(|range| (low(range.low), high(range.high))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Label, RangeSet, RankAmount};

    fn grade(cut: GradeCut) -> Grade {
        Grade { label: Label::Units(0), cut }
    }

    #[test]
    fn the_first_class_that_takes_a_value_has_it() {
        let top = |n| grade(GradeCut::Rank(Side::Top, RankAmount::Count(n).into()));
        let grades = [
            top(1),
            grade(GradeCut::Within(RangeSet::between(3, 5))),
            grade(GradeCut::Rank(Side::Bottom, RankAmount::Count(2).into())),
            grade(GradeCut::Rest),
        ];
        let bounds = Bounds::of(&grades, &[Some(10), None, Some(4), None]);
        let class = |value| bounds.class(value).unwrap();
        assert_eq!([-9, 2, 3, 4, 5, 6, 9, 10, 99].map(class), [2, 2, 1, 1, 1, 3, 3, 0, 0]);
        let nobody = Bounds::of(&grades[..1], &[None]);
        assert_eq!(nobody.class(7), None);
    }
}
