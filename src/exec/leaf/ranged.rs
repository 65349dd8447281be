//! A range of one chunk's values, found in the order of its rows.

use super::super::words::{keep_positions, positions};
use crate::index::{Container, Ordered, Stretch, UnitsChunk, kernel};
use crate::model::Range;

/// Rows up to which each one's value is looked at, rather than two bitmaps of all: these are as
/// many cache lines.
const FEW: u64 = 256;

/// The rows of a chunk whose values lie in a range.
#[derive(Clone, Copy, Debug)]
pub(in crate::exec) struct Ranged<'a> {
    chunk: &'a UnitsChunk,
    range: Range,
    stretch: Stretch<'a>,
}

impl<'a> Ranged<'a> {
    /// The rows of a chunk that has this order.
    pub(in crate::exec) fn new(chunk: &'a UnitsChunk, ordered: &'a Ordered, range: Range) -> Self {
        Self { chunk, range, stretch: chunk.stretch(ordered, range.low, range.high) }
    }

    /// How many.
    pub(in crate::exec) fn len(&self) -> u64 {
        self.stretch.len().into()
    }

    /// `out = self`
    pub(in crate::exec) fn write(&self, out: &mut [u64]) {
        self.stretch.write(out, self.chunk.rows);
    }

    /// `acc |= self`
    pub(in crate::exec) fn or(&self, acc: &mut [u64], room: &mut [u64]) {
        self.stretch.or(acc, room, self.chunk.rows);
    }

    /// `acc &= self`
    pub(in crate::exec) fn and(&self, acc: &mut [u64], room: &mut [u64]) {
        if kernel::count(acc) > FEW {
            return self.stretch.and(acc, room, self.chunk.rows);
        }
        self.chunk.known.and_into(acc, self.chunk.rows);
        keep_positions(acc, |position| {
            self.range.contains(self.chunk.values.get(usize::from(position)))
        });
    }

    /// `acc &= !self`
    pub(in crate::exec) fn and_not(&self, acc: &mut [u64], room: &mut [u64]) {
        self.stretch.and_not(acc, room, self.chunk.rows);
    }

    /// How many rows of `acc` belong.
    pub(in crate::exec) fn and_count(&self, acc: &[u64]) -> u64 {
        if kernel::count(acc) > FEW {
            return self.stretch.and_count(acc, self.chunk.rows);
        }
        positions(acc)
            .filter(|at| self.chunk.get(*at).is_some_and(|v| self.range.contains(v)))
            .count() as u64
    }

    /// How many rows of a set belong, where bitmaps alone tell.
    pub(in crate::exec) fn and_len(&self, set: &Container) -> Option<u64> {
        self.stretch.and_len(set, self.chunk.rows)
    }
}
