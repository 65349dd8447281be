//! Integers packed at a fixed width.

use super::kernel;

/// Forward values of a chunk: `value − base` at a fixed width, one a row, 0 where missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    /// Added to every packed value.
    pub(crate) base: i64,
    /// Bits a value, 0 to 64.
    pub(crate) width: u8,
    /// `⌈rows × width / 64⌉` words and one more, so that an unaligned read stays inside.
    pub(crate) words: Box<[u64]>,
}

/// Values in a block: 64 of them take exactly `width` words.
const BLOCK: usize = 64;

impl Packed {
    /// Packs `value − base`; every value must lie in `base..=max`.
    pub(crate) fn pack(values: impl ExactSizeIterator<Item = i64>, base: i64, max: i64) -> Self {
        Self::mostly_base(values.len(), base, max, values.enumerate())
    }

    /// Packs `n` values that are `base` but for some, each at its index.
    pub(crate) fn mostly_base(
        n: usize,
        base: i64,
        max: i64,
        others: impl Iterator<Item = (usize, i64)>,
    ) -> Self {
        let width = width_of(base, max);
        let mut words = vec![0u64; n_words(n, width)].into_boxed_slice();
        for (index, value) in others.filter(|_| width > 0) {
            let offset = value.wrapping_sub(base) as u64;
            let bit = index * usize::from(width);
            words[bit / 64] |= offset << (bit % 64);
            if bit % 64 + usize::from(width) > 64 {
                words[bit / 64 + 1] |= offset >> (64 - bit % 64);
            }
        }
        Self { base, width, words }
    }

    /// Packs values by their own least and greatest.
    pub(crate) fn from_values(values: &[i64]) -> Self {
        let base = values.iter().copied().min().unwrap_or(0);
        let max = values.iter().copied().max().unwrap_or(0);
        Self::pack(values.iter().copied(), base, max)
    }

    /// The value at `index`, which must be below the number of values.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> i64 {
        if self.width == 0 {
            return self.base;
        }
        let bit = index * usize::from(self.width);
        let (word, shift) = (bit / 64, bit % 64);
        // The second shift goes in two steps, since a shift by 64 is none.
        let offset = (self.words[word] >> shift) | (self.words[word + 1] << 1 << (63 - shift));
        self.base.wrapping_add((offset & (u64::MAX >> (64 - self.width))) as i64)
    }

    /// Asks the processor for what holds the value at an index.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        if let Some(word) = self.words.get(index * usize::from(self.width) / 64) {
            kernel::prefetch_line(word);
        }
    }

    /// Writes the first `out.len()` values to `out`.
    pub(crate) fn decode_into(&self, out: &mut [i64]) {
        decode(self, 0, out);
    }

    /// Writes the values from `start`, a multiple of 64, to `out`.
    pub(crate) fn decode_from(&self, start: usize, out: &mut [i64]) {
        debug_assert!(start.is_multiple_of(BLOCK));
        decode(self, start, out);
    }

    /// The first `n` values.
    pub(crate) fn to_vec(&self, n: usize) -> Vec<i64> {
        let mut values = vec![0; n];
        self.decode_into(&mut values);
        values
    }

    /// The largest value the width can hold.
    pub(crate) fn limit(&self) -> i128 {
        i128::from(self.base) + ((1i128 << self.width) - 1)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.words.len() * 8
    }
}

/// Bits that `max − base` needs.
pub(crate) fn width_of(base: i64, max: i64) -> u8 {
    (64 - (max.wrapping_sub(base) as u64).leading_zeros()) as u8
}

/// Words that `n` values of a width take, the spare one included.
pub(crate) fn n_words(n: usize, width: u8) -> usize {
    (n * usize::from(width)).div_ceil(64) + 1
}

/// One block of 64 values of a width known to the compiler, so that every shift is a constant.
#[inline(always)]
fn decode_block<const WIDTH: usize>(base: i64, words: &[u64; WIDTH], out: &mut [i64; BLOCK]) {
    let mask = u64::MAX >> (64 - WIDTH);
    for (index, out) in out.iter_mut().enumerate() {
        let (word, shift) = (index * WIDTH / 64, index * WIDTH % 64);
        let mut offset = words[word] >> shift;
        if shift + WIDTH > 64 {
            offset |= words[word + 1] << (64 - shift);
        }
        *out = base.wrapping_add((offset & mask) as i64);
    }
}

fn decode_width<const WIDTH: usize>(packed: &Packed, start: usize, out: &mut [i64]) {
    let mut words = packed.words[start / BLOCK * WIDTH..].chunks_exact(WIDTH);
    let whole = out.len() / BLOCK * BLOCK;
    let (blocks, tail) = out.split_at_mut(whole);
    for (out, words) in blocks.chunks_exact_mut(BLOCK).zip(&mut words) {
        if let (Ok(out), Ok(words)) = (out.try_into(), words.try_into()) {
            decode_block::<WIDTH>(packed.base, words, out);
        }
    }
    for (index, out) in tail.iter_mut().enumerate() {
        *out = packed.get(start + whole + index);
    }
}

macro_rules! by_width {
    ($packed:ident, $start:ident, $out:ident, $($width:literal)*) => {
        match $packed.width {
            $($width => decode_width::<$width>($packed, $start, $out),)*
            _ => $out.fill($packed.base),
        }
    };
}

fn decode(packed: &Packed, start: usize, out: &mut [i64]) {
    let words = &packed.words[start / BLOCK * usize::from(packed.width)..];
    let n = kernel::unpack(words, packed.width, packed.base, out);
    if n > 0 {
        let rest = out[n..].iter_mut().enumerate();
        rest.for_each(|(index, out)| *out = packed.get(start + n + index));
        return;
    }
    decode_portable(packed, start, out);
}

/// As every processor does it.
fn decode_portable(packed: &Packed, start: usize, out: &mut [i64]) {
    by_width!(packed, start, out,
        1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
        33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62
        63 64);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_come_back(
            width in 0u32..=64,
            seeds in prop::collection::vec(any::<u64>(), 0..300),
            base in any::<i64>(),
        ) {
            let mask = u64::MAX.checked_shr(64 - width).unwrap_or(0);
            let base = if width == 64 { i64::MIN } else { base.min(i64::MAX.wrapping_sub((mask as i64).max(0))) };
            let base = if width == 63 { base.min(0) } else { base };
            let values: Vec<i64> =
                seeds.iter().map(|seed| base.wrapping_add((seed & mask) as i64)).collect();
            let packed = Packed::from_values(&values);
            prop_assert!(u32::from(packed.width) <= width);
            prop_assert_eq!(&packed.to_vec(values.len()), &values);
            for (index, value) in values.iter().enumerate() {
                prop_assert_eq!(packed.get(index), *value);
            }
            let mut tail = vec![0; values.len().saturating_sub(64)];
            packed.decode_from(64.min(values.len() / 64 * 64), &mut tail);
            prop_assert_eq!(&tail[..], &values[values.len() - tail.len()..]);
        }
    }

    #[test]
    fn every_width_has_its_own_decoder() {
        for width in 0..=64u32 {
            let max = u64::MAX.checked_shr(64 - width).unwrap_or(0);
            let values: Vec<i64> = (0..130u64)
                .map(|index| i64::MIN.wrapping_add((max - (index * 37) % max.max(1)) as i64))
                .collect();
            let packed =
                Packed::pack(values.iter().copied(), i64::MIN, i64::MIN.wrapping_add(max as i64));
            assert_eq!(u32::from(packed.width), width);
            assert_eq!(packed.to_vec(130), values, "width {width}");
            let mut portable = vec![0; 130];
            decode_portable(&packed, 0, &mut portable);
            assert_eq!(portable, values, "width {width}");
        }
    }

    #[test]
    fn equal_values_take_no_bits() {
        let packed = Packed::from_values(&[-7; 100]);
        assert_eq!((packed.width, packed.get(99), packed.bytes()), (0, -7, 8));
        assert!(Packed::from_values(&[]).to_vec(0).is_empty());
    }
}
