//! Sums by the values of one column, in one pass over the members of a chunk: each adds its value,
//! and that it is there, to the one number that its group has.

use super::figure::Figure;
use super::masked::summed;
use super::measured::Measured;
use super::partial::Partial;
use crate::exec::arithmetic::{BLOCK, Block};
use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::positions;
use crate::index::{UnitsChunk, UnitsColumn, kernel};
use crate::model::MeasureFunction;

/// Groups up to which each has its number, whether anybody is in it or not.
const MAX_GROUPS: u64 = 4_096;
/// Bits below a tally's count of members: no more than 65,536 offsets of [`MAX_WIDTH`] bits add up.
const SUM_BITS: u32 = 47;
/// The widest values.
const MAX_WIDTH: u8 = 30;
/// Members of a block, one in so many of its rows, up to which each one's values are fetched.
const FEW: usize = 8;

/// What the members of a group add up to, and how many they are.
type Sum = (i128, u64);

/// The figures of a chunk. `None` where the groups are by more than one column or too many, nothing
/// is summed, or the values are too wide.
pub(super) fn partial(
    measures: &[Measured<'_>],
    by: &[&UnitsColumn],
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
) -> Option<Partial> {
    let [column] = by else { return None };
    let groups = &column.chunks[at.chunk];
    let columns = measures.iter().map(|m| summed(m, at)).collect::<Option<Vec<_>>>()?;
    let n_groups = (groups.max.wrapping_sub(groups.min) as u64).checked_add(1)?;
    let is_narrow = |chunk: &&UnitsChunk| chunk.values.width <= MAX_WIDTH;
    if groups.n_known == 0
        || n_groups > MAX_GROUPS
        || columns.iter().all(Option::is_none)
        || !columns.iter().flatten().all(is_narrow)
    {
        return None;
    }
    let mut grouped = Grouped { groups, n_groups: n_groups as usize, at, mask, sums: Vec::new() };
    for chunk in columns.iter().flatten() {
        grouped.sum(chunk, scratch);
    }
    let members = grouped.members(scratch);
    let sums = |chunk: &UnitsChunk, group: usize| {
        let own = grouped.sums.iter().find(|(known, _)| std::ptr::eq(*known, chunk));
        own.map_or((0, 0), |(_, sums)| sums[group])
    };
    let figure = |group: usize, (measured, chunk): (&Measured<'_>, &Option<&UnitsChunk>)| match (
        chunk,
        measured.function,
    ) {
        (None, _) => Figure::Count(members[group]),
        (Some(chunk), MeasureFunction::Count) => Figure::Count(sums(chunk, group).1),
        (Some(chunk), _) => {
            let (sum, n) = sums(chunk, group);
            Figure::Sum(sum, n)
        }
    };
    let key = |group: usize| (group < grouped.n_groups).then(|| groups.min + group as i64);
    let held = (0..members.len()).filter(|group| members[*group] > 0);
    let row = |group: usize| {
        let figures = measures.iter().zip(&columns).map(|both| figure(group, both));
        (vec![key(group)], figures.collect())
    };
    Some(held.map(row).collect())
}

/// The members of a chunk by group; the last group has those of no value.
struct Grouped<'a, 'm> {
    groups: &'a UnitsChunk,
    /// Groups that have a value.
    n_groups: usize,
    at: &'m At<'a>,
    mask: &'m [u64],
    /// Of a column, the sums by group.
    sums: Vec<(&'a UnitsChunk, Vec<Sum>)>,
}

impl<'a> Grouped<'a, '_> {
    /// Adds a column up, unless that was done.
    fn sum(&mut self, chunk: &'a UnitsChunk, scratch: &mut Scratch) {
        if self.sums.iter().any(|(known, _)| std::ptr::eq(*known, chunk)) {
            return;
        }
        let sums = scratch.lent(self.mask.len(), |words, scratch| {
            words.copy_from_slice(self.mask);
            chunk.known.and_into(words, self.at.rows);
            self.tallied(Some(chunk), words, scratch)
        });
        self.sums.push((chunk, sums));
    }

    /// How many members each group has.
    fn members(&self, scratch: &mut Scratch) -> Vec<u64> {
        let full = self.sums.iter().find(|(chunk, _)| chunk.known == *self.at.alive);
        if let Some((_, sums)) = full {
            return sums.iter().map(|(_, n)| *n).collect();
        }
        let sums = scratch.lent(self.mask.len(), |words, scratch| {
            words.copy_from_slice(self.mask);
            self.tallied(None, words, scratch)
        });
        sums.into_iter().map(|(_, n)| n).collect()
    }

    /// The sums by group of the rows in `words`, all of which have a value in `chunk`.
    fn tallied(
        &self,
        chunk: Option<&UnitsChunk>,
        words: &mut [u64],
        scratch: &mut Scratch,
    ) -> Vec<Sum> {
        let n_all = kernel::count(words);
        let rest: Sum = match self.groups.known == *self.at.alive {
            true => (0, 0),
            false => scratch.lent(words.len(), |rest, _| {
                rest.copy_from_slice(words);
                self.groups.known.and_not_into(rest, self.at.rows);
                self.groups.known.and_into(words, self.at.rows);
                let value = |at: u16| chunk.map_or(0, |chunk| chunk.values.get(usize::from(at)));
                let sum = positions(rest).map(|at| i128::from(value(at))).sum();
                (sum, n_all - kernel::count(words))
            }),
        };
        let mut tallies = vec![[0u64; 2]; self.n_groups];
        self.each_block(chunk, words, scratch, &mut tallies);
        let base = chunk.map_or(0, |chunk| i128::from(chunk.values.base));
        let sum = |[even, odd]: [u64; 2]| {
            let n = (even >> SUM_BITS) + (odd >> SUM_BITS);
            let offsets = (even & SUM_MASK) + (odd & SUM_MASK);
            (i128::from(offsets) + base * i128::from(n), n)
        };
        tallies.into_iter().map(sum).chain([rest]).collect()
    }

    /// Adds each row's offset and a one above it to its group's tally; neighbours go to two, so
    /// that none waits for the one before.
    fn each_block(
        &self,
        chunk: Option<&UnitsChunk>,
        words: &[u64],
        scratch: &mut Scratch,
        tallies: &mut [[u64; 2]],
    ) {
        let (codes, first) = (&self.groups.values, self.groups.min);
        let base = chunk.map_or(0, |chunk| chunk.values.base);
        let mut add = |row: usize, code: i64, value: i64| {
            if let Some(tally) = tallies.get_mut(code.wrapping_sub(first) as usize) {
                let offset = value.wrapping_sub(base) as u64;
                tally[row % 2] += offset + (1 << SUM_BITS);
            }
        };
        for block in Block::of(self.at.chunk, self.at.rows) {
            let words = &words[block.words()];
            let n: u32 = words.iter().map(|word| word.count_ones()).sum();
            if n == 0 {
                continue;
            }
            if n as usize * FEW < BLOCK {
                for offset in positions(words) {
                    let row = block.start + usize::from(offset);
                    let value = chunk.map_or(0, |chunk| chunk.values.get(row));
                    add(row, codes.get(row), value);
                }
                continue;
            }
            let Scratch { units, codes: room, .. } = scratch;
            let (units, room) = (&mut units[..block.len], &mut room[..block.len]);
            codes.decode_from(block.start, room);
            match chunk {
                Some(chunk) => chunk.values.decode_from(block.start, units),
                None => units.fill(0),
            }
            for (word, (codes, units)) in words.iter().zip(room.chunks(64).zip(units.chunks(64))) {
                let mut rest = *word;
                if rest == u64::MAX {
                    let both = codes.iter().zip(units.iter()).enumerate();
                    both.for_each(|(row, (code, value))| add(row, *code, *value));
                    continue;
                }
                while rest != 0 {
                    let row = rest.trailing_zeros() as usize;
                    add(row, codes[row], units[row]);
                    rest &= rest - 1;
                }
            }
        }
    }
}

/// The bits of a tally that are its sum.
const SUM_MASK: u64 = (1 << SUM_BITS) - 1;
