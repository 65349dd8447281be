//! Which way what the clock comes to can turn a definition: a customer whom it can only take out of
//! a group is not told twice, however far the clock moves at once.

use std::collections::{BTreeMap, HashMap};

use super::crossing::Counted;
use super::horizon::LineId;
use crate::bind::{self, Computed, Derived, Predicate, Timing};
use crate::catalog::Catalog;
use crate::model::{AttributeId, FoldFunction, RangeSet, Source, Type};

/// Turns from no to yes, or from less to more.
pub(super) const UP: u8 = 1;
/// Turns the other way.
pub(super) const DOWN: u8 = 2;
const BOTH: u8 = UP | DOWN;

/// What of a definition turns which way, by the number of what is counted: when something ceases to
/// count, and when it begins to.
pub(super) type Effects = BTreeMap<usize, [u8; 2]>;

/// What is counted by all definitions, each once.
#[derive(Debug, Default)]
pub(super) struct AllCounted<'a> {
    pub(super) all: Vec<Counted<'a>>,
}

impl<'a> AllCounted<'a> {
    /// The number of what is counted, new or known.
    pub(super) fn number(&mut self, counted: Counted<'a>) -> usize {
        let known = self.all.iter().position(|known| *known == counted);
        known.unwrap_or_else(|| {
            self.all.push(counted);
            self.all.len() - 1
        })
    }

    fn find(&self, counted: &Counted<'_>) -> Option<usize> {
        self.all.iter().position(|known| known == counted)
    }
}

/// A definition whose effects are looked for.
pub(super) struct Looking<'a> {
    /// The definitions.
    pub(super) catalog: &'a Catalog,
    /// The definition.
    pub(super) derived: &'a Derived,
    /// The numbers of what it counts itself.
    pub(super) own: &'a [usize],
    /// What is counted by all.
    pub(super) counted: &'a AllCounted<'a>,
    /// The effects of the definitions before it.
    pub(super) known: &'a HashMap<AttributeId, Effects>,
}

impl Looking<'_> {
    /// What turns the definition which way.
    pub(super) fn effects(&self) -> Effects {
        let mut found = Effects::new();
        let is_plain = self.derived.aggregates.later().is_empty();
        match &self.derived.computed {
            Computed::Rule(rule) if is_plain => self.rule(rule, true, &mut found),
            Computed::Value(Source::Attribute(id)) if is_plain => {
                join(&mut found, &self.value(*id), |turn| turn);
            }
            _ => self.any(&mut found),
        }
        found
    }

    /// All that it counts and reads turns it either way.
    fn any(&self, found: &mut Effects) {
        for number in self.own {
            found.insert(*number, [BOTH; 2]);
        }
        for read in &self.derived.reads {
            join(found, &self.value(*read), |_| BOTH);
        }
    }

    fn rule(&self, rule: &Predicate, is_so: bool, found: &mut Effects) {
        let keep = |turn| if is_so { turn } else { turned(turn) };
        if let Some((attribute, timing)) = Timing::of(rule)
            && let Some(number) =
                self.counted.find(&Counted::of_attribute(LineId::Attribute(attribute), &timing))
        {
            let negated = match rule {
                Predicate::Within { negated, .. } | Predicate::Anniversary { negated, .. } => {
                    *negated
                }
                _ => false,
            };
            let own: Effects = [(number, [DOWN, UP])].into();
            join(found, &own, |turn| keep(if negated { turned(turn) } else { turn }));
            return join(found, &self.value(attribute), |_| BOTH);
        }
        match rule {
            Predicate::And(clauses) | Predicate::Or(clauses) => {
                clauses.iter().for_each(|clause| self.rule(clause, is_so, found));
            }
            Predicate::Not(clause) => self.rule(clause, !is_so, found),
            Predicate::Units { attribute, ranges } => {
                let least = self.least(*attribute);
                let turn = |turn| match Shape::of(ranges, least) {
                    Shape::Rises => keep(turn),
                    Shape::Falls => keep(turned(turn)),
                    Shape::Other => BOTH,
                };
                join(found, &self.value(*attribute), turn);
            }
            // The clock beside an instant turns everybody, and is no matter of what is counted.
            Predicate::Compare { .. } if bind::attributes(rule).is_empty() => {}
            Predicate::Compare { .. } | Predicate::ScalarKnown(_) | Predicate::Rank(_) => {
                self.any(found);
            }
            leaf => {
                for attribute in bind::attributes(leaf) {
                    join(found, &self.value(attribute), |_| BOTH);
                }
            }
        }
    }

    /// The least and the largest value that an attribute may have.
    fn least(&self, id: AttributeId) -> (i64, i64) {
        let asked = self.derived.aggregates.asked().iter().find(|asked| asked.attribute.id == id);
        let is_count = asked.is_some_and(|asked| asked.fold.function == FoldFunction::Count);
        let is_bool = self.catalog.by_id(id).is_some_and(|attribute| attribute.ty == Type::Bool)
            || self.catalog.group_by_id(id).is_some();
        match (is_count, is_bool) {
            (_, true) => (0, 1),
            (true, false) => (0, i64::MAX),
            (false, false) => (i64::MIN, i64::MAX),
        }
    }

    /// What changes a value which way.
    fn value(&self, id: AttributeId) -> Effects {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let mut found = Effects::new();
        let aggregates = &self.derived.aggregates;
        let Some(asked) = aggregates.asked().iter().find(|asked| asked.attribute.id == id) else {
            let is_passing = aggregates.is_passing(id);
            if is_passing {
                found.extend(self.own.iter().map(|number| (*number, [BOTH; 2])));
            }
            return found;
        };
        let counted = Counted::of_events(asked.table, asked.span.as_ref());
        let turns = match asked.fold.function {
            FoldFunction::Count => [DOWN, UP],
            _ => [BOTH; 2],
        };
        if let Some(number) = self.counted.find(&counted) {
            found.insert(number, turns);
        }
        for (_, of_customer) in &asked.of_customers {
            join(&mut found, &self.value(*of_customer), |_| BOTH);
        }
        found
    }
}

/// Which values a rule wants.
enum Shape {
    /// Large ones.
    Rises,
    /// Small ones.
    Falls,
    /// Neither.
    Other,
}

impl Shape {
    /// The shape of ranges of values that lie between two.
    fn of(ranges: &RangeSet, (least, most): (i64, i64)) -> Self {
        match ranges.as_slice() {
            [only] if only.high >= most && only.low <= most => Self::Rises,
            [only] if only.low <= least && only.high >= least => Self::Falls,
            _ => Self::Other,
        }
    }
}

fn turned(turn: u8) -> u8 {
    (turn & UP) << 1 | (turn & DOWN) >> 1
}

fn join(found: &mut Effects, more: &Effects, turn: impl Fn(u8) -> u8) {
    for (number, turns) in more {
        let known = found.entry(*number).or_default();
        for (known, more) in known.iter_mut().zip(turns) {
            if *more != 0 {
                *known |= turn(*more);
            }
        }
    }
}
