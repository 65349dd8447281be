//! Classes of values that are not numbered beforehand: told apart by the predicates that hold.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use crate::index::Dictionary;

/// Classes, and values whose classes are kept; beyond, they are worked out anew.
const MOST: usize = 1 << 14;

/// The predicates of one attribute that hold of a value.
#[derive(Debug)]
pub(in crate::derive) struct Known {
    /// A bit each.
    pub(super) bits: Box<[u64]>,
    /// The rules none of whose clauses about the attribute fail.
    pub(super) mask: OnceLock<Box<[u64]>>,
}

/// The classes met so far.
#[derive(Debug)]
pub(super) struct Classes {
    none: Arc<Known>,
    met: Memo<Box<[u64]>>,
}

impl Classes {
    /// Classes told apart by so many predicates.
    pub(super) fn new(n_predicates: usize) -> Self {
        let bits = vec![0; n_predicates.div_ceil(64)].into();
        let none = Arc::new(Known { bits, mask: OnceLock::new() });
        Self { none, met: Memo::default() }
    }

    /// The class of who has no value.
    pub(super) fn missing(&self) -> Arc<Known> {
        Arc::clone(&self.none)
    }

    /// The class in which the predicates hold that are named.
    pub(super) fn of(&self, holding: impl Iterator<Item = u32>) -> Arc<Known> {
        let mut bits = vec![0u64; self.none.bits.len()].into_boxed_slice();
        holding.for_each(|bit| bits[bit as usize / 64] |= 1 << (bit % 64));
        let make = || Arc::new(Known { bits: bits.clone(), mask: OnceLock::new() });
        self.met.of(&*bits, make, |value| Box::from(value))
    }
}

impl Known {
    /// Whether a predicate holds.
    pub(super) fn holds(&self, bit: u32) -> bool {
        self.bits[bit as usize / 64] >> (bit % 64) & 1 == 1
    }
}

/// What classes values have that were met.
#[derive(Debug)]
pub(super) struct Memo<K>(RwLock<HashMap<K, Arc<Known>>>);

impl<K> Default for Memo<K> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: std::hash::Hash + Eq> Memo<K> {
    /// The class of a value: the one kept, or made.
    pub(super) fn of<Q: std::hash::Hash + Eq + ?Sized>(
        &self,
        value: &Q,
        make: impl FnOnce() -> Arc<Known>,
        own: impl FnOnce(&Q) -> K,
    ) -> Arc<Known>
    where
        K: std::borrow::Borrow<Q>,
    {
        let read = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(value) {
            return Arc::clone(known);
        }
        drop(read);
        let made = make();
        let mut write = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if write.len() >= MOST {
            write.clear();
        }
        Arc::clone(write.entry(own(value)).or_insert(made))
    }
}

/// Codes below which the classes of single ones have a place of their own.
const SINGLES: usize = 1 << 12;

/// The classes of texts, or sets of texts, by their codes: those of the two dictionaries that were
/// used last, one of which is mostly that of before a commit.
#[derive(Debug, Default)]
pub(super) struct ByCode(RwLock<Vec<OfDictionary>>);

#[derive(Clone, Debug)]
struct OfDictionary {
    dictionary: Weak<Dictionary>,
    known: Arc<OfCodes>,
}

/// The classes of the codes of one dictionary.
#[derive(Debug, Default)]
struct OfCodes {
    singles: Box<[OnceLock<Arc<Known>>]>,
    others: Memo<Box<[u32]>>,
}

impl OfCodes {
    fn new(dictionary: &Dictionary) -> Self {
        let n = dictionary.len().min(SINGLES);
        let singles = std::iter::repeat_with(OnceLock::new).take(n).collect();
        Self { singles, others: Memo::default() }
    }

    fn of(&self, codes: &[u32], make: impl FnOnce() -> Arc<Known>) -> Arc<Known> {
        let single = match codes {
            [code] => self.singles.get(*code as usize),
            _ => None,
        };
        match single {
            Some(single) => Arc::clone(single.get_or_init(make)),
            None => self.others.of(codes, make, |codes| Box::from(codes)),
        }
    }
}

impl ByCode {
    /// The class of codes of a dictionary: the one kept, or made.
    pub(super) fn of(
        &self,
        dictionary: &Arc<Dictionary>,
        codes: &[u32],
        make: impl FnOnce() -> Arc<Known>,
    ) -> Arc<Known> {
        let is_it = |one: &&OfDictionary| {
            std::ptr::eq(Weak::as_ptr(&one.dictionary), Arc::as_ptr(dictionary))
        };
        let read = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = read.iter().find(is_it) {
            return one.known.of(codes, make);
        }
        drop(read);
        let mut write = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = match write.iter().find(is_it) {
            Some(one) => Arc::clone(&one.known),
            None => {
                let known = Arc::new(OfCodes::new(dictionary));
                if write.len() > 1 {
                    write.remove(0);
                }
                let dictionary = Arc::downgrade(dictionary);
                write.push(OfDictionary { dictionary, known: Arc::clone(&known) });
                known
            }
        };
        drop(write);
        known.of(codes, make)
    }
}
