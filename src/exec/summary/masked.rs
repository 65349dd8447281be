//! Sums by counting bits: a sum over a set is, slice by slice, how many of the set have the bit
//! (O'Neil and Quass, "Improved query performance with variant indexes", 1997).

use super::figure::Figure;
use super::grouping::GroupKey;
use super::measured::{Measured, Over};
use super::partial::Partial;
use crate::exec::at::At;
use crate::exec::operand::Operand;
use crate::exec::scratch::Scratch;
use crate::index::{Container, UnitsChunk, UnitsColumn, UnitsIndex, kernel};
use crate::model::MeasureFunction;

/// Nanoseconds to gather one value of one member, beside those to count the common bits of a
/// thousand words: the two ways' costs in proportion.
const GATHER: usize = 2_000;
const COUNT: usize = 130;

/// The figures of a chunk by bitmaps, where that is cheaper than going through the members: with
/// few groups and many members. `None` where it is not, or a figure needs the values.
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
    let passes: usize = chunks.iter().map(|chunk| n_passes(*chunk)).sum();
    let counting = groups.len() * (passes + 1) * mask.len() * COUNT / 1_024;
    if counting > n_members * (measures.len() + by.len()) * GATHER / 1_000 {
        return None;
    }
    let mut members = scratch.take();
    let mut partial = Vec::with_capacity(groups.len());
    for (key, group) in groups {
        let words = &mut members[..mask.len()];
        words.copy_from_slice(mask);
        group.narrow(words, at);
        let n = kernel::count(words);
        if n > 0 {
            let figures =
                measures.iter().zip(&chunks).map(|(m, chunk)| figure(m, *chunk, n, words));
            partial.push((key, figures.collect()));
        }
    }
    scratch.give(members);
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
}

/// The groups that bitmaps tell; the last holds those without a value.
fn groups<'a>(by: &[&'a UnitsColumn], at: &At<'_>) -> Option<Vec<(GroupKey, Rows<'a>)>> {
    let column = match by {
        [] => return Some(vec![(Vec::new(), Rows::All)]),
        [column] => column,
        _ => return None,
    };
    let chunk = &column.chunks[at.chunk];
    let UnitsIndex::PerValue(values) = &chunk.index else { return None };
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

fn n_passes(chunk: Option<&UnitsChunk>) -> usize {
    match chunk.map(|chunk| &chunk.index) {
        None | Some(UnitsIndex::Forward) => 1,
        Some(UnitsIndex::PerValue(values)) => values.len() + 1,
        Some(UnitsIndex::Slices { slices, .. }) => slices.len() + 1,
    }
}

/// One figure of the members in `words`, of whom there are `n`.
fn figure(measured: &Measured<'_>, chunk: Option<&UnitsChunk>, n: u64, words: &[u64]) -> Figure {
    let Some(chunk) = chunk else { return Figure::Count(n) };
    let known = chunk.known.and_count(words, chunk.rows);
    if measured.function == MeasureFunction::Count {
        return Figure::Count(known);
    }
    let sum = match &chunk.index {
        UnitsIndex::PerValue(values) => {
            let part = |(value, rows): &(i64, Container)| {
                i128::from(*value) * i128::from(rows.and_count(words, chunk.rows))
            };
            values.iter().map(part).sum()
        }
        UnitsIndex::Slices { slices, .. } => {
            let weighed =
                |(bit, slice): (usize, &[u64])| i128::from(kernel::and_count(words, slice)) << bit;
            let offsets: i128 = slices.iter().map(|slice| &**slice).enumerate().map(weighed).sum();
            offsets + i128::from(chunk.min) * i128::from(known)
        }
        UnitsIndex::Forward => 0,
    };
    Figure::Sum(sum, known)
}
