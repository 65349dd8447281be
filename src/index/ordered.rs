//! Rows in the order of their values, with a bitmap of all that come before every so many: any
//! range of values is the difference of two bitmaps and of a few rows beside them.
//!
//! Range-encoded bitmaps (O'Neil and Quass, "Improved query performance with variant indexes",
//! 1997; Chan and Ioannidis, "Bitmap index design and evaluation", 1998) with a cut not at every
//! value but at about every sixteenth of the rows, and between two cuts the rows themselves. As it
//! is built no value is cut in two, and one that many rows have is alone between its cuts. A bound
//! costs one look into a table of where values begin, one bitmap, and at most half of what lies
//! between two cuts.

use std::sync::Arc;

use super::container::{set_bits, words_of};
use super::packed::width_of;
use super::{Container, Packed, kernel};

/// Runs that the rows of a full chunk are cut into.
const RUNS: u32 = 16;
/// The same where the values lie close together, so that many of them are alone in a run and need
/// no bitmaps but those they have.
const RUNS_OF_NARROW: u32 = 32;
/// Bits of a value, less the least one, that are close together.
const NARROW: u8 = 8;
/// Rows for each of a run's marks.
const ROWS_PER_MARK: usize = 8;
/// What part of a run may come before a value that many have without a run of its own.
const FEW_BEFORE: usize = 16;
/// Rows of a mark up to which each is looked at, all at once rather than one after the other.
const FEW: usize = 16;
/// The widest values whose order is found by one count of each.
const MAX_COUNTED: u8 = 16;
/// Bits of a value that one pass of the radix sort goes by.
const DIGIT: u8 = 11;
/// Bits of a position within a chunk.
const POSITION: u8 = 16;

/// The known rows of a chunk by value, and by position where values are equal, cut into runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ordered {
    /// The runs, none empty, in the values' order.
    pub(super) runs: Vec<Run>,
    /// The greatest value of each run, side by side, where one is looked for.
    lasts: Box<[i64]>,
    /// Rows in all runs.
    pub(super) n: u32,
}

/// Rows whose values follow each other, and all those before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The least value.
    pub(super) first: i64,
    /// The greatest value.
    pub(super) last: i64,
    /// The rows, in the values' order.
    pub(super) positions: Arc<[u16]>,
    /// How many of them come before each stretch of `1 << shift` values, the first of which begins
    /// with the least value. None where all have one value.
    pub(super) marks: Arc<[u16]>,
    /// How long those stretches are.
    pub(super) shift: u8,
    /// The rows of all runs before this one.
    pub(super) before: Container,
    /// How many these are.
    pub(super) n_before: u32,
}

/// A place between two rows of an order: so many rows of a run, and all runs before it. A run's
/// end is the next one's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) run: usize,
    pub(super) offset: usize,
    /// Rows before it.
    pub(super) rank: u32,
}

impl Run {
    /// A run of rows with their values, and what lies before it.
    pub(super) fn new(
        positions: Arc<[u16]>,
        value: impl Fn(u16) -> i64,
        (before, n_before): (Container, u32),
    ) -> Self {
        let of = |at: Option<&u16>| at.map_or(0, |at| value(*at));
        let (first, last) = (of(positions.first()), of(positions.last()));
        let (marks, shift) = marks(&positions, &value, (first, last));
        Self { first, last, positions, marks, shift, before, n_before }
    }

    /// The run after rows have come and gone: `moved` has the value of each, and 1 or -1.
    pub(super) fn patched(
        &self,
        positions: Arc<[u16]>,
        value: impl Fn(u16) -> i64,
        before: (Container, u32),
        moved: &[(i64, i32)],
    ) -> Self {
        let of = |at: Option<&u16>| at.map_or(0, |at| value(*at));
        let (first, last) = (of(positions.first()), of(positions.last()));
        let span = last.wrapping_sub(first) as u64;
        if self.marks.is_empty()
            || (first, shift_of(positions.len(), span)) != (self.first, self.shift)
        {
            return Self::new(positions, value, before);
        }
        // Stretches keep their places: the marks behind a row that came or went are one off.
        let n = (span >> self.shift) as usize + 1;
        let mut off = vec![0; n];
        for (value, one) in moved {
            let mark = (value.wrapping_sub(first) as u64 >> self.shift) as usize;
            if let Some(next) = off.get_mut(mark + 1) {
                *next += one;
            }
        }
        let ends = std::iter::repeat(self.positions.len() as i32);
        let old = self.marks.iter().map(|mark| i32::from(*mark)).chain(ends).zip(off);
        let marks = old.scan(0, |sum, (mark, off)| {
            *sum += off;
            Some((mark + *sum) as u16)
        });
        let (before, n_before) = before;
        Self { first, last, marks: marks.collect(), positions, before, n_before, ..*self }
    }

    /// How many of its rows have less than a value, which is above the least and not above the
    /// greatest.
    fn below(&self, value: i64, values: &Packed) -> usize {
        let mark = (value.wrapping_sub(self.first) as u64 >> self.shift) as usize;
        let start = usize::from(self.marks[mark]);
        if self.shift == 0 {
            return start;
        }
        let end = self.marks.get(mark + 1).map_or(self.positions.len(), |end| usize::from(*end));
        let open = &self.positions[start..end];
        let is_less = |at: &u16| values.get(usize::from(*at)) < value;
        start
            + match open.len() {
                0..=FEW => open.iter().map(|at| usize::from(is_less(at))).sum(),
                _ => open.partition_point(is_less),
            }
    }

    /// Rows beside those of its least or its greatest value, whichever more have.
    pub(super) fn n_beside(&self, value: impl Fn(u16) -> i64) -> usize {
        let n_first = self.positions.partition_point(|at| value(*at) == self.first);
        let n_below = self.positions.partition_point(|at| value(*at) < self.last);
        n_below.min(self.positions.len() - n_first)
    }
}

/// How many rows come before each stretch of values, and how long the stretches are.
fn marks(
    positions: &[u16],
    value: impl Fn(u16) -> i64,
    (first, last): (i64, i64),
) -> (Arc<[u16]>, u8) {
    if first == last {
        return (Arc::default(), 0);
    }
    let span = last.wrapping_sub(first) as u64;
    let shift = shift_of(positions.len(), span);
    let mut marks = Vec::with_capacity((span >> shift) as usize + 1);
    for (n, at) in positions.iter().enumerate() {
        let mark = (value(*at).wrapping_sub(first) as u64 >> shift) as usize;
        // Less than all, since the greatest value is in the last stretch: a `u16` can hold it.
        marks.resize(marks.len().max(mark + 1), n as u16);
    }
    (marks.into(), shift)
}

/// How long the stretches are between the marks of so many rows, whose values lie so far apart.
fn shift_of(rows: usize, span: u64) -> u8 {
    let most = (rows / ROWS_PER_MARK).max(2) as u64;
    let mut shift = 0;
    while span >> shift >= most {
        shift += 1;
    }
    shift
}

/// How many rows a run is to have in a chunk of so many, whose values have a width.
pub(super) fn run_length(rows: u32, width: u8) -> usize {
    let runs = if width <= NARROW { RUNS_OF_NARROW } else { RUNS };
    (rows / runs).max(4) as usize
}

impl Ordered {
    /// The order of a chunk's values, packed, of which `known` are there.
    pub(super) fn build(known: &Container, values: &[i64], (min, max): (i64, i64)) -> Self {
        let rows = values.len() as u32;
        let order = order_of(known, values, (min, max));
        let length = run_length(rows, width_of(min, max));
        let mut runs = Vec::new();
        let mut words = vec![0; words_of(rows)];
        let mut start = 0;
        let value = |at: usize| values[usize::from(order[at])];
        while start < order.len() {
            let end = end_of_run(start, order.len(), length, value);
            let positions: Arc<[u16]> = order[start..end].into();
            let before = Container::from_words(&words, rows);
            set_bits(&mut words, &positions);
            let value = |at: u16| values[usize::from(at)];
            runs.push(Run::new(positions, value, (before, start as u32)));
            start = end;
        }
        Self::of_runs(runs, order.len() as u32)
    }

    /// The order that runs make.
    pub(super) fn of_runs(runs: Vec<Run>, n: u32) -> Self {
        let lasts = runs.iter().map(|run| run.last).collect();
        Self { runs, lasts, n }
    }

    /// Asks the processor for what a search begins with.
    pub(super) fn prefetch(&self) {
        if let Some((last, run)) = self.lasts.first().zip(self.runs.first()) {
            kernel::prefetch(last);
            kernel::prefetch(run);
        }
    }

    /// The place behind the last row.
    pub(crate) fn end(&self) -> Place {
        Place { run: self.runs.len(), offset: 0, rank: self.n }
    }

    /// The place behind the rows whose value is less.
    pub(crate) fn below(&self, value: i64, values: &Packed) -> Place {
        let run = self.lasts.partition_point(|last| *last < value);
        let Some(own) = self.runs.get(run) else { return self.end() };
        let offset = match own.first < value {
            true => own.below(value, values),
            false => 0,
        };
        Place { run, offset, rank: own.n_before + offset as u32 }
    }

    /// The place behind the rows whose value is at most this.
    pub(crate) fn upto(&self, value: i64, values: &Packed) -> Place {
        value.checked_add(1).map_or_else(|| self.end(), |next| self.below(next, values))
    }

    /// The rows, in the values' order.
    pub(crate) fn positions(&self) -> impl Iterator<Item = u16> + '_ {
        self.runs.iter().flat_map(|run| run.positions.iter().copied())
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let of = |run: &Run| {
            let lists = size_of_val(&run.positions[..]) + size_of_val(&run.marks[..]);
            lists + run.before.bytes() + size_of::<Run>()
        };
        self.runs.iter().map(of).sum::<usize>() + size_of_val(&self.lasts[..])
    }

    /// What of the runs does not go together, of a chunk whose values are known in `known`.
    pub(super) fn flaws(&self, known: &Container, rows: u32, mut note: impl FnMut(String)) {
        let (mut n, mut seen) = (0, vec![0; words_of(rows)]);
        for (at, run) in self.runs.iter().enumerate() {
            if let Some(flaw) = run.before.flaw(rows) {
                note(format!("the bitmap before run {at} {flaw}"));
                return;
            }
            if run.n_before != n || Container::from_words(&seen, rows) != run.before {
                note(format!("the bitmap before run {at} has other rows than the runs before"));
            }
            if run.positions.is_empty() {
                note(format!("run {at} is empty"));
            }
            if run.positions.iter().any(|at| u32::from(*at) >= rows) {
                note(format!("run {at} has a row past the chunk's"));
                return;
            }
            set_bits(&mut seen, &run.positions);
            n += run.positions.len() as u32;
        }
        if n != self.n || Container::from_words(&seen, rows) != *known {
            note("its runs have other rows than those with a value".to_owned());
        }
    }

    /// What of the order does not follow from the values.
    pub(super) fn flaws_deep(&self, values: &[i64], mut note: impl FnMut(String)) {
        let value = |at: u16| values[usize::from(at)];
        if !self.positions().is_sorted_by_key(|at| (value(at), at)) {
            note("its rows are in another order than the values".to_owned());
            return;
        }
        for (at, run) in self.runs.iter().enumerate() {
            let ends = run.positions.first().zip(run.positions.last());
            let ends = ends.map(|(first, last)| (value(*first), value(*last)));
            if ends.is_some_and(|ends| ends != (run.first, run.last))
                || self.lasts.get(at) != Some(&run.last)
            {
                note(format!("run {at} tells other bounds than its values"));
                continue;
            }
            if marks(&run.positions, value, (run.first, run.last)) != (run.marks.clone(), run.shift)
            {
                note(format!("run {at} tells other places than where its values begin"));
            }
        }
    }
}

/// Where a run that starts at `start` of `n` rows ends: at about `length` rows, between two
/// values, and on both sides of a value that half as many have.
fn end_of_run(start: usize, n: usize, length: usize, value: impl Fn(usize) -> i64) -> usize {
    let many = length.div_ceil(2);
    // The rows that have the value of one of them, of those from the start on.
    let alike = |at: usize| {
        let own = value(at);
        let low = first_not(start, at, |place| value(*place) < own);
        (low, at + first_not(1, n - at, |more| value(at + more) <= own))
    };
    // Many in a row hold at least one of these.
    for quarter in 0..=4 {
        let at = start + length * quarter / 4;
        if at >= n {
            return n;
        }
        let (low, high) = alike(at);
        if high - low >= many {
            return if low - start > length / FEW_BEFORE { low } else { high };
        }
    }
    if start + length + many >= n {
        return n;
    }
    let wanted = start + length;
    let (low, high) = alike(wanted);
    if wanted - low <= high - wanted { low } else { high }
}

/// The first place of a range that does not pass, where those that pass come first.
fn first_not(from: usize, to: usize, passes: impl Fn(&usize) -> bool) -> usize {
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low.midpoint(high);
        if passes(&middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The known rows by value and position.
fn order_of(known: &Container, values: &[i64], (min, max): (i64, i64)) -> Vec<u16> {
    let rows = values.len() as u32;
    let width = width_of(min, max);
    let offset = |at: u16| values[usize::from(at)].wrapping_sub(min) as u64;
    if width <= MAX_COUNTED {
        return counted(known, rows, 1 << width, |at| offset(at) as usize);
    }
    if width <= 64 - POSITION {
        let keys: Vec<u64> =
            known.iter(rows).map(|at| offset(at) << POSITION | u64::from(at)).collect();
        return by_digits(keys, width).into_iter().map(|key| key as u16).collect();
    }
    let mut order: Vec<u16> = known.iter(rows).collect();
    order.sort_by_key(|at| offset(*at));
    order
}

/// Rows by what is below `n_values`: how many have each is counted, then each goes to its place.
fn counted(known: &Container, rows: u32, n_values: usize, of: impl Fn(u16) -> usize) -> Vec<u16> {
    let mut places = vec![0u32; n_values + 1];
    known.iter(rows).for_each(|at| places[of(at) + 1] += 1);
    let mut sum = 0;
    for place in &mut places {
        sum += *place;
        *place = sum;
    }
    let mut order = vec![0; sum as usize];
    for at in known.iter(rows) {
        let place = &mut places[of(at)];
        order[*place as usize] = at;
        *place += 1;
    }
    order
}

/// Sorts keys by the `width` bits above their positions, which ascend: from the least significant
/// digit up, each pass keeping the order of the one before (Knuth, TAOCP 5.2.5).
fn by_digits(mut keys: Vec<u64>, width: u8) -> Vec<u64> {
    let mut other = vec![0; keys.len()];
    for pass in 0..width.div_ceil(DIGIT) {
        let shift = POSITION + pass * DIGIT;
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut places = [0u32; (1 << DIGIT) + 1];
        keys.iter().for_each(|key| places[digit(*key) + 1] += 1);
        let mut sum = 0;
        for place in &mut places {
            sum += *place;
            *place = sum;
        }
        for key in &keys {
            let place = &mut places[digit(*key)];
            other[*place as usize] = *key;
            *place += 1;
        }
        std::mem::swap(&mut keys, &mut other);
    }
    keys
}

#[cfg(test)]
#[path = "ordered_tests.rs"]
mod tests;
