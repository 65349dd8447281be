//! What the index says of one leaf in one chunk.

use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::index::Container;

/// The rows of a chunk that pass a test, by bitmaps that are there already.
#[derive(Debug)]
pub(in crate::exec) enum Answer<'a> {
    /// These.
    One(&'a Container),
    /// Those in any of these.
    Union(Vec<&'a Container>),
    /// Those of the first that are in none of the others.
    Except(&'a Container, Vec<&'a Container>),
    /// The index cannot tell: the test must be computed.
    Compute,
}

impl Answer<'_> {
    /// Nobody.
    pub(in crate::exec) const NOBODY: Self = Self::One(&Container::Empty);

    /// `out = self`.
    pub(in crate::exec) fn write(&self, at: &At<'_>, out: &mut [u64]) {
        match self {
            Self::One(one) => one.write_to(out, at.rows),
            Self::Union(all) => {
                out.fill(0);
                all.iter().for_each(|one| one.or_into(out, at.rows));
            }
            Self::Except(within, others) => {
                within.write_to(out, at.rows);
                others.iter().for_each(|one| one.and_not_into(out, at.rows));
            }
            Self::Compute => {}
        }
    }

    /// `acc &= self`.
    pub(in crate::exec) fn and(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        match self {
            Self::One(one) => one.and_into(acc, at.rows),
            Self::Except(within, others) => {
                within.and_into(acc, at.rows);
                others.iter().for_each(|one| one.and_not_into(acc, at.rows));
            }
            Self::Union(_) => {
                self.with_words(at, scratch, |words, _| crate::index::kernel::and(acc, words));
            }
            Self::Compute => {}
        }
    }

    /// `acc |= self`.
    pub(in crate::exec) fn or(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        match self {
            Self::One(one) => one.or_into(acc, at.rows),
            Self::Union(all) => all.iter().for_each(|one| one.or_into(acc, at.rows)),
            Self::Except(..) => {
                self.with_words(at, scratch, |words, _| crate::index::kernel::or(acc, words));
            }
            Self::Compute => {}
        }
    }

    /// `acc &= !self`.
    pub(in crate::exec) fn and_not(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        match self {
            Self::One(one) => one.and_not_into(acc, at.rows),
            Self::Union(all) => all.iter().for_each(|one| one.and_not_into(acc, at.rows)),
            Self::Except(..) => {
                self.with_words(at, scratch, |words, _| crate::index::kernel::and_not(acc, words));
            }
            Self::Compute => {}
        }
    }

    /// How many rows of `acc` are in the answer, where that needs no buffer.
    pub(in crate::exec) fn and_count(&self, at: &At<'_>, acc: &[u64]) -> Option<u64> {
        match self {
            Self::One(one) => Some(one.and_count(acc, at.rows)),
            _ => None,
        }
    }

    /// How many rows are in the answer, where that needs no buffer. Bitmaps of several values of
    /// one attribute are disjoint, those of several elements are not.
    pub(in crate::exec) fn count(&self, at: &At<'_>) -> Option<u64> {
        match self {
            Self::One(one) => Some(one.len(at.rows).into()),
            _ => None,
        }
    }

    fn with_words(
        &self,
        at: &At<'_>,
        scratch: &mut Scratch,
        then: impl FnOnce(&[u64], &mut Scratch),
    ) {
        let mut words = scratch.take();
        let n = at.n_words();
        self.write(at, &mut words[..n]);
        then(&words[..n], scratch);
        scratch.give(words);
    }
}
