//! A chunk of few values, from who has each.

use super::chunk_build::most_values;
use super::container::words_of;
use super::packed::{n_words, width_of};
use super::{Container, Layout, Packed, UnitsChunk, UnitsIndex};

/// Bits of a value up to which values are packed plane by plane.
const MAX_WIDTH: u8 = 8;

impl UnitsChunk {
    /// A chunk in which these rows, no two of them the same, have these values: what
    /// [`build`](Self::build) makes of them, at the cost of the bitmaps alone.
    pub(crate) fn of_parts(rows: u32, mut parts: Vec<(i64, Vec<u64>)>, layout: Layout) -> Self {
        parts.retain(|(_, words)| words.iter().any(|word| *word != 0));
        parts.sort_by_key(|(value, _)| *value);
        let (Some(min), Some(max)) = (parts.first().map(|p| p.0), parts.last().map(|p| p.0)) else {
            return Self::missing(rows);
        };
        let mut known = vec![0u64; words_of(rows)];
        for (_, words) in &parts {
            known.iter_mut().zip(words).for_each(|(all, own)| *all |= own);
        }
        let known = Container::from_words(&known, rows);
        let width = width_of(min, max);
        if parts.len() > most_values(layout) || width > MAX_WIDTH {
            let mut values = vec![min; rows as usize];
            for (value, words) in &parts {
                for position in Container::from_words(words, rows).iter(rows) {
                    values[usize::from(position)] = *value;
                }
            }
            return Self::build(known, &mut values, layout);
        }
        let mut planes = vec![vec![0u64; words_of(rows)]; usize::from(width)];
        for (value, words) in &parts {
            let offset = value.wrapping_sub(min) as u64;
            for (bit, plane) in planes.iter_mut().enumerate() {
                if offset >> bit & 1 == 1 {
                    plane.iter_mut().zip(words).for_each(|(all, own)| *all |= own);
                }
            }
        }
        let words = interleaved(&planes, rows as usize, width);
        let values = Packed { base: min, width, words };
        let n_known = known.len(rows);
        let bitmap = |(value, words): (i64, Vec<u64>)| (value, Container::from_words(&words, rows));
        let index = UnitsIndex::bitmaps(parts.into_iter().map(bitmap).collect(), rows, layout);
        Self { rows, known, n_known, min, max, values, index }
    }
}

/// Values of as many bits as there are planes, row by row.
fn interleaved(planes: &[Vec<u64>], rows: usize, width: u8) -> Box<[u64]> {
    let mut out = vec![0u64; n_words(rows, width)].into_boxed_slice();
    if width == 0 {
        return out;
    }
    let stride = usize::from(width);
    // Where the eight bits of a byte go.
    let spread: Vec<u64> = (0..256u64)
        .map(|byte| (0..8).filter(|bit| byte >> bit & 1 == 1).map(|bit| 1 << (bit * stride)).sum())
        .collect();
    for word in 0..rows.div_ceil(64) {
        for byte in 0..8 {
            let mut eight = 0u64;
            for (bit, plane) in planes.iter().enumerate() {
                eight |= spread[(plane[word] >> (byte * 8) & 0xFF) as usize] << bit;
            }
            if word * 64 + byte * 8 >= rows {
                break;
            }
            let at = (word * 64 + byte * 8) * stride;
            // Eight values never cross a word unless their width does not divide it.
            out[at / 64] |= eight << (at % 64);
            if at % 64 + 8 * stride > 64 && at / 64 + 1 < out.len() {
                out[at / 64 + 1] |= eight >> (64 - at % 64);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_chunk_of_parts_is_the_one_of_its_values(
            rows in 1usize..300,
            values in prop::collection::vec(prop::option::of(0usize..20), 300),
            of in prop::collection::vec(-3i64..300, 20),
            few in 1usize..20,
            is_codes in any::<bool>(),
        ) {
            let layout = if is_codes { Layout::Codes } else { Layout::Numbers };
            let value = |at: usize| of[at % few];
            let mut parts: Vec<(i64, Vec<u64>)> = Vec::new();
            let values: Vec<Option<i64>> =
                values[..rows].iter().map(|at| at.map(value)).collect();
            for (row, value) in values.iter().enumerate() {
                let Some(value) = value else { continue };
                let at = match parts.iter().position(|(known, _)| known == value) {
                    Some(at) => at,
                    None => {
                        parts.push((*value, vec![0; rows.div_ceil(64)]));
                        parts.len() - 1
                    }
                };
                parts[at].1[row / 64] |= 1 << (row % 64);
            }
            let chunk = UnitsChunk::of_parts(rows as u32, parts, layout);
            prop_assert_eq!(chunk, UnitsChunk::from_options(&values, layout));
        }
    }
}
