//! Bit slices by transposing blocks of 64 values.

use std::sync::Arc;

/// The slices of `values`, least significant first: `width` of them, `values.len().div_ceil(64)`
/// words each. Every value must fit the width.
///
/// A block of 64 values of at most `N` bits is laid into `N` words, `64 / N` values side by side,
/// and transposed in `log2 N` steps (Warren, Hacker's Delight, section 7-3), after which word `b`
/// holds bit `b` of all 64 values.
pub(super) fn bit_slices(values: &[u64], width: u8) -> Vec<Arc<[u64]>> {
    let n = values.len().div_ceil(64);
    let mut slices = vec![vec![0; n].into_boxed_slice(); usize::from(width)];
    match width {
        0 => {}
        1..=8 => fill::<8>(values, &mut slices),
        9..=16 => fill::<16>(values, &mut slices),
        17..=32 => fill::<32>(values, &mut slices),
        _ => fill::<64>(values, &mut slices),
    }
    slices.into_iter().map(Arc::from).collect()
}

fn fill<const N: usize>(values: &[u64], slices: &mut [Box<[u64]>]) {
    for (index, block) in values.chunks(64).enumerate() {
        let mut words = [0; N];
        for (lane, part) in block.chunks(N).enumerate() {
            for (word, value) in words.iter_mut().zip(part) {
                *word |= value << (lane * N % 64);
            }
        }
        transpose(&mut words);
        for (slice, word) in slices.iter_mut().zip(words) {
            slice[index] = word;
        }
    }
}

/// Transposes the `N × N` bit matrices that lie side by side in `N` words.
fn transpose<const N: usize>(words: &mut [u64; N]) {
    const MASKS: [u64; 6] = [
        0x5555_5555_5555_5555,
        0x3333_3333_3333_3333,
        0x0F0F_0F0F_0F0F_0F0F,
        0x00FF_00FF_00FF_00FF,
        0x0000_FFFF_0000_FFFF,
        0x0000_0000_FFFF_FFFF,
    ];
    let levels = N.trailing_zeros() as usize;
    for level in (0..levels).rev() {
        let (step, mask) = (1 << level, MASKS[level]);
        for pair in words.chunks_exact_mut(2 * step) {
            let (low, high) = pair.split_at_mut(step);
            for (a, b) in low.iter_mut().zip(high) {
                let swapped = ((*a >> step) ^ *b) & mask;
                *b ^= swapped;
                *a ^= swapped << step;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn slices_hold_the_bits(
            width in 0u8..=64,
            seeds in prop::collection::vec(any::<u64>(), 0..200),
        ) {
            let mask = u64::MAX.checked_shr(64 - u32::from(width)).unwrap_or(0);
            let values: Vec<u64> = seeds.iter().map(|seed| seed & mask).collect();
            let slices = bit_slices(&values, width);
            prop_assert_eq!(slices.len(), usize::from(width));
            for (bit, slice) in slices.iter().enumerate() {
                prop_assert_eq!(slice.len(), values.len().div_ceil(64));
                for (row, value) in values.iter().enumerate() {
                    prop_assert_eq!(slice[row / 64] >> (row % 64) & 1, value >> bit & 1);
                }
            }
        }
    }
}
