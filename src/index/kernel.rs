//! Loops over 64-bit words, compiled once per instruction set and chosen at run time.
//!
//! The default target knows neither popcount nor wide registers, so every loop below is compiled
//! three times: as it is, for AVX2 and for AVX-512. The bodies are plain safe Rust, which the
//! compiler turns into vector code; the only unsafe step is the call of a function compiled for
//! instructions that the processor was asked about first. On 64-bit ARM there is nothing to choose:
//! NEON is part of every such processor, and the plain form is compiled to it (`cnt`, `uaddlp`).

use std::sync::OnceLock;

/// An instruction set the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Isa {
    /// What every processor of the target has: SSE2, or NEON.
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
#[inline]
pub(crate) fn prefetch<T>(place: &T) {
    let line = std::ptr::from_ref(place).cast::<u8>();
    ask_for(line);
    ask_for(line.wrapping_add(64));
}

/// Asks the processor for the cache line in which something begins that will be read soon.
#[inline]
pub(crate) fn prefetch_line<T>(place: &T) {
    ask_for(std::ptr::from_ref(place).cast());
}

#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the processor's own instruction"))]
#[inline]
fn ask_for(line: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of every x86-64 processor, and the instruction reads nothing that
        // could fault: where no memory is, it does nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// Writes values that are packed side by side, `width` bits each from the lowest bit of the first word
/// on, with `base` added to each: as many of them as there are places, in eights, as long as sixteen
/// bytes can be read from where each begins. How many were written; none where the processor has no
/// instructions for it, or for this width.
pub(crate) fn unpack(words: &[u64], width: u8, base: i64, out: &mut [i64]) -> usize {
    unpack_on(Isa::detected(), words, width, base, out)
}

#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "functions compiled for more instructions than the target has")
)]
fn unpack_on(isa: Isa, words: &[u64], width: u8, base: i64, out: &mut [i64]) -> usize {
    match (isa, width) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: either set is handed out only after `is_here` found AVX2.
        (Isa::Avx2 | Isa::Avx512, 1..=25) => unsafe { vector::narrow(words, width, base, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        (Isa::Avx2 | Isa::Avx512, 26..=57) => unsafe { vector::wide(words, width, base, out) },
        _ => 0,
    }
}

/// What 64 rows are in, of up to sixteen sets with a word each: bit `i` of a row's pattern is set `i`.
pub(crate) fn patterns(sets: &[u64], rows: &mut [u16; 64]) {
    patterns_on(Isa::detected(), sets, rows);
}

#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "a function compiled for more instructions than the target has")
)]
fn patterns_on(isa: Isa, sets: &[u64], rows: &mut [u16; 64]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: either set is handed out only after `is_here` found AVX2.
        Isa::Avx2 | Isa::Avx512 => unsafe { vector::patterns(sets, rows) },
        _ => {
            rows.fill(0);
            for (set, word) in sets.iter().enumerate() {
                let bits = rows.iter_mut().enumerate();
                bits.for_each(|(at, row)| *row |= ((word >> at & 1) as u16) << (set % 16));
            }
        }
    }
}

/// What the compiler does not find by itself. Unpacking is by moving the bytes that hold a value to a
/// lane of its own, and shifting each lane by its own count (Lemire and Boytsov, "Decoding billions of integers per second through vectorization",
/// have the shifts; the bytes are moved as in Willhalm et al., "SIMD-Scan").
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector loads and stores take pointers")]
mod vector {
    use std::arch::x86_64::*;

    /// Bytes of one load.
    const LOAD: usize = 16;

    /// Where the lanes of eight values begin, and how their bytes and bits are moved: `N` values a
    /// half of a register, `8 / N` halves.
    struct Lanes<const N: usize, const HALVES: usize> {
        starts: [usize; HALVES],
        bytes: [[u8; LOAD]; HALVES],
        shifts: [[u8; N]; HALVES],
    }

    impl<const N: usize, const HALVES: usize> Lanes<N, HALVES> {
        /// A value and the bits before it in its first byte must fit into `16 / N` bytes.
        fn of(width: usize) -> Self {
            let mut lanes =
                Self { starts: [0; HALVES], bytes: [[0; LOAD]; HALVES], shifts: [[0; N]; HALVES] };
            for half in 0..HALVES {
                let start = half * N * width / 8;
                lanes.starts[half] = start;
                for value in 0..N {
                    let bit = (half * N + value) * width - start * 8;
                    lanes.shifts[half][value] = (bit % 8) as u8;
                    for byte in 0..LOAD / N {
                        lanes.bytes[half][value * LOAD / N + byte] = (bit / 8 + byte) as u8;
                    }
                }
            }
            lanes
        }

        /// How many eights can be read of so many bytes and written to so many places.
        fn n_eights(&self, n_bytes: usize, width: usize, n_places: usize) -> usize {
            let last = self.starts[HALVES - 1] + LOAD;
            let readable = n_bytes.checked_sub(last).map_or(0, |spare| spare / width + 1);
            readable.min(n_places / 8)
        }
    }

    /// Values of up to 25 bits, four in half a register.
    #[target_feature(enable = "avx2")]
    pub(super) fn narrow(words: &[u64], width: u8, base: i64, out: &mut [i64]) -> usize {
        let width = usize::from(width);
        let lanes = Lanes::<4, 2>::of(width);
        let n = lanes.n_eights(size_of_val(words), width, out.len());
        let [low, high] = lanes.bytes.map(|bytes| half(&bytes));
        let bytes = _mm256_set_m128i(high, low);
        let [low, high] = lanes.shifts.map(|shifts| shifts.map(i32::from));
        let shifts =
            _mm256_setr_epi32(low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]);
        let mask = _mm256_set1_epi32(((1u32 << width) - 1) as i32);
        let base = _mm256_set1_epi64x(base);
        let from = words.as_ptr().cast::<u8>();
        let (eights, _) = out.as_chunks_mut::<8>();
        for (nth, eight) in eights[..n].iter_mut().enumerate() {
            // SAFETY: `n_eights` keeps the sixteen bytes from the last half's start within `words`,
            // and with them those from the first's; loads need no alignment.
            let packed = unsafe {
                let start = from.add(nth * width);
                let low = _mm_loadu_si128(start.cast());
                _mm256_set_m128i(_mm_loadu_si128(start.add(lanes.starts[1]).cast()), low)
            };
            let moved = _mm256_srlv_epi32(_mm256_shuffle_epi8(packed, bytes), shifts);
            let values = _mm256_and_si256(moved, mask);
            let low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(values));
            let high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256::<1>(values));
            put(eight, _mm256_add_epi64(low, base), _mm256_add_epi64(high, base));
        }
        n * 8
    }

    /// Values of up to 57 bits, two in half a register.
    #[target_feature(enable = "avx2")]
    pub(super) fn wide(words: &[u64], width: u8, base: i64, out: &mut [i64]) -> usize {
        let width = usize::from(width);
        let lanes = Lanes::<2, 4>::of(width);
        let n = lanes.n_eights(size_of_val(words), width, out.len());
        let [a, b, c, d] = lanes.bytes.map(|bytes| half(&bytes));
        let bytes = [_mm256_set_m128i(b, a), _mm256_set_m128i(d, c)];
        let [a, b, c, d] = lanes.shifts.map(|shifts| shifts.map(i64::from));
        let shifts = [
            _mm256_setr_epi64x(a[0], a[1], b[0], b[1]),
            _mm256_setr_epi64x(c[0], c[1], d[0], d[1]),
        ];
        let mask = _mm256_set1_epi64x(((1u64 << width) - 1) as i64);
        let base = _mm256_set1_epi64x(base);
        let from = words.as_ptr().cast::<u8>();
        let (eights, _) = out.as_chunks_mut::<8>();
        for (nth, eight) in eights[..n].iter_mut().enumerate() {
            // SAFETY: as for narrow ones.
            let [a, b, c, d] = lanes
                .starts
                .map(|start| unsafe { _mm_loadu_si128(from.add(nth * width + start).cast()) });
            let packed = [_mm256_set_m128i(b, a), _mm256_set_m128i(d, c)];
            let [low, high] = [0, 1].map(|at| {
                let moved = _mm256_shuffle_epi8(packed[at], bytes[at]);
                let values = _mm256_and_si256(_mm256_srlv_epi64(moved, shifts[at]), mask);
                _mm256_add_epi64(values, base)
            });
            put(eight, low, high);
        }
        n * 8
    }

    /// Sixteen rows at a time: each lane asks for its own bit.
    #[target_feature(enable = "avx2")]
    pub(super) fn patterns(sets: &[u64], rows: &mut [u16; 64]) {
        let bits = [0, 8].map(|from| [1i16, 2, 4, 8, 16, 32, 64, 128].map(|bit| bit << from));
        let [a, b, c, d, e, f, g, h] = bits[0];
        let [i, j, k, l, m, n, o, p] = bits[1];
        let bits = _mm256_setr_epi16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
        let (parts, _) = rows.as_chunks_mut::<16>();
        for (part, rows) in parts.iter_mut().enumerate() {
            let (mut all, mut own) = (_mm256_setzero_si256(), _mm256_set1_epi16(1));
            for word in sets {
                let word = _mm256_set1_epi16((word >> (part * 16)) as i16);
                let has = _mm256_cmpeq_epi16(_mm256_and_si256(word, bits), bits);
                all = _mm256_or_si256(all, _mm256_and_si256(has, own));
                own = _mm256_slli_epi16::<1>(own);
            }
            // SAFETY: there are sixteen places of two bytes, and stores need no alignment.
            unsafe { _mm256_storeu_si256(rows.as_mut_ptr().cast(), all) };
        }
    }

    #[target_feature(enable = "avx2")]
    fn half(bytes: &[u8; LOAD]) -> __m128i {
        // SAFETY: the sixteen bytes are there, and loads need no alignment.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2")]
    fn put(eight: &mut [i64; 8], low: __m256i, high: __m256i) {
        let to = eight.as_mut_ptr();
        // SAFETY: there are eight places of eight bytes, and stores need no alignment.
        unsafe {
            _mm256_storeu_si256(to.cast(), low);
            _mm256_storeu_si256(to.add(4).cast(), high);
        }
    }
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
#[path = "kernel_tests.rs"]
mod tests;
