//! The rules decided for one customer after the other.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::sieve::Times;
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
    /// The values before; without them everything named is looked at.
    before: Option<&'a Values<'a>>,
    /// The spans of each sieve, resolved.
    times: &'a [Arc<Times>],
    bits: Vec<u64>,
    /// The bits of the values before; of those that were not named the same.
    old: Vec<u64>,
    /// Whether these tell what held before: not when the clock has turned predicates.
    is_old_known: bool,
    /// Whether the clock has moved too.
    moved: bool,
    /// Of which customer a sieve's bits are, by the number of the look.
    filled: Vec<u32>,
    queued: Vec<u32>,
    queue: BinaryHeap<Reverse<u32>>,
    look: u32,
}

impl<'a> Row<'a> {
    /// Room for the rules of some deciders, whose spans are resolved; and whether the clock has moved
    /// since the values before.
    pub(in crate::derive) fn new(
        deciders: &'a Deciders,
        now: &'a Values<'a>,
        before: Option<&'a Values<'a>>,
        times: &'a [Arc<Times>],
        moved: bool,
    ) -> Self {
        Self {
            deciders,
            now,
            before,
            times,
            bits: vec![0; deciders.n_words],
            old: vec![0; deciders.n_words],
            is_old_known: false,
            moved,
            filled: vec![0; deciders.sieves.len()],
            queued: vec![0; deciders.rules.len()],
            queue: BinaryHeap::new(),
            look: 0,
        }
    }

    /// Begins to look at a customer.
    pub(in crate::derive) fn begin(&mut self) {
        self.look += 1;
        self.queue.clear();
        self.is_old_known = self.before.is_some();
    }

    /// Notes that the clock has turned predicates, or that nothing was before.
    pub(in crate::derive) fn forget(&mut self) {
        self.is_old_known = false;
    }

    /// Has every rule looked at.
    pub(in crate::derive) fn all(&mut self) {
        for rule in 0..self.deciders.rules.len() as u32 {
            self.queue(rule);
        }
    }

    /// Has the rules looked at that other values of some attributes may turn.
    pub(in crate::derive) fn named(&mut self, attributes: &BTreeSet<AttributeId>, row: RowId) {
        let deciders = self.deciders;
        let mut differs = Vec::new();
        for attribute in attributes {
            let Some(at) = deciders.sieve_of.get(attribute).copied() else { continue };
            self.fill(at, row);
            let sieve = &deciders.sieves[at];
            let words = sieve.first_word..sieve.first_word + sieve.n_words;
            match self.before {
                Some(before) => {
                    let old = &mut self.old[words.clone()];
                    before.write(deciders, at, row, &self.times[at], old);
                    if self.bits[words.clone()] != self.old[words] {
                        differs.push(at);
                    }
                }
                // Nothing is known of before.
                None => words.for_each(|word| self.predicates_of(word)),
            }
            if self.moved && !sieve.timed.is_empty() {
                // The spans may have held the old value before the clock moved.
                self.forget();
                for (bit, _, _) in &sieve.timed {
                    self.predicate(deciders.bit(at, *bit));
                }
            }
        }
        if differs.is_empty() {
            return;
        }
        for at in 0..deciders.sieves.len() {
            self.fill(at, row);
        }
        for rule in deciders.differing(&self.bits, &self.old, &differs) {
            self.queue(rule);
        }
    }

    /// Has the rules looked at that hold a predicate of a word.
    fn predicates_of(&mut self, word: usize) {
        for bit in 0..64 {
            self.predicate(word as u32 * 64 + bit);
        }
    }

    /// Has the rules looked at that hold a predicate.
    pub(in crate::derive) fn predicate(&mut self, predicate: u32) {
        let deciders = self.deciders;
        for rule in &deciders.holders[predicate as usize] {
            self.queue(*rule);
        }
    }

    /// Decides the rules that are to be looked at and wanted; `was` tells whether a rule held
    /// before, and `is_unset` whether nothing was told of it.
    pub(in crate::derive) fn decide<E>(
        &mut self,
        row: RowId,
        is_wanted: impl Fn(AttributeId) -> bool,
        is_unset: impl Fn(AttributeId) -> bool,
        mut was: impl FnMut(AttributeId) -> Result<bool, E>,
        decided: &mut Vec<Decided>,
    ) -> Result<(), E> {
        while let Some(Reverse(number)) = self.queue.pop() {
            let rule = &self.deciders.rules[number as usize];
            if !is_wanted(rule.id) {
                continue;
            }
            let holds = rule.holds(&mut |predicate| self.holds(predicate, row));
            if self.is_old_known && !is_unset(rule.id) {
                let held = rule.holds(&mut |predicate| self.held(predicate, row));
                if holds == held {
                    continue;
                }
            }
            if holds == was(rule.id)? && !is_unset(rule.id) {
                continue;
            }
            decided.push(Decided { id: rule.id, row, holds });
            if let Some(own) = rule.own {
                self.turn(own, row, holds);
            }
        }
        Ok(())
    }

    /// Whether a predicate holds of the customer.
    fn holds(&mut self, predicate: u32, row: RowId) -> bool {
        let word = predicate as usize / 64;
        let sieves = &self.deciders.sieves;
        let sieve = sieves.partition_point(|sieve| sieve.first_word <= word) - 1;
        self.fill(sieve, row);
        self.bits[word] >> (predicate % 64) & 1 == 1
    }

    /// Whether a predicate held of the customer before.
    fn held(&mut self, predicate: u32, row: RowId) -> bool {
        let word = predicate as usize / 64;
        let sieves = &self.deciders.sieves;
        let sieve = sieves.partition_point(|sieve| sieve.first_word <= word) - 1;
        self.fill(sieve, row);
        self.old[word] >> (predicate % 64) & 1 == 1
    }

    fn fill(&mut self, sieve: usize, row: RowId) {
        if self.filled[sieve] == self.look {
            return;
        }
        self.filled[sieve] = self.look;
        let of = &self.deciders.sieves[sieve];
        let words = of.first_word..of.first_word + of.n_words;
        let bits = &mut self.bits[words.clone()];
        self.now.write(self.deciders, sieve, row, &self.times[sieve], bits);
        self.old[words.clone()].copy_from_slice(&self.bits[words]);
    }

    /// Notes that a rule which others read holds now, or does not, and has these looked at.
    fn turn(&mut self, own: usize, row: RowId, holds: bool) {
        let deciders = self.deciders;
        let of = &deciders.sieves[own];
        self.fill(own, row);
        let n = of.n_words;
        let (value, none) = (super::sieve::Found::Units(i64::from(holds)), Times::new());
        let mut bits = vec![0; n];
        of.write(value, &none, &mut bits);
        self.bits[of.first_word..of.first_word + n].copy_from_slice(&bits);
        for bit in 0..n as u32 * 64 {
            self.predicate(of.first_word as u32 * 64 + bit);
        }
    }

    fn queue(&mut self, rule: u32) {
        let queued = &mut self.queued[rule as usize];
        if *queued != self.look {
            *queued = self.look;
            self.queue.push(Reverse(rule));
        }
    }
}
