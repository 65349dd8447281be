//! One ranking as far as its cut-offs need it: who stands near them, and how many between.
//!
//! A cut-off is where so many, or so much of the total, lie before it. It is enough to know the
//! values near it one by one, and of all others how many they are and what they add up to; so when
//! some values change, the cut-offs are found again without looking at any other.

use std::collections::HashMap;
use std::sync::Arc;

use super::bounds::Bounds;
use super::graded::{Part, Place};
use crate::exec::rank::share;
use crate::model::{Decimal, Grade, GradeCut, RankCut, RowId, Side};

/// A value and who has it.
pub(super) type Entry = (i128, RowId);

/// Customers kept to either side of a cut-off.
pub(super) const KEPT: usize = if cfg!(test) { 16 } else { 2_048 };
/// Customers of one value up to which it is known who they are.
const HEAVY: usize = if cfg!(test) { 3 } else { 512 };

/// Those who are ranked together.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// Stretches of values that are known one by one, ascending and apart.
    pub(super) zones: Vec<Zone>,
    /// What lies before each zone, and after the last: one more than zones.
    pub(super) gaps: Vec<Gap>,
}

/// A stretch of values, both ends in.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) low: i128,
    pub(super) high: i128,
    /// Who has them, in order; but for the values that many share.
    pub(super) entries: Vec<Entry>,
    /// The values that many share, ascending, and how many.
    pub(super) heavy: Vec<(i128, u64)>,
}

/// What is known of those between zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// How many they are.
    pub(super) n: u64,
    /// What those of them who have more than nothing add up to.
    pub(super) sum: i128,
}

/// Where a cut-off is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The value with so many before it, from the smallest up.
    Index(u64),
    /// The least value before which, from the largest down, less than this percentage lies.
    Share(Decimal),
}

/// A cut-off lies where values are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl Target {
    /// Where the cut-off of a class lies among `n`; `None` when it takes nobody.
    pub(super) fn of(side: Side, cut: RankCut, n: u64) -> Option<Self> {
        let count = match cut {
            RankCut::Share(percent) => return Some(Self::Share(percent)),
            RankCut::Amount(amount) => share(amount, n),
            RankCut::Fraction { part, of } => {
                (u128::from(part) * u128::from(n)).div_ceil(u128::from(of.max(1))) as u64
            }
        };
        let count = count.min(n);
        (count > 0).then(|| match side {
            Side::Top => Self::Index(n - count),
            Side::Bottom => Self::Index(count - 1),
        })
    }
}

impl Ladder {
    /// Everybody known one by one.
    pub(super) fn whole(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable();
        let zone = Zone { low: i128::MIN, high: i128::MAX, entries, heavy: Vec::new() };
        Self { zones: vec![zone], gaps: vec![Gap::default(); 2] }
    }

    /// How many are ranked.
    pub(super) fn len(&self) -> u64 {
        let within: u64 = self.zones.iter().map(Zone::len).sum();
        self.gaps.iter().map(|gap| gap.n).sum::<u64>() + within
    }

    /// How many are known one by one.
    pub(super) fn n_known(&self) -> usize {
        self.zones.iter().map(|zone| zone.entries.len()).sum()
    }

    /// The bounds of classes.
    ///
    /// # Errors
    ///
    /// [`Lost`] when a cut-off lies where values are not known.
    pub(super) fn bounds(&self, grades: &[Grade]) -> Result<Bounds, Lost> {
        let n = self.len();
        let mut places = Places { ladder: self, ends: vec![None; self.zones.len()] };
        let cut_off = |grade: &Grade| match &grade.cut {
            GradeCut::Rank(side, cut) => match Target::of(*side, *cut, n) {
                Some(Target::Index(index)) => places.at(index).map(Some),
                Some(Target::Share(percent)) => self.at_share(percent),
                None => Ok(None),
            },
            GradeCut::Within(_) | GradeCut::Rest => Ok(None),
        };
        let cut_offs = grades.iter().map(cut_off).collect::<Result<Vec<_>, Lost>>()?;
        Ok(Bounds::of(grades, &cut_offs))
    }

    /// From the largest value down, as long as less than the share lies before.
    pub(super) fn at_share(&self, percent: Decimal) -> Result<Option<i128>, Lost> {
        let weight = |(value, n): (i128, u64)| value.max(0).saturating_mul(n.into());
        let known = self.zones.iter().flat_map(Zone::runs).map(weight);
        let total = known.chain(self.gaps.iter().map(|gap| gap.sum)).fold(0, i128::saturating_add);
        let limit = share_of_total(percent, total);
        let is_below = |sum: i128| sum < limit;
        let (mut sum, mut found): (i128, Option<i128>) = (0, None);
        for at in (0..self.gaps.len()).rev() {
            let gap = self.gaps[at];
            if gap.sum > 0 {
                if !is_below(sum.saturating_add(gap.sum)) && is_below(sum) {
                    return Err(Lost);
                }
                sum = sum.saturating_add(gap.sum);
            }
            let Some(zone) = at.checked_sub(1).map(|at| &self.zones[at]) else { break };
            for run in zone.runs().into_iter().rev() {
                if run.0 <= 0 || !is_below(sum) {
                    return Ok(found);
                }
                found = Some(run.0);
                sum = sum.saturating_add(weight(run));
            }
            if !is_below(sum) {
                return Ok(found);
            }
        }
        // All who have more than nothing are in.
        Ok((total > 0 && is_below(0)).then_some(1))
    }

    /// Puts somebody in their place, or takes them out of it.
    ///
    /// # Errors
    ///
    /// [`Lost`] when they are not where they should be, which a broken ladder alone has.
    fn change(&mut self, (value, row): Entry, comes: bool) -> Result<(), Lost> {
        let at = self.zones.partition_point(|zone| zone.high < value);
        if let Some(zone) = self.zones.get_mut(at).filter(|zone| zone.low <= value) {
            if let Ok(place) = zone.heavy.binary_search_by_key(&value, |(heavy, _)| *heavy) {
                let n = &mut zone.heavy[place].1;
                *n = if comes { *n + 1 } else { n.checked_sub(1).ok_or(Lost)? };
                return Ok(());
            }
            match (zone.entries.binary_search(&(value, row)), comes) {
                (Err(place), true) => zone.entries.insert(place, (value, row)),
                (Ok(place), false) => drop(zone.entries.remove(place)),
                _ => return Err(Lost),
            }
            return Ok(());
        }
        let (gap, positive) = (&mut self.gaps[at], value.max(0));
        if comes {
            (gap.n, gap.sum) = (gap.n + 1, gap.sum.saturating_add(positive));
        } else {
            (gap.n, gap.sum) = (gap.n.checked_sub(1).ok_or(Lost)?, gap.sum - positive);
        }
        Ok(())
    }

    /// Lets go of those who are more than so many places from every cut-off.
    pub(super) fn trim(&mut self, grades: &[Grade], kept: usize) {
        let n = self.len();
        let mut places = Places { ladder: self, ends: vec![None; self.zones.len()] };
        let cut_off = |grade: &Grade| match &grade.cut {
            GradeCut::Rank(side, cut) => match Target::of(*side, *cut, n)? {
                Target::Index(index) => places.at(index).ok(),
                Target::Share(percent) => self.at_share(percent).ok().flatten(),
            },
            GradeCut::Within(_) | GradeCut::Rest => None,
        };
        let mut cut_offs: Vec<i128> = grades.iter().filter_map(cut_off).collect();
        cut_offs.dedup();
        let (mut zones, mut gaps) = (Vec::new(), vec![self.gaps[0]]);
        for (zone, gap) in self.zones.drain(..).zip(&self.gaps[1..]) {
            for part in zone.parts(&cut_offs, kept) {
                match part {
                    Stretch::Zone(zone) => {
                        zones.push(zone);
                        gaps.push(Gap::default());
                    }
                    Stretch::Gap(more) => {
                        if let Some(last) = gaps.last_mut() {
                            (last.n, last.sum) = (last.n + more.n, last.sum + more.sum);
                        }
                    }
                }
            }
            if let Some(last) = gaps.last_mut() {
                (last.n, last.sum) = (last.n + gap.n, last.sum + gap.sum);
            }
        }
        (self.zones, self.gaps) = (zones, gaps);
    }

    /// Those whose values lie from one to below another.
    fn between(&self, low: i128, high: i128) -> Result<Vec<RowId>, Lost> {
        let zone = self.zones.iter().find(|zone| zone.low <= low && high <= zone.high);
        let zone = zone.ok_or(Lost)?;
        if zone.heavy.iter().any(|(value, n)| (low..high).contains(value) && *n > 0) {
            return Err(Lost);
        }
        let from = zone.entries.partition_point(|entry| entry.0 < low);
        let to = zone.entries.partition_point(|entry| entry.0 < high);
        Ok(zone.entries[from..to].iter().map(|entry| entry.1).collect())
    }
}

/// The values of a ladder by how many come before them; each zone is gone through once.
struct Places<'l> {
    ladder: &'l Ladder,
    /// The values of each zone that was asked about, and how many have them or less.
    ends: Vec<Option<Vec<(i128, u64)>>>,
}

impl Places<'_> {
    /// The value with so many before it.
    fn at(&mut self, index: u64) -> Result<i128, Lost> {
        let mut before = 0;
        for (number, (gap, zone)) in self.ladder.gaps.iter().zip(&self.ladder.zones).enumerate() {
            before += gap.n;
            let place = index.checked_sub(before).ok_or(Lost)?;
            let len = zone.len();
            if place < len {
                let ends = self.ends[number].get_or_insert_with(|| zone.ends());
                let run = ends.partition_point(|(_, end)| *end <= place);
                return ends.get(run).map(|(value, _)| *value).ok_or(Lost);
            }
            before += len;
        }
        Err(Lost)
    }
}

/// A percentage of a total, rounded up: what is less than it is less than the share. The product is
/// taken in two parts, so that it does not overflow.
fn share_of_total(percent: Decimal, total: i128) -> i128 {
    let percent = percent.normalized();
    let hundred = 10i128.pow(u32::from(percent.scale())) * 100;
    let (whole, rest) = (total / hundred, total % hundred);
    percent.units() * whole + (percent.units() * rest + hundred - 1) / hundred
}

/// A part of a zone.
enum Stretch {
    Zone(Zone),
    Gap(Gap),
}

impl Zone {
    /// How many have a value of it.
    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64 + self.heavy.iter().map(|(_, n)| n).sum::<u64>()
    }

    /// Its values, ascending, and how many have each.
    fn runs(&self) -> Vec<(i128, u64)> {
        let mut runs = Vec::with_capacity(self.heavy.len() + self.entries.len().min(KEPT));
        let mut heavy = self.heavy.iter().copied().peekable();
        for same in self.entries.chunk_by(|a, b| a.0 == b.0) {
            while let Some(before) = heavy.next_if(|(value, _)| *value < same[0].0) {
                runs.push(before);
            }
            runs.push((same[0].0, same.len() as u64));
        }
        runs.extend(heavy);
        runs
    }

    /// Its values, ascending, and how many have each or less.
    fn ends(&self) -> Vec<(i128, u64)> {
        let (mut runs, mut n) = (self.runs(), 0);
        for (_, own) in &mut runs {
            n += *own;
            *own = n;
        }
        runs
    }

    /// The zone cut down to what lies near some values.
    fn parts(self, cut_offs: &[i128], kept: usize) -> Vec<Stretch> {
        let (runs, kept) = (self.runs(), kept as u64);
        // How many come before each of its values.
        let mut starts = Vec::with_capacity(runs.len());
        let mut n = 0;
        for (_, own) in &runs {
            starts.push(n);
            n += own;
        }
        let within = cut_offs.iter().filter(|value| (self.low..=self.high).contains(value));
        let places = within.map(|cut_off| {
            let run = runs.partition_point(|(value, _)| value < cut_off);
            starts.get(run).copied().unwrap_or(n)
        });
        let mut places: Vec<u64> = places.collect();
        places.sort_unstable();
        let is_near = |run: usize| {
            let (from, to) = (starts[run], starts[run] + runs[run].1);
            let next = places.partition_point(|place| place + kept < from);
            places.get(next).is_some_and(|place| place.saturating_sub(kept) <= to)
        };
        let mut parts = Vec::new();
        let mut run = 0;
        while run < runs.len() {
            let near = is_near(run);
            let end = (run..runs.len()).find(|at| is_near(*at) != near).unwrap_or(runs.len());
            parts.push(match near {
                true => {
                    let low = match run.checked_sub(1) {
                        None => self.low,
                        Some(before) => runs[before].0 + 1,
                    };
                    let high = runs.get(end).map_or(self.high, |(after, _)| after - 1);
                    Stretch::Zone(self.cut(&runs[run..end], low, high))
                }
                false => Stretch::Gap(gap_of(&runs[run..end])),
            });
            run = end;
        }
        parts
    }

    /// The stretch of it that has some of its values.
    fn cut(&self, runs: &[(i128, u64)], low: i128, high: i128) -> Self {
        let (mut entries, mut heavy) = (Vec::new(), Vec::new());
        for (value, n) in runs {
            let from = self.entries.partition_point(|entry| entry.0 < *value);
            let is_listed = self.entries.get(from).is_some_and(|entry| entry.0 == *value);
            match is_listed && *n as usize <= HEAVY {
                true => entries.extend(&self.entries[from..from + *n as usize]),
                false => heavy.push((*value, *n)),
            }
        }
        Self { low, high, entries, heavy }
    }
}

/// Some values that are known no longer one by one.
fn gap_of(runs: &[(i128, u64)]) -> Gap {
    let weight = |(value, n): &(i128, u64)| value.max(&0).saturating_mul((*n).into());
    Gap {
        n: runs.iter().map(|(_, n)| n).sum(),
        sum: runs.iter().map(weight).fold(0, i128::saturating_add),
    }
}

/// All who are ranked, within each value of the `per` attribute apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rivals {
    ladders: HashMap<Part, Arc<Ladder>>,
    bounds: HashMap<Part, Bounds>,
}

impl Rivals {
    /// Rankings of which the bounds are known.
    pub(super) fn new(ladders: HashMap<Part, Ladder>, bounds: HashMap<Part, Bounds>) -> Self {
        let ladders = ladders.into_iter().map(|(part, ladder)| (part, Arc::new(ladder)));
        Self { ladders: ladders.collect(), bounds }
    }

    /// The bounds of the classes, by part.
    pub(crate) fn bounds(&self) -> &HashMap<Part, Bounds> {
        &self.bounds
    }

    /// What it takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let known: usize = self.ladders.values().map(|ladder| ladder.n_known()).sum();
        known * size_of::<Entry>() + self.ladders.len() * size_of::<(Part, Ladder, Bounds)>()
    }

    /// Moves some from where they stood to where they stand, finds the cut-offs again, and gives
    /// those whom a moved cut-off put in another class.
    ///
    /// # Errors
    ///
    /// [`Lost`] when a cut-off went where values are not known: all is to be solved anew.
    pub(crate) fn changed(
        &mut self,
        moves: impl Iterator<Item = (RowId, Option<Place>, Option<Place>)>,
        grades: &[Grade],
    ) -> Result<Vec<RowId>, Lost> {
        let mut touched = Vec::new();
        for (row, from, to) in moves.filter(|(_, from, to)| from != to) {
            if let Some((part, value)) = from {
                let ladder = self.ladders.get_mut(&part).ok_or(Lost)?;
                Arc::make_mut(ladder).change((value, row), false)?;
                touched.push(part);
            }
            if let Some((part, value)) = to {
                let ladder = self.ladders.entry(part.clone());
                let ladder = ladder.or_insert_with(|| Arc::new(Ladder::whole(Vec::new())));
                Arc::make_mut(ladder).change((value, row), true)?;
                touched.push(part);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let mut moved = Vec::new();
        for part in touched {
            let Some(ladder) = self.ladders.get_mut(&part) else { continue };
            let (after, before) = (ladder.bounds(grades)?, self.bounds.get(&part));
            if let Some(before) = before.filter(|before| **before != after) {
                let values = before.values().iter().chain(after.values()).copied();
                let mut ends: Vec<i128> =
                    [i128::MIN, i128::MAX].into_iter().chain(values).collect();
                ends.sort_unstable();
                ends.dedup();
                for pair in ends.windows(2) {
                    if before.class(pair[0]) != after.class(pair[0]) {
                        moved.extend(ladder.between(pair[0], pair[1])?);
                    }
                }
            }
            if ladder.n_known() > 8 * KEPT * grades.len().max(1) {
                Arc::make_mut(ladder).trim(grades, KEPT);
            }
            self.bounds.insert(part, after);
        }
        Ok(moved)
    }
}

#[cfg(test)]
#[path = "ladder_tests.rs"]
mod tests;
