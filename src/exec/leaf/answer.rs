//! What the index says of one leaf in one chunk.

use super::Ranged;
use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::index::{Container, kernel};

/// The rows of a chunk that pass a test, by bitmaps that are there already.
#[derive(Debug)]
pub(in crate::exec) enum Answer<'a> {
    /// These.
    One(&'a Container),
    /// Those in any of these, which may share rows.
    Any(Vec<&'a Container>),
    /// Those in any of these, which share no row.
    Union(Vec<&'a Container>),
    /// Those of the first that are in none of the others, which are parts of it and share no row.
    Except(&'a Container, Vec<&'a Container>),
    /// Those of the first that are not in the second, whose rows are all in the first.
    But(&'a Container, &'a Container),
    /// Those of a range of values.
    Range(Ranged<'a>),
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
            Self::Any(all) | Self::Union(all) => {
                out.fill(0);
                all.iter().for_each(|one| one.or_into(out, at.rows));
            }
            Self::Except(within, others) => {
                within.write_to(out, at.rows);
                others.iter().for_each(|one| one.and_not_into(out, at.rows));
            }
            Self::But(within, other) => {
                within.write_to(out, at.rows);
                other.and_not_into(out, at.rows);
            }
            Self::Range(range) => range.write(out),
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
            Self::But(within, other) => {
                within.and_into(acc, at.rows);
                other.and_not_into(acc, at.rows);
            }
            Self::Any(_) | Self::Union(_) => {
                self.with_words(at, scratch, |words| kernel::and(acc, words));
            }
            Self::Range(range) => scratch.with(acc.len(), |room| range.and(acc, room)),
            Self::Compute => {}
        }
    }

    /// `acc |= self`.
    pub(in crate::exec) fn or(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        match self {
            Self::One(one) => one.or_into(acc, at.rows),
            Self::Any(all) | Self::Union(all) => {
                all.iter().for_each(|one| one.or_into(acc, at.rows));
            }
            Self::Except(..) | Self::But(..) => {
                self.with_words(at, scratch, |words| kernel::or(acc, words));
            }
            Self::Range(range) => scratch.with(acc.len(), |room| range.or(acc, room)),
            Self::Compute => {}
        }
    }

    /// `acc &= !self`.
    pub(in crate::exec) fn and_not(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        match self {
            Self::One(one) => one.and_not_into(acc, at.rows),
            Self::Any(all) | Self::Union(all) => {
                all.iter().for_each(|one| one.and_not_into(acc, at.rows));
            }
            Self::Except(..) | Self::But(..) => {
                self.with_words(at, scratch, |words| kernel::and_not(acc, words));
            }
            Self::Range(range) => scratch.with(acc.len(), |room| range.and_not(acc, room)),
            Self::Compute => {}
        }
    }

    /// How many rows of `acc` are in the answer, where that needs no buffer.
    pub(in crate::exec) fn and_count(&self, at: &At<'_>, acc: &[u64]) -> Option<u64> {
        self.total(|one| one.and_count(acc, at.rows), |range| Some(range.and_count(acc)))
    }

    /// How many rows of a set are in the answer, where that needs no buffer.
    pub(in crate::exec) fn and_len(&self, at: &At<'_>, set: &Container) -> Option<u64> {
        self.total(|one| one.and_len(set, at.rows).into(), |range| range.and_len(set))
    }

    /// How many rows are in the answer, where that needs no buffer.
    pub(in crate::exec) fn count(&self, at: &At<'_>) -> Option<u64> {
        self.total(|one| one.len(at.rows).into(), |range| Some(range.len()))
    }

    /// How many rows there are when it is known how many there are of a bitmap, and of a range.
    fn total(
        &self,
        of: impl Fn(&Container) -> u64,
        of_range: impl FnOnce(&Ranged<'_>) -> Option<u64>,
    ) -> Option<u64> {
        match self {
            Self::One(one) => Some(of(one)),
            Self::Except(within, others) => {
                Some(of(within) - others.iter().map(|one| of(one)).sum::<u64>())
            }
            Self::But(within, other) => Some(of(within) - of(other)),
            Self::Union(all) => Some(all.iter().map(|one| of(one)).sum()),
            Self::Range(range) => of_range(range),
            Self::Any(_) | Self::Compute => None,
        }
    }

    fn with_words(&self, at: &At<'_>, scratch: &mut Scratch, then: impl FnOnce(&[u64])) {
        scratch.with(at.n_words(), |words| {
            self.write(at, words);
            then(words);
        });
    }
}
