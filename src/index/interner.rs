//! Texts numbered in the order in which they are first seen.

use std::hash::{BuildHasher, RandomState};

use super::texts::TextBuffer;
use super::{Dictionary, Texts};
use crate::parallel::Executor;

/// Distinct texts and their provisional codes, while a column is being built.
#[derive(Debug)]
pub(super) struct Interner {
    texts: TextBuffer,
    /// Open addressing: the upper half of a text's hash, and its code plus one; 0 is free.
    slots: Vec<u64>,
    state: RandomState,
    last: Option<u32>,
}

/// Slots before the first growth; a power of two.
const FIRST_SLOTS: usize = 1024;

impl Interner {
    /// No text yet.
    pub(super) fn new() -> Self {
        let (texts, state) = (TextBuffer::default(), RandomState::new());
        Self { texts, slots: vec![0; FIRST_SLOTS], state, last: None }
    }

    /// The code of a text, new or not.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        if let Some(last) = self.last.filter(|last| self.texts.get(*last as usize) == text) {
            return last;
        }
        if self.texts.len() * 8 >= self.slots.len() * 5 {
            self.grow();
        }
        let hash = self.state.hash_one(text);
        let code = self.find_or_add(hash, text);
        self.last = Some(code);
        code
    }

    /// The text of a code.
    pub(super) fn text(&self, code: u32) -> &str {
        self.texts.get(code as usize)
    }

    /// The texts in order, and each provisional code's code in that order.
    pub(super) fn sorted(self, executor: &Executor) -> (Dictionary, Vec<u32>) {
        let texts = self.texts.freeze();
        let order = sorted_order(&texts, executor);
        let mut recode = vec![0; order.len()];
        let mut sorted = TextBuffer::with_capacity(texts.as_str().len(), order.len());
        for (new, old) in (0u32..).zip(order) {
            recode[old as usize] = new;
            sorted.push(texts.get(old as usize));
        }
        (Dictionary::from_sorted(sorted.freeze()), recode)
    }

    fn find_or_add(&mut self, hash: u64, text: &str) -> u32 {
        let mask = self.slots.len() - 1;
        let tag = hash & 0xFFFF_FFFF_0000_0000;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == 0 {
                let code = self.texts.len() as u32;
                self.slots[slot] = tag | u64::from(code + 1);
                self.texts.push(text);
                return code;
            }
            let code = (found as u32).wrapping_sub(1);
            if found & 0xFFFF_FFFF_0000_0000 == tag && self.texts.get(code as usize) == text {
                return code;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        let mut slots = vec![0; mask + 1];
        for code in 0..self.texts.len() {
            let hash = self.state.hash_one(self.texts.get(code));
            let mut slot = hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = (hash & 0xFFFF_FFFF_0000_0000) | (code as u64 + 1);
        }
        self.slots = slots;
    }
}

/// The numbers of the texts, ascending by text.
///
/// Eight bytes behind what all texts begin with decide most comparisons without touching a text.
fn sorted_order(texts: &Texts, executor: &Executor) -> Vec<u32> {
    let common = common_prefix(texts);
    let mut keyed: Vec<(u64, u32)> =
        texts.iter().zip(0u32..).map(|(text, at)| (head(&text.as_bytes()[common..]), at)).collect();
    executor.sort_by(&mut keyed, |a, b| {
        a.0.cmp(&b.0).then_with(|| texts.get(a.1 as usize).cmp(texts.get(b.1 as usize)))
    });
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// How many bytes all texts begin with alike.
fn common_prefix(texts: &Texts) -> usize {
    let mut all = texts.iter();
    let first = all.next().unwrap_or("").as_bytes();
    all.fold(first.len(), |common, text| {
        first[..common].iter().zip(text.as_bytes()).take_while(|(a, b)| a == b).count()
    })
}

/// The first eight bytes as a number of the same order, zeros behind a shorter text.
fn head(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    let n = bytes.len().min(8);
    head[..n].copy_from_slice(&bytes[..n]);
    u64::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn codes_follow_the_order_of_texts(
            texts in prop::collection::vec("p[ab\0地]{0,12}", 0..2000),
        ) {
            let mut interner = Interner::new();
            let codes: Vec<u32> = texts.iter().map(|text| interner.code(text)).collect();
            let (dictionary, recode) = interner.sorted(&Executor::inline());
            let distinct: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(dictionary.len(), distinct.len());
            for (rank, text) in distinct.iter().enumerate() {
                prop_assert_eq!(dictionary.text(rank as u32), *text);
            }
            for (code, text) in codes.iter().zip(&texts) {
                prop_assert_eq!(dictionary.text(recode[*code as usize]), text.as_str());
            }
        }
    }
}
