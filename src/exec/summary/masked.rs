//! Sums by counting bits: a sum over a set is, slice by slice, how many of the set have the bit
//! (O'Neil and Quass, "Improved query performance with variant indexes", 1997).

use super::figure::Figure;
use super::grouping::GroupKey;
use super::measured::{Measured, Over};
use super::partial::Partial;
use crate::exec::at::At;
use crate::exec::operand::Operand;
use crate::exec::scratch::Scratch;
use crate::exec::words::positions;
use crate::index::{Container, UnitsChunk, UnitsColumn, UnitsIndex, kernel};
use crate::model::MeasureFunction;

/// Picoseconds to gather one value of one member from what was decoded, and to decode one.
const GATHER: usize = 1_500;
const DECODE: usize = 500;
/// Members of a chunk, one in so many of its rows, from which on every row is gone through.
const MASKED: usize = 8;
/// Members of a chunk, one in so many of its rows, below which bitmaps of groups are not worth it.
const SPARSE: usize = 16;

/// The figures of a chunk by bitmaps of its groups: a sum by counting bits where a group is large,
/// by gathering its values where it is small. `None` where members are few, groups have no bitmaps,
/// or a figure needs the values one by one.
pub(super) fn partial(
    measures: &[Measured<'_>],
    by: &[&UnitsColumn],
    at: &At<'_>,
    mask: &[u64],
    n_members: usize,
    scratch: &mut Scratch,
) -> Option<Partial> {
    let chunks = measures.iter().map(|m| summed(m, at)).collect::<Option<Vec<_>>>()?;
    let groups = groups(by, at)?;
    let sums_up = chunks.iter().any(Option::is_some);
    if n_members * SPARSE < at.rows as usize && (sums_up || !by.is_empty()) {
        return None;
    }
    let is_all = n_members == at.alive.len(at.rows) as usize;
    let mut sums = Sums { n_groups: groups.len(), ..Sums::default() };
    let mut narrowed = scratch.take();
    let mut partial = Vec::with_capacity(groups.len());
    for (key, group) in groups {
        let n = group.count(mask, n_members as u64, is_all, at);
        if n == 0 {
            continue;
        }
        let mut figures = Vec::with_capacity(measures.len());
        let mut members = Members { is_all, group: &group, mask, is_narrowed: false, n, at };
        for (measured, chunk) in measures.iter().zip(&chunks) {
            figures.push(match chunk {
                None => Figure::Count(n),
                Some(chunk) => {
                    let (sum, known) = sums.of(chunk, &mut members, &mut narrowed);
                    match measured.function {
                        MeasureFunction::Count => Figure::Count(known),
                        _ => Figure::Sum(sum, known),
                    }
                }
            });
        }
        sums.next_group();
        partial.push((key, figures));
    }
    scratch.give(narrowed);
    Some(partial)
}

/// The members of one group.
enum Rows<'a> {
    All,
    In(&'a Container),
    NotIn(&'a Container),
}

impl Rows<'_> {
    fn narrow(&self, words: &mut [u64], at: &At<'_>) {
        match self {
            Self::All => {}
            Self::In(rows) => rows.and_into(words, at.rows),
            Self::NotIn(rows) => rows.and_not_into(words, at.rows),
        }
    }

    /// How many members of a mask belong; of all that live, the bitmaps know.
    fn count(&self, mask: &[u64], n_members: u64, is_all: bool, at: &At<'_>) -> u64 {
        let of = |rows: &Container| match is_all {
            true => rows.len(at.rows).into(),
            false => rows.and_count(mask, at.rows),
        };
        match self {
            Self::All => n_members,
            Self::In(rows) => of(rows),
            Self::NotIn(rows) => n_members - of(rows),
        }
    }
}

/// Members of a group, a bit each once that is asked for.
struct Members<'m> {
    /// Whether the mask is all who live.
    is_all: bool,
    group: &'m Rows<'m>,
    mask: &'m [u64],
    is_narrowed: bool,
    n: u64,
    at: &'m At<'m>,
}

impl Members<'_> {
    fn words<'w>(&mut self, room: &'w mut [u64]) -> &'w [u64] {
        let words = &mut room[..self.mask.len()];
        if !self.is_narrowed {
            words.copy_from_slice(self.mask);
            self.group.narrow(words, self.at);
            self.is_narrowed = true;
        }
        words
    }
}

/// Sums of a chunk's columns over one group after the other.
#[derive(Default)]
struct Sums<'a> {
    /// Groups that may share what is decoded.
    n_groups: usize,
    /// Of the group at hand.
    done: Vec<(&'a UnitsChunk, (i128, u64))>,
    /// Values of a chunk, once they are wanted.
    decoded: Vec<(&'a UnitsChunk, Vec<i64>)>,
}

impl<'a> Sums<'a> {
    fn next_group(&mut self) {
        self.done.clear();
    }

    /// The sum of the known values of members, and how many there are.
    fn of(
        &mut self,
        chunk: &'a UnitsChunk,
        members: &mut Members<'_>,
        room: &mut [u64],
    ) -> (i128, u64) {
        let known = self.done.iter().find(|(done, _)| std::ptr::eq(*done, chunk));
        if let Some((_, sum)) = known {
            return *sum;
        }
        let counting = n_passes(chunk).map(|n| n * kernel::count_cost(members.mask.len()));
        let is_decoded = self.decoded.iter().any(|(known, _)| std::ptr::eq(*known, chunk));
        let decoding = if is_decoded { 0 } else { chunk.rows as usize * DECODE / self.n_groups };
        let gathering = members.n as usize * GATHER + decoding;
        let sum = match counting {
            Some(counting) if counting <= gathering => by_bits(chunk, members.words(room)),
            _ => self.gathered(chunk, members, room),
        };
        self.done.push((chunk, sum));
        sum
    }

    fn gathered(
        &mut self,
        chunk: &'a UnitsChunk,
        members: &mut Members<'_>,
        room: &mut [u64],
    ) -> (i128, u64) {
        let place = self.decoded.iter().position(|(known, _)| std::ptr::eq(*known, chunk));
        let place = place.unwrap_or_else(|| {
            self.decoded.push((chunk, chunk.values.to_vec(chunk.rows as usize)));
            self.decoded.len() - 1
        });
        let values = &self.decoded[place].1;
        let value = |position: u16| values[usize::from(position)];
        let is_small = |value: i64| value.unsigned_abs() < 1 << 46;
        // 65,536 such numbers add up to no more than 64 bits.
        let are_small = is_small(chunk.min) && is_small(chunk.max);
        let is_plain = members.is_all && chunk.known == Container::Full && are_small;
        match members.group {
            // All of them count.
            Rows::In(Container::Sparse(rows)) if is_plain => {
                let sum: i64 = rows.iter().map(|at| value(*at)).sum();
                (sum.into(), rows.len() as u64)
            }
            Rows::In(Container::Sparse(rows)) => {
                let mask = members.mask;
                let is_member = |at: &u16| mask[usize::from(*at) / 64] >> (at % 64) & 1 == 1;
                let rows = rows.iter().copied().filter(is_member);
                add_up(rows.filter(|at| chunk.known.contains(*at)).map(value))
            }
            _ if are_small && members.n as usize * MASKED > values.len() => {
                let (n, words) = (members.n, members.words(room));
                let known = chunk.known.and_count(words, chunk.rows);
                // Rows without a value read as the minimum.
                let unknown = i128::from(chunk.min) * i128::from(n - known);
                (i128::from(kernel::sum_of(values, words)) - unknown, known)
            }
            _ => {
                let rows = positions(members.words(room));
                add_up(rows.filter(|at| chunk.known.contains(*at)).map(value))
            }
        }
    }
}

/// The groups that bitmaps tell; the last holds those without a value.
fn groups<'a>(by: &[&'a UnitsColumn], at: &At<'_>) -> Option<Vec<(GroupKey, Rows<'a>)>> {
    let column = match by {
        [] => return Some(vec![(Vec::new(), Rows::All)]),
        [column] => column,
        _ => return None,
    };
    let chunk = &column.chunks[at.chunk];
    let UnitsIndex::PerValue { values, .. } = &chunk.index else { return None };
    let mut groups: Vec<_> =
        values.iter().map(|(value, rows)| (vec![Some(*value)], Rows::In(rows))).collect();
    if chunk.known != *at.alive {
        groups.push((vec![None], Rows::NotIn(&chunk.known)));
    }
    Some(groups)
}

/// What is summed; the inner `None` where customers are counted.
#[expect(clippy::option_option, reason = "no figure by bits is not the same as no column")]
fn summed<'a>(measured: &Measured<'a>, at: &At<'_>) -> Option<Option<&'a UnitsChunk>> {
    match (measured.function, &measured.over) {
        (MeasureFunction::Count | MeasureFunction::Distinct, Over::Customers | Over::Keys(_)) => {
            Some(None)
        }
        (MeasureFunction::Count, Over::Numbers(operand, _) | Over::Texts(operand)) => {
            Some(Some(&operand.column()?.chunks[at.chunk]))
        }
        (MeasureFunction::Sum | MeasureFunction::Avg, Over::Numbers(Operand::Units(column), _))
            if !measured.is_float() =>
        {
            let chunk = &column.chunks[at.chunk];
            (!matches!(chunk.index, UnitsIndex::Forward)).then_some(Some(&**chunk))
        }
        _ => None,
    }
}

/// The sum of some values, and how many they are.
fn add_up(values: impl Iterator<Item = i64>) -> (i128, u64) {
    values.fold((0, 0), |(sum, n), value| (sum + i128::from(value), n + 1))
}

/// Passes over bitmaps that a sum takes; `None` where there are none.
fn n_passes(chunk: &UnitsChunk) -> Option<usize> {
    match &chunk.index {
        UnitsIndex::PerValue { values, .. } => Some(values.len() + 1),
        UnitsIndex::Ordered(_) | UnitsIndex::Forward => None,
    }
}

/// The sum of the known values of the members in `words`, and how many there are.
fn by_bits(chunk: &UnitsChunk, words: &[u64]) -> (i128, u64) {
    let known = chunk.known.and_count(words, chunk.rows);
    let sum = match &chunk.index {
        UnitsIndex::PerValue { values, .. } => {
            let part = |(value, rows): &(i64, Container)| {
                i128::from(*value) * i128::from(rows.and_count(words, chunk.rows))
            };
            values.iter().map(part).sum()
        }
        UnitsIndex::Ordered(_) | UnitsIndex::Forward => 0,
    };
    (sum, known)
}
