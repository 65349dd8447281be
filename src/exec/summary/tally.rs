//! Counts and sums by the values of one column, in one pass over the members: each adds its value to
//! the number that its group has, over all chunks that a thread goes through.

use std::collections::HashMap;

use super::figure::Figure;
use super::grouping::GroupKey;
use super::measured::{Measured, Over};
use crate::exec::arithmetic::{BLOCK, Block};
use crate::exec::at::At;
use crate::exec::operand::Operand;
use crate::exec::scratch::Scratch;
use crate::exec::words::positions;
use crate::exec::{ExecError, MemberSet, Reader};
use crate::index::{UnitsColumn, kernel};
use crate::model::MeasureFunction;
use crate::parallel::Charge;

/// Groups up to which each has its numbers, whether anybody is in it or not; and so many times as
/// many as there are members, beyond a few.
const MAX_GROUPS: u64 = 1 << 17;
const GROUPS_A_MEMBER: u64 = 4;
/// Groups up to which neighbouring rows go to different numbers, so that none waits for the one
/// before.
const FEW_GROUPS: usize = 1 << 8;
/// So many numbers, a power of two.
const LANES: usize = 4;
/// The greatest value, either way, of which as many as there are rows add up to 64 bits.
const MAX_VALUE: u64 = 1 << 31;
/// Members of a block, one in so many of its rows, up to which each one's values are fetched.
const FEW: usize = 6;

/// Bits that a count of a chunk's rows of one lane takes, below what their values add up to: a chunk
/// has 2^16 rows, a lane a fourth of them, and what 2^14 values of up to 32 bits add up to takes 46.
const COUNT_BITS: u32 = 16;
const SHORT: u8 = 32;
/// Rows of a word from which on the others are added as nothing, rather than left out.
const MOST_OF_WORD: u32 = 24;

/// The groups of a summary with their figures, and what they take.
type Groups = (HashMap<GroupKey, Vec<Figure>>, Charge);

/// What some rows add up to, and how many they are.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: i64,
    n: u64,
}

/// What is told of a group.
enum Told {
    /// How many members.
    Members,
    /// How many have a value in the column of that place.
    Known(usize),
    /// The sum of these values.
    Summed(usize),
}

/// A summary by tallies.
struct Plan<'a> {
    by: &'a UnitsColumn,
    /// The least value.
    first: i64,
    /// Values from the least to the greatest.
    n_values: usize,
    /// The columns that are counted or summed.
    columns: Vec<&'a UnitsColumn>,
    /// The measures.
    told: Vec<Told>,
}

/// What one thread has added up: for every column the sums by group, and how many members are in
/// none of the first one's.
struct Tally {
    sums: Vec<Vec<Sum>>,
    rest: Vec<Sum>,
}

/// The groups of all members; `None` where they are by more than one column or too many, or a
/// figure needs more than counts and sums of small whole numbers.
///
/// # Errors
///
/// When the budget does not suffice or the executor is interrupted.
pub(super) fn groups(
    reader: &Reader<'_>,
    members: &MemberSet,
    measures: &[Measured<'_>],
    by: &[&UnitsColumn],
) -> Result<Option<Groups>, ExecError> {
    let most = MAX_GROUPS.min(FEW_GROUPS as u64 + GROUPS_A_MEMBER * members.len());
    let Some(plan) = Plan::new(measures, by, most) else { return Ok(None) };
    let (n_lists, n_places) = (plan.columns.len() + 1, plan.n_places());
    let n_tasks = reader.executor.n_threads() * 4;
    let charge = reader.budget.charge(n_tasks * n_lists * n_places * size_of::<Sum>())?;
    let n_words = reader.snapshot.size().words();
    let start = || {
        let sums = vec![vec![Sum::default(); n_places]; plan.columns.len()];
        (Scratch::new(n_words, 0), Tally { sums, rest: vec![Sum::default(); n_places] })
    };
    let parts = reader.executor.fold(reader.snapshot.n_chunks(), start, |part, chunk| {
        let own = &members.chunks()[chunk];
        if !own.is_empty() && !reader.executor.interrupted() {
            let (scratch, tally) = part;
            let at = At::new(reader.snapshot, chunk);
            scratch.lent(at.n_words(), |words, scratch| {
                own.write_to(words, at.rows);
                plan.take_in(tally, &at, words, scratch);
            });
        }
    });
    let parts: Vec<Tally> = parts.into_iter().map(|(_, tally)| tally).collect();
    if reader.executor.interrupted() {
        return Err(ExecError::Interrupted);
    }
    Ok(Some((plan.figures(&parts), charge)))
}

impl<'a> Plan<'a> {
    fn new(measures: &[Measured<'a>], by: &[&'a UnitsColumn], most: u64) -> Option<Self> {
        let [by] = by else { return None };
        let (first, last) = by.statistics().bounds?;
        let n_values = (last.wrapping_sub(first) as u64).checked_add(1)?;
        if n_values > most {
            return None;
        }
        let mut columns: Vec<&UnitsColumn> = Vec::new();
        let mut place = |column: &'a UnitsColumn| {
            let bounds = column.statistics().bounds.unwrap_or_default();
            if bounds.0.unsigned_abs().max(bounds.1.unsigned_abs()) > MAX_VALUE {
                return None;
            }
            let known = columns.iter().position(|known| std::ptr::eq(*known, column));
            Some(known.unwrap_or_else(|| {
                columns.push(column);
                columns.len() - 1
            }))
        };
        let mut told = Vec::with_capacity(measures.len());
        for measured in measures {
            told.push(match (measured.function, &measured.over) {
                (
                    MeasureFunction::Count | MeasureFunction::Distinct,
                    Over::Customers | Over::Keys(_),
                ) => Told::Members,
                (MeasureFunction::Count, Over::Numbers(operand, _) | Over::Texts(operand)) => {
                    Told::Known(place(operand.column()?)?)
                }
                (
                    MeasureFunction::Sum | MeasureFunction::Avg,
                    Over::Numbers(Operand::Units(column), _),
                ) if !measured.is_float() => Told::Summed(place(column)?),
                _ => return None,
            });
        }
        Some(Self { by, first, n_values: n_values as usize, columns, told })
    }

    /// Numbers that a group has beside each other.
    fn n_lanes(&self) -> usize {
        if self.n_values <= FEW_GROUPS { LANES } else { 1 }
    }

    /// Numbers in all; the last are of those without a value.
    fn n_places(&self) -> usize {
        (self.n_values + 1) * self.n_lanes()
    }

    /// Adds up the members of a chunk. Those in none of the first column's sums are counted apart.
    fn take_in(&self, tally: &mut Tally, at: &At<'_>, members: &[u64], scratch: &mut Scratch) {
        let Tally { sums, rest, .. } = tally;
        for (place, (column, sums)) in self.columns.iter().zip(sums).enumerate() {
            let chunk = &column.chunks[at.chunk];
            if chunk.known == *at.alive {
                self.add(Some(column), at, members, scratch, sums);
                continue;
            }
            scratch.lent(members.len(), |words, scratch| {
                words.copy_from_slice(members);
                chunk.known.and_into(words, at.rows);
                self.add(Some(column), at, words, scratch, sums);
                if place == 0 {
                    words.copy_from_slice(members);
                    chunk.known.and_not_into(words, at.rows);
                    self.add(None, at, words, scratch, rest);
                }
            });
        }
        if self.columns.is_empty() {
            self.add(None, at, members, scratch, rest);
        }
    }

    /// Adds rows, all with a value in the column, to their groups.
    fn add(
        &self,
        column: Option<&UnitsColumn>,
        at: &At<'_>,
        rows: &[u64],
        scratch: &mut Scratch,
        sums: &mut [Sum],
    ) {
        let by = &self.by.chunks[at.chunk];
        if by.known == *at.alive {
            return self.add_grouped(column, at, rows, scratch, sums);
        }
        scratch.lent(rows.len(), |words, scratch| {
            words.copy_from_slice(rows);
            by.known.and_not_into(words, at.rows);
            let values = column.map(|column| &column.chunks[at.chunk].values);
            if let Some(none) = sums.get_mut(self.n_values * self.n_lanes()) {
                positions(words).for_each(|at| {
                    none.sum += values.map_or(0, |values| values.get(usize::from(at)));
                    none.n += 1;
                });
            }
            words.copy_from_slice(rows);
            by.known.and_into(words, at.rows);
            self.add_grouped(column, at, words, scratch, sums);
        });
    }

    /// Adds rows that have a value in the column, and a group.
    fn add_grouped(
        &self,
        column: Option<&UnitsColumn>,
        at: &At<'_>,
        rows: &[u64],
        scratch: &mut Scratch,
        sums: &mut [Sum],
    ) {
        let groups = &self.by.chunks[at.chunk].values;
        let values = column.map(|column| &column.chunks[at.chunk].values);
        let (lanes, lane) = (self.n_lanes(), self.n_lanes() - 1);
        let place =
            |row: usize, group: i64| group.wrapping_sub(self.first) as usize * lanes + (row & lane);
        let mut add = |row: usize, group: i64, value: i64| {
            if let Some(own) = sums.get_mut(place(row, group)) {
                own.sum += value;
                own.n += 1;
            }
        };
        let is_short = values.is_none_or(|values| values.width <= SHORT);
        let tallies = is_short && self.n_values <= FEW_GROUPS;
        let least = values.map_or(0, |values| values.base);
        let Scratch { units, codes, tallies: short, .. } = &mut *scratch;
        short.clear();
        short.resize(if tallies { self.n_places() } else { 0 }, 0);
        for block in Block::of(at.chunk, at.rows) {
            let words = &rows[block.words()];
            let n = kernel::count(words);
            if n == 0 {
                continue;
            }
            if n as usize * FEW < BLOCK {
                positions(words).for_each(|offset| {
                    let row = block.start + usize::from(offset);
                    add(row, groups.get(row), values.map_or(0, |values| values.get(row)));
                });
                continue;
            }
            let (units, codes) = (&mut units[..block.len], &mut codes[..block.len]);
            groups.decode_from(block.start, codes);
            match values {
                Some(values) => values.decode_from(block.start, units),
                None => units.fill(0),
            }
            if !tallies {
                positions(words).for_each(|offset| {
                    let row = usize::from(offset);
                    add(row, codes[row], units[row]);
                });
                continue;
            }
            for ((word, units), codes) in words.iter().zip(units.chunks(64)).zip(codes.chunks(64)) {
                let mut add = |row: usize, group: i64, unit: i64, mask: u64| {
                    if let Some(own) = short.get_mut(place(row, group)) {
                        *own += ((unit.wrapping_sub(least) as u64) << COUNT_BITS | 1) & mask;
                    }
                };
                let all = units.iter().zip(codes).enumerate();
                if *word == u64::MAX {
                    all.for_each(|(row, (unit, group))| add(row, *group, *unit, u64::MAX));
                } else if word.count_ones() >= MOST_OF_WORD {
                    all.for_each(|(row, (unit, group))| {
                        add(row, *group, *unit, (word >> row & 1).wrapping_neg());
                    });
                } else {
                    positions(&[*word]).for_each(|offset| {
                        let row = usize::from(offset);
                        add(row, codes[row], units[row], u64::MAX);
                    });
                }
            }
        }
        for (sum, short) in sums.iter_mut().zip(short.iter()) {
            let n = short & ((1 << COUNT_BITS) - 1);
            sum.sum += (short >> COUNT_BITS) as i64 + n as i64 * least;
            sum.n += n;
        }
    }

    /// The figures of the groups that hold anybody.
    fn figures(&self, parts: &[Tally]) -> HashMap<GroupKey, Vec<Figure>> {
        let lanes = self.n_lanes();
        let total = |of: &dyn Fn(&Tally) -> &[Sum], group: usize| {
            let places = group * lanes..(group + 1) * lanes;
            let own = parts.iter().flat_map(|part| &of(part)[places.clone()]);
            own.fold((0i128, 0), |(sum, n), own| (sum + i128::from(own.sum), n + own.n))
        };
        let mut groups = HashMap::new();
        for group in 0..=self.n_values {
            let sums: Vec<(i128, u64)> = (0..self.columns.len())
                .map(|column| total(&|part| &part.sums[column], group))
                .collect();
            let first = sums.first().map_or(0, |(_, n)| *n);
            let members = first + total(&|part| &part.rest, group).1;
            if members == 0 {
                continue;
            }
            let figure = |told: &Told| match told {
                Told::Members => Figure::Count(members),
                Told::Known(column) => Figure::Count(sums[*column].1),
                Told::Summed(column) => Figure::Sum(sums[*column].0, sums[*column].1),
            };
            let has_value = group < self.n_values;
            let key = has_value.then(|| self.first.wrapping_add(group as i64));
            groups.insert(vec![key], self.told.iter().map(figure).collect());
        }
        groups
    }
}
