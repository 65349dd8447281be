//! Tests of the customer's key.

use std::borrow::Cow;

use super::{Fixed, Test};
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::columns::Columns;
use crate::exec::words::keep_positions;
use crate::index::{KeyChunk, KeyRef, Keys, sample_hash};
use crate::model::{Range, RangeSet, RowId, TextTest};
use crate::parallel::Executor;

/// A test that reads the key of each candidate.
#[derive(Clone, Debug)]
pub(in crate::exec) enum KeyTest<'a> {
    /// A whole number in a set.
    Int(&'a Keys, Cow<'a, RangeSet>),
    /// Text that passes a test.
    Text(&'a Keys, &'a TextTest),
    /// Text in a sorted list.
    Listed(&'a Keys, &'a [String]),
    /// The keyed hash below a bound.
    Sample {
        /// The keys.
        keys: &'a Keys,
        /// Hashes below this belong.
        below: u64,
        /// The seed.
        seed: u64,
    },
}

impl KeyTest<'_> {
    /// Keeps the rows of `acc` whose key passes.
    pub(in crate::exec) fn narrow(&self, at: &At<'_>, acc: &mut [u64]) {
        match self {
            Self::Int(keys, ranges) => match keys.chunk(at.chunk) {
                KeyChunk::Int(numbers) => {
                    keep_positions(acc, |p| ranges.contains(numbers[usize::from(p)]));
                }
                KeyChunk::Text(_) => acc.fill(0),
            },
            Self::Text(keys, test) => keep_texts(keys, at, acc, |text| test.matches(text)),
            Self::Listed(keys, texts) => keep_texts(keys, at, acc, |text| {
                texts.binary_search_by(|listed| listed.as_str().cmp(text)).is_ok()
            }),
            Self::Sample { keys, below, seed } => {
                keep_positions(acc, |p| sample_hash(keys.key(at.row(p)), *seed) < *below);
            }
        }
    }
}

fn keep_texts(keys: &Keys, at: &At<'_>, acc: &mut [u64], holds: impl Fn(&str) -> bool) {
    match keys.chunk(at.chunk) {
        KeyChunk::Text(texts) => keep_positions(acc, |p| holds(texts.get(usize::from(p)))),
        KeyChunk::Int(_) => acc.fill(0),
    }
}

/// The customers whose key is one of these numbers: found by key where they are few.
///
/// # Errors
///
/// When the keys cannot be read.
pub(in crate::exec) fn int_keys<'a>(
    ranges: &'a RangeSet,
    columns: Columns<'a>,
    executor: &Executor,
) -> Result<Test<'a>, ExecError> {
    let (keys, snapshot) = (columns.keys()?, columns.snapshot());
    let n_rows = u64::from(snapshot.n_rows());
    let asked = if keys.are_numbers() {
        Cow::Owned(ranges.intersection(&RangeSet::between(1, i64::from(snapshot.n_rows()))))
    } else {
        Cow::Borrowed(ranges)
    };
    if n_numbers(&asked) > n_rows / 16 + 64 {
        return Ok(Test::Key(KeyTest::Int(keys, asked)));
    }
    if !keys.are_numbers() {
        keys.index(executor)?;
    }
    let numbers = asked.as_slice().iter().flat_map(|range| range.low..=range.high);
    let rows = numbers.filter_map(|number| keys.row_of(KeyRef::Int(number))).collect();
    Ok(Test::Fixed(Fixed::of_rows(rows, snapshot)))
}

/// The customers whose key is one of these texts, sorted: found by key where they are few.
///
/// # Errors
///
/// When the keys cannot be read.
pub(in crate::exec) fn text_keys<'a>(
    texts: &'a [String],
    columns: Columns<'a>,
    executor: &Executor,
) -> Result<Test<'a>, ExecError> {
    let (keys, snapshot) = (columns.keys()?, columns.snapshot());
    if texts.len() as u64 > u64::from(snapshot.n_rows()) / 4 + 64 {
        return Ok(Test::Key(KeyTest::Listed(keys, texts)));
    }
    keys.index(executor)?;
    let rows: Vec<RowId> =
        texts.iter().filter_map(|text| keys.row_of(KeyRef::Text(text))).collect();
    Ok(Test::Fixed(Fixed::of_rows(rows, snapshot)))
}

/// How many numbers a set holds, or as many as fit.
fn n_numbers(ranges: &RangeSet) -> u64 {
    let width = |range: &Range| (range.high.wrapping_sub(range.low) as u64).saturating_add(1);
    ranges.as_slice().iter().fold(0, |sum: u64, range| sum.saturating_add(width(range)))
}
