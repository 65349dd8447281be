//! Whether two snapshots of one commit hold the same, however they came about.
//!
//! Codes may differ where texts came in another order, and indexes may differ in what is free; keys
//! and values may not.

use super::{Alive, Column, Container, Dictionary, IndexError, Snapshot, UnitsColumn};
use crate::model::{AttributeId, RowId};
use crate::parallel::Executor;

impl Snapshot {
    /// What differs in the rows and in who is a customer.
    pub(crate) fn rows_differ(&self, other: &Self) -> Option<String> {
        if self.n_rows() != other.n_rows() {
            return Some(format!("{} rows against {}", self.n_rows(), other.n_rows()));
        }
        if self.n_customers() != other.n_customers() {
            let (a, b) = (self.n_customers(), other.n_customers());
            return Some(format!("{a} customers against {b}"));
        }
        let chunks = self.alive.chunks.iter().zip(&other.alive.chunks);
        let chunk = chunks.enumerate().find(|(_, (a, b))| a != b)?.0;
        Some(format!("other customers in chunk {chunk}"))
    }

    /// The first customer whose key differs; the snapshots have the same customers. Keys that are
    /// not in memory here are not compared.
    ///
    /// # Errors
    ///
    /// When the other snapshot's keys cannot be read.
    pub(crate) fn keys_differ(
        &self,
        other: &Self,
        executor: &Executor,
    ) -> Result<Option<RowId>, IndexError> {
        let Some(keys) = self.loaded_keys() else { return Ok(None) };
        let others = other.load_keys(executor)?;
        Ok(living(&self.alive).find(|row| keys.key(*row) != others.key(*row)))
    }

    /// The first customer whose value of an attribute differs; the snapshots have the same
    /// customers. A column that is not in memory here is not compared.
    ///
    /// # Errors
    ///
    /// When the other snapshot's column cannot be read. It is not kept in memory when it was not.
    pub(crate) fn column_differs(
        &self,
        other: &Self,
        id: AttributeId,
        executor: &Executor,
    ) -> Result<Option<RowId>, IndexError> {
        let Some(column) = self.loaded(id) else { return Ok(None) };
        if let Some(others) = other.loaded(id) {
            return Ok(differs(column, others, &self.alive));
        }
        let slot = other.columns.get(&id).ok_or(IndexError::NoColumn(id))?;
        let others = other.stored_column(id, slot, executor)?;
        Ok(differs(column, &others, &self.alive))
    }
}

fn living(alive: &Alive) -> impl Iterator<Item = RowId> + '_ {
    let of_chunk = |(chunk, living): (usize, &Container)| {
        let rows: Vec<u16> = living.iter(alive.rows_in(chunk)).collect();
        let size = alive.size;
        rows.into_iter().map(move |at| size.row(chunk, at))
    };
    alive.chunks.iter().enumerate().flat_map(of_chunk)
}

fn differs(column: &Column, other: &Column, alive: &Alive) -> Option<RowId> {
    let size = alive.size;
    let at = |row: RowId| (size.chunk_of(row), size.position_of(row));
    let unit = |units: &UnitsColumn, row: RowId| {
        let (chunk, position) = at(row);
        units.chunks.get(chunk).and_then(|chunk| chunk.get(position))
    };
    let mut rows = living(alive);
    match (column, other) {
        (Column::Units(a), Column::Units(b)) => rows.find(|row| unit(a, *row) != unit(b, *row)),
        (Column::Text(a), Column::Text(b)) => {
            let codes = translation(&a.dictionary, &b.dictionary);
            let translated = |code: i64| codes.get(code as usize).copied().flatten();
            rows.find(|row| {
                let (a, b) = (unit(&a.codes, *row), unit(&b.codes, *row));
                a.is_some() != b.is_some() || a.is_some_and(|code| translated(code) != b)
            })
        }
        (Column::Set(a), Column::Set(b)) => {
            let codes = translation(&a.dictionary, &b.dictionary);
            rows.find(|row| {
                let (chunk, position) = at(*row);
                let (Some(a), Some(b)) = (a.chunks.get(chunk), b.chunks.get(chunk)) else {
                    return true;
                };
                let set = a.codes_at(position);
                let mut mine: Vec<Option<i64>> =
                    set.map(|code| codes.get(code as usize).copied().flatten()).collect();
                mine.sort_unstable();
                let theirs = b.codes_at(position).map(|code| Some(i64::from(code)));
                mine != theirs.collect::<Vec<_>>()
            })
        }
        _ => rows.next(),
    }
}

/// For each code of a dictionary, the other dictionary's code of its text.
fn translation(from: &Dictionary, to: &Dictionary) -> Vec<Option<i64>> {
    (0..from.len() as u32).map(|code| to.code_of(from.text(code)).map(i64::from)).collect()
}
