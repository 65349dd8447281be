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

/// Entries kept to either side of a cut-off.
pub(super) const KEPT: usize = 2_048;

/// Those who are ranked together.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// Stretches of values that are known one by one, ascending and apart.
    pub(super) zones: Vec<Zone>,
    /// What lies before each zone, and after the last: one more than zones.
    pub(super) gaps: Vec<Gap>,
}

/// A stretch of values, both ends in, and all who have them, in order.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) low: i128,
    pub(super) high: i128,
    pub(super) entries: Vec<Entry>,
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
        let zone = Zone { low: i128::MIN, high: i128::MAX, entries };
        Self { zones: vec![zone], gaps: vec![Gap::default(); 2] }
    }

    /// How many are ranked.
    pub(super) fn len(&self) -> u64 {
        let within: usize = self.zones.iter().map(|zone| zone.entries.len()).sum();
        self.gaps.iter().map(|gap| gap.n).sum::<u64>() + within as u64
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
        let cut_off = |grade: &Grade| match &grade.cut {
            GradeCut::Rank(side, cut) => match Target::of(*side, *cut, n) {
                Some(target) => self.locate(target),
                None => Ok(None),
            },
            GradeCut::Within(_) | GradeCut::Rest => Ok(None),
        };
        let cut_offs = grades.iter().map(cut_off).collect::<Result<Vec<_>, Lost>>()?;
        Ok(Bounds::of(grades, &cut_offs))
    }

    /// The value at a target; `None` when nobody is there.
    pub(super) fn locate(&self, target: Target) -> Result<Option<i128>, Lost> {
        match target {
            Target::Index(index) => self.at(index).map(Some),
            Target::Share(percent) => self.at_share(percent),
        }
    }

    fn at(&self, index: u64) -> Result<i128, Lost> {
        let mut before = 0;
        for (gap, zone) in self.gaps.iter().zip(&self.zones) {
            before += gap.n;
            let place = index.checked_sub(before).ok_or(Lost)?;
            if let Some((value, _)) = zone.entries.get(place as usize) {
                return Ok(*value);
            }
            before += zone.entries.len() as u64;
        }
        Err(Lost)
    }

    /// From the largest value down, as long as less than the share lies before.
    fn at_share(&self, percent: Decimal) -> Result<Option<i128>, Lost> {
        let positive = |entry: &Entry| entry.0.max(0);
        let known = self.zones.iter().flat_map(|zone| &zone.entries).map(positive);
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
            for same in zone.entries.chunk_by(|a, b| a.0 == b.0).rev() {
                let value = same[0].0;
                if value <= 0 || !is_below(sum) {
                    return Ok(found);
                }
                found = Some(value);
                sum = sum.saturating_add(value.saturating_mul(same.len() as i128));
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
        let ranks = grades.iter().filter_map(|grade| match &grade.cut {
            GradeCut::Rank(side, cut) => Target::of(*side, *cut, n),
            _ => None,
        });
        let cut_offs: Vec<i128> =
            ranks.filter_map(|target| self.locate(target).ok().flatten()).collect();
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
        let from = zone.entries.partition_point(|entry| entry.0 < low);
        let to = zone.entries.partition_point(|entry| entry.0 < high);
        Ok(zone.entries[from..to].iter().map(|entry| entry.1).collect())
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
    /// The zone cut down to what lies near some values.
    fn parts(self, cut_offs: &[i128], kept: usize) -> Vec<Stretch> {
        let len = self.entries.len();
        let mut near: Vec<(usize, usize)> = Vec::new();
        let mut places: Vec<usize> = cut_offs
            .iter()
            .filter(|value| (self.low..=self.high).contains(value))
            .map(|value| self.entries.partition_point(|entry| entry.0 < *value))
            .collect();
        places.sort_unstable();
        for place in places {
            // Equal values stay together.
            let from = self.start_of(place.saturating_sub(kept));
            let to = self.end_of((place + kept).min(len));
            match near.last_mut() {
                Some(last) if last.1 >= from => last.1 = last.1.max(to),
                _ => near.push((from, to)),
            }
        }
        let gap = |entries: &[Entry]| Gap {
            n: entries.len() as u64,
            sum: entries.iter().map(|entry| entry.0.max(0)).sum(),
        };
        let (mut parts, mut end) = (Vec::new(), 0);
        for (from, to) in near {
            parts.push(Stretch::Gap(gap(&self.entries[end..from])));
            let low = match from.checked_sub(1) {
                None => self.low,
                Some(before) => self.entries[before].0 + 1,
            };
            let high = match self.entries.get(to) {
                None => self.high,
                Some((after, _)) => after - 1,
            };
            parts.push(Stretch::Zone(Zone { low, high, entries: self.entries[from..to].to_vec() }));
            end = to;
        }
        parts.push(Stretch::Gap(gap(&self.entries[end..])));
        parts
    }

    fn start_of(&self, place: usize) -> usize {
        match self.entries.get(place) {
            Some((value, _)) => self.entries.partition_point(|entry| entry.0 < *value),
            None => self.entries.len(),
        }
    }

    fn end_of(&self, place: usize) -> usize {
        match place.checked_sub(1).and_then(|last| self.entries.get(last)) {
            Some((value, _)) => self.entries.partition_point(|entry| entry.0 <= *value),
            None => place,
        }
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Label, RangeSet, RankAmount};

    fn cut() -> BoxedStrategy<GradeCut> {
        let side = prop::sample::select(vec![Side::Top, Side::Bottom]);
        let rank = prop_oneof![
            (0u64..40).prop_map(|n| RankAmount::Count(n).into()),
            (1i128..1_000).prop_map(|tenths| RankAmount::Percent(Decimal::new(tenths, 1)).into()),
            (1u64..6).prop_map(|part| RankCut::Fraction { part, of: 6 }),
        ];
        let share = (1i128..1_000).prop_map(|tenths| RankCut::Share(Decimal::new(tenths, 1)));
        prop_oneof![
            4 => (side, rank).prop_map(|(side, cut)| GradeCut::Rank(side, cut)),
            2 => share.prop_map(|cut| GradeCut::Rank(Side::Top, cut)),
            1 => (-5i64..5).prop_map(|least| GradeCut::Within(RangeSet::at_least(least))),
        ]
        .boxed()
    }

    /// The class of everybody by what is said of the language, counted one by one.
    fn class(value: i128, all: &[Entry], grades: &[Grade]) -> Option<u32> {
        let larger = all.iter().filter(|(other, _)| *other > value).count() as u64;
        let smaller = all.iter().filter(|(other, _)| *other < value).count() as u64;
        let n = all.len() as u64;
        let sum = |least: i128| -> i128 {
            all.iter().map(|entry| entry.0).filter(|other| *other > least.max(0)).sum()
        };
        let takes = |grade: &Grade| match &grade.cut {
            GradeCut::Rest => true,
            GradeCut::Within(ranges) => ranges.contains(value as i64),
            GradeCut::Rank(_, RankCut::Share(percent)) => {
                let tenths = percent.rescaled(1).unwrap().units();
                value > 0 && sum(value) * 1_000 < tenths * sum(0)
            }
            GradeCut::Rank(side, cut) => {
                let count = match cut {
                    RankCut::Fraction { part, of } => (part * n).div_ceil(*of),
                    RankCut::Amount(amount) => share(*amount, n),
                    RankCut::Share(_) => 0,
                };
                if *side == Side::Top { larger < count } else { smaller < count }
            }
        };
        grades.iter().position(takes).map(|at| at as u32)
    }

    proptest! {
        #[test]
        fn a_ladder_that_is_kept_is_as_one_made_anew(
            values in prop::collection::vec(-4i64..30, 0..120),
            changes in prop::collection::vec((0usize..120, prop::option::of(-4i64..30)), 0..60),
            cuts in prop::collection::vec(cut(), 1..4),
            kept in 1usize..12,
        ) {
            let grade = |cut| Grade { label: Label::Units(0), cut };
            let mut grades: Vec<Grade> = cuts.into_iter().map(grade).collect();
            grades.push(grade(GradeCut::Rest));
            let entry = |(row, value): (usize, &i64)| (i128::from(*value), RowId(row as u32));
            let mut all: Vec<Entry> = values.iter().enumerate().map(entry).collect();
            let mut ladder = Ladder::whole(all.clone());
            let bounds = ladder.bounds(&grades).unwrap();
            ladder.trim(&grades, kept);
            prop_assert_eq!(ladder.len(), all.len() as u64);
            prop_assert_eq!(ladder.bounds(&grades), Ok(bounds.clone()));
            let mut rivals =
                Rivals::new([(None, ladder)].into(), [(None, bounds)].into());
            for (row, value) in changes {
                let row = RowId(row as u32);
                let place = all.iter().position(|(_, other)| *other == row);
                let before: Vec<(RowId, Option<u32>)> =
                    all.iter().map(|entry| (entry.1, class(entry.0, &all, &grades))).collect();
                let from = place.map(|at| (None, all.remove(at).0));
                let to = value.map(|value| (None, i128::from(value)));
                all.extend(to.as_ref().map(|(_, value)| (*value, row)));
                match rivals.changed([(row, from, to)].into_iter(), &grades) {
                    Ok(moved) => {
                        for (other, class_before) in before.iter().filter(|b| b.0 != row) {
                            let now = all.iter().find(|entry| entry.1 == *other).unwrap().0;
                            if class(now, &all, &grades) != *class_before {
                                prop_assert!(moved.contains(other), "{other:?} was moved");
                            }
                        }
                    }
                    Err(Lost) => {
                        let mut anew = Ladder::whole(all.clone());
                        let bounds = anew.bounds(&grades).unwrap();
                        anew.trim(&grades, kept);
                        rivals = Rivals::new([(None, anew)].into(), [(None, bounds)].into());
                    }
                }
                let bounds = &rivals.bounds()[&None];
                for (value, _) in &all {
                    prop_assert_eq!(bounds.class(*value), class(*value, &all, &grades));
                }
            }
        }
    }
}
