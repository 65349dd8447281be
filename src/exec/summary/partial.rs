//! The figures of one chunk.

use super::figure::Figure;
use super::grouping::{GroupKey, Grouping};
use super::masked;
use super::measured::{Measured, Over};
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::positions;
use crate::index::{UnitsColumn, kernel};

/// Groups of a chunk, in no order that means anything, with a figure for each measure.
pub(super) type Partial = Vec<(GroupKey, Vec<Figure>)>;

/// The figures of the members of one chunk.
///
/// # Errors
///
/// When a sum or a member's arithmetic overflows.
pub(super) fn partial(
    measures: &[Measured<'_>],
    by: &[&UnitsColumn],
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
) -> Result<Partial, ExecError> {
    let n = kernel::count(mask) as usize;
    if n == 0 {
        return Ok(Vec::new());
    }
    if let Some(partial) = masked::partial(measures, by, at, mask, n, scratch) {
        return Ok(partial);
    }
    let grouping = Grouping::new(by, at, mask, n, scratch);
    let n_groups = grouping.keys.len();
    let mut figures: Vec<Vec<Figure>> = Vec::with_capacity(measures.len());
    for measured in measures {
        let mut column = vec![Figure::new(measured); n_groups];
        fill(measured, &grouping, &mut column, at, mask, scratch)?;
        column.iter_mut().for_each(Figure::settle);
        figures.push(column);
    }
    let mut columns: Vec<_> = figures.into_iter().map(Vec::into_iter).collect();
    let row = |key| (key, columns.iter_mut().filter_map(Iterator::next).collect());
    Ok(grouping.keys.into_iter().map(row).collect())
}

fn fill(
    measured: &Measured<'_>,
    grouping: &Grouping,
    figures: &mut [Figure],
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
) -> Result<(), ExecError> {
    match (&measured.over, measured.operand()) {
        (_, Some(operand)) => {
            let places = Ranks::of(mask);
            let mut failed = None;
            operand.each(at, mask, scratch, |position, value| {
                let group = grouping.numbers[places.of_position(mask, position)] as usize;
                if let Err(overflow) = figures[group].add(value, measured.function) {
                    failed.get_or_insert(overflow.at(at.row(position)));
                }
            })?;
            failed.map_or(Ok(()), Err)
        }
        (Over::Keys(keys), _) => {
            for (position, group) in positions(mask).zip(&grouping.numbers) {
                figures[*group as usize].add_key(at.row(position), keys, measured.function);
            }
            Ok(())
        }
        _ => {
            for group in &grouping.numbers {
                if let Figure::Count(n) = &mut figures[*group as usize] {
                    *n += 1;
                }
            }
            Ok(())
        }
    }
}

/// How many bits are set before each word, so that a position tells the number of its member.
struct Ranks(Vec<u32>);

impl Ranks {
    fn of(mask: &[u64]) -> Self {
        let mut before = 0;
        let ranks = mask.iter().map(|word| {
            let rank = before;
            before += word.count_ones();
            rank
        });
        Self(ranks.collect())
    }

    #[inline]
    fn of_position(&self, mask: &[u64], position: u16) -> usize {
        let (word, bit) = (usize::from(position) / 64, position % 64);
        let below = mask[word] & ((1 << bit) - 1);
        (self.0[word] + below.count_ones()) as usize
    }
}
