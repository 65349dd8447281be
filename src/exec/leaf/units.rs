//! Units or codes within a set of ranges.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Answer, Lookup};
use crate::exec::arithmetic::{BLOCK, Block};
use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::{keep_positions, trim};
use crate::index::{Container, UnitsChunk, UnitsIndex, kernel};
use crate::model::{Range, RangeSet};

/// A known value lies in a set.
#[derive(Clone, Debug)]
pub(in crate::exec) struct UnitsTest<'a> {
    chunks: Chunks<'a>,
    ranges: Cow<'a, RangeSet>,
    lookup: Option<Lookup>,
}

/// Where the chunks lie: in a column of units, or beside the elements of sets.
#[derive(Clone, Copy, Debug)]
pub(in crate::exec) enum Chunks<'a> {
    /// A column of units or codes.
    Units(&'a crate::index::UnitsColumn),
    /// The sizes of sets.
    Sizes(&'a crate::index::SetColumn),
}

/// Slices that decide most blocks, however many there are.
const MOST_READ: usize = 14;

/// Ranges up to which slices are asked range by range; past it, values are looked up one by one.
const MAX_SLICED: usize = 24;

impl<'a> UnitsTest<'a> {
    /// A test of chunks.
    pub(in crate::exec) fn new(chunks: Chunks<'a>, ranges: Cow<'a, RangeSet>) -> Self {
        let lookup = (ranges.as_slice().len() > MAX_SLICED)
            .then(|| chunks.bounds())
            .flatten()
            .and_then(|(low, high)| Lookup::new(&ranges, low, high));
        Self { chunks, ranges, lookup }
    }

    /// The set.
    pub(in crate::exec) fn ranges(&self) -> &RangeSet {
        &self.ranges
    }

    /// The chunks.
    pub(in crate::exec) fn chunks(&self) -> Chunks<'a> {
        self.chunks
    }

    /// Bytes of temporaries.
    pub(in crate::exec) fn bytes(&self) -> usize {
        self.lookup.as_ref().map_or(0, Lookup::bytes)
    }

    /// What headers and bitmaps say.
    pub(in crate::exec) fn answer(&self, at: &At<'_>) -> Answer<'a> {
        let chunk = self.chunks.chunk(at.chunk);
        if chunk.n_known == 0 || !self.ranges.touches(chunk.min, chunk.max) {
            return Answer::NOBODY;
        }
        if self.ranges.covers(chunk.min, chunk.max) {
            return Answer::One(&chunk.known);
        }
        match &chunk.index {
            UnitsIndex::PerValue(values) => self.by_value(chunk, values),
            UnitsIndex::Slices { frequent, .. } => self.by_frequent(chunk, frequent),
            UnitsIndex::Forward => Answer::Compute,
        }
    }

    /// `out` becomes the rows that pass, where [`answer`](Self::answer) cannot tell.
    pub(in crate::exec) fn write(&self, at: &At<'_>, out: &mut [u64], scratch: &mut Scratch) {
        let chunk = self.chunks.chunk(at.chunk);
        match self.sliced(chunk) {
            Some(slices) => self.write_sliced(at, chunk, slices, out, scratch),
            None => {
                chunk.known.write_to(out, at.rows);
                self.look_up(chunk, at, out, scratch);
            }
        }
    }

    /// Keeps the rows of `acc` that pass, where [`answer`](Self::answer) cannot tell.
    pub(in crate::exec) fn narrow(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        let chunk = self.chunks.chunk(at.chunk);
        match self.sliced(chunk) {
            Some(slices)
                if kernel::count(acc) as usize > slices.len().min(MOST_READ) * acc.len() / 16 =>
            {
                let mut words = scratch.take();
                let n = acc.len();
                self.write_sliced(at, chunk, slices, &mut words[..n], scratch);
                kernel::and(acc, &words[..n]);
                scratch.give(words);
            }
            _ => {
                chunk.known.and_into(acc, at.rows);
                self.look_up(chunk, at, acc, scratch);
            }
        }
    }

    /// The slices, where going through them is cheaper than through the values.
    fn sliced<'c>(&self, chunk: &'c UnitsChunk) -> Option<&'c [Arc<[u64]>]> {
        match &chunk.index {
            UnitsIndex::Slices { slices, .. } => {
                let n = self.ranges.clamped(chunk.min, chunk.max).take(MAX_SLICED + 1).count();
                (n <= MAX_SLICED).then_some(slices)
            }
            _ => None,
        }
    }

    fn write_sliced(
        &self,
        at: &At<'_>,
        chunk: &UnitsChunk,
        slices: &[Arc<[u64]>],
        out: &mut [u64],
        scratch: &mut Scratch,
    ) {
        let mut ranges = self.ranges.clamped(chunk.min, chunk.max);
        let Some(first) = ranges.next() else { return out.fill(0) };
        range_of(chunk, slices, first, out);
        let mut words = scratch.take();
        for range in ranges {
            let words = &mut words[..out.len()];
            range_of(chunk, slices, range, words);
            kernel::or(out, words);
        }
        scratch.give(words);
        // Rows without a value read as the minimum.
        if first.low == chunk.min {
            trim(out, at.rows);
            chunk.known.and_into(out, at.rows);
        }
    }

    /// Keeps the rows of `acc`, all known, whose value belongs.
    fn look_up(&self, chunk: &UnitsChunk, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        for block in Block::of(at.chunk, at.rows) {
            let words = &mut acc[block.words()];
            let n: u32 = words.iter().map(|word| word.count_ones()).sum();
            if n as usize * 8 < BLOCK {
                keep_positions(words, |offset| {
                    self.contains(chunk.values.get(block.start + usize::from(offset)))
                });
            } else {
                let units = &mut scratch.units[..block.len];
                chunk.values.decode_from(block.start, units);
                for (word, units) in words.iter_mut().zip(units.chunks(64)) {
                    *word &= self.mask(units);
                }
            }
        }
    }

    fn mask(&self, units: &[i64]) -> u64 {
        let bits = units.iter().enumerate();
        match (&self.lookup, self.ranges.as_slice()) {
            (Some(table), _) => bits.fold(0, |m, (i, u)| m | u64::from(table.contains(*u)) << i),
            (None, [one]) => bits.fold(0, |m, (i, u)| m | u64::from(one.contains(*u)) << i),
            (None, _) => bits.fold(0, |m, (i, u)| m | u64::from(self.ranges.contains(*u)) << i),
        }
    }

    fn contains(&self, units: i64) -> bool {
        match &self.lookup {
            Some(table) => table.contains(units),
            None => self.ranges.contains(units),
        }
    }

    /// The bitmaps of the values that belong, or of those that do not, whichever are lighter.
    fn by_value(&self, chunk: &'a UnitsChunk, values: &'a [(i64, Container)]) -> Answer<'a> {
        let (mut n_in, mut weight_in, mut weight_out) = (0, 0, weight(&chunk.known));
        let mut only = None;
        for (value, rows) in values {
            if self.contains(*value) {
                (n_in, only) = (n_in + 1, Some(rows));
                weight_in += weight(rows);
            } else {
                weight_out += weight(rows);
            }
        }
        // What is collected has its size from the start: this is asked of every chunk.
        let collected = |n: usize, belong: bool| {
            let mut some = Vec::with_capacity(n);
            let those = values.iter().filter(|(value, _)| self.contains(*value) == belong);
            some.extend(those.map(|(_, rows)| rows));
            some
        };
        match (n_in, only) {
            (0, _) => Answer::NOBODY,
            (1, Some(one)) => Answer::One(one),
            _ if weight_in <= weight_out => Answer::Union(collected(n_in, true)),
            _ => Answer::Except(&chunk.known, collected(values.len() - n_in, false)),
        }
    }

    /// Bitmaps of frequent values, where those that belong, or those that do not, all have one.
    fn by_frequent(&self, chunk: &'a UnitsChunk, frequent: &'a [(i64, Container)]) -> Answer<'a> {
        if frequent.is_empty() {
            return Answer::Compute;
        }
        let of = |range: Range| {
            let at = frequent.binary_search_by_key(&range.low, |(value, _)| *value).ok();
            at.filter(|_| range.low == range.high).map(|at| &frequent[at].1)
        };
        if let Some(inside) = self.ranges.clamped(chunk.min, chunk.max).map(of).collect() {
            return Answer::Union(inside);
        }
        if self.ranges.as_slice().len() > MAX_SLICED {
            return Answer::Compute;
        }
        let others = self.ranges.complement();
        match others.clamped(chunk.min, chunk.max).map(of).collect() {
            Some(outside) => Answer::Except(&chunk.known, outside),
            None => Answer::Compute,
        }
    }
}

impl<'a> Chunks<'a> {
    /// One chunk.
    pub(in crate::exec) fn chunk(self, chunk: usize) -> &'a UnitsChunk {
        match self {
            Self::Units(column) => &column.chunks[chunk],
            Self::Sizes(column) => &column.chunks[chunk].sizes,
        }
    }

    /// How many chunks.
    pub(in crate::exec) fn len(self) -> usize {
        match self {
            Self::Units(column) => column.chunks.len(),
            Self::Sizes(column) => column.chunks.len(),
        }
    }

    /// The smallest and the largest value; `None` when none is known.
    pub(in crate::exec) fn bounds(self) -> Option<(i64, i64)> {
        let chunks = (0..self.len()).map(|chunk| self.chunk(chunk));
        let known = chunks.filter(|chunk| chunk.n_known > 0).map(|chunk| (chunk.min, chunk.max));
        known.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }
}

/// The rows of one range, clamped to the chunk's bounds; those without a value read as the minimum.
fn range_of(chunk: &UnitsChunk, slices: &[Arc<[u64]>], range: Range, out: &mut [u64]) {
    let offset = |units: i64| units.wrapping_sub(chunk.min) as u64;
    if range.low == range.high {
        kernel::equal(slices, offset(range.low), out);
    } else {
        let low = (range.low > chunk.min).then(|| offset(range.low));
        let high = (range.high < chunk.max).then(|| offset(range.high));
        kernel::between(slices, low, high, out);
    }
}

/// What going through a bitmap costs, in bytes.
fn weight(container: &Container) -> usize {
    container.bytes() + 64
}
