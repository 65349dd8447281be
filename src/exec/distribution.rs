//! The values of a column that members have.

use super::at::At;
use super::operand::each_unit;
use super::places::{Ordered, Values};
use super::scratch::Scratch;
use super::{ExecError, MemberSet, Reader};
use crate::index::{Container, UnitsColumn};
use crate::model::AttributeId;

/// The known values of a column that some members have.
pub(crate) struct ValuesOf<'r> {
    reader: Reader<'r>,
    members: &'r MemberSet,
    column: &'r UnitsColumn,
}

impl<'r> Reader<'r> {
    /// The values of an attribute that some members have.
    ///
    /// # Errors
    ///
    /// When the column cannot be read, or is none of units.
    pub(crate) fn values_of(
        &self,
        members: &'r MemberSet,
        attribute: AttributeId,
    ) -> Result<ValuesOf<'r>, ExecError> {
        Ok(ValuesOf { reader: *self, members, column: self.columns().units(attribute)? })
    }

    /// The values at some places of an order, and how many values lie below some edges.
    ///
    /// # Errors
    ///
    /// As [`Ordered::look`].
    pub(crate) fn look<V: Values>(
        &self,
        ordered: &Ordered<'_, V>,
        places: &[u64],
        edges: &[i64],
    ) -> Result<(Vec<i64>, Vec<u64>), ExecError> {
        ordered.look(places, edges, self.executor, self.budget)
    }

    /// The least and the greatest value that members have; chunks all of whose rows are members are
    /// told by their bounds.
    ///
    /// # Errors
    ///
    /// When the column cannot be read or is none of units, or the executor is interrupted.
    pub(crate) fn bounds(
        &self,
        members: &MemberSet,
        attribute: AttributeId,
    ) -> Result<Option<(i64, i64)>, ExecError> {
        let column = self.columns().units(attribute)?;
        let scratch = || Scratch::new(self.snapshot.size().words(), 0);
        let parts = self.executor.map_with(self.snapshot.n_chunks(), scratch, |scratch, chunk| {
            let (own, members) = (&column.chunks[chunk], &members.chunks()[chunk]);
            if own.n_known == 0 || *members == Container::Empty || self.executor.interrupted() {
                return None;
            }
            if *members == own.known {
                return Some((own.min, own.max));
            }
            let at = At::new(self.snapshot, chunk);
            let mut mask = scratch.take();
            let words = &mut mask[..at.n_words()];
            members.write_to(words, at.rows);
            let mut bounds: Option<(i64, i64)> = None;
            each_unit(column, &at, words, scratch, |_, value| {
                bounds = Some(bounds.map_or((value, value), |(a, b)| (a.min(value), b.max(value))));
            });
            scratch.give(mask);
            bounds
        });
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        Ok(parts.into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
    }
}

impl Values for ValuesOf<'_> {
    fn bounds(&self) -> Option<(i64, i64)> {
        self.column.statistics().bounds
    }

    fn fold<A: Send>(
        &self,
        start: impl Fn() -> A + Sync,
        take: impl Fn(&mut A, i64) + Sync,
    ) -> Result<Vec<A>, ExecError> {
        let Reader { snapshot, executor, .. } = self.reader;
        let start = || (Scratch::new(snapshot.size().words(), 0), start());
        let all = executor.fold(snapshot.n_chunks(), start, |(scratch, all), chunk| {
            if self.members.chunks()[chunk] == Container::Empty || executor.interrupted() {
                return;
            }
            let at = At::new(snapshot, chunk);
            let mut mask = scratch.take();
            let words = &mut mask[..at.n_words()];
            self.members.chunks()[chunk].write_to(words, at.rows);
            each_unit(self.column, &at, words, scratch, |_, value| take(all, value));
            scratch.give(mask);
        });
        match executor.interrupted() {
            true => Err(ExecError::Interrupted),
            false => Ok(all.into_iter().map(|(_, all)| all).collect()),
        }
    }
}
