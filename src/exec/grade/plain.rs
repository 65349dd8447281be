//! Rankings of everybody by the units of one column, whose chunks' orders say who lies beyond a bound:
//! no value is looked at but those near a cut-off.

use std::borrow::Cow;
use std::sync::Arc;

use super::bounds::Bounds;
use super::graded::Graded;
use super::ladder::{Entry, Gap, KEPT, Ladder, Target, Zone};
use super::solve::{OFTEN, labels, zones_of};
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::leaf::{Answer, Chunks, UnitsTest};
use crate::exec::operand::Operand;
use crate::exec::rank::Ranked;
use crate::exec::scratch::Scratch;
use crate::exec::words::positions;
use crate::index::{Classes, Column, UnitsColumn, kernel};
use crate::model::{Grade, GradeCut, RangeSet, RankCut, Type};

/// Rows that a sample holds at most, about.
const SAMPLE: u64 = if cfg!(test) { 1 << 6 } else { 1 << 16 };
/// Cut-offs past which one look at every value costs less than a search for each.
const MOST_CUTS: usize = 10;

/// A plain ranking.
pub(super) struct Plain<'r, 'a> {
    graded: &'r Graded<'a>,
    ranked: &'r Ranked<'a, 'a>,
    column: &'a UnitsColumn,
}

/// A stretch of values, and what of it is looked for.
struct Sought<'a> {
    low: i128,
    high: i128,
    from: Option<UnitsTest<'a>>,
    above: Option<UnitsTest<'a>>,
    heavy: Vec<(i64, UnitsTest<'a>)>,
}

/// What one chunk has of the stretches.
#[derive(Default)]
struct Found {
    /// How many lie before each, and after the last.
    gaps: Vec<u64>,
    entries: Vec<Vec<Entry>>,
    heavy: Vec<Vec<u64>>,
}

impl<'r, 'a> Plain<'r, 'a> {
    /// The ranking, when it is plain.
    pub(super) fn of(graded: &'r Graded<'a>, ranked: &'r Ranked<'a, 'a>) -> Option<Self> {
        let Operand::Units(column) = &ranked.operand else { return None };
        ranked.is_plain().then_some(Self { graded, ranked, column })
    }

    fn test(&self, ranges: RangeSet) -> UnitsTest<'a> {
        UnitsTest::new(Chunks::Units(self.column), Cow::Owned(ranges))
    }

    /// Those near the cut-offs, and how many lie between; `None` when a sample misled, or the total
    /// counts as well.
    pub(super) fn ladder(&self) -> Result<Option<Ladder>, ExecError> {
        let grades = &self.graded.grades.grades;
        let is_share = |grade: &Grade| matches!(grade.cut, GradeCut::Rank(_, RankCut::Share(_)));
        let is_rank = |grade: &&Grade| matches!(grade.cut, GradeCut::Rank(..));
        if grades.iter().any(is_share) || grades.iter().filter(is_rank).count() > MOST_CUTS {
            return Ok(None);
        }
        if let Some(counts) = self.column.statistics().counts() {
            let heavy = counts.iter().map(|(value, n)| ((*value).into(), *n)).collect();
            let zone = Zone { low: i128::MIN, high: i128::MAX, entries: Vec::new(), heavy };
            return Ok(Some(Ladder { zones: vec![zone], gaps: vec![Gap::default(); 2] }));
        }
        let n: u64 = self.column.chunks.iter().map(|chunk| u64::from(chunk.n_known)).sum();
        if n <= SAMPLE * 2 {
            return Ok(None);
        }
        let sample = self.sample(n);
        let sought: Vec<Sought<'a>> = zones_of(grades, n, &sample)
            .into_iter()
            .map(|zone| self.sought(zone, &sample))
            .collect();
        let found = self.found(&sought)?;
        let n_entries: usize = found.entries.iter().map(Vec::len).sum();
        let _charge = self.graded.budget.charge(n_entries * size_of::<Entry>())?;
        let targets: Vec<u64> = grades
            .iter()
            .filter_map(|grade| match &grade.cut {
                GradeCut::Rank(side, cut) => Target::of(*side, *cut, n),
                _ => None,
            })
            .filter_map(|target| match target {
                Target::Index(index) => Some(index),
                Target::Share(_) => None,
            })
            .collect();
        let (mut zones, mut gaps) = (Vec::new(), vec![Gap { n: found.gaps[0], sum: 0 }]);
        let mut before = found.gaps[0];
        let parts = sought.iter().zip(found.entries).zip(found.heavy).zip(&found.gaps[1..]);
        for (((sought, entries), counts), after) in parts {
            let heavy: Vec<(i128, u64)> =
                sought.heavy.iter().map(|(value, _)| (*value).into()).zip(counts).collect();
            let zone = Zone { low: sought.low, high: sought.high, entries, heavy };
            let len = zone.len();
            let own = |target: &&u64| (before..before + len).contains(*target);
            let own: Vec<u64> = targets.iter().filter(own).map(|target| target - before).collect();
            let (less, zone, more) = self.near(zone, &own);
            if let Some(gap) = gaps.last_mut() {
                gap.n += less;
            }
            zones.push(zone);
            gaps.push(Gap { n: more + after, sum: 0 });
            before += len + after;
        }
        let ladder = Ladder { zones, gaps };
        Ok(ladder.bounds(grades).is_ok().then_some(ladder))
    }

    /// Values of every so many rows, ascending.
    fn sample(&self, n: u64) -> Vec<i128> {
        let stride = (n / SAMPLE).max(1) as usize;
        let chunks = self.column.chunks.iter().enumerate();
        let values = chunks.flat_map(|(at, chunk)| {
            // The start differs from chunk to chunk, so that no period of the data is met everywhere.
            let positions = (at % stride..chunk.rows as usize).step_by(stride);
            positions.filter_map(|position| chunk.get(position as u16))
        });
        let mut values: Vec<i64> = values.collect();
        self.graded.executor.sort_by(&mut values, Ord::cmp);
        values.into_iter().map(i128::from).collect()
    }

    fn sought(&self, (low, high): (i128, i128), sample: &[i128]) -> Sought<'a> {
        let from = i64::try_from(low).ok().map(|low| self.test(RangeSet::at_least(low)));
        let above = i64::try_from(high).ok().and_then(|high| high.checked_add(1));
        let above = above.map(|above| self.test(RangeSet::at_least(above)));
        let start = sample.partition_point(|value| *value < low);
        let end = sample.partition_point(|value| *value <= high);
        let often = sample[start..end].chunk_by(|a, b| a == b).filter(|same| same.len() >= OFTEN);
        let values = often.filter_map(|same| i64::try_from(same[0]).ok());
        let heavy = values.map(|value| (value, self.test(RangeSet::point(value)))).collect();
        Sought { low, high, from, above, heavy }
    }

    /// One pass over the chunks.
    fn found(&self, sought: &[Sought<'a>]) -> Result<Found, ExecError> {
        let parts = self.ranked.each_chunk(|at, scratch| Ok(self.chunk(sought, at, scratch)))?;
        let mut all = Found {
            gaps: vec![0; sought.len() + 1],
            entries: vec![Vec::new(); sought.len()],
            heavy: sought.iter().map(|sought| vec![0; sought.heavy.len()]).collect(),
        };
        for part in parts {
            all.gaps.iter_mut().zip(part.gaps).for_each(|(all, own)| *all += own);
            all.entries.iter_mut().zip(part.entries).for_each(|(all, own)| all.extend(own));
            for (all, own) in all.heavy.iter_mut().zip(part.heavy) {
                all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
            }
        }
        Ok(all)
    }

    fn chunk(&self, sought: &[Sought<'a>], at: &At<'_>, scratch: &mut Scratch) -> Found {
        let chunk = &self.column.chunks[at.chunk];
        let (mut taken, mut other) = (scratch.take(), scratch.take());
        let (within, beyond) = (&mut taken[..at.n_words()], &mut other[..at.n_words()]);
        let mut found = Found::default();
        let mut left = u64::from(chunk.n_known);
        for sought in sought {
            match &sought.from {
                Some(test) => write(test, at, within, scratch),
                None => chunk.known.write_to(within, at.rows),
            }
            let n_from = kernel::count(within);
            found.gaps.push(left - n_from);
            match &sought.above {
                Some(test) => write(test, at, beyond, scratch),
                None => beyond.fill(0),
            }
            left = kernel::count(beyond);
            kernel::and_not(within, beyond);
            let heavy = sought.heavy.iter().map(|(_, test)| {
                write(test, at, beyond, scratch);
                kernel::and_not(within, beyond);
                kernel::count(beyond)
            });
            found.heavy.push(heavy.collect());
            let entry = |position: u16| {
                let value = chunk.values.get(usize::from(position));
                (i128::from(value), at.row(position))
            };
            found.entries.push(positions(within).map(entry).collect());
        }
        found.gaps.push(left);
        scratch.give(taken);
        scratch.give(other);
        found
    }

    /// A zone of entries in no order, cut down to those near the places that are sought in it, in
    /// order; and how many lie before and after these.
    fn near(&self, mut zone: Zone, places: &[u64]) -> (u64, Zone, u64) {
        let len = zone.entries.len();
        if let ([place], true, true) = (places, zone.heavy.is_empty(), len > 4 * KEPT) {
            let place = *place as usize;
            let (from, to) = (place.saturating_sub(KEPT), (place + KEPT).min(len - 1));
            zone.entries.select_nth_unstable(from);
            zone.entries[from..].select_nth_unstable(to - from);
            let (first, last) = (zone.entries[from].0, zone.entries[to].0);
            let cut_off = *zone.entries[from..=to].select_nth_unstable(place - from).1;
            // Equal values stay together, so that those at the ends go.
            let is_first_there = from == 0 || zone.entries[..from].iter().all(|e| e.0 < first);
            let is_last_there = zone.entries[to + 1..].iter().all(|e| e.0 > last);
            let low = if is_first_there { first } else { first + 1 };
            let high = if is_last_there { last } else { last - 1 };
            if (low..=high).contains(&cut_off.0) {
                let less = zone.entries.iter().filter(|entry| entry.0 < low).count() as u64;
                let mut entries: Vec<Entry> = zone.entries[from..=to].to_vec();
                entries.retain(|entry| (low..=high).contains(&entry.0));
                entries.sort_unstable();
                let more = len as u64 - less - entries.len() as u64;
                let low = if less == 0 { zone.low } else { low };
                let high = if more == 0 { zone.high } else { high };
                return (less, Zone { low, high, entries, heavy: Vec::new() }, more);
            }
        }
        self.graded.executor.sort_by(&mut zone.entries, Ord::cmp);
        (0, zone, 0)
    }

    /// Who is in which class, where classes are few.
    pub(super) fn column(&self, bounds: &Bounds, ty: Type) -> Result<Option<Column>, ExecError> {
        const MOST: usize = 24;
        let (mut all, missing) = labels(self.graded);
        let ranges = bounds.ranges();
        if ranges.len() > MOST {
            return Ok(None);
        }
        let unranked = missing.map(|missing| {
            all.push(missing);
            all.len() as u32 - 1
        });
        let classes = Classes::new(ty, &all);
        let tests: Vec<(u32, UnitsTest<'a>)> =
            ranges.into_iter().map(|(class, ranges)| (class, self.test(ranges))).collect();
        let chunks = self.ranked.each_chunk(|at, scratch| {
            let mut parts = Vec::with_capacity(tests.len() + 1);
            for (class, test) in &tests {
                let mut words = vec![0; at.n_words()];
                write(test, at, &mut words, scratch);
                parts.push((*class, words));
            }
            if let Some(class) = unranked {
                let mut words = vec![0; at.n_words()];
                at.alive.write_to(&mut words, at.rows);
                self.column.chunks[at.chunk].known.and_not_into(&mut words, at.rows);
                parts.push((class, words));
            }
            Ok(Arc::new(classes.chunk_of(at.rows, parts)))
        })?;
        Ok(Some(classes.column_of(chunks, self.graded.snapshot.size())))
    }
}

/// `out` becomes the rows that pass.
fn write(test: &UnitsTest<'_>, at: &At<'_>, out: &mut [u64], scratch: &mut Scratch) {
    match test.answer(at) {
        Answer::Compute => test.write(at, out, scratch),
        answer => answer.write(at, out),
    }
}
