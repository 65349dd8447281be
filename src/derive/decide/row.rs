//! The rules decided for one customer after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::deciders::Rule;
use super::masks::Left;
use super::sieve::{Class, Found};
use super::{Deciders, Values};
use crate::model::{AttributeId, RowId};

/// What is decided: of a column, for a customer, whether the rule holds now and did not, or the
/// other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::derive) struct Decided {
    /// The column.
    pub(in crate::derive) id: AttributeId,
    /// The customer.
    pub(in crate::derive) row: RowId,
    /// Whether the rule holds.
    pub(in crate::derive) holds: bool,
}

/// Room for what is known of one customer at a time.
pub(in crate::derive) struct Row<'a> {
    deciders: &'a Deciders,
    now: &'a Values<'a>,
    before: &'a Values<'a>,
    /// By sieve, what its predicates can tell of the customer.
    told: Vec<Told>,
    /// The number of the look.
    look: u32,
    differs: Vec<usize>,
    left: [Left; 3],
    queue: Queue,
}

/// What the predicates of a sieve tell of a customer.
#[derive(Debug)]
struct Told {
    /// In which look that was found.
    look: u32,
    now: Class,
    /// Before; the same where nothing changed.
    before: Class,
}

/// Rules that are to be looked at, each once and after those that it reads.
#[derive(Default)]
struct Queue {
    waiting: BinaryHeap<Reverse<u32>>,
    /// In which look a rule was queued.
    looks: Vec<u32>,
}

impl<'a> Row<'a> {
    /// Room for the rules of some deciders, and the values now and before.
    pub(in crate::derive) fn new(
        deciders: &'a Deciders,
        now: &'a Values<'a>,
        before: &'a Values<'a>,
    ) -> Self {
        let untold = || Told { look: 0, now: Class::Numbered(0), before: Class::Numbered(0) };
        let told = std::iter::repeat_with(untold).take(deciders.sieves.len()).collect();
        let (look, differs, left, queue) = Default::default();
        Self { deciders, now, before, told, look, differs, left, queue }
    }

    /// Decides the rules of a customer of whom the values of some sieves' attributes, or the spans
    /// over them, may have changed: those that are wanted and that turn.
    pub(in crate::derive) fn changed(
        &mut self,
        row: RowId,
        sieves: impl Iterator<Item = usize>,
        is_wanted: impl Fn(AttributeId) -> bool,
        decided: &mut Vec<Decided>,
    ) {
        self.look += 1;
        self.differs.clear();
        for at in sieves {
            self.tell(at, row);
            self.told[at].before = self.before.class(at, row);
            if !self.told[at].now.is(&self.told[at].before) {
                self.differs.push(at);
            }
        }
        if self.differs.is_empty() {
            return;
        }
        let [mut new, mut old, mut turning] = std::mem::take(&mut self.left);
        self.turning(row, &mut new, &mut old, &mut turning);
        let deciders = self.deciders;
        if turning.rules().any(|rule| deciders.rules[rule as usize].own.is_some()) {
            turning.rules().for_each(|rule| self.queue(rule));
            self.decide(row, is_wanted, |_, holds, held| holds != held, decided);
        } else {
            for number in turning.rules() {
                let rule = &deciders.rules[number as usize];
                if !is_wanted(rule.id) {
                    continue;
                }
                let is_new = new.words[number as usize / 64] >> (number % 64) & 1 == 1;
                let holds = match deciders.masks.is_mixed(number) {
                    false => is_new,
                    true => {
                        let holds = self.holds(rule, row);
                        if holds == self.held(rule, row) {
                            continue;
                        }
                        holds
                    }
                };
                decided.push(Decided { id: rule.id, row, holds });
            }
        }
        self.left = [new, old, turning];
    }

    /// Finds the rules that may turn, and those that may hold by the attributes that differ.
    fn turning(&mut self, row: RowId, new: &mut Left, old: &mut Left, turning: &mut Left) {
        let deciders = self.deciders;
        new.all(&deciders.masks);
        old.all(&deciders.masks);
        for at in &self.differs {
            deciders.join(*at, &self.told[*at].now, new);
            deciders.join(*at, &self.told[*at].before, old);
        }
        deciders.turning(new, old, &self.differs, turning);
        for at in 0..deciders.sieves.len() {
            if self.differs.contains(&at) || !deciders.is_about(at, turning) {
                continue;
            }
            self.tell(at, row);
            deciders.join(at, &self.told[at].now, turning);
            if at % 4 == 3 {
                turning.thin();
            }
        }
    }

    /// Decides the rules for a customer who is new, and whom no group has as a member yet: those that
    /// are wanted and hold, and those whose column must have a value of everybody.
    pub(in crate::derive) fn new_customer(
        &mut self,
        row: RowId,
        is_wanted: impl Fn(AttributeId) -> bool,
        decided: &mut Vec<Decided>,
    ) {
        self.look += 1;
        let deciders = self.deciders;
        let mut left = std::mem::take(&mut self.left[0]);
        left.all(&deciders.masks);
        for at in 0..deciders.sieves.len() {
            // What rules make of the customer is not known yet.
            if deciders.readers[at].is_empty() && deciders.is_about(at, &left) {
                self.tell(at, row);
                deciders.join(at, &self.told[at].now, &mut left);
                left.thin();
            }
        }
        left.rules().for_each(|rule| self.queue(rule));
        self.left[0] = left;
        deciders.unset.iter().for_each(|rule| self.queue(*rule));
        let is_due =
            |number: u32, holds: bool, _| holds || deciders.unset.binary_search(&number).is_ok();
        self.decide(row, is_wanted, is_due, decided);
    }

    /// Decides the rules that wait; `is_due` tells whether one turns that holds or does not, given
    /// whether it held.
    fn decide(
        &mut self,
        row: RowId,
        is_wanted: impl Fn(AttributeId) -> bool,
        is_due: impl Fn(u32, bool, bool) -> bool,
        decided: &mut Vec<Decided>,
    ) {
        let deciders = self.deciders;
        while let Some(Reverse(number)) = self.queue.waiting.pop() {
            let rule = &deciders.rules[number as usize];
            if !is_wanted(rule.id) {
                continue;
            }
            let (holds, held) = (self.holds(rule, row), self.held(rule, row));
            if !is_due(number, holds, held) {
                continue;
            }
            decided.push(Decided { id: rule.id, row, holds });
            if let Some(own) = rule.own {
                self.tell(own, row);
                let found = Found::Units(i64::from(holds));
                self.told[own].now = deciders.sieves[own].class(found, None);
                deciders.readers[own].iter().for_each(|reader| self.queue(*reader));
            }
        }
    }

    /// Whether a rule holds of the customer.
    fn holds(&mut self, rule: &Rule, row: RowId) -> bool {
        let deciders = self.deciders;
        rule.formula.holds(&mut |predicate| {
            let (at, own) = deciders.place_of(predicate);
            self.tell(at, row);
            deciders.sieves[at].holds(own, &self.told[at].now)
        })
    }

    /// Whether a rule held of the customer before.
    fn held(&mut self, rule: &Rule, row: RowId) -> bool {
        let deciders = self.deciders;
        rule.formula.holds(&mut |predicate| {
            let (at, own) = deciders.place_of(predicate);
            self.tell(at, row);
            deciders.sieves[at].holds(own, &self.told[at].before)
        })
    }

    /// Finds what a sieve's predicates tell of the customer, unless that is known.
    fn tell(&mut self, at: usize, row: RowId) {
        if self.told[at].look != self.look {
            let now = self.now.class(at, row);
            self.told[at] = Told { look: self.look, before: now.clone(), now };
        }
    }

    /// Has a rule looked at.
    fn queue(&mut self, rule: u32) {
        let Queue { waiting, looks } = &mut self.queue;
        looks.resize(self.deciders.rules.len(), 0);
        if looks[rule as usize] != self.look {
            looks[rule as usize] = self.look;
            waiting.push(Reverse(rule));
        }
    }
}
