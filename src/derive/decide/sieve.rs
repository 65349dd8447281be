//! All predicates about one attribute.

use std::sync::{Arc, Mutex, PoisonError};

use super::known::{ByCode, Classes, Known, Memo};
use super::units::{MISSING, Units};
use crate::bind::{Predicate, Timing};
use crate::index::Dictionary;
use crate::model::{AttributeId, RangeSet, TextTest, Type};

/// The spans of predicates resolved at a moment.
#[derive(Debug, Default)]
pub(in crate::derive) struct Times {
    /// By predicate of the sieve: what its span holds, and whether it is negated.
    pub(super) spans: Vec<(u32, RangeSet, bool)>,
    /// The classes of dates that were met.
    days: Memo<i64>,
}

impl Times {
    /// Spans resolved.
    pub(in crate::derive) fn new(spans: Vec<(u32, RangeSet, bool)>) -> Self {
        Self { spans, days: Memo::default() }
    }
}

/// The predicates about one attribute, numbered one after the other among those of all.
#[derive(Debug)]
pub(in crate::derive) struct Sieve {
    /// The attribute.
    pub(in crate::derive) attribute: AttributeId,
    /// The number of the first predicate among those of all.
    pub(super) first: u32,
    /// How many there are.
    pub(super) n_predicates: u32,
    tests: Tests,
    /// Predicates that move with the clock: which, how, and whether negated.
    pub(in crate::derive) timed: Vec<(u32, Timing, bool)>,
    /// The spans resolved for the last two moments: of dates for a day, and else for an instant.
    resolved: Mutex<Vec<(i64, Arc<Times>)>>,
    classes: Classes,
    /// Whether the values are days.
    pub(in crate::derive) is_of_days: bool,
}

#[derive(Debug)]
enum Tests {
    /// Numbers, times, bools.
    Units(Units),
    /// Texts.
    Text { tests: Vec<TextBit>, codes: ByCode, texts: Memo<Box<str>> },
    /// Sets of texts.
    Set { tests: Vec<SetBit>, codes: ByCode },
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

/// What predicates can tell of a value.
#[derive(Clone, Debug)]
pub(super) enum Class {
    /// A class of numbers.
    Numbered(u32),
    /// The predicates that hold.
    Known(Arc<Known>),
}

impl Class {
    /// Whether the same predicates hold.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numbered(one), Self::Numbered(other)) => one == other,
            (Self::Known(one), Self::Known(other)) => {
                Arc::ptr_eq(one, other) || one.bits == other.bits
            }
            _ => false,
        }
    }
}

/// A value as predicates are asked about it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// No value.
    Missing,
    /// A number, a time, a bool.
    Units(i64),
    /// A text by its code.
    Text(u32, &'a Arc<Dictionary>),
    /// A set by its codes; it is never missing.
    Set(&'a [u32], &'a Arc<Dictionary>),
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

    /// The sieve of predicates.
    pub(super) fn new(
        attribute: AttributeId,
        ty: Type,
        predicates: &[&Predicate],
        first: u32,
    ) -> Self {
        let mut timed = Vec::new();
        let tests = match ty {
            Type::Text => {
                let test = |predicate: &&Predicate| match predicate {
                    Predicate::Text { test, negated, .. } => TextBit::Test(test.clone(), *negated),
                    _ => TextBit::Known,
                };
                let tests = predicates.iter().map(test).collect();
                Tests::Text { tests, codes: ByCode::default(), texts: Memo::default() }
            }
            Type::Set => {
                let test = |predicate: &&Predicate| match predicate {
                    Predicate::AnyElement { elements, .. } => SetBit::Any(elements.clone()),
                    Predicate::Size { ranges, .. } => SetBit::Size(ranges.clone()),
                    Predicate::SetEquals { elements, .. } => SetBit::Equals(elements.clone()),
                    // A set is never missing.
                    _ => SetBit::Size(RangeSet::between(0, i64::MAX)),
                };
                let tests = predicates.iter().map(test).collect();
                Tests::Set { tests, codes: ByCode::default() }
            }
            _ => {
                let mut ranges = Vec::with_capacity(predicates.len());
                for (bit, predicate) in (0u32..).zip(predicates) {
                    ranges.push(match predicate {
                        Predicate::Units { ranges, .. } => Some(ranges.clone()),
                        Predicate::Within { span, negated, .. } => {
                            timed.push((bit, Timing::Span(span.clone()), *negated));
                            None
                        }
                        Predicate::Compare { .. } => {
                            let timing = Timing::of(predicate).map(|(_, timing)| timing);
                            timed.extend(timing.map(|timing| (bit, timing, false)));
                            None
                        }
                        _ => Some(RangeSet::between(i64::MIN, i64::MAX)),
                    });
                }
                Tests::Units(Units::new(&ranges))
            }
        };
        let (n_predicates, classes) = (predicates.len() as u32, Classes::new(predicates.len()));
        let (resolved, is_of_days) = (Mutex::default(), ty == Type::Date);
        Self { attribute, first, n_predicates, tests, timed, resolved, classes, is_of_days }
    }

    /// The classes of numbers, when no predicate moves with the clock.
    pub(super) fn numbered(&self) -> Option<&Units> {
        match &self.tests {
            Tests::Units(units) if self.timed.is_empty() => Some(units),
            _ => None,
        }
    }

    /// The spans resolved for a moment, told by a day or an instant: those kept, or made.
    pub(in crate::derive) fn times<E>(
        &self,
        moment: i64,
        make: impl FnOnce(&Self) -> Result<Times, E>,
    ) -> Result<Arc<Times>, E> {
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, times)) = resolved.iter().find(|(of, _)| *of == moment) {
            return Ok(Arc::clone(times));
        }
        let times = Arc::new(make(self)?);
        if resolved.len() > 1 {
            resolved.remove(0);
        }
        resolved.push((moment, Arc::clone(&times)));
        Ok(times)
    }

    /// Whether a predicate of this sieve, by its number in it, holds in a class.
    pub(super) fn holds(&self, predicate: u32, class: &Class) -> bool {
        match (class, &self.tests) {
            (Class::Known(known), _) => known.holds(predicate),
            (Class::Numbered(class), Tests::Units(units)) => units.holds(predicate, *class),
            (Class::Numbered(_), _) => false,
        }
    }

    /// The class of a value; `times` are the spans of this sieve, if any move with the clock.
    pub(super) fn class(&self, found: Found<'_>, times: Option<&Times>) -> Class {
        let known = match (&self.tests, found) {
            (Tests::Units(units), Found::Units(value)) => match times {
                _ if self.timed.is_empty() => return Class::Numbered(units.class(value)),
                Some(times) if self.is_of_days => {
                    times.days.of(&value, || self.timed_class(units, value, times), |value| *value)
                }
                Some(times) => self.timed_class(units, value, times),
                None => self.classes.missing(),
            },
            (Tests::Text { tests, codes, texts }, Found::Text(code, dictionary)) => {
                let of_text = || {
                    let text = dictionary.text(code);
                    texts.of(text, || self.class_of_text(tests, text), |value| Box::from(value))
                };
                codes.of(dictionary, &[code], of_text)
            }
            (Tests::Set { tests, codes }, Found::Set(set, dictionary)) => {
                codes.of(dictionary, set, || self.class_of_set(tests, set, dictionary))
            }
            (Tests::Units(_), _) if self.timed.is_empty() => return Class::Numbered(MISSING),
            _ => self.classes.missing(),
        };
        Class::Known(known)
    }

    fn timed_class(&self, units: &Units, value: i64, times: &Times) -> Arc<Known> {
        let class = units.class(value);
        let lasting = (0..self.n_predicates).filter(|bit| units.holds(*bit, class));
        let timed = times.spans.iter();
        let timed = timed.filter(|(_, ranges, negated)| ranges.contains(value) != *negated);
        self.classes.of(lasting.chain(timed.map(|(bit, ..)| *bit)))
    }

    fn class_of_text(&self, tests: &[TextBit], text: &str) -> Arc<Known> {
        let holds = |test: &TextBit| match test {
            TextBit::Known => true,
            TextBit::Test(test, negated) => test.matches(text) != *negated,
        };
        let holding = (0u32..).zip(tests).filter(|(_, test)| holds(test));
        self.classes.of(holding.map(|(bit, _)| bit))
    }

    fn class_of_set(
        &self,
        tests: &[SetBit],
        set: &[u32],
        dictionary: &Arc<Dictionary>,
    ) -> Arc<Known> {
        let mut elements: Vec<&str> = set.iter().map(|code| dictionary.text(*code)).collect();
        elements.sort_unstable();
        let holds = |test: &SetBit| match test {
            SetBit::Any(of) => {
                let has = |e: &&str| of.binary_search_by(|known| known.as_str().cmp(e)).is_ok();
                elements.iter().any(has)
            }
            SetBit::Size(ranges) => ranges.contains(elements.len() as i64),
            SetBit::Equals(of) => {
                of.len() == elements.len() && of.iter().zip(&elements).all(|(a, b)| a == b)
            }
        };
        let holding = (0u32..).zip(tests).filter(|(_, test)| holds(test));
        self.classes.of(holding.map(|(bit, _)| bit))
    }
}
