//! Cut-offs from the front: the rows of each chunk stand in the order of their values, so those
//! beyond a common value are read off, group by group, until each group has as many as are wanted.
//! The common value is one that somewhat more of all customers lie beyond than are wanted of all
//! groups together; groups whose front lies further back are followed there alone.

use std::ops::Range;

use super::ranked::Ranked;
use super::resolve::Cuts;
use crate::exec::ExecError;
use crate::index::{Container, UnitsColumn};
use crate::model::Side;
use crate::parallel::{Budget, Charge};

/// A ranked row beyond the common value.
#[derive(Clone, Copy, Debug)]
struct Row {
    position: u16,
    group: u32,
    value: i64,
}

/// The rows at the front of a ranking, and what they tell of its cut-offs.
pub(super) struct Front {
    /// The cut-offs of groups that are not open.
    pub(super) cuts: Cuts,
    /// The groups whose cut-off lies further back.
    is_open: Vec<bool>,
    /// By step, the rows of each chunk.
    steps: Vec<Vec<Vec<Row>>>,
    charge: Charge,
}

/// Keys by group.
struct Keys {
    keys: Vec<i64>,
    /// Where those of each group end.
    ends: Vec<usize>,
}

/// The values of a step, both in.
type Band = (i64, i64);

/// How many times as many rows as are wanted lie before the first common value: enough for groups
/// that are like each other.
const FIRST: f64 = 1.25;
/// How many times as many each further one has before it.
const FURTHER: u64 = 3;
/// What part of the rows before a common value they may be more or less than meant.
const SLACK: u64 = 16;
/// Groups from which on their keys are brought together by one thread.
const MANY_GROUPS: usize = 4_096;
/// Rows between one that is read and the one whose place in memory is asked for.
const AHEAD: usize = 16;
/// What part of all rows is read off at most: beyond it, reading columns from end to end is faster.
const MOST: u64 = 4;

impl Front {
    /// Reads off the rows at the front; `None` where there is no order to read them from or more
    /// are wanted than are worth it.
    ///
    /// # Errors
    ///
    /// When a column cannot be read or the rows exceed the budget.
    pub(super) fn find(
        ranked: &Ranked<'_, '_>,
        sizes: &[u64],
        shares: &[u64],
        budget: &Budget,
    ) -> Result<Option<Self>, ExecError> {
        let column = ranked.operand.column().filter(|_| ranked.operand.is_ordered());
        let Some(column) = column else { return Ok(None) };
        let (n, n_ranked) = (column.statistics().n_known, sizes.iter().sum::<u64>());
        let wanted: u64 = shares.iter().sum();
        // The ranked rows are taken to be spread evenly among all.
        let mut n_before = (wanted as f64 * FIRST * n as f64 / n_ranked.max(1) as f64) as u64;
        let mut front = Self {
            cuts: vec![None; shares.len()],
            is_open: shares.iter().map(|share| *share > 0).collect(),
            steps: Vec::new(),
            charge: budget.charge(0)?,
        };
        let mut band: Option<Band> = None;
        while front.is_open.contains(&true) && n_before.max(1) <= n / MOST {
            let next = band_of(column, ranked.side, n_before.max(1), n, band);
            let Some(next) = next else { break };
            band = Some(next);
            front.step(ranked, column, next)?;
            front.settle(ranked, shares);
            n_before = n_before.max(1) * FURTHER;
        }
        Ok((!front.steps.is_empty()).then_some(front))
    }

    /// Whether the cut-offs of all groups are found.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_open.contains(&true)
    }

    /// How many are wanted of the groups that are open, none of the others.
    pub(super) fn open_shares(&self, shares: &[u64]) -> Vec<u64> {
        let open = self.is_open.iter().zip(shares);
        open.map(|(is_open, share)| if *is_open { *share } else { 0 }).collect()
    }

    /// Adds the rows of the groups that are open whose values lie in a band.
    fn step(
        &mut self,
        ranked: &Ranked<'_, '_>,
        column: &UnitsColumn,
        (low, high): Band,
    ) -> Result<(), ExecError> {
        let step = ranked.each_chunk(|at, scratch| {
            let chunk = &column.chunks[at.chunk];
            let mut found: Vec<u16> = Vec::new();
            chunk.each_between(low, high, |position| found.push(position));
            if let Some(among) = &ranked.among {
                scratch.with(at.n_words(), |words| {
                    among[at.chunk].write_to(words, at.rows);
                    found.retain(|at| words[usize::from(*at) / 64] >> (at % 64) & 1 == 1);
                });
            }
            let per = ranked.per.as_ref().map(|(per, groups)| (&*per.chunks[at.chunk], groups));
            if let Some((per, _)) = per.filter(|(per, _)| per.known != Container::Full) {
                found.retain(|position| per.known.contains(*position));
            }
            let mut rows = Vec::with_capacity(found.len());
            // The rows lie anywhere in the chunk: what later ones need is asked for ahead.
            let mut ahead = found.iter().skip(AHEAD);
            for position in found.iter().copied() {
                if let Some(next) = ahead.next() {
                    chunk.values.prefetch(usize::from(*next));
                    per.inspect(|(per, _)| per.values.prefetch(usize::from(*next)));
                }
                let group = per.map_or(0, |(per, groups)| {
                    groups.number(per.values.get(usize::from(position)))
                });
                if self.is_open[group] {
                    let value = chunk.values.get(usize::from(position));
                    rows.push(Row { position, group: group as u32, value });
                }
            }
            Ok(rows)
        })?;
        let n: usize = step.iter().map(Vec::len).sum();
        // The rows, and their keys by group while cut-offs are sought.
        self.charge.grow(n * (size_of::<Row>() + 2 * size_of::<i64>()))?;
        self.steps.push(step);
        Ok(())
    }

    /// Finds the cut-offs of the groups of which enough rows are there.
    fn settle(&mut self, ranked: &Ranked<'_, '_>, shares: &[u64]) {
        let executor = ranked.executor;
        let n_chunks = self.steps.first().map_or(0, Vec::len);
        // Each part knows where every group begins in it, which many groups are not worth.
        let n_parts = if shares.len() > MANY_GROUPS { 1 } else { executor.n_threads() * 4 };
        let parts = executor.map_heavy(n_parts, |part| {
            let chunks = n_chunks * part / n_parts..n_chunks * (part + 1) / n_parts;
            self.keys_of(chunks, ranked.side)
        });
        let n_tasks = executor.n_threads() * 4;
        let found = executor.map_heavy(n_tasks, |task| {
            let (mut cuts, mut keys) = (Vec::new(), Vec::new());
            for group in (task..shares.len()).step_by(n_tasks).filter(|group| self.is_open[*group])
            {
                keys.clear();
                parts.iter().for_each(|part| keys.extend_from_slice(part.of(group)));
                let place = usize::try_from(shares[group] - 1).ok();
                if let Some(place) = place.filter(|place| *place < keys.len()) {
                    cuts.push((group, !*keys.select_nth_unstable(place).1));
                }
            }
            cuts
        });
        for (group, key) in found.into_iter().flatten() {
            self.cuts[group] = Some(key.into());
            self.is_open[group] = false;
        }
    }

    /// The keys of the open groups' rows in some chunks, turned over: ascending towards the back of
    /// the ranking.
    fn keys_of(&self, chunks: Range<usize>, side: Side) -> Keys {
        let is_open = |row: &&Row| self.is_open[row.group as usize];
        let rows = || {
            let steps = self.steps.iter().flat_map(|step| &step[chunks.clone()]);
            steps.flatten().filter(is_open)
        };
        let mut ends = vec![0; self.is_open.len()];
        rows().for_each(|row| ends[row.group as usize] += 1);
        let mut sum = 0;
        for end in &mut ends {
            // Where the group begins; each row of it moves it on.
            sum += std::mem::replace(end, sum);
        }
        let mut keys = vec![0; sum];
        for row in rows() {
            let end = &mut ends[row.group as usize];
            keys[*end] = match side {
                Side::Top => !row.value,
                Side::Bottom => row.value,
            };
            *end += 1;
        }
        Keys { keys, ends }
    }

    /// The rows that are in, once no group is open.
    pub(super) fn rows(&self, ranked: &Ranked<'_, '_>) -> Result<Vec<Container>, ExecError> {
        ranked.each_chunk(|at, scratch| {
            Ok(scratch.with(at.n_words(), |words| {
                words.fill(0);
                for row in self.steps.iter().flat_map(|step| &step[at.chunk]) {
                    let cut = self.cuts[row.group as usize];
                    let is_in = cut.is_some_and(|cut| ranked.key(row.value.into()) >= cut);
                    words[usize::from(row.position) / 64] |=
                        u64::from(is_in) << (row.position % 64);
                }
                Container::from_words(words, at.rows)
            }))
        })
    }
}

impl Keys {
    fn of(&self, group: usize) -> &[i64] {
        let start = group.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.keys[start..self.ends[group]]
    }
}

/// The values of about the first `n_before` of `n` rows from a side, without those that lie before or
/// in `seen`, in which case they may be none; `None` when none are left.
fn band_of(
    column: &UnitsColumn,
    side: Side,
    n_before: u64,
    n: u64,
    seen: Option<Band>,
) -> Option<Band> {
    let band = match side {
        Side::Top => {
            let low = column.nth_about(n.checked_sub(n_before)?, n_before / SLACK)?;
            let last = seen.map_or(Some(i64::MAX), |(low, _)| low.checked_sub(1))?;
            (low.min(last.saturating_add(1)), last)
        }
        Side::Bottom => {
            let high = column.nth_about(n_before.checked_sub(1)?, n_before / SLACK)?;
            let first = seen.map_or(Some(i64::MIN), |(_, high)| high.checked_add(1))?;
            (first, high.max(first.saturating_sub(1)))
        }
    };
    Some(band)
}
