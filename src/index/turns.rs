//! What changed of a column between two snapshots, value by value.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{Column, Dictionary, IndexError, Snapshot, Touched, UnitsColumn};
use crate::model::{AttributeId, Label, RowId};
use crate::parallel::Executor;

/// Rows whose value turned from one to another; `None` is no value, or no customer.
type Turns = Vec<(Option<Label>, Option<Label>, RoaringBitmap)>;

/// A unit or a code on either side.
type Pair = (Option<i64>, Option<i64>);

impl Snapshot {
    /// The rows whose value of an attribute that is no set is another than in a snapshot before,
    /// after a commit that touched some customers. Where a row went from one customer to another,
    /// the one loses their value and the other gets theirs.
    ///
    /// # Errors
    ///
    /// When a column has to be read, and cannot be.
    pub(crate) fn turns_since(
        &self,
        before: &Self,
        id: AttributeId,
        touched: &Touched,
        executor: &Executor,
    ) -> Result<Turns, IndexError> {
        if !self.may_differ(before, id, touched) {
            return Ok(Vec::new());
        }
        self.column_by(id, executor, None)?;
        before.column_by(id, executor, None)?;
        let (new, old) = (Side::of(self, id)?, Side::of(before, id)?);
        let translated = old.dictionary.zip(new.dictionary).and_then(|(old, new)| {
            let is_same = std::ptr::eq(old, new) || old.is_same(new);
            let code = |code: u32| new.code_of(old.text(code)).map(i64::from);
            (!is_same).then(|| (0..old.len() as u32).map(code).collect::<Vec<_>>())
        });
        // A text that is not known any more differs from all that are.
        let translate = |code: i64| match &translated {
            None => Some(code),
            Some(codes) => codes.get(code as usize).copied().flatten(),
        };
        let taken: RoaringBitmap = touched.deleted.iter().map(|row| row.0).collect();
        let found = executor.map(self.n_chunks(), |chunk| {
            let mut found: HashMap<Pair, Vec<u32>> = HashMap::new();
            let is_same = translated.is_none()
                && old.column.chunks.get(chunk).is_some_and(|old| {
                    Arc::ptr_eq(old, &new.column.chunks[chunk])
                        && before.alive(chunk) == self.alive(chunk)
                });
            if is_same && touched.deleted.is_empty() {
                return found;
            }
            for position in 0..self.rows_in(chunk) {
                let row = self.size().row(chunk, position as u16);
                let (was, now) = (old.value(before, row), new.value(self, row));
                let mut note = |pair: Pair| {
                    if pair != (None, None) {
                        found.entry(pair).or_default().push(row.0);
                    }
                };
                if taken.contains(row.0) {
                    note((was, None));
                    note((None, now));
                } else if was.is_some() != now.is_some() || was.is_some_and(|w| translate(w) != now)
                {
                    note((was, now));
                }
            }
            found
        });
        let mut all: HashMap<Pair, RoaringBitmap> = HashMap::new();
        for (pair, rows) in found.into_iter().flatten() {
            all.entry(pair).or_default().extend(rows);
        }
        let turn = |((was, now), rows): (Pair, RoaringBitmap)| {
            (was.map(|was| old.label(was)), now.map(|now| new.label(now)), rows)
        };
        let mut turns: Turns = all.into_iter().map(turn).collect();
        turns.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        Ok(turns)
    }
}

/// A column on one side.
struct Side<'a> {
    column: &'a UnitsColumn,
    dictionary: Option<&'a Dictionary>,
}

impl<'a> Side<'a> {
    fn of(snapshot: &'a Snapshot, id: AttributeId) -> Result<Self, IndexError> {
        match &**snapshot.column(id)? {
            Column::Units(column) => Ok(Self { column, dictionary: None }),
            Column::Text(text) => {
                Ok(Self { column: &text.codes, dictionary: Some(&text.dictionary) })
            }
            Column::Set(_) => Err(IndexError::Mismatch("a column of sets")),
        }
    }

    fn value(&self, snapshot: &Snapshot, row: RowId) -> Option<i64> {
        let chunk = self.column.chunks.get(snapshot.size().chunk_of(row))?;
        let is_there = row.0 < snapshot.n_rows() && snapshot.is_alive(row);
        is_there.then(|| chunk.get(snapshot.size().position_of(row))).flatten()
    }

    fn label(&self, value: i64) -> Label {
        match self.dictionary {
            None => Label::Units(value),
            Some(texts) => Label::Text(texts.text(value as u32).to_owned()),
        }
    }
}
