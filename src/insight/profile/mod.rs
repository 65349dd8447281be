//! What a group is made of, beside other customers.

mod apart;
mod categories;
mod edges;
mod events;
mod numbers;
mod shares;

use serde::Serialize;

pub use apart::Mark;
pub(crate) use apart::apart;
pub use categories::CategoryProfile;
pub(crate) use categories::{categories, counted};
pub(crate) use events::{EventParts, events, tells};
pub use events::{EventProfile, MonthProfile, SumProfile, TopProfile};
pub(crate) use numbers::numbers;
pub use numbers::{Bin, NumberProfile};
pub use shares::ValueShare;

use super::study::share;

/// `profile where RULE vs RULE`: what a group is made of, beside other customers.
///
/// Shares are 0 to 1, and `None` of nothing. An *index* is a share in the group divided by the share
/// among those compared with, times 100: above 100 what the group has more of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// The rule; `None` for everybody.
    pub rule: Option<String>,
    /// The rule of those compared with; `None` for everybody.
    pub versus: Option<String>,
    /// The instant it is of, in the pool's zone.
    pub now: String,
    /// How many are in the group.
    pub customers: u64,
    /// How many it is compared with.
    pub versus_customers: u64,
    /// How many there are in the pool.
    pub total: u64,
    /// The group as a share of the pool.
    pub share: Option<f64>,
    /// What sets the group apart, the clearest first.
    pub apart: Vec<Mark>,
    /// Attributes with few values: first those that are classes, such as tiers and stages.
    pub categories: Vec<CategoryProfile>,
    /// Numbers, dates and instants.
    pub numbers: Vec<NumberProfile>,
    /// Their events, table by table.
    pub events: Vec<EventProfile>,
}

/// A share beside another, times 100; `None` where the other is nothing.
fn index(own: Option<f64>, other: Option<f64>) -> Option<f64> {
    let other = other.filter(|other| *other > 0.0)?;
    Some(100.0 * own? / other)
}
