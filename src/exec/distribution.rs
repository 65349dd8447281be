//! How the values of a column are spread over members, without sorting them.

use super::at::At;
use super::operand::each_unit;
use super::scratch::Scratch;
use super::{ExecError, MemberSet, Reader};
use crate::index::UnitsColumn;
use crate::model::AttributeId;

/// Bits of a bucket's number: enough that few values share the buckets that are looked into.
const BUCKET_BITS: u32 = 14;

/// Buckets of equal width, in the order of values.
#[derive(Clone, Copy)]
struct Buckets {
    least: i64,
    shift: u32,
}

impl Buckets {
    fn of((least, most): (i64, i64)) -> Self {
        let bits = u64::BITS - (most.wrapping_sub(least) as u64).leading_zeros();
        Self { least, shift: bits.saturating_sub(BUCKET_BITS) }
    }

    #[inline]
    fn of_value(self, value: i64) -> usize {
        (value.wrapping_sub(self.least) as u64 >> self.shift) as usize
    }
}

impl Reader<'_> {
    /// How many members have a value of an attribute, and the values at some places of their order,
    /// counted from 0; which places is asked once their number is known.
    ///
    /// Members are counted into buckets; then only the buckets of the places are looked into.
    ///
    /// # Errors
    ///
    /// When the column cannot be read or is none of units, the budget does not suffice, or the
    /// executor is interrupted.
    pub(crate) fn at_places(
        &self,
        members: &MemberSet,
        attribute: AttributeId,
        places: impl FnOnce(u64) -> Vec<u64>,
    ) -> Result<(u64, Vec<i64>), ExecError> {
        let column = self.columns().units(attribute)?;
        let Some(bounds) = column.statistics().bounds else { return Ok((0, Vec::new())) };
        let buckets = Buckets::of(bounds);
        let start = || vec![0u64; 1 << BUCKET_BITS];
        let count = |counts: &mut Vec<u64>, value| counts[buckets.of_value(value)] += 1;
        let parts = self.each_value(members, column, start, count)?;
        let mut counts = start();
        for part in parts {
            counts.iter_mut().zip(part).for_each(|(sum, n)| *sum += n);
        }
        let n = counts.iter().sum();
        let places = places(n);
        let ends = counts.iter().scan(0, |end, n| {
            *end += n;
            Some(*end)
        });
        let ends: Vec<u64> = ends.collect();
        // Each place's bucket, and its place there.
        let sought = places.iter().map(|place| {
            let bucket = ends.partition_point(|end| end <= place);
            (bucket, place - bucket.checked_sub(1).map_or(0, |before| ends[before]))
        });
        let sought: Vec<(usize, u64)> = sought.filter(|(at, _)| *at < ends.len()).collect();
        let mut is_sought = vec![false; counts.len()];
        sought.iter().for_each(|(bucket, _)| is_sought[*bucket] = true);
        let looked_into = counts.iter().zip(&is_sought).filter(|(_, sought)| **sought);
        let n_gathered: u64 = looked_into.map(|(n, _)| n).sum();
        let _charge = self.budget.charge(n_gathered as usize * size_of::<i64>())?;
        let gather = |all: &mut Vec<i64>, value| {
            if is_sought[buckets.of_value(value)] {
                all.push(value);
            }
        };
        let mut gathered = self.each_value(members, column, Vec::new, gather)?.concat();
        self.executor.sort_by(&mut gathered, i64::cmp);
        let value = |(bucket, within): &(usize, u64)| {
            let first = gathered.partition_point(|value| buckets.of_value(*value) < *bucket);
            gathered.get(first + *within as usize).copied()
        };
        Ok((n, sought.iter().filter_map(value).collect()))
    }

    /// How many members' values lie below the first edge, from each edge to the next, and from the
    /// last on; the edges ascend.
    ///
    /// # Errors
    ///
    /// As [`at_places`](Self::at_places).
    pub(crate) fn histogram(
        &self,
        members: &MemberSet,
        attribute: AttributeId,
        edges: &[i64],
    ) -> Result<Vec<u64>, ExecError> {
        let column = self.columns().units(attribute)?;
        let start = || vec![0u64; edges.len() + 1];
        let count = |counts: &mut Vec<u64>, value| {
            counts[edges.iter().filter(|edge| **edge <= value).count()] += 1;
        };
        let mut counts = start();
        for part in self.each_value(members, column, start, count)? {
            counts.iter_mut().zip(part).for_each(|(sum, n)| *sum += n);
        }
        Ok(counts)
    }

    /// Takes in the members' known values, in no order.
    fn each_value<A: Send>(
        &self,
        members: &MemberSet,
        column: &UnitsColumn,
        start: impl Fn() -> A + Sync,
        take: impl Fn(&mut A, i64) + Sync,
    ) -> Result<Vec<A>, ExecError> {
        let start = || (Scratch::new(self.snapshot.size().words(), 0), start());
        let all = self.executor.fold(self.snapshot.n_chunks(), start, |(scratch, all), chunk| {
            if self.executor.interrupted() {
                return;
            }
            let at = At::new(self.snapshot, chunk);
            let mut mask = scratch.take();
            let words = &mut mask[..at.n_words()];
            members.chunks()[chunk].write_to(words, at.rows);
            each_unit(column, &at, words, scratch, |_, value| take(all, value));
            scratch.give(mask);
        });
        match self.executor.interrupted() {
            true => Err(ExecError::Interrupted),
            false => Ok(all.into_iter().map(|(_, all)| all).collect()),
        }
    }
}
