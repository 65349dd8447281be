//! The cut-offs of a ranking over a whole pool: a sample suggests between which values each lies,
//! and one pass counts and adds up what lies outside of them and gathers what lies within. Where the
//! count shows that the sample misled, everybody of that part is gathered. The answer is exact
//! whatever the sample holds.

use std::borrow::Cow;
use std::collections::HashMap;

use super::bounds::Bounds;
use super::by_key;
use super::graded::{Graded, Part};
use super::ladder::{Entry, Gap, KEPT, Ladder, Rivals, Target, Zone};
use super::plain::Plain;
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::leaf::{Chunks, UnitsTest};
use crate::exec::operand::Operand;
use crate::exec::rank::{Ranked, narrow, thin};
use crate::exec::scratch::Scratch;
use crate::index::{Container, kernel};
use crate::model::{Grade, GradeCut, Label, RangeSet, RankCut, Ties};

/// Rows that a sample holds at most, about.
const SAMPLE: u64 = if cfg!(test) { 1 << 6 } else { 1 << 17 };
/// Stretches, of all parts together, past which counting them in every chunk costs more than
/// gathering all.
const MAX_STRETCHES: usize = 1 << 14;
/// A value is told apart when so many of a sample have it.
pub(super) const OFTEN: usize = 16;
/// Values known one by one past which a ranking is not kept.
const MAX_KEPT: usize = 1 << 20;

/// What is known of a ranking once it is solved.
#[derive(Clone, Debug)]
pub(crate) enum Ranks {
    /// The cut-offs, and what it takes to keep them current.
    Kept(Rivals),
    /// The cut-offs.
    Bounds(HashMap<Part, Bounds>),
    /// The class of everybody, chunk by chunk and row by row, where ties go by the key.
    Rows(Vec<Vec<Option<u32>>>),
}

/// The cut-offs of a ranking.
///
/// # Errors
///
/// When a column cannot be read, arithmetic overflows, the budget does not suffice, or the executor
/// is interrupted.
pub(crate) fn solved(graded: &Graded<'_>) -> Result<Ranks, ExecError> {
    let ranked = graded.ranked()?;
    if graded.grades.ties == Ties::ByKey {
        return by_key::classes(graded, &ranked).map(Ranks::Rows);
    }
    let is_rank = |cut: &GradeCut| matches!(cut, GradeCut::Rank(..));
    let solver = Solver { graded, ranked: &ranked };
    let parts = graded.parts(&ranked)?;
    if !graded.grades.grades.iter().any(|grade| is_rank(&grade.cut)) {
        let none = vec![None; graded.grades.grades.len()];
        let bounds = Bounds::of(&graded.grades.grades, &none);
        let bounds = parts.iter().map(|part| (part.clone(), bounds.clone())).collect();
        // No cut-off moves: it is enough to know how many there are.
        let gap = |n| Ladder { zones: Vec::new(), gaps: vec![Gap { n, sum: 0 }] };
        let ladders = parts.into_iter().zip(ranked.sizes()?.into_iter().map(gap)).collect();
        return Ok(Ranks::Kept(Rivals::new(ladders, bounds)));
    }
    let plain = Plain::of(graded, &ranked).map(|plain| plain.ladder()).transpose()?.flatten();
    let ladders = match plain {
        Some(ladder) => vec![ladder],
        None => solver.ladders(parts.len())?,
    };
    let mut bounds = HashMap::with_capacity(parts.len());
    let mut kept = HashMap::with_capacity(parts.len());
    let mut n_kept = 0;
    for (part, mut ladder) in parts.into_iter().zip(ladders) {
        let cut_offs = ladder.bounds(&graded.grades.grades);
        let cut_offs = cut_offs.map_err(|_| ExecError::Unplanned("a cut-off was not found"))?;
        bounds.insert(part.clone(), cut_offs);
        ladder.trim(&graded.grades.grades, KEPT);
        n_kept += ladder.n_known();
        if n_kept <= MAX_KEPT {
            kept.insert(part, ladder);
        }
    }
    Ok(match n_kept <= MAX_KEPT {
        true => Ranks::Kept(Rivals::new(kept, bounds)),
        false => Ranks::Bounds(bounds),
    })
}

/// A ranking being solved.
struct Solver<'s, 'a> {
    graded: &'s Graded<'a>,
    ranked: &'s Ranked<'a, 'a>,
}

/// The stretches of one part whose values are gathered.
#[derive(Clone, Debug)]
struct Plan {
    zones: Vec<(i128, i128)>,
    /// The number of its first gap among all gaps.
    first: usize,
    /// Values within zones that many have, ascending, and the number of the first among all such.
    heavy: Vec<i128>,
    first_heavy: usize,
}

/// What a pass over one chunk finds.
struct Found {
    gaps: Vec<Gap>,
    /// By number of gap: those of the zone after it.
    entries: Vec<(u32, Entry)>,
    /// By number: how many have a value that many have.
    heavy: Vec<u64>,
}

const ALL: (i128, i128) = (i128::MIN, i128::MAX);

impl Solver<'_, '_> {
    /// A ladder for each part's number.
    fn ladders(&self, n_parts: usize) -> Result<Vec<Ladder>, ExecError> {
        let (sizes, samples) = self.sampled(n_parts)?;
        let total: u64 = sizes.iter().sum();
        let n_grades = self.graded.grades.grades.len();
        let is_small = total <= SAMPLE * 2 || n_parts * (n_grades + 1) > MAX_STRETCHES;
        let suggested = sizes.iter().zip(&samples).map(|(n, sample)| match is_small {
            true => vec![ALL],
            false => zones_of(&self.graded.grades.grades, *n, sample),
        });
        let mut zones: Vec<Vec<(i128, i128)>> = suggested.collect();
        loop {
            let ladders = self.gathered(&zones, &samples, &sizes)?;
            let grades = &self.graded.grades.grades;
            let lost: Vec<usize> =
                (0..n_parts).filter(|part| ladders[*part].bounds(grades).is_err()).collect();
            let is_new = lost.iter().any(|part| zones[*part] != [ALL]);
            if !is_new {
                return Ok(ladders);
            }
            lost.into_iter().for_each(|part| zones[part] = vec![ALL]);
        }
    }

    /// How many are ranked in each part, and the values of some of them, ascending.
    fn sampled(&self, n_parts: usize) -> Result<(Vec<u64>, Vec<Vec<i128>>), ExecError> {
        let n_rows = u64::from(self.graded.snapshot.n_customers());
        let stride = (n_rows / SAMPLE).max(1) as usize;
        let sizes = self.ranked.sizes()?;
        if sizes.iter().sum::<u64>() <= SAMPLE * 2 {
            return Ok((sizes, vec![Vec::new(); n_parts]));
        }
        let found = self.ranked.each_chunk(|at, scratch| {
            let mut words = vec![0; at.n_words()];
            self.ranked.write_ranked(at, &mut words, scratch)?;
            thin(&mut words, at, stride);
            let mut sample = Vec::new();
            self.ranked.each(at, &words, scratch, |_, part, value| {
                sample.push((part as u32, value));
            })?;
            Ok(sample)
        })?;
        let mut samples = vec![Vec::new(); n_parts];
        for (part, value) in found.into_iter().flatten() {
            samples[part as usize].push(value);
        }
        samples.iter_mut().for_each(|sample| sample.sort_unstable());
        Ok((sizes, samples))
    }

    /// One pass over everybody.
    fn gathered(
        &self,
        zones: &[Vec<(i128, i128)>],
        samples: &[Vec<i128>],
        sizes: &[u64],
    ) -> Result<Vec<Ladder>, ExecError> {
        let (mut n_gaps, mut n_heavy) = (0, 0);
        let mut plans: Vec<Plan> = Vec::with_capacity(zones.len());
        for (zones, sample) in zones.iter().zip(samples) {
            let often = sample.chunk_by(|a, b| a == b).filter(|same| same.len() >= OFTEN);
            let is_within = |value: &i128| zones.iter().any(|(l, h)| (*l..=*h).contains(value));
            let heavy: Vec<i128> = often.map(|same| same[0]).filter(is_within).collect();
            let plan = Plan { zones: zones.clone(), first: n_gaps, heavy, first_heavy: n_heavy };
            n_gaps += zones.len() + 1;
            n_heavy += plan.heavy.len();
            plans.push(plan);
        }
        let least = self.least(&plans, sizes);
        let found = self.ranked.each_chunk(|at, scratch| {
            self.chunk(&plans, (n_gaps, n_heavy), least.as_ref(), at, scratch)
        })?;
        let n: usize = found.iter().map(|found| found.entries.len()).sum();
        let _charge = self.graded.budget.charge(2 * n * size_of::<(u32, Entry)>())?;
        let mut gaps = vec![Gap::default(); n_gaps];
        let mut entries: Vec<Vec<Entry>> = vec![Vec::new(); n_gaps];
        let mut counts = vec![0u64; n_heavy];
        for chunk in found {
            counts.iter_mut().zip(chunk.heavy).for_each(|(all, own)| *all += own);
            for (all, own) in gaps.iter_mut().zip(chunk.gaps) {
                *all = Gap { n: all.n + own.n, sum: all.sum.saturating_add(own.sum) };
            }
            for (gap, entry) in chunk.entries {
                entries[gap as usize].push(entry);
            }
        }
        let mut ladders = Vec::with_capacity(plans.len());
        for (plan, size) in plans.into_iter().zip(sizes) {
            let n_zones = plan.zones.len();
            if least.is_some() {
                // Those before the first zone were not looked at: they are all the others.
                let later: u64 =
                    gaps[plan.first + 1..=plan.first + n_zones].iter().map(|g| g.n).sum();
                let within: usize =
                    entries[plan.first..plan.first + n_zones].iter().map(Vec::len).sum();
                let heavy = plan.first_heavy..plan.first_heavy + plan.heavy.len();
                let heavy: u64 = counts[heavy].iter().sum();
                gaps[plan.first].n = size.saturating_sub(later + within as u64 + heavy);
            }
            let gaps = gaps[plan.first..=plan.first + plan.zones.len()].to_vec();
            let counts = &counts[plan.first_heavy..plan.first_heavy + plan.heavy.len()];
            let heavy: Vec<(i128, u64)> =
                plan.heavy.iter().copied().zip(counts.iter().copied()).collect();
            let zones = plan.zones.iter().zip(plan.first..).map(|((low, high), gap)| {
                let mut entries = std::mem::take(&mut entries[gap]);
                self.graded.executor.sort_by(&mut entries, Ord::cmp);
                let own = heavy.iter().filter(|(value, _)| (*low..=*high).contains(value));
                Zone { low: *low, high: *high, entries, heavy: own.copied().collect() }
            });
            ladders.push(Ladder { zones: zones.collect(), gaps });
        }
        Ok(ladders)
    }

    /// The values that have to be looked at, when those before every zone need only be counted.
    fn least(&self, plans: &[Plan], sizes: &[u64]) -> Option<UnitsTest<'_>> {
        let is_share = |grade: &Grade| matches!(grade.cut, GradeCut::Rank(_, RankCut::Share(_)));
        let Operand::Units(column) = &self.ranked.operand else { return None };
        if self.graded.grades.grades.iter().any(is_share) {
            return None;
        }
        let some = plans.iter().zip(sizes).filter(|(_, size)| **size > 0);
        let least =
            some.map(|(plan, _)| plan.zones.first().map_or(i128::MAX, |zone| zone.0)).min()?;
        let least = i64::try_from(least).ok()?;
        Some(UnitsTest::new(Chunks::Units(column), Cow::Owned(RangeSet::at_least(least))))
    }

    fn chunk(
        &self,
        plans: &[Plan],
        (n_gaps, n_heavy): (usize, usize),
        least: Option<&UnitsTest<'_>>,
        at: &At<'_>,
        scratch: &mut Scratch,
    ) -> Result<Found, ExecError> {
        let mut taken = scratch.take();
        let words = &mut taken[..at.n_words()];
        self.ranked.write_ranked(at, words, scratch)?;
        least.into_iter().for_each(|test| narrow(test, at, words, scratch));
        let (gaps, heavy) = (vec![Gap::default(); n_gaps], vec![0; n_heavy]);
        let mut found = Found { gaps, entries: Vec::new(), heavy };
        self.ranked.each(at, words, scratch, |position, part, value| {
            let plan = &plans[part];
            let zone = plan.zones.partition_point(|(_, high)| *high < value);
            match plan.zones.get(zone) {
                Some((low, _)) if *low <= value => match plan.heavy.binary_search(&value) {
                    Ok(heavy) => found.heavy[plan.first_heavy + heavy] += 1,
                    Err(_) => {
                        let entry = (value, at.row(position));
                        found.entries.push(((plan.first + zone) as u32, entry));
                    }
                },
                _ => {
                    let gap = &mut found.gaps[plan.first + zone];
                    *gap = Gap { n: gap.n + 1, sum: gap.sum.saturating_add(value.max(0)) };
                }
            }
        })?;
        scratch.give(taken);
        Ok(found)
    }
}

/// Between which values the cut-offs of a part of `n` lie, as a sample has it.
pub(super) fn zones_of(grades: &[Grade], n: u64, sample: &[i128]) -> Vec<(i128, i128)> {
    let len = sample.len();
    let mut zones: Vec<(i128, i128)> = Vec::new();
    for grade in grades {
        let GradeCut::Rank(side, cut) = &grade.cut else { continue };
        let (place, margin) = match Target::of(*side, *cut, n) {
            None => continue,
            Some(Target::Index(index)) => {
                let share = (index as f64 + 0.5) / n.max(1) as f64;
                let deviation = (len as f64 * share * (1.0 - share)).max(1.0).sqrt();
                (share * len as f64, 4.0 * deviation + 2.0)
            }
            Some(Target::Share(percent)) => {
                let entries = sample.iter().map(|value| (*value, crate::model::RowId(0)));
                let found = Ladder::whole(entries.collect()).at_share(percent);
                let Ok(Some(value)) = found else { return vec![ALL] };
                let place = sample.partition_point(|other| *other < value);
                // The total of a sample varies more than its ranks do.
                (place as f64, 8.0 * (len as f64).sqrt() + 2.0)
            }
        };
        let low = (place - margin).floor();
        let low = if low < 0.0 { i128::MIN } else { sample[(low as usize).min(len - 1)] };
        let high = sample.get((place + margin).ceil() as usize).copied().unwrap_or(i128::MAX);
        zones.push((low, high));
    }
    zones.sort_unstable();
    let mut apart: Vec<(i128, i128)> = Vec::with_capacity(zones.len());
    for (low, high) in zones {
        match apart.last_mut() {
            Some(last) if last.1 >= low.saturating_sub(1) => last.1 = last.1.max(high),
            _ => apart.push((low, high)),
        }
    }
    apart
}

/// The class of each living row of a chunk, by a visit of those who are ranked.
pub(super) fn classes_of_chunk(
    ranked: &Ranked<'_, '_>,
    bounds: &[Bounds],
    at: &At<'_>,
    scratch: &mut Scratch,
) -> Result<Vec<Option<u32>>, ExecError> {
    let mut taken = scratch.take();
    let words = &mut taken[..at.n_words()];
    ranked.write_ranked(at, words, scratch)?;
    let mut classes = vec![None; at.rows as usize];
    ranked.each(at, words, scratch, |position, part, value| {
        classes[usize::from(position)] = bounds[part].class(value);
    })?;
    scratch.give(taken);
    Ok(classes)
}

/// Values from the least bound of any part on, and the class of all that are less: when there is one
/// class for these, in every part.
pub(super) fn beyond<'a>(
    ranked: &Ranked<'a, '_>,
    bounds: &[Bounds],
) -> Option<(u32, UnitsTest<'a>)> {
    let Operand::Units(column) = ranked.operand else { return None };
    // Parts that nobody is in have no bounds.
    let mut known = bounds.iter().filter(|bounds| **bounds != Bounds::default());
    let class = known.clone().next()?.class(i128::MIN)?;
    let is_same = known.clone().all(|bounds| bounds.class(i128::MIN) == Some(class));
    let first = |bounds: &Bounds| bounds.values().first().copied().unwrap_or(i128::MAX);
    let least = known.by_ref().map(first).min().filter(|_| is_same)?;
    let least = i64::try_from(least).ok()?;
    let test = UnitsTest::new(Chunks::Units(column), Cow::Owned(RangeSet::at_least(least)));
    Some((class, test))
}

/// The rows of each class of a chunk, those looked at alone that are not all in one.
pub(super) fn parts_of_chunk(
    ranked: &Ranked<'_, '_>,
    bounds: &[Bounds],
    (class, beyond): &(u32, UnitsTest<'_>),
    at: &At<'_>,
    scratch: &mut Scratch,
) -> Result<Vec<(u32, Vec<u64>)>, ExecError> {
    let mut all = vec![0; at.n_words()];
    ranked.write_ranked(at, &mut all, scratch)?;
    let mut some = all.clone();
    narrow(beyond, at, &mut some, scratch);
    kernel::and_not(&mut all, &some);
    let mut parts = vec![(*class, all)];
    ranked.each(at, &some, scratch, |position, part, value| {
        let Some(class) = bounds[part].class(value) else { return };
        let place = match parts.iter().position(|(known, _)| *known == class) {
            Some(place) => place,
            None => {
                parts.push((class, vec![0; at.n_words()]));
                parts.len() - 1
            }
        };
        parts[place].1[usize::from(position) / 64] |= 1 << (position % 64);
    })?;
    Ok(parts)
}

/// Those of a chunk who are ranked with nobody, though they might be.
pub(super) fn unranked(
    ranked: &Ranked<'_, '_>,
    at: &At<'_>,
    scratch: &mut Scratch,
) -> Result<Container, ExecError> {
    let mut taken = scratch.take();
    let words = &mut taken[..at.n_words()];
    ranked.write_ranked(at, words, scratch)?;
    let mut all = vec![0; at.n_words()];
    match &ranked.among {
        Some(among) => among[at.chunk].write_to(&mut all, at.rows),
        None => at.alive.write_to(&mut all, at.rows),
    }
    kernel::complement_within(words, &all);
    let unranked = Container::from_words(words, at.rows);
    scratch.give(taken);
    Ok(unranked)
}

/// Labels by class, and that of those who are ranked with nobody.
pub(super) fn labels<'g>(graded: &Graded<'g>) -> (Vec<&'g Label>, Option<&'g Label>) {
    let grades = graded.grades;
    (grades.grades.iter().map(|grade| &grade.label).collect(), grades.missing.as_ref())
}
