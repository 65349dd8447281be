//! Columns by attribute, of the form that a leaf takes.

use super::ExecError;
use crate::index::{Column, Keys, SetColumn, Snapshot, TextColumn, UnitsColumn};
use crate::model::AttributeId;

/// The columns of a snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    snapshot: &'a Snapshot,
}

impl<'a> Columns<'a> {
    /// The columns of a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot }
    }

    /// The snapshot.
    pub(super) fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// Any column.
    pub(super) fn any(&self, attribute: AttributeId) -> Result<&'a Column, ExecError> {
        Ok(self.snapshot.column(attribute)?)
    }

    /// A scalar column.
    pub(super) fn units(&self, attribute: AttributeId) -> Result<&'a UnitsColumn, ExecError> {
        match self.any(attribute)? {
            Column::Units(units) => Ok(units),
            Column::Text(_) | Column::Set(_) => Err(ExecError::Unplanned("text as a number")),
        }
    }

    /// A text column.
    pub(super) fn text(&self, attribute: AttributeId) -> Result<&'a TextColumn, ExecError> {
        match self.any(attribute)? {
            Column::Text(text) => Ok(text),
            Column::Units(_) | Column::Set(_) => Err(ExecError::Unplanned("a number as text")),
        }
    }

    /// A scalar column, or the codes of a text column.
    pub(super) fn codes(&self, attribute: AttributeId) -> Result<&'a UnitsColumn, ExecError> {
        self.any(attribute)?.units().ok_or(ExecError::Unplanned("a set as a single value"))
    }

    /// A set column.
    pub(super) fn set(&self, attribute: AttributeId) -> Result<&'a SetColumn, ExecError> {
        match self.any(attribute)? {
            Column::Set(set) => Ok(set),
            Column::Units(_) | Column::Text(_) => {
                Err(ExecError::Unplanned("a single value as a set"))
            }
        }
    }

    /// The keys.
    pub(super) fn keys(&self) -> Result<&'a Keys, ExecError> {
        Ok(self.snapshot.keys()?)
    }
}
