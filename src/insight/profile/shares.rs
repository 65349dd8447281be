//! How often a value occurs in a group, beside others.

use serde::Serialize;

use super::{index, share};
use crate::model::Value;

/// How often a value occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValueShare {
    /// The value; null for those who have none.
    pub value: Value,
    /// How many customers of the group have it, or how many of their events.
    pub count: u64,
    /// They as a share of all of the group.
    pub share: Option<f64>,
    /// How many of those compared with.
    pub versus: u64,
    /// They as a share of all of these.
    pub versus_share: Option<f64>,
    /// The one share beside the other, times 100.
    pub index: Option<f64>,
}

impl ValueShare {
    /// So many of `own`, and so many of `other`.
    pub(super) fn new(value: Value, (count, own): (u64, u64), (versus, other): (u64, u64)) -> Self {
        let (share, versus_share) = (share(count, own), share(versus, other));
        let index = index(share, versus_share);
        Self { value, count, share, versus, versus_share, index }
    }
}
