//! Chunks after a commit that changes few of their rows: a copy in which those rows are changed.
//!
//! What comes out holds and answers the same as a chunk that is built anew. Two things may differ:
//! where an order of rows is cut, and that it may be kept where so few values are left that a bitmap
//! for each would do.

use std::sync::Arc;

use super::chunk::Layout;
use super::chunk_build::most_values;
use super::container::{set_bits, words_of};
use super::packed::{n_words, width_of};
use super::{Container, Offsets, Packed, SetChunk, UnitsChunk, UnitsIndex};

/// The share of a chunk's rows up to which it is patched: one in so many.
const SHARE: usize = 64;

/// A row whose value changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) position: u16,
    pub(super) before: Option<i64>,
    pub(super) after: Option<i64>,
}

/// Whether so few rows of a chunk change that patching it pays.
pub(super) fn are_few(n: usize, rows: u32) -> bool {
    n * SHARE <= rows as usize
}

impl UnitsChunk {
    /// The chunk of `rows` rows, at least as many as before, with other values at some positions,
    /// ascending; `None` when it must be built anew. Rows that are added and not named have none.
    pub(super) fn patched(
        &self,
        rows: u32,
        values: &[(u16, Option<i64>)],
        layout: Layout,
    ) -> Option<Self> {
        if self.n_known == 0 && values.iter().all(|(_, value)| value.is_none()) {
            return Some(Self::missing(rows));
        }
        if self.n_known == 0 || !are_few(values.len(), rows) {
            return None;
        }
        let before = |at: u16| (u32::from(at) < self.rows).then(|| self.get(at)).flatten();
        let changes = values.iter().map(|(at, after)| (*at, before(*at), *after));
        let changes: Vec<Change> = changes
            .filter(|(_, before, after)| before != after)
            .map(|(position, before, after)| Change { position, before, after })
            .collect();
        let after = || changes.iter().filter_map(|change| change.after);
        let max = after().fold(self.max, i64::max);
        let fits =
            after().all(|value| value >= self.min) && width_of(self.min, max) == self.values.width;
        if !fits {
            return None;
        }
        let known = self.patched_known(rows, &changes);
        let packed = self.values.patched(
            self.rows,
            rows,
            changes
                .iter()
                .map(|change| (usize::from(change.position), change.after.unwrap_or(self.min))),
        );
        let index = self.patched_index((rows, &packed), &changes, layout)?;
        let n_known = known.len(rows);
        let chunk = Self { rows, n_known, min: self.min, max, values: packed, known, index };
        let lost = |bound: i64| {
            changes.iter().any(|change| change.before == Some(bound)) && !chunk.has(bound)
        };
        (n_known > 0 && !lost(self.min) && !(max == self.max && lost(max))).then_some(chunk)
    }

    fn patched_known(&self, rows: u32, changes: &[Change]) -> Container {
        let of = |is: fn(&Change) -> bool| -> Vec<u16> {
            changes.iter().filter(|change| is(change)).map(|change| change.position).collect()
        };
        let came = of(|change| change.before.is_none());
        let went = of(|change| change.after.is_none());
        self.known.patched((self.rows, rows), &came, &went)
    }

    fn patched_index(
        &self,
        (rows, packed): (u32, &Packed),
        changes: &[Change],
        layout: Layout,
    ) -> Option<UnitsIndex> {
        Some(match &self.index {
            UnitsIndex::Forward => UnitsIndex::Forward,
            UnitsIndex::PerValue { values, before } => {
                let patched = self.patched_values(values, rows, changes);
                if patched.len() > most_values(layout) {
                    return None;
                }
                let before = match before.is_empty() {
                    true => Vec::new(),
                    false => self.patched_before((values, before), &patched, rows, changes),
                };
                UnitsIndex::PerValue { values: patched, before }
            }
            UnitsIndex::Ordered(ordered) => {
                let rows = (self.rows, rows);
                UnitsIndex::Ordered(ordered.patched(rows, changes, &self.values, packed)?)
            }
        })
    }

    /// For each value of `after` the rows with any before it.
    fn patched_before(
        &self,
        (values, before): (&[(i64, Container)], &[Container]),
        after: &[(i64, Container)],
        rows: u32,
        changes: &[Change],
    ) -> Vec<Container> {
        let of = |bound: i64| {
            let is_before = |value: Option<i64>| value.is_some_and(|value| value < bound);
            let moved = |comes: bool| -> Vec<u16> {
                let moved = changes.iter().filter(|change| {
                    let (was, is) = (is_before(change.before), is_before(change.after));
                    was != is && is == comes
                });
                moved.map(|change| change.position).collect()
            };
            let at = values.partition_point(|(value, _)| *value < bound);
            let old = before.get(at).unwrap_or(&self.known);
            let (came, went) = (moved(true), moved(false));
            match rows == self.rows && came.is_empty() && went.is_empty() {
                true => old.clone(),
                false => old.patched((self.rows, rows), &came, &went),
            }
        };
        after.iter().map(|(bound, _)| of(*bound)).collect()
    }

    /// The bitmaps of values.
    fn patched_values(
        &self,
        values: &[(i64, Container)],
        rows: u32,
        changes: &[Change],
    ) -> Vec<(i64, Container)> {
        let mut touched: Vec<i64> =
            changes.iter().flat_map(|change| [change.before, change.after]).flatten().collect();
        touched.sort_unstable();
        touched.dedup();
        let grows = rows != self.rows;
        let mut patched = Vec::with_capacity(values.len() + 1);
        let mut old = values.iter().peekable();
        let kept = |container: &Container| match grows {
            true => container.grown(self.rows, rows),
            false => container.clone(),
        };
        for value in touched {
            while let Some((other, container)) = old.next_if(|(other, _)| *other < value) {
                patched.push((*other, kept(container)));
            }
            let before = old.next_if(|(other, _)| *other == value).map(|(_, container)| container);
            let of = |is: &dyn Fn(&Change) -> bool| -> Vec<u16> {
                changes.iter().filter(|change| is(change)).map(|change| change.position).collect()
            };
            let came = of(&|change| change.after == Some(value));
            let went = of(&|change| change.before == Some(value));
            let before = before.unwrap_or(&Container::Empty);
            let after = before.patched((self.rows, rows), &came, &went);
            if !after.is_empty() {
                patched.push((value, after));
            }
        }
        patched.extend(old.map(|(value, container)| (*value, kept(container))));
        patched
    }

    /// Whether some row has a value.
    fn has(&self, value: i64) -> bool {
        match &self.index {
            UnitsIndex::PerValue { values, .. } => {
                values.binary_search_by_key(&value, |(value, _)| *value).is_ok()
            }
            UnitsIndex::Ordered(ordered) => self.stretch(ordered, value, value).len() > 0,
            UnitsIndex::Forward => {
                let mut known = self.known.iter(self.rows);
                known.any(|at| self.values.get(usize::from(at)) == value)
            }
        }
    }
}

impl Packed {
    /// The values of `from` rows, grown to `to` by the base, with others at some positions; these
    /// must fit the width.
    fn patched(&self, from: u32, to: u32, values: impl Iterator<Item = (usize, i64)>) -> Self {
        debug_assert!(from <= to);
        let (base, width) = (self.base, usize::from(self.width));
        let mut words = self.words.to_vec();
        words.resize(n_words(to as usize, self.width), 0);
        if width > 0 {
            let mask = u64::MAX >> (64 - width);
            for (index, value) in values {
                let (word, shift) = (index * width / 64, index * width % 64);
                let offset = value.wrapping_sub(base) as u64 & mask;
                words[word] = words[word] & !(mask << shift) | offset << shift;
                if shift + width > 64 {
                    let past = 64 - shift;
                    words[word + 1] = words[word + 1] & !(mask >> past) | offset >> past;
                }
            }
        }
        Self { base, width: self.width, words: words.into() }
    }
}

impl Container {
    /// The set after its chunk has grown, with some positions more and some less, each ascending.
    pub(super) fn patched(&self, (from, to): (u32, u32), came: &[u16], went: &[u16]) -> Self {
        match self {
            Self::Empty => Self::from_sorted(came, to),
            Self::Sparse(positions) => Self::from_sorted(&merged(positions, came, went), to),
            Self::Inverse(out) if from == to => Self::all_but(&merged(out, went, came), to),
            Self::Dense(words) if words.len() == words_of(to) => {
                let mut words: Arc<[u64]> = Arc::from(&words[..]);
                flip(Arc::make_mut(&mut words), came, went);
                Self::from_dense(words, to)
            }
            Self::Full | Self::Inverse(_) | Self::Dense(_) => {
                let mut words = vec![0; words_of(to)];
                self.write_to(&mut words[..words_of(from)], from);
                flip(&mut words, came, went);
                Self::from_words(&words, to)
            }
        }
    }
}

/// Takes some bits out and puts others in.
fn flip(words: &mut [u64], came: &[u16], went: &[u16]) {
    for at in went {
        words[usize::from(*at) / 64] &= !(1 << (at % 64));
    }
    set_bits(words, came);
}

/// Ascending positions with some more and some less, each ascending; those in between are copied
/// at one go.
fn merged(positions: &[u16], came: &[u16], went: &[u16]) -> Vec<u16> {
    let mut moves: Vec<(u16, bool)> = went.iter().map(|at| (*at, false)).collect();
    moves.extend(came.iter().map(|at| (*at, true)));
    moves.sort_unstable();
    let (mut merged, mut rest) = (Vec::with_capacity(positions.len() + came.len()), positions);
    for (at, comes) in moves {
        let (before, after) = rest.split_at(rest.partition_point(|position| *position < at));
        merged.extend_from_slice(before);
        rest = after.strip_prefix(&[at]).unwrap_or(after);
        if comes {
            merged.push(at);
        }
    }
    merged.extend_from_slice(rest);
    merged
}

impl SetChunk {
    /// The chunk of `rows` rows with other sets at some positions, ascending, `None` where nobody
    /// lives, and those who live; `None` when it must be built anew.
    pub(super) fn patched(&self, rows: u32, sets: &[(u16, Option<&[u32]>)]) -> Option<Self> {
        if !are_few(sets.len(), rows) {
            return None;
        }
        let sizes: Vec<(u16, Option<i64>)> =
            sets.iter().map(|(at, set)| (*at, set.map(|set| set.len() as i64))).collect();
        let sizes = self.sizes.patched(rows, &sizes, Layout::Numbers)?;
        let (codes, places) = self.spliced(rows, sets);
        Some(Self { rows, elements: self.patched_elements(rows, sets), sizes, codes, places })
    }

    /// The codes row after row, and where each row's lie.
    fn spliced(&self, rows: u32, sets: &[(u16, Option<&[u32]>)]) -> (Packed, Offsets) {
        let end = self.places.start(self.rows as usize);
        let old = self.codes.to_vec(end);
        let mut lengths = self.places.lengths().to_vec(self.rows as usize);
        lengths.resize(rows as usize, 0);
        let mut codes = Vec::with_capacity(end + sets.len());
        let mut from = 0;
        for (at, set) in sets {
            let at = usize::from(*at);
            let place = if at < self.rows as usize { self.places.range(at) } else { end..end };
            codes.extend_from_slice(&old[from..place.start]);
            codes.extend(set.unwrap_or_default().iter().map(|code| i64::from(*code)));
            lengths[at] = set.map_or(0, |set| set.len() as i64);
            from = place.end;
        }
        codes.extend_from_slice(&old[from..]);
        let lengths: Vec<u32> = lengths.into_iter().map(|length| length as u32).collect();
        (Packed::from_values(&codes), Offsets::from_lengths(&lengths))
    }

    fn patched_elements(&self, rows: u32, sets: &[(u16, Option<&[u32]>)]) -> Vec<(u32, Container)> {
        // Code, position, and whether the position comes or goes.
        let mut moves: Vec<(u32, u16, bool)> = Vec::new();
        for (at, set) in sets {
            let after = set.unwrap_or_default();
            let before: Vec<u32> = match u32::from(*at) < self.rows {
                true => self.codes_at(*at).collect(),
                false => Vec::new(),
            };
            moves.extend(after.iter().filter(|c| !before.contains(c)).map(|c| (*c, *at, true)));
            moves.extend(before.iter().filter(|c| !after.contains(c)).map(|c| (*c, *at, false)));
        }
        moves.sort_unstable();
        let mut patched = Vec::with_capacity(self.elements.len() + 1);
        let mut old = self.elements.iter().peekable();
        let kept = |container: &Container| match rows == self.rows {
            true => container.clone(),
            false => container.grown(self.rows, rows),
        };
        for group in moves.chunk_by(|a, b| a.0 == b.0) {
            let code = group[0].0;
            while let Some((other, container)) = old.next_if(|(other, _)| *other < code) {
                patched.push((*other, kept(container)));
            }
            let before = old.next_if(|(other, _)| *other == code).map(|(_, container)| container);
            let of = |comes: bool| -> Vec<u16> {
                group.iter().filter(|one| one.2 == comes).map(|one| one.1).collect()
            };
            let before = before.unwrap_or(&Container::Empty);
            let after = before.patched((self.rows, rows), &of(true), &of(false));
            if !after.is_empty() {
                patched.push((code, after));
            }
        }
        patched.extend(old.map(|(code, container)| (*code, kept(container))));
        patched
    }
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
