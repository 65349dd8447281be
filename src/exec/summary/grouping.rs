//! The members of a chunk by the values of the `by` columns.

use std::collections::HashMap;

use crate::exec::at::At;
use crate::exec::scratch::Scratch;
use crate::exec::words::positions;
use crate::index::{UnitsChunk, UnitsColumn};

/// The values of the `by` columns; `None` where missing.
pub(super) type GroupKey = Vec<Option<i64>>;

/// The group of each member of a chunk.
#[derive(Debug)]
pub(super) struct Grouping {
    /// The group of each member, in order of rows.
    pub(super) numbers: Vec<u32>,
    /// The groups' keys.
    pub(super) keys: Vec<GroupKey>,
}

/// Numbers up to which a combination of columns is used as it is.
const MAX_SPAN: usize = 1 << 16;

impl Grouping {
    /// Groups the rows of a mask.
    pub(super) fn new(
        by: &[&UnitsColumn],
        at: &At<'_>,
        mask: &[u64],
        n_members: usize,
        scratch: &mut Scratch,
    ) -> Self {
        let mut numbers = vec![0u32; n_members];
        let mut span = 1;
        for column in by {
            let chunk = &column.chunks[at.chunk];
            span = combine(&mut numbers, span, chunk, at, mask, scratch);
        }
        renumber(&mut numbers, span);
        let mut firsts: Vec<Option<u16>> =
            vec![None; numbers.iter().max().map_or(0, |n| *n as usize + 1)];
        for (position, number) in positions(mask).zip(&numbers) {
            firsts[*number as usize].get_or_insert(position);
        }
        let key = |position: u16| by.iter().map(|c| c.chunks[at.chunk].get(position)).collect();
        Self { numbers, keys: firsts.into_iter().flatten().map(key).collect() }
    }
}

/// Makes each member's number tell its value in one column more; how many numbers there may be.
fn combine(
    numbers: &mut [u32],
    span: usize,
    chunk: &UnitsChunk,
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
) -> usize {
    let n_values = chunk.max.wrapping_sub(chunk.min) as u64;
    if chunk.n_known == 0 {
        return span;
    }
    if n_values >= MAX_SPAN as u64 || span * (n_values as usize + 2) > 1 << 30 {
        return combine_listed(numbers, chunk, at, mask);
    }
    let width = n_values as u32 + 2;
    if chunk.known == *at.alive {
        each_member(chunk, at, mask, scratch, |member, value| {
            let slot = value.wrapping_sub(chunk.min) as u32;
            numbers[member] = numbers[member] * width + slot;
        });
    } else {
        for (number, position) in numbers.iter_mut().zip(positions(mask)) {
            let slot = chunk.get(position).map_or(width - 1, |v| v.wrapping_sub(chunk.min) as u32);
            *number = *number * width + slot;
        }
    }
    let combined = span * width as usize;
    if combined > MAX_SPAN { renumber(numbers, combined) } else { combined }
}

/// As `combine`, for values that are far apart.
fn combine_listed(numbers: &mut [u32], chunk: &UnitsChunk, at: &At<'_>, mask: &[u64]) -> usize {
    debug_assert!(at.rows == chunk.rows);
    let mut listed: HashMap<(u32, Option<i64>), u32> = HashMap::new();
    for (number, position) in numbers.iter_mut().zip(positions(mask)) {
        let next = listed.len() as u32;
        *number = *listed.entry((*number, chunk.get(position))).or_insert(next);
    }
    listed.len()
}

/// Makes numbers dense; how many there are.
fn renumber(numbers: &mut [u32], span: usize) -> usize {
    const NEW: u32 = u32::MAX;
    let mut n = 0;
    let mut next = |place: &mut u32| {
        if *place == NEW {
            *place = n;
            n += 1;
        }
        *place
    };
    if span <= MAX_SPAN * 16 {
        let mut table = vec![NEW; span];
        numbers.iter_mut().for_each(|number| *number = next(&mut table[*number as usize]));
    } else {
        let mut table = HashMap::new();
        for number in numbers {
            *number = next(table.entry(*number).or_insert(NEW));
        }
    }
    n as usize
}

/// Visits the members of a mask, all with a value, in order.
fn each_member(
    chunk: &UnitsChunk,
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
    mut visit: impl FnMut(usize, i64),
) {
    let mut member = 0;
    crate::exec::operand::each_value(&chunk.values, at, mask, scratch, |_, value| {
        visit(member, value);
        member += 1;
    });
}
