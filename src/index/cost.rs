//! What tests of a column cost, for the planner.

use super::container::words_of;
use super::{Column, Container, UnitsChunk, UnitsIndex};
use crate::model::RangeSet;

/// Chunks looked at, evenly spread; the others are taken to be like them.
#[cfg(test)]
const LOOKED_AT: usize = 8;
/// How much more than a word of a bitmap it costs to unpack and test a word of packed values.
#[cfg(test)]
const UNPACKING: f64 = 16.0;

impl Column {
    /// 64-bit words read per chunk, on average, to find the customers with units or codes in
    /// `ranges`; of sets, sizes.
    #[cfg(test)]
    pub(crate) fn words(&self, ranges: &RangeSet) -> f64 {
        let chunk = |at: usize| match self {
            Self::Units(units) => &*units.chunks[at],
            Self::Text(text) => &*text.codes.chunks[at],
            Self::Set(set) => &set.chunks[at].sizes,
        };
        let step = self.n_chunks().div_ceil(LOOKED_AT).max(1);
        let costs: Vec<f64> =
            (0..self.n_chunks()).step_by(step).map(|at| chunk_words(chunk(at), ranges)).collect();
        costs.iter().sum::<f64>() / costs.len().max(1) as f64
    }
}

#[cfg(test)]
fn chunk_words(chunk: &UnitsChunk, ranges: &RangeSet) -> f64 {
    if chunk.n_known == 0 || !ranges.touches(chunk.min, chunk.max) {
        return 0.0;
    }
    if ranges.covers(chunk.min, chunk.max) {
        return words(&chunk.known);
    }
    match &chunk.index {
        UnitsIndex::PerValue(values) => {
            // Those inside are joined, or those outside are taken out of the known.
            let sum = |inside: bool| -> f64 {
                let values = values.iter().filter(|(value, _)| ranges.contains(*value) == inside);
                values.map(|(_, one)| words(one)).sum()
            };
            sum(true).min(sum(false) + words(&chunk.known))
        }
        UnitsIndex::Slices { slices, .. } => {
            let range = |low: i64, high: i64| match chunk.bitmap(low) {
                Some(one) if low == high => words(one),
                _ => (slices.len() * words_of(chunk.rows)) as f64,
            };
            let clamped = ranges.clamped(chunk.min, chunk.max);
            words(&chunk.known) + clamped.map(|part| range(part.low, part.high)).sum::<f64>()
        }
        UnitsIndex::Forward => chunk.values.words.len() as f64 * UNPACKING,
    }
}

#[cfg(test)]
fn words(container: &Container) -> f64 {
    container.bytes() as f64 / 8.0
}
