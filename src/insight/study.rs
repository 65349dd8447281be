//! What a report about events is told of.

use crate::exec::{ExecError, Folding, MemberSet, Reader, Step};
use crate::index::{Column, SetColumn};
use crate::model::{AttributeId, RowId, Value};

/// Some customers, and those events of a table that count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Study<'a> {
    /// The customers and the events, with the means to go through them.
    pub(crate) folding: Folding<'a>,
    /// The events that count, of whichever customers.
    pub(crate) events: &'a MemberSet,
    /// The customers.
    pub(crate) members: &'a MemberSet,
}

impl<'a> Study<'a> {
    /// The events that count, of the customers.
    pub(crate) fn own_events(&self) -> Result<MemberSet, ExecError> {
        self.folding.events_of(self.events, self.members)
    }

    /// Goes through the customers' events in order of time.
    pub(crate) fn journeys<A: Send>(
        &self,
        property: Option<AttributeId>,
        start: impl Fn() -> A + Sync,
        visit: impl Fn(&mut A, RowId, &[Step]) + Sync,
    ) -> Result<Vec<A>, ExecError> {
        self.folding.journeys((self.events, self.members), property, start, visit)
    }

    /// The means to summarize events.
    pub(super) fn reader(&self) -> Reader<'a> {
        let Folding { events, time, executor, budget, .. } = self.folding;
        Reader::new(&events.snapshot, time, executor, budget)
    }

    /// How many codes a property of text has; `None` of others.
    pub(super) fn n_codes(&self, property: AttributeId) -> Result<Option<usize>, ExecError> {
        let column = self.folding.events.snapshot.column(property)?;
        Ok(column.dictionary().map(|dictionary| dictionary.len()))
    }

    /// The column of a property of sets; `None` of others.
    pub(super) fn sets(&self, property: AttributeId) -> Result<Option<&'a SetColumn>, ExecError> {
        let Folding { events, .. } = self.folding;
        Ok(match &**events.snapshot.column(property)? {
            Column::Set(set) => Some(set),
            Column::Units(_) | Column::Text(_) => None,
        })
    }

    /// The value that a property's units or code stand for.
    pub(super) fn value(&self, property: AttributeId, units: i64) -> Result<Value, ExecError> {
        Ok(match &**self.folding.events.snapshot.column(property)? {
            Column::Units(column) => column.ty.value(units),
            Column::Text(column) => column.dictionary.text(units as u32).into(),
            Column::Set(column) => column.dictionary.text(units as u32).into(),
        })
    }
}

/// The events of one instant: what is bought together is one purchase.
pub(crate) fn occasions(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.chunk_by(|a, b| a.at == b.at)
}

/// A part of a whole, 0 to 1; `None` of nothing.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
