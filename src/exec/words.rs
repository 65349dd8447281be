//! Bit sets of a chunk as words, position by position.

use crate::index::Positions;

/// The positions of the set bits, ascending.
pub(super) fn positions(words: &[u64]) -> Positions<'_> {
    Positions::of_words(words)
}

/// Keeps the bits whose position holds. What is kept does not decide what is looked at next, so
/// that the processor reads ahead.
pub(super) fn keep_positions(words: &mut [u64], mut holds: impl FnMut(u16) -> bool) {
    for (index, word) in words.iter_mut().enumerate() {
        let mut rest = *word;
        while rest != 0 {
            let bit = rest.trailing_zeros();
            let goes = !holds((index * 64) as u16 + bit as u16);
            *word &= !(u64::from(goes) << bit);
            rest &= rest - 1;
        }
    }
}

/// Clears the bits past the last row.
pub(super) fn trim(words: &mut [u64], rows: u32) {
    if let Some(last) = words.last_mut() {
        *last &= u64::MAX >> ((64 - rows % 64) % 64);
    }
}
