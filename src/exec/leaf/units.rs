//! Units or codes within a set of ranges.

use std::borrow::Cow;

use super::{Answer, Lookup, Ranged};
use crate::exec::arithmetic::{BLOCK, Block};
use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::keep_positions;
use crate::index::{Container, Ordered, UnitsChunk, UnitsIndex, kernel};
use crate::model::RangeSet;

/// A known value lies in a set.
#[derive(Clone, Debug)]
pub(in crate::exec) struct UnitsTest<'a> {
    chunks: Chunks<'a>,
    ranges: Cow<'a, RangeSet>,
    /// What is in no range, where there are few.
    others: RangeSet,
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

/// What a range costs to find in a chunk's order, in rows looked up one by one.
const ROWS_PER_RANGE: u64 = 8;
/// Ranges up to which each is found in a chunk's order; past them, values are looked up one by one.
const MAX_RANGES: usize = 128;

impl<'a> UnitsTest<'a> {
    /// A test of chunks.
    pub(in crate::exec) fn new(chunks: Chunks<'a>, ranges: Cow<'a, RangeSet>) -> Self {
        let lookup = (ranges.as_slice().len() > MAX_RANGES)
            .then(|| chunks.bounds())
            .flatten()
            .and_then(|(low, high)| Lookup::new(&ranges, low, high));
        let others = if lookup.is_some() { RangeSet::none() } else { ranges.complement() };
        Self { chunks, ranges, others, lookup }
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
        self.chunks.read_ahead(at.chunk);
        if chunk.n_known == 0 || !self.ranges.touches(chunk.min, chunk.max) {
            return Answer::NOBODY;
        }
        if self.ranges.covers(chunk.min, chunk.max) {
            return Answer::One(&chunk.known);
        }
        match &chunk.index {
            UnitsIndex::PerValue { values, before } => self.by_value(chunk, values, before),
            UnitsIndex::Ordered(ordered) => {
                let mut ranges = self.ranges.clamped(chunk.min, chunk.max);
                match (ranges.next(), ranges.next()) {
                    (Some(range), None) => Answer::Range(Ranged::new(chunk, ordered, range)),
                    _ => Answer::Compute,
                }
            }
            UnitsIndex::Forward => Answer::Compute,
        }
    }

    /// `out` becomes the rows that pass, where [`answer`](Self::answer) cannot tell.
    pub(in crate::exec) fn write(&self, at: &At<'_>, out: &mut [u64], scratch: &mut Scratch) {
        let chunk = self.chunks.chunk(at.chunk);
        match &chunk.index {
            UnitsIndex::Ordered(ordered) if self.are_few() => {
                self.write_ordered(chunk, ordered, out, scratch);
            }
            _ => {
                chunk.known.write_to(out, at.rows);
                self.look_up(chunk, at, out, scratch);
            }
        }
    }

    /// Keeps the rows of `acc` that pass, where [`answer`](Self::answer) cannot tell.
    pub(in crate::exec) fn narrow(&self, at: &At<'_>, acc: &mut [u64], scratch: &mut Scratch) {
        let chunk = self.chunks.chunk(at.chunk);
        match &chunk.index {
            UnitsIndex::Ordered(ordered) if self.are_few_for(kernel::count(acc)) => {
                let mut words = scratch.take();
                let n = acc.len();
                self.write_ordered(chunk, ordered, &mut words[..n], scratch);
                kernel::and(acc, &words[..n]);
                scratch.give(words);
            }
            _ => {
                chunk.known.and_into(acc, at.rows);
                self.look_up(chunk, at, acc, scratch);
            }
        }
    }

    fn are_few(&self) -> bool {
        self.ranges.as_slice().len() <= MAX_RANGES
    }

    /// Whether finding the ranges costs less than looking so many rows up.
    fn are_few_for(&self, rows: u64) -> bool {
        self.are_few() && self.ranges.as_slice().len() as u64 * ROWS_PER_RANGE < rows
    }

    /// `out` becomes the rows of the ranges, or of all but the others, by a chunk's order.
    fn write_ordered(
        &self,
        chunk: &UnitsChunk,
        ordered: &Ordered,
        out: &mut [u64],
        scratch: &mut Scratch,
    ) {
        // Whichever are fewer: a list of values, or what a list leaves out.
        let leaves_out = self.others.as_slice().len() < self.ranges.as_slice().len();
        let mut room = scratch.take();
        let room_words = &mut room[..out.len()];
        if leaves_out {
            chunk.known.write_to(out, chunk.rows);
            for range in self.others.clamped(chunk.min, chunk.max) {
                let stretch = chunk.stretch(ordered, range.low, range.high);
                stretch.and_not(out, room_words, chunk.rows);
            }
        } else {
            out.fill(0);
            for range in self.ranges.clamped(chunk.min, chunk.max) {
                let stretch = chunk.stretch(ordered, range.low, range.high);
                stretch.or(out, room_words, chunk.rows);
            }
        }
        scratch.give(room);
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

    /// The bitmaps of the values that belong, of those that do not, or of all before two values,
    /// whichever are lightest.
    fn by_value(
        &self,
        chunk: &'a UnitsChunk,
        values: &'a [(i64, Container)],
        before: &'a [Container],
    ) -> Answer<'a> {
        if let [range] = self.ranges.as_slice() {
            let own = values.partition_point(|(value, _)| *value < range.low);
            match values.get(own..).unwrap_or_default() {
                [] => return Answer::NOBODY,
                [(value, _), ..] if *value > range.high => return Answer::NOBODY,
                [(_, rows)] => return Answer::One(rows),
                [(_, rows), (next, _), ..] if *next > range.high => return Answer::One(rows),
                _ => {}
            }
        }
        let (mut n_in, mut weight_in, mut weight_out) = (0, 0, weight(&chunk.known));
        let (mut first, mut last) = (values.len(), 0);
        for (at, (value, rows)) in values.iter().enumerate() {
            if self.contains(*value) {
                n_in += 1;
                (first, last) = (first.min(at), at);
                weight_in += weight(rows);
            } else {
                weight_out += weight(rows);
            }
        }
        match n_in {
            0 => return Answer::NOBODY,
            1 => return Answer::One(&values[first].1),
            _ => {}
        }
        // Values that follow each other are those before the next one but those before the first.
        if n_in == last + 1 - first && !before.is_empty() {
            let upper = before.get(last + 1).unwrap_or(&chunk.known);
            if first == 0 {
                return Answer::One(upper);
            }
            let lower = &before[first];
            if weight(upper) + weight(lower) < weight_in.min(weight_out) {
                return Answer::But(upper, lower);
            }
        }
        // What is collected has its size from the start: this is asked of every chunk.
        let collected = |n: usize, belong: bool| {
            let mut some = Vec::with_capacity(n);
            let those = values.iter().filter(|(value, _)| self.contains(*value) == belong);
            some.extend(those.map(|(_, rows)| rows));
            some
        };
        match weight_in <= weight_out {
            true => Answer::Union(collected(n_in, true)),
            false => Answer::Except(&chunk.known, collected(values.len() - n_in, false)),
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

    /// Has the processor fetch what the answers of the next two chunks begin with: they are asked
    /// for soon, lie anywhere in memory, and each place is only known from the one before.
    fn read_ahead(self, chunk: usize) {
        let get = |chunk: usize| match self {
            Self::Units(column) => column.chunks.get(chunk).map(|chunk| &**chunk),
            Self::Sizes(column) => column.chunks.get(chunk).map(|chunk| &chunk.sizes),
        };
        if let Some(next) = get(chunk + 1) {
            next.index.prefetch();
        }
        if let (Self::Units(_), Some(later)) = (self, get(chunk + 2)) {
            kernel::prefetch(later);
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

/// What going through a bitmap costs, in bytes.
fn weight(container: &Container) -> usize {
    container.bytes() + 64
}
