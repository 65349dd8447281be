//! What a node costs: 64-bit words read per whole chunk.
//!
//! A stored bitmap costs its words, a bit slice as many, a value looked at row by row as many as
//! the steps it takes. Only the ratios matter: they decide which clause comes first.

use super::{Context, Leaf};
use crate::model::{Scalar, ScalarKind, TextTest};

/// Words of work for one operation on one row: a chunk of rows holds a word for every 64 of them.
const ROWS_A_WORD: f64 = 64.0;

/// Operations to read one packed value.
const READ: f64 = 2.0;

/// Operations to find day, month and year of one value.
const CALENDAR: f64 = 20.0;

/// Operations to hash one key.
const HASH: f64 = 30.0;

/// Operations to test one key's text by a pattern.
const PATTERN: f64 = 100.0;

/// Words read to find the row of one key.
const LOOK_UP: f64 = 20.0;

/// What a leaf costs.
pub(super) fn of_leaf(leaf: &Leaf, cx: &Context<'_>) -> f64 {
    let (words, statistics) = (cx.statistics.chunk_words(), cx.statistics);
    match leaf {
        Leaf::Values { attribute, ranges, .. } if ranges.is_all() || ranges.is_none() => {
            // The bitmap of known values, whatever stands beside it.
            statistics.words(*attribute, ranges).min(words)
        }
        Leaf::Values { attribute, ranges, missing } => {
            let known = if *missing { words } else { 0.0 };
            statistics.words(*attribute, ranges) + known
        }
        Leaf::Elements { codes, .. } => words * codes.len() as f64,
        Leaf::Size { attribute, ranges } => statistics.words(*attribute, ranges),
        Leaf::IntKeys(ranges) => keys(ranges.as_slice().len(), cx).min(row_wise(READ, cx)),
        Leaf::TextKeys(list) => keys(list.len(), cx),
        Leaf::TextKeyTest(TextTest::Range { .. } | TextTest::StartsWith(_)) => {
            row_wise(PATTERN / 2.0, cx)
        }
        Leaf::TextKeyTest(_) => row_wise(PATTERN, cx),
        Leaf::Sample { .. } => row_wise(HASH, cx),
        Leaf::Function { .. } => row_wise(READ + CALENDAR, cx),
        Leaf::Compare { left, right, .. } => row_wise(steps(left) + steps(right), cx),
        Leaf::ScalarKnown(scalar) => row_wise(steps(scalar), cx),
        Leaf::CompareText { .. } => row_wise(2.0 * READ, cx),
        // Resolved before any chunk is evaluated; what is left is to read its members.
        Leaf::Rank(_) => words,
    }
}

/// What a reference to a shared plan costs once that is evaluated.
pub(super) fn of_shared(cx: &Context<'_>) -> f64 {
    cx.statistics.chunk_words()
}

fn row_wise(steps: f64, cx: &Context<'_>) -> f64 {
    steps * ROWS_A_WORD * cx.statistics.chunk_words()
}

/// A list of keys is looked up once, and its rows spread over the chunks.
fn keys(n_keys: usize, cx: &Context<'_>) -> f64 {
    let rows_a_chunk = ROWS_A_WORD * cx.statistics.chunk_words();
    let n_chunks = (cx.n_customers() as f64 / rows_a_chunk).max(1.0);
    n_keys as f64 * LOOK_UP / n_chunks
}

/// Operations to compute a value of one row.
fn steps(scalar: &Scalar) -> f64 {
    match &scalar.kind {
        ScalarKind::Attribute(_) => READ,
        ScalarKind::Number(_) | ScalarKind::Moment(_) | ScalarKind::Units(_) => 0.0,
        ScalarKind::Sum(terms) => terms.iter().map(|term| steps(term) + 1.0).sum(),
        ScalarKind::Product(a, b) => steps(a) + steps(b) + 2.0,
        ScalarKind::Quotient(a, b) => steps(a) + steps(b) + CALENDAR,
        ScalarKind::Negate(x) | ScalarKind::Abs(x) | ScalarKind::Round(x) => steps(x) + 1.0,
        ScalarKind::Time(_, x) | ScalarKind::Shift(x, _) | ScalarKind::Rate(_, x) => {
            steps(x) + CALENDAR
        }
    }
}
