//! The values of customers that predicates are about.

use std::sync::Arc;

use super::Deciders;
use super::sieve::{Class, Found, Times};
use crate::index::{Column, IndexError, Snapshot};
use crate::model::{AttributeId, RowId};

/// The columns of a snapshot that the sieves read, and the spans of the sieves resolved.
pub(in crate::derive) struct Values<'a> {
    deciders: &'a Deciders,
    snapshot: &'a Snapshot,
    /// In the order of the sieves; of those that the snapshot does not have nobody has a value.
    columns: Vec<Option<&'a Column>>,
    times: &'a [Option<Arc<Times>>],
}

impl<'a> Values<'a> {
    /// The columns of a snapshot that some sieves read; those that are not in memory are loaded.
    ///
    /// # Errors
    ///
    /// What `load` says.
    pub(in crate::derive) fn new<E: From<IndexError>>(
        deciders: &'a Deciders,
        snapshot: &'a Snapshot,
        times: &'a [Option<Arc<Times>>],
        is_read: impl Fn(usize) -> bool,
        load: impl FnOnce(&[AttributeId]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut unread = Vec::new();
        let mut columns = Vec::with_capacity(deciders.sieves.len());
        for (at, sieve) in deciders.sieves.iter().enumerate() {
            let column = match is_read(at) {
                true => snapshot.loaded(sieve.attribute).map(|column| &**column),
                false => None,
            };
            if column.is_none() && is_read(at) && snapshot.has_column(sieve.attribute) {
                unread.push(at);
            }
            columns.push(column);
        }
        if !unread.is_empty() {
            let ids: Vec<AttributeId> =
                unread.iter().map(|at| deciders.sieves[*at].attribute).collect();
            load(&ids)?;
            for (at, id) in unread.into_iter().zip(ids) {
                columns[at] = Some(&**snapshot.column(id)?);
            }
        }
        Ok(Self { deciders, snapshot, columns, times })
    }

    /// What the predicates of a sieve can tell of a customer.
    pub(super) fn class(&self, at: usize, row: RowId) -> Class {
        let (size, sieve) = (self.snapshot.size(), &self.deciders.sieves[at]);
        let (chunk, position) = (size.chunk_of(row), size.position_of(row));
        let times = self.times[at].as_deref();
        match self.columns[at] {
            Some(Column::Units(units)) => {
                let value = units.chunks.get(chunk).and_then(|chunk| chunk.get(position));
                sieve.class(value.map_or(Found::Missing, Found::Units), times)
            }
            Some(Column::Text(text)) => {
                let code = text.codes.chunks.get(chunk).and_then(|chunk| chunk.get(position));
                let text = |code| Found::Text(code as u32, &text.dictionary);
                sieve.class(code.map_or(Found::Missing, text), times)
            }
            Some(Column::Set(set)) => {
                let mut few = [0; 16];
                let mut codes =
                    set.chunks.get(chunk).into_iter().flat_map(|c| c.codes_at(position));
                let n = few.iter_mut().zip(&mut codes).map(|(place, code)| *place = code).count();
                let Some(next) = codes.next() else {
                    return sieve.class(Found::Set(&few[..n], &set.dictionary), times);
                };
                let all: Vec<u32> = few.into_iter().chain([next]).chain(codes).collect();
                sieve.class(Found::Set(&all, &set.dictionary), times)
            }
            None => sieve.class(Found::Missing, times),
        }
    }
}
