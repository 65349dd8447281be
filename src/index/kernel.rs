//! Loops over 64-bit words, compiled once per instruction set and chosen at run time.
//!
//! The default target knows neither popcount nor wide registers, so every loop below is compiled
//! three times: as it is, for AVX2 and for AVX-512. The bodies are plain safe Rust, which the
//! compiler turns into vector code; the only unsafe step is the call of a function compiled for
//! instructions that the processor was asked about first.

use std::sync::OnceLock;

/// An instruction set the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Isa {
    /// What every processor of the target has.
    Portable,
    /// AVX2 with popcount and BMI.
    Avx2,
    /// AVX-512 with vector popcount.
    Avx512,
}

impl Isa {
    /// The best set of this processor, asked once.
    pub(crate) fn detected() -> Self {
        static DETECTED: OnceLock<Isa> = OnceLock::new();
        *DETECTED.get_or_init(|| {
            Self::ALL.into_iter().rfind(|isa| isa.is_here()).unwrap_or(Self::Portable)
        })
    }

    /// Every set, from the plainest up.
    pub(crate) const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    #[cfg(target_arch = "x86_64")]
    fn is_here(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("popcnt")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
            }
            Self::Avx512 => {
                Self::Avx2.is_here()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vpopcntdq")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_here(self) -> bool {
        self == Self::Portable
    }
}

/// About how many picoseconds [`and_count`] takes for so many words that lie in the second cache.
pub(crate) fn count_cost(n_words: usize) -> usize {
    let each = match Isa::detected() {
        Isa::Portable => 1_500,
        Isa::Avx2 => 600,
        Isa::Avx512 => 130,
    };
    n_words * each
}

/// Words of a block that [`between`] and [`equal`] carry through all slices before the next, so
/// that the accumulators stay in the first-level cache (or in registers).
const BLOCK: usize = 32;

macro_rules! kernels {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $out:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            pub(crate) fn $name($($arg: $ty),*) $(-> $out)? {
                dispatch::$name(Isa::detected(), $($arg),*)
            }
        )*

        /// The bodies, inlined into each compiled form.
        mod body {
            use super::BLOCK;
            $(
                #[inline(always)]
                pub(super) fn $name($($arg: $ty),*) $(-> $out)? $body
            )*
        }

        #[cfg(target_arch = "x86_64")]
        mod avx2 {
            $(
                #[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
                pub(super) fn $name($($arg: $ty),*) $(-> $out)? {
                    super::body::$name($($arg),*)
                }
            )*
        }

        #[cfg(target_arch = "x86_64")]
        mod avx512 {
            $(
                #[target_feature(
                    enable = "avx2,popcnt,bmi1,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"
                )]
                pub(super) fn $name($($arg: $ty),*) $(-> $out)? {
                    super::body::$name($($arg),*)
                }
            )*
        }

        /// The same functions for a named instruction set.
        mod dispatch {
            use super::Isa;
            $(
                #[cfg_attr(target_arch = "x86_64", expect(
                    unsafe_code,
                    reason = "a function compiled for more instructions than the target has"
                ))]
                #[inline]
                pub(super) fn $name(isa: Isa, $($arg: $ty),*) $(-> $out)? {
                    match isa {
                        #[cfg(target_arch = "x86_64")]
                        // SAFETY: `Isa::Avx512` is handed out only after `is_here` found each of
                        // the features that `avx512` enables.
                        Isa::Avx512 => unsafe { super::avx512::$name($($arg),*) },
                        #[cfg(target_arch = "x86_64")]
                        // SAFETY: `Isa::Avx2` is handed out only after `is_here` found each of
                        // the features that `avx2` enables.
                        Isa::Avx2 => unsafe { super::avx2::$name($($arg),*) },
                        _ => super::body::$name($($arg),*),
                    }
                }
            )*
        }
    };
}

/// Slices up to which a bound is compared upward.
const FEW_SLICES: usize = 10;
/// Slices between two looks at whether a block is decided.
const STRIDE: usize = 4;

/// `above = value > bound` for the `n` words of a block that begins at a word; inlined into each
/// compiled form of [`between`].
#[inline(always)]
fn above(
    slices: &[std::sync::Arc<[u64]>],
    bound: u64,
    from: usize,
    n: usize,
    above: &mut [u64; BLOCK],
) {
    if slices.len() <= FEW_SLICES {
        for (bit, slice) in slices.iter().enumerate() {
            let words = &slice[from..from + n];
            if bound >> bit & 1 == 1 {
                above.iter_mut().zip(words).for_each(|(a, s)| *a &= s);
            } else {
                above.iter_mut().zip(words).for_each(|(a, s)| *a |= s);
            }
        }
        return;
    }
    let mut equal = [u64::MAX; BLOCK];
    for (at, (bit, slice)) in slices.iter().enumerate().rev().enumerate() {
        let words = &slice[from..from + n];
        if bound >> bit & 1 == 1 {
            equal.iter_mut().zip(words).for_each(|(e, s)| *e &= s);
        } else {
            for ((a, e), s) in above.iter_mut().zip(&mut equal).zip(words) {
                *a |= *e & s;
                *e &= !s;
            }
        }
        let is_stop = at % STRIDE == STRIDE - 1;
        if is_stop && equal[..n].iter().fold(0, |all, word| all | word) == 0 {
            return;
        }
    }
}

kernels! {
    /// `acc &= x`, over the shorter of the two.
    fn and(acc: &mut [u64], x: &[u64]) {
        for (a, b) in acc.iter_mut().zip(x) {
            *a &= b;
        }
    }

    /// `acc |= x`.
    fn or(acc: &mut [u64], x: &[u64]) {
        for (a, b) in acc.iter_mut().zip(x) {
            *a |= b;
        }
    }

    /// `acc &= !x`.
    fn and_not(acc: &mut [u64], x: &[u64]) {
        for (a, b) in acc.iter_mut().zip(x) {
            *a &= !b;
        }
    }

    /// `acc = !acc`.
    fn not(acc: &mut [u64]) {
        for a in acc {
            *a = !*a;
        }
    }

    /// `acc = x & !acc`: the complement of `acc` within `x`.
    fn complement_within(acc: &mut [u64], x: &[u64]) {
        for (a, b) in acc.iter_mut().zip(x) {
            *a = b & !*a;
        }
    }

    /// Bits set.
    fn count(x: &[u64]) -> u64 {
        x.iter().map(|a| u64::from(a.count_ones())).sum()
    }

    /// Bits set in both.
    fn and_count(x: &[u64], y: &[u64]) -> u64 {
        x.iter().zip(y).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    /// Whether any bit is set.
    fn any(x: &[u64]) -> bool {
        x.chunks(BLOCK).any(|block| block.iter().fold(0, |all, word| all | word) != 0)
    }

    /// `out = low <= value <= high` over bit slices, least significant first; a bound that is
    /// `None` is open. Rows without a value count as 0: the caller takes them out.
    ///
    /// Few slices are gone through from the least significant one upward with one accumulator per
    /// bound, `above = bit ? above & slice : above | slice`. Many are gone through downward, block
    /// by block, until no row of the block has the bound's leading bits: of times, most blocks are
    /// decided by a dozen slices of forty.
    fn between(slices: &[std::sync::Arc<[u64]>], low: Option<u64>, high: Option<u64>, out: &mut [u64]) {
        // `value >= low` is `value > low - 1`; a low bound of zero is open.
        let low = low.and_then(|bound| bound.checked_sub(1));
        // Bounds beyond the slices: no value is above them.
        let beyond = |bound: u64| slices.len() < 64 && bound >> slices.len() != 0;
        for (index, out) in out.chunks_mut(BLOCK).enumerate() {
            let (from, n) = (index * BLOCK, out.len());
            match low {
                Some(bound) if beyond(bound) => {
                    out.fill(0);
                    continue;
                }
                Some(bound) => {
                    let mut above = [0u64; BLOCK];
                    super::above(slices, bound, from, n, &mut above);
                    out.copy_from_slice(&above[..n]);
                }
                None => out.fill(u64::MAX),
            }
            if let Some(bound) = high.filter(|bound| !beyond(*bound)) {
                let mut above = [0u64; BLOCK];
                super::above(slices, bound, from, n, &mut above);
                out.iter_mut().zip(&above).for_each(|(o, a)| *o &= !a);
            }
        }
    }

    /// `out = value == wanted` over bit slices; `wanted` must fit the slices.
    fn equal(slices: &[std::sync::Arc<[u64]>], wanted: u64, out: &mut [u64]) {
        for (index, out) in out.chunks_mut(BLOCK).enumerate() {
            let from = index * BLOCK;
            out.fill(u64::MAX);
            let n = out.len();
            for (bit, slice) in slices.iter().enumerate() {
                let words = &slice[from..from + n];
                if wanted >> bit & 1 == 1 {
                    out.iter_mut().zip(words).for_each(|(o, s)| *o &= s);
                } else {
                    out.iter_mut().zip(words).for_each(|(o, s)| *o &= !s);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn here() -> impl Iterator<Item = Isa> {
        Isa::ALL.into_iter().filter(|isa| isa.is_here())
    }

    fn words() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
        (0usize..70).prop_flat_map(|n| {
            (
                prop::collection::vec(prop::num::u64::ANY, n),
                prop::collection::vec(prop::num::u64::ANY, n),
            )
        })
    }

    /// The slices of values, built bit by bit.
    fn slices_of(values: &[u64], width: usize) -> Vec<std::sync::Arc<[u64]>> {
        let n = values.len().div_ceil(64);
        let slice = |bit: usize| {
            let mut words = vec![0u64; n];
            for (row, value) in values.iter().enumerate() {
                words[row / 64] |= (value >> bit & 1) << (row % 64);
            }
            words.into()
        };
        (0..width).map(slice).collect()
    }

    proptest! {
        #[test]
        fn every_instruction_set_gives_the_same((x, y) in words()) {
            let zipped = |f: fn(u64, u64) -> u64| -> Vec<u64> {
                x.iter().zip(&y).map(|(a, b)| f(*a, *b)).collect()
            };
            let ones = |words: &[u64]| words.iter().map(|w| u64::from(w.count_ones())).sum::<u64>();
            for isa in here() {
                let run = |f: fn(Isa, &mut [u64], &[u64])| { let mut acc = x.clone(); f(isa, &mut acc, &y); acc };
                prop_assert_eq!(run(dispatch::and), zipped(|a, b| a & b));
                prop_assert_eq!(run(dispatch::or), zipped(|a, b| a | b));
                prop_assert_eq!(run(dispatch::and_not), zipped(|a, b| a & !b));
                prop_assert_eq!(run(dispatch::complement_within), zipped(|a, b| b & !a));
                prop_assert_eq!(run(|isa, acc, _| dispatch::not(isa, acc)), zipped(|a, _| !a));
                prop_assert_eq!(dispatch::count(isa, &x), ones(&x));
                prop_assert_eq!(dispatch::and_count(isa, &x, &y), ones(&zipped(|a, b| a & b)));
                prop_assert_eq!(dispatch::any(isa, &x), x.iter().any(|w| *w != 0));
            }
        }

        #[test]
        fn slices_answer_as_their_values_do(
            values in prop::collection::vec(0u64..200, 1..200),
            low in prop::option::of(0u64..300),
            high in prop::option::of(0u64..300),
            // Few slices are compared upward, many downward; of which the least may not differ.
            (shift, width) in prop::sample::select(vec![(0, 8), (0, 20), (9, 17), (20, 40)]),
        ) {
            let shifted = |value: u64| value << shift;
            let values: Vec<u64> = values.into_iter().map(shifted).collect();
            let (low, high) = (low.map(shifted), high.map(shifted));
            let slices = slices_of(&values, width);
            for isa in here() {
                let mut out = vec![0u64; values.len().div_ceil(64)];
                dispatch::between(isa, &slices, low, high, &mut out);
                for (row, value) in values.iter().enumerate() {
                    let inside = low.is_none_or(|l| *value >= l) && high.is_none_or(|h| *value <= h);
                    prop_assert_eq!(out[row / 64] >> (row % 64) & 1 == 1, inside);
                }
                dispatch::equal(isa, &slices, values[0], &mut out);
                for (row, value) in values.iter().enumerate() {
                    prop_assert_eq!(out[row / 64] >> (row % 64) & 1 == 1, *value == values[0]);
                }
            }
        }
    }

    #[test]
    fn sixty_four_slices_hold_every_value() {
        let values = [0, 1, u64::MAX - 1, u64::MAX];
        let slices = slices_of(&values, 64);
        let mut out = [0u64];
        between(&slices, Some(1), Some(u64::MAX - 1), &mut out);
        assert_eq!(out[0] & 0b1111, 0b0110);
        equal(&slices, u64::MAX, &mut out);
        assert_eq!(out[0] & 0b1111, 0b1000);
    }
}
