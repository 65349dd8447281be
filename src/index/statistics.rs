//! What the planner may know of a column without reading its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{UnitsChunk, UnitsIndex};
use crate::model::RangeSet;

/// Figures of a whole column of units, codes or sizes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statistics {
    /// Customers that have a value; exact.
    pub(crate) n_known: u64,
    /// The least and the greatest value; `None` when nobody has one.
    pub(crate) bounds: Option<(i64, i64)>,
    /// Whether some chunk has no index.
    pub(crate) has_forward: bool,
    /// How many have each value, ascending; where bitmaps of every chunk say so.
    counts: Option<Vec<(i64, u64)>>,
    /// Known values, evenly picked from each chunk, ascending.
    sample: Arc<[i64]>,
    /// Chunks that changed since the sample was picked.
    n_stale: usize,
}

/// How many customers, and whether the number is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Customers.
    pub(crate) rows: u64,
    /// Whether `rows` is exact.
    pub(crate) is_exact: bool,
}

/// Values of a column that are kept to estimate by: an error of about one in sixty of the column.
const SAMPLE: usize = 4096;
/// Distinct values up to which they are counted.
const MAX_COUNTED: usize = 4096;

impl Statistics {
    /// The figures of these chunks.
    pub(super) fn of(chunks: &[&UnitsChunk]) -> Self {
        let known: Vec<&UnitsChunk> =
            chunks.iter().copied().filter(|chunk| chunk.n_known > 0).collect();
        let n_known = known.iter().map(|chunk| u64::from(chunk.n_known)).sum();
        let bounds = known.iter().map(|chunk| (chunk.min, chunk.max));
        let counts = counts_of(&known);
        let sample = if counts.is_some() { Vec::new() } else { sample_of(&known, n_known) };
        Self {
            n_known,
            bounds: bounds.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1))),
            has_forward: known.iter().any(|chunk| matches!(chunk.index, UnitsIndex::Forward)),
            counts,
            sample: sample.into(),
            n_stale: 0,
        }
    }

    /// The figures after some chunks were replaced and others added; `None` when it is better to
    /// make them anew. All are exact but the sample, which is picked anew once as many chunks have
    /// changed as there are.
    pub(super) fn changed(&self, old: &[&UnitsChunk], new: &[&UnitsChunk]) -> Option<Self> {
        let replaced: Vec<(Option<&UnitsChunk>, &UnitsChunk)> = (0..new.len())
            .map(|at| (old.get(at).copied(), new[at]))
            .filter(|(old, new)| old.is_none_or(|old| !std::ptr::eq(old, *new)))
            .collect();
        let n_stale = self.n_stale + replaced.len();
        if n_stale > new.len() && self.counts.is_none() || replaced.len() * 2 > new.len() + 2 {
            return None;
        }
        let counts = match &self.counts {
            Some(counts) => Some(changed_counts(counts, &replaced)?),
            None => None,
        };
        let known = || new.iter().filter(|chunk| chunk.n_known > 0);
        let bounds = known().map(|chunk| (chunk.min, chunk.max));
        Some(Self {
            n_known: known().map(|chunk| u64::from(chunk.n_known)).sum(),
            bounds: bounds.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1))),
            has_forward: known().any(|chunk| matches!(chunk.index, UnitsIndex::Forward)),
            counts,
            sample: Arc::clone(&self.sample),
            n_stale,
        })
    }

    /// Which exact figure differs from figures that were just made of the same chunks. Where values
    /// are not counted any more, they need not be counted again.
    pub(super) fn flaw(&self, fresh: &Self) -> Option<&'static str> {
        let is_counted_well = self.counts.is_none() || self.counts == fresh.counts;
        [
            (self.n_known == fresh.n_known, "the statistics count other values"),
            (self.bounds == fresh.bounds, "the statistics have other bounds"),
            (self.has_forward == fresh.has_forward, "the statistics tell of another index"),
            (is_counted_well, "the statistics count other customers by value"),
        ]
        .into_iter()
        .find_map(|(is_right, what)| (!is_right).then_some(what))
    }

    /// How many customers have a value in `ranges`.
    pub(crate) fn count_of(&self, ranges: &RangeSet) -> Counted {
        let Some((min, max)) = self.bounds.filter(|(min, max)| ranges.touches(*min, *max)) else {
            return Counted::exact(0);
        };
        if ranges.covers(min, max) {
            return Counted::exact(self.n_known);
        }
        if let Some(counts) = &self.counts {
            let inside = counts.iter().filter(|(value, _)| ranges.contains(*value));
            return Counted::exact(inside.map(|(_, n)| n).sum());
        }
        self.estimate(ranges, (min, max))
    }

    /// How many customers have each value, ascending by value, where that is known exactly.
    pub(crate) fn counts(&self) -> Option<&[(i64, u64)]> {
        self.counts.as_deref()
    }

    /// Two values between which the `n`-th known value, from 0, probably lies; those that the sample
    /// does not tell are `None`.
    pub(super) fn around(&self, n: u64) -> (Option<i64>, Option<i64>) {
        let share = n as f64 / self.n_known.max(1) as f64;
        let expected = share * self.sample.len() as f64;
        // Six standard deviations of the sample's place.
        let margin = 6.0 * (expected * (1.0 - share).max(0.0)).sqrt() + 2.0;
        let place = |at: f64| (at >= 0.0).then(|| self.sample.get(at as usize).copied()).flatten();
        (place(expected - margin), place(expected + margin))
    }

    fn estimate(&self, ranges: &RangeSet, (min, max): (i64, i64)) -> Counted {
        let below = |value: i64| self.sample.partition_point(|other| *other < value);
        let upto = |value: i64| self.sample.partition_point(|other| *other <= value);
        let hits = ranges.clamped(min, max).map(|range| upto(range.high) - below(range.low));
        let share = hits.sum::<usize>() as f64 / self.sample.len().max(1) as f64;
        let rows = (share * self.n_known as f64) as u64;
        Counted { rows: rows.clamp(1, self.n_known), is_exact: false }
    }
}

impl Counted {
    /// So many, exactly.
    pub(crate) fn exact(rows: u64) -> Self {
        Self { rows, is_exact: true }
    }
}

fn counts_of(chunks: &[&UnitsChunk]) -> Option<Vec<(i64, u64)>> {
    let mut counts = BTreeMap::new();
    for chunk in chunks {
        let UnitsIndex::PerValue { values, .. } = &chunk.index else { return None };
        for (value, rows) in values {
            *counts.entry(*value).or_insert(0) += u64::from(rows.len(chunk.rows));
        }
        if counts.len() > MAX_COUNTED {
            return None;
        }
    }
    Some(counts.into_iter().collect())
}

/// Counts by value after some chunks were replaced; `None` when they are not counted any more.
fn changed_counts(
    counts: &[(i64, u64)],
    replaced: &[(Option<&UnitsChunk>, &UnitsChunk)],
) -> Option<Vec<(i64, u64)>> {
    let mut moved: BTreeMap<i64, i64> = BTreeMap::new();
    let mut add = |chunk: &UnitsChunk, sign: i64| {
        if chunk.n_known == 0 {
            return Some(());
        }
        let UnitsIndex::PerValue { values, .. } = &chunk.index else { return None };
        for (value, rows) in values {
            *moved.entry(*value).or_insert(0) += sign * i64::from(rows.len(chunk.rows));
        }
        Some(())
    };
    for (old, new) in replaced {
        old.map_or(Some(()), |old| add(old, -1))?;
        add(new, 1)?;
    }
    let mut all: BTreeMap<i64, u64> = counts.iter().copied().collect();
    for (value, n) in moved {
        let count = all.entry(value).or_insert(0);
        *count = count.checked_add_signed(n)?;
    }
    all.retain(|_, count| *count > 0);
    (all.len() <= MAX_COUNTED).then(|| all.into_iter().collect())
}

fn sample_of(chunks: &[&UnitsChunk], n_known: u64) -> Vec<i64> {
    let step = (n_known / SAMPLE as u64).max(1) as u32;
    let mut sample: Vec<i64> = chunks.iter().flat_map(|chunk| picked(chunk, step)).collect();
    sample.sort_unstable();
    sample
}

/// A value at every `step`th row of a chunk that has one, at least one of each chunk.
fn picked(chunk: &UnitsChunk, step: u32) -> impl Iterator<Item = i64> + '_ {
    let shares = u64::from(chunk.rows) * u64::from(step) / u64::from(chunk.n_known.max(1));
    let stride = shares.clamp(1, u64::from(chunk.rows)) as usize;
    // The offset differs from chunk to chunk's first row only through the known rows.
    (stride / 2..chunk.rows as usize).step_by(stride).filter_map(|row| chunk.get(row as u16))
}

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
