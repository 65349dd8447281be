//! Keys that are whole numbers, out of the pool many at a time.

use super::container::{MAX_WORDS, words_of};
use super::keys::{IntKeys, KeyValues};
use super::{Container, Keys};

/// The greatest share of a chunk that is read one by one, one in so many.
const SPARSE: usize = 8;
/// Rows of a word from which on all are written, and those that do not count written over.
const MANY: usize = 24;

impl Keys {
    /// Writes the keys of some customers of a chunk, which are whole numbers, ascending by row:
    /// `out` has a place for each. Texts leave it as it is.
    pub(crate) fn numbers_of(
        &self,
        chunk: usize,
        some: &Container,
        decoded: &mut Vec<i64>,
        out: &mut [i64],
    ) {
        let (size, rows) = (self.size(), self.alive().rows_in(chunk));
        let n = out.len();
        match self.values() {
            KeyValues::Numbers => {
                let first = i64::from(size.row(chunk, 0).0) + 1;
                write(some, rows, out, |position| first + i64::from(position));
            }
            KeyValues::Int(chunks) => match &*chunks[chunk] {
                IntKeys::Run(first) => {
                    write(some, rows, out, |position| first.wrapping_add(position.into()));
                }
                keys @ IntKeys::Packed(_) if n * SPARSE < rows as usize => {
                    write(some, rows, out, |position| keys.get(usize::from(position)));
                }
                keys @ IntKeys::Packed(_) => {
                    decoded.resize(rows as usize, 0);
                    keys.decode_into(decoded);
                    write(some, rows, out, |position| decoded[usize::from(position)]);
                }
            },
            KeyValues::Text(_) => {}
        }
    }
}

/// Writes what each position of a container stands for, place by place, word by word of its bits.
fn write(some: &Container, rows: u32, out: &mut [i64], key: impl Fn(u16) -> i64) {
    if let Container::Sparse(positions) = some {
        out.iter_mut().zip(&**positions).for_each(|(place, position)| *place = key(*position));
        return;
    }
    let mut words = [0; MAX_WORDS];
    let words = &mut words[..words_of(rows)];
    some.write_to(words, rows);
    let mut at = 0;
    for (index, word) in words.iter().enumerate() {
        let row = |bit: u32| key((index as u32 * 64 + bit) as u16);
        let n = word.count_ones() as usize;
        match out.get_mut(at..at + 64) {
            Some(places) if n == 64 => {
                places.iter_mut().zip(0..64).for_each(|(place, bit)| *place = row(bit));
            }
            // What is not among them is overwritten by the next: nothing waits for a bit.
            Some(places) if n >= MANY => {
                let mut next = 0;
                for bit in 0..64 {
                    places[next % 64] = row(bit);
                    next += (word >> bit & 1) as usize;
                }
            }
            _ => {
                let mut rest = *word;
                for place in &mut out[at..at + n] {
                    *place = row(rest.trailing_zeros());
                    rest &= rest - 1;
                }
            }
        }
        at += n;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::index::Alive;
    use crate::model::ChunkSize;

    proptest! {
        #[test]
        fn every_position_is_written_in_its_place(
            seeds in prop::collection::vec((any::<u64>(), 0u8..4), 1..80),
            spare in 0u32..64,
        ) {
            // Words with few bits, about half of them, all but a few, and all.
            let word = |(seed, kind): &(u64, u8)| match kind {
                0 => seed & seed.rotate_left(9) & seed.rotate_left(23) & seed.rotate_left(41),
                1 => *seed,
                2 => seed | seed.rotate_left(9) | seed.rotate_left(23) | seed.rotate_left(41),
                _ => u64::MAX,
            };
            let mut words: Vec<u64> = seeds.iter().map(word).collect();
            let rows = words.len() as u32 * 64 - spare;
            if let Some(last) = words.last_mut() {
                *last &= u64::MAX >> spare;
            }
            let some = Container::from_words(&words, rows);
            let expected: Vec<i64> = some.iter(rows).map(|position| i64::from(position) * 3 - 7).collect();
            let mut out = vec![i64::MIN; expected.len()];
            write(&some, rows, &mut out, |position| i64::from(position) * 3 - 7);
            prop_assert_eq!(&out, &expected);
            let alive = Arc::new(Alive::all(ChunkSize::FULL, rows));
            let values: Vec<i64> = (0..i64::from(rows)).map(|row| row * 7 % 4_099).collect();
            for values in [values, (5..5 + i64::from(rows)).collect()] {
                let keys = KeyValues::Int(vec![Arc::new(IntKeys::from_values(&values))]);
                let keys = Keys::new(Arc::clone(&alive), keys);
                keys.numbers_of(0, &some, &mut Vec::new(), &mut out);
                let own: Vec<i64> = some.iter(rows).map(|position| values[usize::from(position)]).collect();
                prop_assert_eq!(&out, &own);
            }
        }
    }
}
