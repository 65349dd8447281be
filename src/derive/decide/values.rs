//! The values of customers that predicates are about.

use std::sync::Arc;

use super::Deciders;
use super::sieve::{Found, Times};
use crate::index::{Column, IndexError, Snapshot};
use crate::model::RowId;

/// The columns of a snapshot that the sieves read, in their order.
pub(in crate::derive) struct Values<'a> {
    snapshot: &'a Snapshot,
    columns: Vec<Option<&'a Arc<Column>>>,
}

impl<'a> Values<'a> {
    /// The columns of a snapshot, which are in memory; of those that it does not have nobody has a
    /// value.
    pub(in crate::derive) fn new(
        deciders: &Deciders,
        snapshot: &'a Snapshot,
    ) -> Result<Self, IndexError> {
        let column = |id| match snapshot.has_column(id) {
            true => snapshot.column(id).map(Some),
            false => Ok(None),
        };
        let columns = deciders.sieves.iter().map(|sieve| column(sieve.attribute));
        Ok(Self { snapshot, columns: columns.collect::<Result<_, _>>()? })
    }

    /// Writes which predicates of a sieve hold of a customer.
    pub(super) fn write(
        &self,
        deciders: &Deciders,
        sieve: usize,
        row: RowId,
        times: &Times,
        bits: &mut [u64],
    ) {
        let (size, of) = (self.snapshot.size(), &deciders.sieves[sieve]);
        let (chunk, position) = (size.chunk_of(row), size.position_of(row));
        let missing = |bits: &mut [u64]| of.write(Found::Missing, times, bits);
        match self.columns[sieve].map(|column| &**column) {
            Some(Column::Units(units)) => {
                match units.chunks.get(chunk).and_then(|chunk| chunk.get(position)) {
                    Some(value) => of.write(Found::Units(value), times, bits),
                    None => missing(bits),
                }
            }
            Some(Column::Text(text)) => {
                match text.codes.chunks.get(chunk).and_then(|chunk| chunk.get(position)) {
                    Some(code) => {
                        of.write(Found::Text(text.dictionary.text(code as u32)), times, bits);
                    }
                    None => missing(bits),
                }
            }
            Some(Column::Set(set)) => {
                let Some(chunk) = set.chunks.get(chunk) else {
                    return of.write(Found::Set(&[]), times, bits);
                };
                let texts = chunk.codes_at(position).map(|code| set.dictionary.text(code));
                let mut texts: Vec<&str> = texts.collect();
                texts.sort_unstable();
                of.write(Found::Set(&texts), times, bits);
            }
            None => missing(bits),
        }
    }
}
