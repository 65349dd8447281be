//! Codes of nearly unique text, found by posting lists.

use super::Fixed;
use crate::index::{Postings, Snapshot, TextColumn};
use crate::model::RangeSet;

/// The posting lists of a column, where a set of codes is small enough for them.
#[derive(Debug)]
pub(in crate::exec) struct CodeSet;

/// Codes up to which lists are read instead of values.
const MAX_CODES: i64 = 1 << 16;

impl CodeSet {
    /// The rows of the codes in `ranges`; `None` where the column has no lists, or the codes are
    /// too many.
    pub(in crate::exec) fn rows(
        ranges: &RangeSet,
        column: &TextColumn,
        snapshot: &Snapshot,
    ) -> Option<Fixed> {
        let postings: &Postings = column.postings.as_deref()?;
        let last = column.dictionary.len() as i64 - 1;
        let most = MAX_CODES.min(i64::from(snapshot.n_rows()) / 16 + 16);
        let mut n = 0;
        for range in ranges.clamped(0, last) {
            n += range.high - range.low + 1;
            if n > most {
                return None;
            }
        }
        let codes = ranges.clamped(0, last).flat_map(|range| range.low..=range.high);
        let rows = codes.flat_map(|code| postings.rows(code as u32)).copied().collect();
        Some(Fixed::of_rows(rows, snapshot))
    }
}
