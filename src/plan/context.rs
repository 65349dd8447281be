//! What every step of planning may look at.

use super::{PlanError, StatementTime, Statistics};
use crate::catalog::{Attribute, Catalog};
use crate::model::AttributeId;

/// What every step of planning may look at.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Names and types.
    pub(crate) catalog: &'a Catalog,
    /// The data.
    pub(crate) statistics: &'a dyn Statistics,
    /// The statement's instant and zone.
    pub(crate) time: &'a StatementTime,
}

impl<'a> Context<'a> {
    /// The attribute of this number.
    pub(crate) fn attribute(&self, id: AttributeId) -> Result<&'a Attribute, PlanError> {
        self.catalog.by_id(id).ok_or(PlanError::UnknownAttribute(id))
    }

    /// Living customers.
    pub(crate) fn n_customers(&self) -> u64 {
        self.statistics.n_customers()
    }
}
