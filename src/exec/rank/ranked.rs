//! Who is ranked, by what, and in which group.

use super::Groups;
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::operand::{Operand, each_unit};
use crate::exec::program::Maker;
use crate::exec::scratch::Scratch;
use crate::index::{Container, Snapshot, UnitsColumn, UnitsIndex, kernel};
use crate::model::{RangeSet, Side};
use crate::parallel::Executor;
use crate::plan::{Rank, RankBy};

/// A ranking with its columns found. Keys ascend towards the front of the ranking: the values
/// themselves from the top, their bits turned over from the bottom.
pub(in crate::exec) struct Ranked<'a, 'e> {
    /// What is ranked.
    pub(in crate::exec) operand: Operand<'a>,
    /// From which side.
    pub(in crate::exec) side: Side,
    /// The column whose values are ranked apart, and their numbers.
    pub(in crate::exec) per: Option<(&'a UnitsColumn, Groups)>,
    /// Who is ranked at most.
    pub(in crate::exec) among: Option<Vec<Container>>,
    /// The threads.
    pub(in crate::exec) executor: &'e Executor,
    snapshot: &'a Snapshot,
}

impl<'a, 'e> Ranked<'a, 'e> {
    /// The ranking of a leaf, among these rows.
    pub(in crate::exec) fn new(
        rank: &Rank,
        among: Option<Vec<Container>>,
        maker: &Maker<'a, 'e>,
    ) -> Result<Self, ExecError> {
        let operand = match &rank.by {
            RankBy::Column(id) => Operand::attribute(*id, maker.columns)?,
            RankBy::Scalar(scalar) => Operand::scalar(scalar, maker.columns, maker.time)?,
        };
        let per = match rank.per {
            Some(id) => {
                let column = maker.columns.codes(id)?;
                Some((column, Groups::of(column)))
            }
            None => None,
        };
        let snapshot = maker.columns.snapshot();
        Ok(Self::of(operand, rank.side, (per, among), maker.executor, snapshot))
    }

    /// A ranking by an operand from one side, within the values of a column, of these rows.
    pub(in crate::exec) fn of(
        operand: Operand<'a>,
        side: Side,
        (per, among): (Option<(&'a UnitsColumn, Groups)>, Option<Vec<Container>>),
        executor: &'e Executor,
        snapshot: &'a Snapshot,
    ) -> Self {
        Self { operand, side, per, among, executor, snapshot }
    }

    /// How many groups there are.
    pub(in crate::exec) fn n_groups(&self) -> usize {
        self.per.as_ref().map_or(1, |(_, groups)| groups.len())
    }

    /// Whether everyone who has a value is ranked, in one group.
    pub(in crate::exec) fn is_plain(&self) -> bool {
        self.per.is_none() && self.among.is_none()
    }

    /// The key of a value.
    pub(in crate::exec) fn key(&self, value: i128) -> i128 {
        match self.side {
            Side::Top => value,
            Side::Bottom => !value,
        }
    }

    /// The values whose key is at least `key`; clamped, since columns hold 64 bits.
    pub(in crate::exec) fn values_from(&self, key: i128) -> RangeSet {
        let clamp = |value: i128| i64::try_from(value);
        match self.side {
            Side::Top => match clamp(key) {
                Ok(low) => RangeSet::at_least(low),
                Err(_) if key < 0 => RangeSet::all(),
                Err(_) => RangeSet::none(),
            },
            Side::Bottom => match clamp(!key) {
                Ok(high) => RangeSet::at_most(high),
                Err(_) if key < 0 => RangeSet::all(),
                Err(_) => RangeSet::none(),
            },
        }
    }

    /// Runs over the chunks, in order.
    pub(in crate::exec) fn each_chunk<T: Send>(
        &self,
        work: impl Fn(&At<'a>, &mut Scratch) -> Result<T, ExecError> + Sync,
    ) -> Result<Vec<T>, ExecError> {
        let scratch = || Scratch::new(self.snapshot.size().words(), 0);
        let results =
            self.executor.map_with(self.snapshot.n_chunks(), scratch, |scratch, chunk| {
                if self.executor.interrupted() {
                    return Err(ExecError::Interrupted);
                }
                work(&At::new(self.snapshot, chunk), scratch)
            });
        results.into_iter().collect()
    }

    /// `out` becomes the rows of a chunk that are ranked.
    pub(in crate::exec) fn write_ranked(
        &self,
        at: &At<'_>,
        out: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match &self.among {
            Some(among) => among[at.chunk].write_to(out, at.rows),
            None => at.alive.write_to(out, at.rows),
        }
        if let Some((per, _)) = &self.per {
            per.chunks[at.chunk].known.and_into(out, at.rows);
        }
        self.operand.narrow_known(at, out, scratch)
    }

    /// Visits the rows of a mask, all ranked, with their group and key.
    pub(in crate::exec) fn each(
        &self,
        at: &At<'_>,
        mask: &[u64],
        scratch: &mut Scratch,
        mut visit: impl FnMut(u16, usize, i128),
    ) -> Result<(), ExecError> {
        match &self.per {
            None => self.operand.each(at, mask, scratch, |p, value| visit(p, 0, self.key(value))),
            Some((per, groups)) => {
                let values = &per.chunks[at.chunk].values;
                self.operand.each(at, mask, scratch, |p, value| {
                    let group = groups.number(values.get(usize::from(p)));
                    visit(p, group, self.key(value));
                })
            }
        }
    }

    /// How many rows each group ranks.
    pub(in crate::exec) fn sizes(&self) -> Result<Vec<u64>, ExecError> {
        if let Some(sizes) = self.sizes_by_statistics() {
            return Ok(sizes);
        }
        let parts = self.each_chunk(|at, scratch| self.chunk_sizes(at, scratch))?;
        let mut sizes = vec![0; self.n_groups()];
        for (group, n) in parts.into_iter().flatten() {
            sizes[group as usize] += u64::from(n);
        }
        Ok(sizes)
    }

    fn chunk_sizes(
        &self,
        at: &At<'_>,
        scratch: &mut Scratch,
    ) -> Result<Vec<(u32, u32)>, ExecError> {
        if let Some(sizes) = self.sizes_by_bitmaps(at) {
            return Ok(sizes);
        }
        let mut ranked = scratch.take();
        let words = &mut ranked[..at.n_words()];
        self.write_ranked(at, words, scratch)?;
        let sizes = match &self.per {
            None => vec![(0, kernel::count(words) as u32)],
            Some((per, groups)) => {
                let mut counts = std::collections::HashMap::new();
                if groups.len() <= 4_096 {
                    let mut dense = vec![0u32; groups.len()];
                    each_unit(per, at, words, scratch, |_, value| dense[groups.number(value)] += 1);
                    (0u32..).zip(dense).filter(|(_, n)| *n > 0).collect()
                } else {
                    each_unit(per, at, words, scratch, |_, value| {
                        *counts.entry(groups.number(value) as u32).or_insert(0u32) += 1;
                    });
                    counts.into_iter().collect()
                }
            }
        };
        scratch.give(ranked);
        Ok(sizes)
    }

    /// By how many have each value, where every customer is ranked who has a group.
    fn sizes_by_statistics(&self) -> Option<Vec<u64>> {
        let n_known = self.operand.column()?.statistics().n_known;
        if self.among.is_some() || n_known != u64::from(self.snapshot.n_customers()) {
            return None;
        }
        let Some((per, groups)) = &self.per else { return Some(vec![n_known]) };
        let mut sizes = vec![0; groups.len()];
        for (value, n) in per.statistics().counts()? {
            sizes[groups.number(*value)] = *n;
        }
        Some(sizes)
    }

    /// By the lengths of bitmaps, where everyone of the chunk's groups is ranked.
    fn sizes_by_bitmaps(&self, at: &At<'_>) -> Option<Vec<(u32, u32)>> {
        let known = &self.operand.column()?.chunks[at.chunk];
        match &self.per {
            _ if self.among.is_some() => None,
            None => Some(vec![(0, known.n_known)]),
            Some((per, groups)) => {
                let UnitsIndex::PerValue { values, .. } = &per.chunks[at.chunk].index else {
                    return None;
                };
                (known.known == *at.alive).then(|| {
                    let size = |(value, rows): &(i64, Container)| {
                        (groups.number(*value) as u32, rows.len(at.rows))
                    };
                    values.iter().map(size).collect()
                })
            }
        }
    }
}
