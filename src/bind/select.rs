//! `select` and `export`: which columns of which customers, in which order.

use super::Predicate;
use crate::model::{OrderKey, Projection};

/// A bound `select`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Select {
    /// The columns, `*` written out.
    pub(crate) projections: Vec<Projection>,
    /// Which customers; absent means all.
    pub(crate) predicate: Option<Predicate>,
    /// What to order by, first first; ties go by key.
    pub(crate) order: Vec<OrderKey>,
    /// At most so many rows.
    pub(crate) limit: Option<u64>,
    /// So many rows left out first.
    pub(crate) offset: u64,
}

/// A bound `export`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Export {
    /// The columns, no name twice.
    pub(crate) projections: Vec<Projection>,
    /// Which customers; absent means all.
    pub(crate) predicate: Option<Predicate>,
}
