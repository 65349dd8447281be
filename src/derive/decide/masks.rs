//! All rules of one customer at once.
//!
//! A rule is mostly an `and` of clauses about one attribute each. For every class of an attribute's
//! values there is a mask: the rules none of whose clauses about that attribute fail in the class.
//! The masks of a customer's values, joined by `and`, leave the rules that may hold; those with
//! clauses about several attributes are looked at one by one. Masks are made as they are needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::formula::Formula;
use super::sieve::Times;
use super::{Deciders, Values};
use crate::model::{AttributeId, RowId};

/// Masks kept of one attribute; beyond, they are made anew.
const MOST_MASKS: usize = 4_096;

/// The masks of some deciders.
#[derive(Debug)]
pub(super) struct Masks {
    /// By sieve, the rules with clauses about its attribute alone, and these clauses.
    clauses: Vec<Vec<(u32, Formula)>>,
    /// Rules with a clause about several attributes.
    mixed: Vec<u64>,
    /// By sieve, the mask of a class, told by the predicates that hold in it.
    made: Vec<Mutex<Made>>,
}

/// Masks by the predicates that hold.
type Made = HashMap<Box<[u64]>, Arc<[u64]>>;

impl Masks {
    /// The masks of rules, none made yet; `sieve` tells which a predicate is of.
    #[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
    pub(super) fn new<'f>(
        formulas: impl Iterator<Item = &'f Formula>,
        n_sieves: usize,
        sieve: impl Fn(u32) -> usize,
    ) -> Self {
        let (mut clauses, mut mixed) = (vec![Vec::new(); n_sieves], Vec::new());
        for (rule, formula) in formulas.enumerate() {
            if rule % 64 == 0 {
                mixed.push(0);
            }
            let parts = match formula {
                Formula::And(parts) => &parts[..],
                other => std::slice::from_ref(other),
            };
            for part in parts {
                let mut predicates = Vec::new();
                part.predicates(&mut predicates);
                let mut sieves: Vec<usize> = predicates.into_iter().map(&sieve).collect();
                sieves.sort_unstable();
                sieves.dedup();
                match sieves[..] {
                    [only] => clauses[only].push((rule as u32, part.clone())),
                    _ => mixed[rule / 64] |= 1 << (rule % 64),
                }
            }
        }
        let made = (0..n_sieves).map(|_| Mutex::default()).collect();
        Self { clauses, mixed, made }
    }

    fn made(&self, sieve: usize) -> MutexGuard<'_, Made> {
        self.made[sieve].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deciders {
    /// The columns of the rules that hold of a customer.
    pub(in crate::derive) fn of_row(
        &self,
        row: RowId,
        values: &Values<'_>,
        times: &[Arc<Times>],
    ) -> Vec<AttributeId> {
        let masks = &self.masks;
        let mut left = vec![u64::MAX; masks.mixed.len()];
        let mut bits = vec![0; self.n_words];
        for (at, sieve) in self.sieves.iter().enumerate() {
            let own = &mut bits[sieve.first_word..sieve.first_word + sieve.n_words];
            values.write(self, at, row, &times[at], own);
            let mask = self.mask_of(at, own);
            left.iter_mut().zip(&*mask).for_each(|(left, mask)| *left &= mask);
        }
        let mut found = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            let (word, bit) = (number / 64, 1u64 << (number % 64));
            if left[word] == 0 || left[word] & bit == 0 {
                continue;
            }
            let is_mixed = masks.mixed[word] & bit != 0;
            let mut holds = |p: u32| bits[p as usize / 64] >> (p % 64) & 1 == 1;
            if !is_mixed || rule.holds(&mut holds) {
                found.push(rule.id);
            }
        }
        found
    }

    /// The mask of a class, told by the predicates of a sieve that hold in it.
    fn mask_of(&self, sieve: usize, bits: &[u64]) -> Arc<[u64]> {
        let known = self.masks.made(sieve).get(bits).cloned();
        known.unwrap_or_else(|| self.mask(sieve, bits))
    }

    /// The rules that may hold by one of two sets of predicates and not by the other, which differ
    /// for some sieves alone: their numbers, ascending.
    pub(super) fn differing(&self, new: &[u64], old: &[u64], differs: &[usize]) -> Vec<u32> {
        let n = self.masks.mixed.len();
        let (mut common, mut by_new, mut by_old) = (vec![u64::MAX; n], Vec::new(), Vec::new());
        let join = |left: &mut [u64], mask: &[u64]| {
            left.iter_mut().zip(mask).for_each(|(left, mask)| *left &= mask);
        };
        for (at, sieve) in self.sieves.iter().enumerate() {
            let words = sieve.first_word..sieve.first_word + sieve.n_words;
            if !differs.contains(&at) {
                join(&mut common, &self.mask_of(at, &new[words]));
                continue;
            }
            by_new.push(self.mask_of(at, &new[words.clone()]));
            by_old.push(self.mask_of(at, &old[words]));
        }
        let (mut left_new, mut left_old) = (common.clone(), common);
        by_new.iter().for_each(|mask| join(&mut left_new, mask));
        by_old.iter().for_each(|mask| join(&mut left_old, mask));
        let mut rules = Vec::new();
        for word in 0..n {
            let (new, old) = (left_new[word], left_old[word]);
            let mut found = new ^ old | self.masks.mixed[word] & (new | old);
            while found != 0 {
                rules.push(word as u32 * 64 + found.trailing_zeros());
                found &= found - 1;
            }
        }
        rules.retain(|rule| (*rule as usize) < self.rules.len());
        rules
    }

    /// Makes the mask of a class, and keeps it.
    fn mask(&self, sieve: usize, bits: &[u64]) -> Arc<[u64]> {
        let first = self.sieves[sieve].first_word;
        let mut mask = vec![u64::MAX; self.masks.mixed.len()];
        for (rule, clause) in &self.masks.clauses[sieve] {
            let mut holds = |p: u32| bits[p as usize / 64 - first] >> (p % 64) & 1 == 1;
            if !clause.holds(&mut holds) {
                mask[*rule as usize / 64] &= !(1 << (rule % 64));
            }
        }
        let mask: Arc<[u64]> = mask.into();
        let mut made = self.masks.made(sieve);
        if made.len() >= MOST_MASKS {
            made.clear();
        }
        made.insert(bits.into(), Arc::clone(&mask));
        mask
    }
}
