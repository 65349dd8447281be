//! Classes of numbers.

use crate::model::RangeSet;

/// The class of who has no value.
pub(super) const MISSING: u32 = 0;

/// Numbers, times and bools cut into classes within which the same ranges hold them: class 0 are
/// those without a value, the others ascend.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// The least value of each class but the first two.
    bounds: Vec<i64>,
    /// By predicate, the classes in which it holds: the first and the last of each stretch,
    /// ascending.
    stretches: Vec<Box<[(u32, u32)]>>,
}

impl Units {
    /// Cuts numbers by ranges, a predicate each; of those that are not told none holds.
    pub(super) fn new(ranges: &[Option<RangeSet>]) -> Self {
        let mut bounds: Vec<i64> = Vec::new();
        for range in ranges.iter().flatten().flat_map(RangeSet::as_slice) {
            bounds.extend((range.low > i64::MIN).then_some(range.low));
            bounds.extend(range.high.checked_add(1));
        }
        bounds.sort_unstable();
        bounds.dedup();
        let class = |value| bounds.partition_point(|bound| *bound <= value) as u32 + 1;
        let stretches = |ranges: &Option<RangeSet>| {
            let ranges = ranges.iter().flat_map(RangeSet::as_slice);
            ranges.map(|range| (class(range.low), class(range.high))).collect()
        };
        let stretches = ranges.iter().map(stretches).collect();
        Self { bounds, stretches }
    }

    /// Classes, that of no value among them.
    pub(super) fn n_classes(&self) -> usize {
        self.bounds.len() + 2
    }

    /// The class of a value.
    pub(super) fn class(&self, value: i64) -> u32 {
        self.bounds.partition_point(|bound| *bound <= value) as u32 + 1
    }

    /// Whether a predicate holds in a class.
    pub(super) fn holds(&self, predicate: u32, class: u32) -> bool {
        let Some(stretches) = self.stretches.get(predicate as usize) else { return false };
        match **stretches {
            [(first, last)] => first <= class && class <= last,
            _ => {
                let at = stretches.partition_point(|(_, last)| *last < class);
                stretches.get(at).is_some_and(|(first, _)| *first <= class)
            }
        }
    }

    /// The classes in which a predicate's answer may be another than in the class before.
    pub(super) fn turns(&self, predicate: u32) -> impl Iterator<Item = u32> + '_ {
        let stretches = self.stretches.get(predicate as usize);
        let stretches = stretches.into_iter().flat_map(|stretches| stretches.iter());
        stretches.flat_map(|(first, last)| [*first, *last + 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_answer_as_the_ranges_do() {
        let mut seed = 7u64;
        let mut random = |n: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as i64 % n
        };
        for n in [1, 3, 64, 65, 200] {
            let ranges: Vec<Option<RangeSet>> = (0..n)
                .map(|bit| {
                    let low = random(50) - 25;
                    match bit % 6 {
                        0 => Some(RangeSet::at_most(low)),
                        1 => Some(RangeSet::between(low, i64::MAX)),
                        2 => Some(RangeSet::between(i64::MIN, i64::MAX)),
                        3 => Some(RangeSet::point(low).union(&RangeSet::between(low + 3, low + 9))),
                        4 => None,
                        _ => Some(RangeSet::between(low, low + random(20))),
                    }
                })
                .collect();
            let units = Units::new(&ranges);
            let mut before = 0;
            for value in [i64::MIN].into_iter().chain(-40..60).chain([i64::MAX]) {
                let class = units.class(value);
                assert!(class >= before.max(1) && (class as usize) < units.n_classes());
                for (predicate, ranges) in (0u32..).zip(&ranges) {
                    let expected = ranges.as_ref().is_some_and(|ranges| ranges.contains(value));
                    let holds = units.holds(predicate, class);
                    assert_eq!(holds, expected, "{value} in {ranges:?}");
                    assert!(!units.holds(predicate, MISSING));
                    let turned = before > 0 && units.holds(predicate, before) != holds;
                    let mut turns = units.turns(predicate);
                    assert!(!turned || turns.any(|turn| before < turn && turn <= class));
                }
                before = class;
            }
        }
    }
}
