//! Every kernel by every instruction set.

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
    fn patterns_are_of_the_sets_that_rows_are_in(sets in prop::collection::vec(prop::num::u64::ANY, 0..=16)) {
        let pattern = |row: usize| sets.iter().enumerate().map(|(set, word)| ((word >> row & 1) as u16) << set).sum::<u16>();
        let expected: Vec<u16> = (0..64).map(pattern).collect();
        for isa in here() {
            let mut rows = [7; 64];
            patterns_on(isa, &sets, &mut rows);
            prop_assert_eq!(&rows[..], &expected[..]);
        }
    }

    #[test]
    fn packed_values_come_out_by_every_instruction_set(
        width in 1u8..=64,
        n in 0usize..200,
        seed in prop::num::u64::ANY,
        base in prop::num::i64::ANY,
    ) {
        let word = |at: u64| (at + 1).wrapping_mul(seed | 1).rotate_left(at as u32 % 64);
        let words: Vec<u64> = (0..(n * usize::from(width)).div_ceil(64) as u64 + 1).map(word).collect();
        let bit = |at: usize| words[at / 64] >> (at % 64) & 1;
        let value = |at: usize| {
            let bits = (0..usize::from(width)).map(|of| bit(at * usize::from(width) + of) << of);
            base.wrapping_add(bits.sum::<u64>() as i64)
        };
        for isa in here() {
            let mut out = vec![0; n];
            let written = unpack_on(isa, &words, width, base, &mut out);
            let expected: Vec<i64> = (0..written).map(value).collect();
            prop_assert_eq!(&out[..written], &expected[..]);
            prop_assert!(out[written..].iter().all(|value| *value == 0));
            // All but the last few, whose sixteen bytes reach beyond the words.
            let most = if isa == Isa::Portable || width > 57 { 0 } else { n.saturating_sub(8 * (16 * 8 / usize::from(width) / 8 + 2)) };
            prop_assert!(written >= most, "{} of {} by {:?}", written, n, isa);
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
