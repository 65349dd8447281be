//! Sets that hold at least one of some elements.

use super::Answer;
use crate::exec::at::At;
use crate::index::SetColumn;

/// A set holds one of these.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Elements<'a> {
    /// The sets.
    pub(in crate::exec) column: &'a SetColumn,
    /// The elements' codes, ascending.
    pub(in crate::exec) codes: &'a [u32],
}

impl<'a> Elements<'a> {
    /// The rows whose set holds one of the elements.
    pub(in crate::exec) fn answer(&self, at: &At<'_>) -> Answer<'a> {
        let chunk = &self.column.chunks[at.chunk];
        if let [code] = self.codes {
            return Answer::One(chunk.element(*code));
        }
        let elements = &chunk.elements;
        if self.codes.len() < elements.len() {
            let held = self.codes.iter().map(|code| chunk.element(*code));
            return Answer::Any(held.filter(|rows| !rows.is_empty()).collect());
        }
        let asked = elements.iter().filter(|(code, _)| self.codes.binary_search(code).is_ok());
        Answer::Any(asked.map(|(_, rows)| rows).collect())
    }
}
