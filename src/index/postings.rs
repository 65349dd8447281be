//! Posting lists of nearly unique text.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::RowId;

/// The rows of each code, for a column whose texts hardly repeat.
///
/// A code of one row holds the row itself; the lists of the few others lie apart. What commits
/// changed since the lists were made lies over them, so that a small one copies little.
#[derive(Clone, Debug)]
pub(crate) struct Postings {
    base: Arc<Lists>,
    changed: HashMap<u32, Box<[RowId]>>,
}

#[derive(Debug)]
struct Lists {
    /// By code: the only row, or a mark.
    single: Vec<RowId>,
    /// The rows of codes that have several, ascending.
    several: HashMap<u32, Box<[RowId]>>,
}

/// No row has the code. Row ids stay below: a pool ends before its last chunk does.
const NONE: RowId = RowId(u32::MAX);
/// Several rows have it.
const SEVERAL: RowId = RowId(u32::MAX - 1);

impl Postings {
    /// The lists of `n_codes` codes, from each row's code in ascending order of rows.
    pub(crate) fn from_rows(n_codes: usize, rows: impl Iterator<Item = (RowId, u32)>) -> Self {
        let mut single = vec![NONE; n_codes];
        let mut several: HashMap<u32, Vec<RowId>> = HashMap::new();
        for (row, code) in rows {
            let first = &mut single[code as usize];
            match *first {
                NONE => *first = row,
                SEVERAL => several.entry(code).or_default().push(row),
                other => {
                    several.insert(code, vec![other, row]);
                    *first = SEVERAL;
                }
            }
        }
        let several = several.into_iter().map(|(code, rows)| (code, rows.into())).collect();
        Self { base: Arc::new(Lists { single, several }), changed: HashMap::new() }
    }

    /// The rows that have a code, ascending.
    pub(crate) fn rows(&self, code: u32) -> &[RowId] {
        if let Some(rows) = self.changed.get(&code) {
            return rows;
        }
        match self.base.single.get(code as usize) {
            None | Some(&NONE) => &[],
            Some(&SEVERAL) => self.base.several.get(&code).map_or(&[], |rows| rows),
            Some(row) => std::slice::from_ref(row),
        }
    }

    /// Adds a row to a code's list.
    pub(crate) fn insert(&mut self, code: u32, row: RowId) {
        let mut rows = self.rows(code).to_vec();
        if let Err(place) = rows.binary_search(&row) {
            rows.insert(place, row);
            self.changed.insert(code, rows.into());
        }
    }

    /// Takes a row out of a code's list.
    pub(crate) fn remove(&mut self, code: u32, row: RowId) {
        let mut rows = self.rows(code).to_vec();
        if let Ok(place) = rows.binary_search(&row) {
            rows.remove(place);
            self.changed.insert(code, rows.into());
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.base.single.len() * 4 + bytes_of(&self.base.several) + bytes_of(&self.changed)
    }

    /// Bytes of what is not shared with an earlier form, and of what that does not share with this.
    pub(super) fn differing_bytes(&self, earlier: &Self) -> (usize, usize) {
        if Arc::ptr_eq(&self.base, &earlier.base) {
            (bytes_of(&self.changed), bytes_of(&earlier.changed))
        } else {
            (self.bytes(), earlier.bytes())
        }
    }
}

fn bytes_of(lists: &HashMap<u32, Box<[RowId]>>) -> usize {
    lists.values().map(|rows| rows.len() * 4 + 32).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_none_one_and_several() {
        let rows = [(0, 2), (1, 0), (5, 2), (9, 2)].map(|(row, code)| (RowId(row), code));
        let mut postings = Postings::from_rows(4, rows.into_iter());
        assert_eq!(postings.rows(0), [RowId(1)]);
        assert_eq!(postings.rows(1), []);
        assert_eq!(postings.rows(2), [RowId(0), RowId(5), RowId(9)]);
        postings.remove(2, RowId(5));
        postings.insert(1, RowId(5));
        postings.insert(7, RowId(3));
        postings.remove(0, RowId(1));
        assert_eq!(postings.rows(2), [RowId(0), RowId(9)]);
        assert_eq!(postings.rows(1), [RowId(5)]);
        assert_eq!(postings.rows(7), [RowId(3)]);
        assert_eq!(postings.rows(0), []);
    }
}
