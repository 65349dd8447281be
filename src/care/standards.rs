//! How well care standards were kept.

use serde::Serialize;

use crate::model::Value;

/// `standards report`: how well each standard was kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StandardsReport {
    /// Each standard, in the order of their creation.
    pub standards: Vec<StandardReport>,
}

/// How well a standard was kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StandardReport {
    /// Its name.
    pub standard: String,
    /// The group that it is for; `None` when it is for every customer.
    pub group: Option<String>,
    /// Customers it is for now.
    pub customers: u64,
    /// The visits it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits: Option<VisitsKept>,
    /// The answers it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswersKept>,
}

/// How many visits came in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VisitsKept {
    /// Their event table.
    pub events: String,
    /// How long at most between two, as written.
    pub every: String,
    /// Visits that came in time after the one before.
    pub kept: u64,
    /// Visits that were due when none had come.
    pub broken: u64,
    /// Those kept of all of them, 0 to 1; `None` of none.
    pub share: Option<f64>,
    /// Customers who are owed one now.
    pub due: u64,
    /// Customers who ever had one.
    pub visited: u64,
    /// Customers who never had one.
    pub never: u64,
}

/// How many answers came in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AnswersKept {
    /// The event table of what was asked.
    pub events: String,
    /// How long an answer may take, as written.
    pub within: String,
    /// How much was asked.
    pub asked: u64,
    /// What was answered within the limit.
    pub in_time: u64,
    /// What was answered later, or is not although the limit is past.
    pub late: u64,
    /// What is not answered yet, and may be.
    pub open: u64,
    /// What was answered before it was asked, by its instants; it counts nowhere else.
    pub misdated: u64,
    /// Answers in time of those in time and late, 0 to 1; `None` of none.
    pub share: Option<f64>,
    /// Half of the answers took no longer, in minutes; null when there is none.
    pub median_minutes: Value,
}

impl VisitsKept {
    pub(crate) fn with_share(mut self) -> Self {
        self.share = share(self.kept, self.broken);
        self
    }
}

impl AnswersKept {
    pub(crate) fn with_share(mut self) -> Self {
        self.share = share(self.in_time, self.late);
        self
    }
}

fn share(kept: u64, broken: u64) -> Option<f64> {
    let all = kept + broken;
    (all > 0).then(|| kept as f64 / all as f64)
}
