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

/// Asks the processor for the first two cache lines of something that will be read soon. Nothing
/// depends on it but time.
#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the processor's own instruction"))]
#[inline]
pub(crate) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let line = std::ptr::from_ref(place).cast::<i8>();
        // SAFETY: SSE is part of every x86-64 processor, and the instruction reads nothing that
        // could fault: where no memory is, it does nothing.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(line);
            _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(64));
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Words of a block between two looks at what is left.
const BLOCK: usize = 32;

/// Words of the largest chunk.
const MAX_WORDS: usize = 1024;

/// Changes the words of positions, each by its bit. In a full chunk every position lies inside,
/// and need not be tested.
#[inline(always)]
fn each_word(words: &mut [u64], positions: &[u16], change: impl Fn(&mut u64, u64)) {
    let one = |word: &mut u64, at: u16| change(word, 1 << (at % 64));
    match <&mut [u64; MAX_WORDS]>::try_from(&mut *words) {
        Ok(all) => each_position(positions, |at| one(&mut all[usize::from(at / 64)], at)),
        Err(_) => each_position(positions, |at| one(&mut words[usize::from(at / 64)], at)),
    }
}

/// Goes through positions. Neighbours often lie in one word, whose next change must wait for the
/// one before; so four parts of the list are gone through side by side.
#[inline(always)]
fn each_position(positions: &[u16], mut one: impl FnMut(u16)) {
    let part = positions.len() / 4;
    let (first, rest) = positions.split_at(part);
    let (second, rest) = rest.split_at(part);
    let (third, rest) = rest.split_at(part);
    let (fourth, last) = rest.split_at(part);
    for (((a, b), c), d) in first.iter().zip(second).zip(third).zip(fourth) {
        one(*a);
        one(*b);
        one(*c);
        one(*d);
    }
    last.iter().for_each(|at| one(*at));
}

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
            use super::{BLOCK, each_word};
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

    /// Sets the bits of positions.
    fn set_bits(words: &mut [u64], positions: &[u16]) {
        each_word(words, positions, |word, bit| *word |= bit);
    }

    /// Clears the bits of positions.
    fn clear_bits(words: &mut [u64], positions: &[u16]) {
        each_word(words, positions, |word, bit| *word &= !bit);
    }

    /// How many positions, all within the words, have their bit set.
    fn hits(words: &[u64], positions: &[u16]) -> u64 {
        // Sums of their own, so that none waits for the one before. The test of the bounds keeps the
        // compiler from gathering words into wide registers one by one, which takes longer.
        let mut sums = [0; 4];
        let (fours, rest) = positions.as_chunks::<4>();
        for four in fours {
            for (sum, at) in sums.iter_mut().zip(four) {
                let Some(word) = words.get(usize::from(at / 64)) else { break };
                *sum += word >> (at % 64) & 1;
            }
        }
        let has = |at: &u16| words.get(usize::from(at / 64)).map_or(0, |word| word >> (at % 64) & 1);
        sums.iter().sum::<u64>() + rest.iter().map(has).sum::<u64>()
    }

    /// The sum of the values whose bits are set, `values.len()` bits; it must fit 64 bits.
    fn sum_of(values: &[i64], x: &[u64]) -> i64 {
        let mut sum = 0i64;
        for (values, word) in values.chunks(64).zip(x) {
            let part = values.iter().zip(0u64..).map(|(value, bit)| {
                let mask = ((word >> bit & 1) as i64).wrapping_neg();
                value & mask
            });
            sum = sum.wrapping_add(part.fold(0, i64::wrapping_add));
        }
        sum
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

    proptest! {
        #[test]
        fn every_instruction_set_gives_the_same(
            (x, y) in words(),
            positions in prop::collection::vec(prop_oneof![0u16..4_480, prop::num::u16::ANY], 0..50),
        ) {
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
                let all: Vec<u64> = x.iter().copied().cycle().take(if x.is_empty() { 0 } else { 1024 }).collect();
                for words in [&x, &all] {
                    let listed = positions.iter().filter(|at| usize::from(*at / 64) < words.len());
                    let listed: Vec<u16> = listed.copied().collect();
                    let bits = |mut words: Vec<u64>, value: bool| {
                        for at in &listed {
                            let (word, bit) = (&mut words[usize::from(*at / 64)], 1 << (at % 64));
                            if value { *word |= bit } else { *word &= !bit }
                        }
                        words
                    };
                    let run = |f: fn(Isa, &mut [u64], &[u16])| { let mut acc = words.clone(); f(isa, &mut acc, &listed); acc };
                    prop_assert_eq!(run(dispatch::set_bits), bits(words.clone(), true));
                    prop_assert_eq!(run(dispatch::clear_bits), bits(words.clone(), false));
                    let n = listed.iter().filter(|at| words[usize::from(**at / 64)] >> (**at % 64) & 1 == 1).count();
                    prop_assert_eq!(dispatch::hits(isa, words, &listed), n as u64);
                }
            }
        }

        #[test]
        fn sums_are_of_the_values_whose_bits_are_set(
            values in prop::collection::vec(-1_000_000i64..1_000_000, 0..200),
            seed in prop::array::uniform4(prop::num::u64::ANY),
        ) {
            let is_set = |at: usize| seed[at / 64] >> (at % 64) & 1 == 1;
            let expected: i64 = (0..values.len()).filter(|at| is_set(*at)).map(|at| values[at]).sum();
            for isa in here() {
                prop_assert_eq!(dispatch::sum_of(isa, &values, &seed[..values.len().div_ceil(64)]), expected);
            }
        }
    }
}
