//! Rows whose values lie within a range, by the order of a chunk's rows.

use super::container::{clear_bits, hits, set_bits, words_of};
use super::ordered::Place;
use super::{Container, Ordered, kernel};

/// Rows up to which each is named, in place of bitmaps joined.
const LISTED: u32 = 3_000;

/// The rows between two places of an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    ordered: &'a Ordered,
    known: &'a Container,
    from: Place,
    to: Place,
}

/// All rows before a place: those of a bitmap, with some more or some less.
#[derive(Clone, Copy, Debug)]
struct Bound<'a> {
    base: &'a Container,
    more: &'a [u16],
    less: &'a [u16],
}

impl Bound<'_> {
    /// Whether the bitmap alone is the rows.
    fn is_exact(&self) -> bool {
        self.more.is_empty() && self.less.is_empty()
    }
}

impl<'a> Stretch<'a> {
    pub(super) fn new(ordered: &'a Ordered, known: &'a Container, from: Place, to: Place) -> Self {
        debug_assert!(from.rank <= to.rank);
        Self { ordered, known, from, to }
    }

    /// How many rows.
    pub(crate) fn len(&self) -> u32 {
        self.to.rank - self.from.rank
    }

    /// The rows in parts, in the order of their values.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &'a [u16]> {
        let (from, to) = (self.from, self.to);
        let last = (to.run + 1).min(self.ordered.runs.len());
        let runs = self.ordered.runs.get(from.run..last).unwrap_or_default();
        (from.run..).zip(runs).map(move |(at, run)| {
            let start = if at == from.run { from.offset } else { 0 };
            let end = if at == to.run { to.offset } else { run.positions.len() };
            run.positions.get(start..end).unwrap_or_default()
        })
    }

    /// `out = self`.
    pub(crate) fn write(&self, out: &mut [u64], rows: u32) {
        if self.is_listed() {
            out.fill(0);
            return self.parts().for_each(|part| set_bits(out, part));
        }
        let upper = self.before(self.to);
        upper.base.write_to(out, rows);
        set_bits(out, upper.more);
        clear_bits(out, upper.less);
        if self.from.rank > 0 {
            let lower = self.before(self.from);
            lower.base.and_not_into(out, rows);
            clear_bits(out, lower.more);
            // All of one run lie before the last place, for that is in another.
            set_bits(out, lower.less);
        }
    }

    /// `acc |= self`.
    pub(crate) fn or(&self, acc: &mut [u64], room: &mut [u64], rows: u32) {
        if self.is_listed() {
            return self.parts().for_each(|part| set_bits(acc, part));
        }
        self.write(room, rows);
        kernel::or(acc, room);
    }

    /// `acc &= self`.
    pub(crate) fn and(&self, acc: &mut [u64], room: &mut [u64], rows: u32) {
        let (lower, upper) = (self.before(self.from), self.before(self.to));
        if self.is_listed() || !upper.more.is_empty() || !lower.less.is_empty() {
            self.write(room, rows);
            return kernel::and(acc, room);
        }
        upper.base.and_into(acc, rows);
        clear_bits(acc, upper.less);
        lower.base.and_not_into(acc, rows);
        clear_bits(acc, lower.more);
    }

    /// `acc &= !self`.
    pub(crate) fn and_not(&self, acc: &mut [u64], room: &mut [u64], rows: u32) {
        if self.is_listed() {
            return self.parts().for_each(|part| clear_bits(acc, part));
        }
        self.write(room, rows);
        kernel::and_not(acc, room);
    }

    /// How many bits of `acc` belong.
    pub(crate) fn and_count(&self, acc: &[u64], rows: u32) -> u64 {
        let hits = |positions: &[u16]| hits(acc, positions);
        if self.is_listed() {
            return self.parts().map(hits).sum();
        }
        // What is less lies in the bitmap, and what is more does not.
        let of = |bound: Bound<'_>| {
            bound.base.and_count(acc, rows) + hits(bound.more) - hits(bound.less)
        };
        let lower = if self.from.rank == 0 { 0 } else { of(self.before(self.from)) };
        of(self.before(self.to)) - lower
    }

    /// How many rows of a set belong, where both ends lie between two runs.
    pub(crate) fn and_len(&self, set: &Container, rows: u32) -> Option<u64> {
        let (lower, upper) = (self.before(self.from), self.before(self.to));
        let of = |bound: Bound<'_>| u64::from(bound.base.and_len(set, rows));
        (lower.is_exact() && upper.is_exact()).then(|| of(upper) - of(lower))
    }

    /// The rows as a set.
    pub(crate) fn to_container(self, rows: u32) -> Container {
        if self.len() == 0 {
            return Container::Empty;
        }
        let mut words = vec![0; words_of(rows)];
        self.write(&mut words, rows);
        Container::from_words(&words, rows)
    }

    fn is_listed(&self) -> bool {
        self.len() <= LISTED || self.from.run == self.to.run
    }

    /// The rows before a place, from whichever end of its run is nearer.
    fn before(&self, place: Place) -> Bound<'a> {
        let Some(run) = self.ordered.runs.get(place.run) else {
            return Bound { base: self.known, more: &[], less: &[] };
        };
        let (head, tail) = run.positions.split_at(place.offset);
        if head.len() <= tail.len() {
            return Bound { base: &run.before, more: head, less: &[] };
        }
        let next = self.ordered.runs.get(place.run + 1).map_or(self.known, |next| &next.before);
        Bound { base: next, more: &[], less: tail }
    }
}
