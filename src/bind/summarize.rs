//! `summarize`: figures over groups of customers.

use super::Predicate;
use crate::model::{AttributeId, Measure};

/// A bound `summarize`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summarize {
    /// The figures.
    pub(crate) measures: Vec<Measure>,
    /// The attributes grouped by, with their names; never sets.
    pub(crate) by: Vec<(String, AttributeId)>,
    /// Which customers; absent means all.
    pub(crate) predicate: Option<Predicate>,
}
