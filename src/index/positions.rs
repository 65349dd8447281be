//! The positions of a container, one after the other.

use super::Container;

/// Iterates the positions of a [`Container`], ascending.
#[derive(Clone, Debug)]
pub(crate) enum Positions<'a> {
    /// Positions that are written out.
    Listed(std::slice::Iter<'a, u16>),
    /// Every position below a bound but those listed.
    Between {
        /// The next candidate.
        next: u32,
        /// Where to stop.
        end: u32,
        /// What is left out, ascending.
        out: std::slice::Iter<'a, u16>,
        /// The first of `out` not yet passed.
        skip: Option<u16>,
    },
    /// The set bits of words.
    Bits {
        /// Words not yet begun.
        rest: std::slice::Iter<'a, u64>,
        /// What is left of the current word.
        word: u64,
        /// The position of the current word's first bit.
        base: u32,
    },
}

impl Container {
    /// The positions, ascending.
    pub(crate) fn iter(&self, rows: u32) -> Positions<'_> {
        match self {
            Self::Empty => Positions::Listed([].iter()),
            Self::Full => Positions::all_but(&[], rows),
            Self::Sparse(positions) => Positions::Listed(positions.iter()),
            Self::Inverse(out) => Positions::all_but(out, rows),
            Self::Dense(words) => Positions::of_words(words),
        }
    }
}

impl<'a> Positions<'a> {
    /// Every position below `end` but those in `out`, ascending.
    fn all_but(out: &'a [u16], end: u32) -> Self {
        let mut out = out.iter();
        let skip = out.next().copied();
        Self::Between { next: 0, end, out, skip }
    }

    /// The set bits of words.
    pub(crate) fn of_words(words: &'a [u64]) -> Self {
        let mut rest = words.iter();
        let word = rest.next().copied().unwrap_or(0);
        Self::Bits { rest, word, base: 0 }
    }
}

impl Iterator for Positions<'_> {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        match self {
            Self::Listed(positions) => positions.next().copied(),
            Self::Between { next, end, out, skip } => {
                while skip.is_some_and(|skipped| u32::from(skipped) == *next) {
                    *next += 1;
                    *skip = out.next().copied();
                }
                let found = (*next < *end).then_some(*next as u16);
                *next += 1;
                found
            }
            Self::Bits { rest, word, base } => {
                while *word == 0 {
                    *word = *rest.next()?;
                    *base += 64;
                }
                let position = *base + word.trailing_zeros();
                *word &= *word - 1;
                Some(position as u16)
            }
        }
    }

    /// All that are left, form by form, several times as fast as one after the other: `for_each`,
    /// `map`, `filter` and `sum` go by this.
    #[inline]
    fn fold<B, F: FnMut(B, u16) -> B>(self, start: B, mut take: F) -> B {
        match self {
            Self::Listed(positions) => positions.copied().fold(start, take),
            Self::Between { mut next, end, out, skip } => {
                let mut all = start;
                for skipped in skip.into_iter().chain(out.copied()).map(u32::from) {
                    all = (next..skipped.min(end)).fold(all, |all, at| take(all, at as u16));
                    next = next.max(skipped + 1);
                }
                (next..end).fold(all, |all, at| take(all, at as u16))
            }
            Self::Bits { rest, word, base } => {
                let mut all = start;
                let words = std::iter::once(word).chain(rest.copied());
                for (mut word, base) in words.zip((base..).step_by(64)) {
                    if word == u64::MAX {
                        all = (base..base + 64).fold(all, |all, at| take(all, at as u16));
                        continue;
                    }
                    while word != 0 {
                        all = take(all, (base + word.trailing_zeros()) as u16);
                        word &= word - 1;
                    }
                }
                all
            }
        }
    }
}
