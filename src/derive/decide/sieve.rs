//! All predicates about one attribute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::bind::{Predicate, Timing};
use crate::model::{AttributeId, RangeSet, TextTest, Type};

/// Texts whose answers are kept; beyond, they are worked out anew.
const MOST_TEXTS: usize = 1 << 14;

/// The spans of predicates resolved at an instant, by their bits.
pub(in crate::derive) type Times = Vec<(u32, RangeSet, bool)>;

/// The predicates about one attribute, a bit each.
#[derive(Debug)]
pub(in crate::derive) struct Sieve {
    /// The attribute.
    pub(in crate::derive) attribute: AttributeId,
    /// Where its bits begin among those of all sieves, in words.
    pub(super) first_word: usize,
    /// Words of its bits.
    pub(super) n_words: usize,
    tests: Tests,
    /// Bits that move with the clock: which, how, and whether negated.
    pub(in crate::derive) timed: Vec<(u32, Timing, bool)>,
    /// What of these holds, resolved last: of dates for a day, and else for an instant.
    resolved: Mutex<Option<(i64, Arc<Times>)>>,
}

#[derive(Debug)]
enum Tests {
    /// Numbers, times, bools: the least value of each class but the first, and each class's bits.
    Units { bounds: Vec<i64>, classes: Vec<Box<[u64]>> },
    /// Texts.
    Text { tests: Vec<(u32, TextBit)>, known: RwLock<HashMap<Box<str>, Arc<[u64]>>> },
    /// Sets of texts.
    Set(Vec<(u32, SetBit)>),
}

#[derive(Clone, Debug)]
enum TextBit {
    Known,
    Test(TextTest, bool),
}

#[derive(Clone, Debug)]
enum SetBit {
    Any(Vec<String>),
    Size(RangeSet),
    Equals(Vec<String>),
}

/// A value as predicates are asked about it.
#[derive(Clone, Copy, Debug)]
pub(in crate::derive) enum Found<'a> {
    /// No value.
    Missing,
    /// A number, a time, a bool.
    Units(i64),
    /// A text.
    Text(&'a str),
    /// A set, which is never missing.
    Set(&'a [&'a str]),
}

impl Sieve {
    /// Whether a predicate is one that a sieve can hold.
    pub(super) fn takes(predicate: &Predicate) -> Option<AttributeId> {
        match predicate {
            Predicate::Known(attribute)
            | Predicate::Units { attribute, .. }
            | Predicate::Within { attribute, .. }
            | Predicate::Text { attribute, .. }
            | Predicate::AnyElement { attribute, .. }
            | Predicate::Size { attribute, .. }
            | Predicate::SetEquals { attribute, .. } => Some(*attribute),
            Predicate::Compare { .. } => Timing::of(predicate).map(|(attribute, _)| attribute),
            _ => None,
        }
    }

    /// The sieve of predicates, whose bits are their places.
    pub(super) fn new(
        attribute: AttributeId,
        ty: Type,
        predicates: &[Predicate],
        first_word: usize,
    ) -> Self {
        let n_words = predicates.len().div_ceil(64);
        let mut timed = Vec::new();
        let tests = match ty {
            Type::Text => {
                let test = |(bit, predicate): (usize, &Predicate)| {
                    let test = match predicate {
                        Predicate::Text { test, negated, .. } => {
                            TextBit::Test(test.clone(), *negated)
                        }
                        _ => TextBit::Known,
                    };
                    (bit as u32, test)
                };
                let tests = predicates.iter().enumerate().map(test).collect();
                Tests::Text { tests, known: RwLock::default() }
            }
            Type::Set => {
                let test = |(bit, predicate): (usize, &Predicate)| {
                    let test = match predicate {
                        Predicate::AnyElement { elements, .. } => SetBit::Any(elements.clone()),
                        Predicate::Size { ranges, .. } => SetBit::Size(ranges.clone()),
                        Predicate::SetEquals { elements, .. } => SetBit::Equals(elements.clone()),
                        // A set is never missing.
                        _ => SetBit::Size(RangeSet::between(0, i64::MAX)),
                    };
                    (bit as u32, test)
                };
                Tests::Set(predicates.iter().enumerate().map(test).collect())
            }
            _ => {
                let mut ranges = Vec::with_capacity(predicates.len());
                for (bit, predicate) in predicates.iter().enumerate() {
                    match predicate {
                        Predicate::Units { ranges: of, .. } => ranges.push((bit, of.clone())),
                        Predicate::Within { span, negated, .. } => {
                            timed.push((bit as u32, Timing::Span(span.clone()), *negated));
                        }
                        Predicate::Compare { .. } => {
                            let timing = Timing::of(predicate).map(|(_, timing)| timing);
                            timed.extend(timing.map(|timing| (bit as u32, timing, false)));
                        }
                        _ => ranges.push((bit, RangeSet::between(i64::MIN, i64::MAX))),
                    }
                }
                classes(&ranges, n_words)
            }
        };
        Self { attribute, first_word, n_words, tests, timed, resolved: Mutex::default() }
    }

    /// The spans resolved for a moment, told by a day or an instant: those kept, or made.
    pub(in crate::derive) fn times<E>(
        &self,
        moment: i64,
        make: impl FnOnce(&Self) -> Result<Times, E>,
    ) -> Result<Arc<Times>, E> {
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, times)) = &*resolved
            && *of == moment
        {
            return Ok(Arc::clone(times));
        }
        let times = Arc::new(make(self)?);
        *resolved = Some((moment, Arc::clone(&times)));
        Ok(times)
    }

    /// Writes which predicates hold of a value; `times` are the spans of this sieve.
    pub(super) fn write(&self, found: Found<'_>, times: &Times, bits: &mut [u64]) {
        bits.fill(0);
        match (&self.tests, found) {
            (_, Found::Missing) => {}
            (Tests::Units { bounds, classes }, Found::Units(value)) => {
                let class = bounds.partition_point(|bound| *bound <= value);
                bits.copy_from_slice(&classes[class]);
                for (bit, ranges, negated) in times {
                    if ranges.contains(value) != *negated {
                        set(bits, *bit);
                    }
                }
            }
            (Tests::Text { tests, known }, Found::Text(text)) => {
                let read = known.read().unwrap_or_else(PoisonError::into_inner);
                if let Some(found) = read.get(text) {
                    bits.copy_from_slice(found);
                    return;
                }
                drop(read);
                for (bit, test) in tests {
                    let holds = match test {
                        TextBit::Known => true,
                        TextBit::Test(test, negated) => test.matches(text) != *negated,
                    };
                    if holds {
                        set(bits, *bit);
                    }
                }
                let mut write = known.write().unwrap_or_else(PoisonError::into_inner);
                if write.len() >= MOST_TEXTS {
                    write.clear();
                }
                write.insert(text.into(), Arc::from(&*bits));
            }
            (Tests::Set(tests), Found::Set(elements)) => {
                for (bit, test) in tests {
                    let holds = match test {
                        SetBit::Any(of) => elements
                            .iter()
                            .any(|e| of.binary_search_by(|known| known.as_str().cmp(e)).is_ok()),
                        SetBit::Size(ranges) => ranges.contains(elements.len() as i64),
                        SetBit::Equals(of) => {
                            of.len() == elements.len()
                                && of.iter().zip(elements).all(|(a, b)| a == b)
                        }
                    };
                    if holds {
                        set(bits, *bit);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Cuts numbers into classes within which the same ranges hold them.
fn classes(ranges: &[(usize, RangeSet)], n_words: usize) -> Tests {
    let mut bounds: Vec<i64> = Vec::new();
    for range in ranges.iter().flat_map(|(_, ranges)| ranges.as_slice()) {
        bounds.extend((range.low > i64::MIN).then_some(range.low));
        bounds.extend(range.high.checked_add(1));
    }
    bounds.sort_unstable();
    bounds.dedup();
    let mut classes = vec![vec![0u64; n_words].into_boxed_slice(); bounds.len() + 1];
    for (bit, ranges) in ranges {
        for range in ranges.as_slice() {
            let first = bounds.partition_point(|bound| *bound <= range.low);
            let last = bounds.partition_point(|bound| *bound <= range.high);
            classes[first..=last].iter_mut().for_each(|class| set(class, *bit as u32));
        }
    }
    Tests::Units { bounds, classes }
}

fn set(bits: &mut [u64], bit: u32) {
    bits[bit as usize / 64] |= 1 << (bit % 64);
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
            let ranges: Vec<(usize, RangeSet)> = (0..n)
                .map(|bit| {
                    let low = random(50) - 25;
                    let one = match bit % 5 {
                        0 => RangeSet::at_most(low),
                        1 => RangeSet::between(low, i64::MAX),
                        2 => RangeSet::between(i64::MIN, i64::MAX),
                        3 => RangeSet::point(low).union(&RangeSet::between(low + 3, low + 9)),
                        _ => RangeSet::between(low, low + random(20)),
                    };
                    (bit, one)
                })
                .collect();
            let n_words = n.div_ceil(64);
            let Tests::Units { bounds, classes } = classes(&ranges, n_words) else { panic!() };
            for value in (-40..60).chain([i64::MIN, i64::MAX]) {
                let class = &classes[bounds.partition_point(|bound| *bound <= value)];
                for (bit, ranges) in &ranges {
                    let holds = class[bit / 64] >> (bit % 64) & 1 == 1;
                    assert_eq!(holds, ranges.contains(value), "{value} in {ranges:?}");
                }
            }
        }
    }
}
