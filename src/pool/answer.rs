//! What statements give back.

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{
    Description, Difference, GroupChanges, GroupDescription, History, StandardDescription,
    Transitions, Verification, Why,
};
use crate::care::{StandardsReport, StoreReport};
use crate::insight::{Cohorts, Intervals, Overlap, Profile, Successions};
use crate::model::Value;
use crate::plan::Explanation;

/// A statement's outcome and how long it took, from text to answer.
///
/// Serialises as the shell's JSON document of that statement.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What the statement gave back.
    pub outcome: Outcome,
    /// From text to answer.
    pub elapsed: Duration,
}

/// What a statement gives back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A bare rule, or `count`.
    Counted(Counted),
    /// `select`, `summarize`, `show …`, `rank`, `groups of`, `members of`, `next change of`, `leaving`,
    /// `due visits`.
    Table(Table),
    /// `summarize … with totals`.
    Totalled(Totalled),
    /// `import`, `insert`, `delete`, `add`, `remove`, `claim`, `release`, `export`, `dump`, `load`,
    /// `backup`, `restore`, `copy`.
    Written(Written),
    /// `create`, `alter`, `set`, `advance`, `checkpoint`.
    Done(Done),
    /// `explain`, `explain analyze`.
    Explained(Explanation),
    /// `describe …`.
    Described(Description),
    /// `describe group …`
    Group(Box<GroupDescription>),
    /// `changes of …`
    Changes(GroupChanges),
    /// `history of …`
    History(History),
    /// `diff …`, `compare …`, `preview …`
    Difference(Difference),
    /// `why … in …`
    Why(Box<Why>),
    /// `transitions of … between …`
    Transitions(Transitions),
    /// `show scheme …`
    Statements(Vec<String>),
    /// `overlap …`
    Overlap(Overlap),
    /// `intervals of …`
    Intervals(Box<Intervals>),
    /// `transitions of … in …`
    Successions(Successions),
    /// `cohorts of …`
    Cohorts(Cohorts),
    /// `profile …`
    Profile(Box<Profile>),
    /// `describe standard …`
    Standard(Box<StandardDescription>),
    /// `standards report …`
    Standards(StandardsReport),
    /// `store report …`
    Store(Box<StoreReport>),
    /// `verify`, `repair`; whether anything is wrong is for the host to ask.
    Verified(Verification),
}

/// How many customers a rule holds for.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Members.
    pub count: u64,
    /// Customers in the pool.
    pub total: u64,
    /// A few members, for a bare rule; `None` for `count`.
    pub preview: Option<Table>,
}

/// Rows of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each of one value a column.
    pub rows: Vec<Vec<Value>>,
}

/// Groups of customers, and the figures of them all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totalled {
    /// A row a group.
    pub table: Table,
    /// The figures of all customers of whom the rule holds, whichever groups are shown; null in the
    /// columns of `by`.
    pub totals: Vec<Value>,
}

/// What a writing statement did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Rows written, deleted or exported; customers dumped, loaded or copied.
    pub rows: u64,
    /// Rows left out by `on error skip`.
    pub rejected: u64,
    /// Imported events that lie ahead of the clock: they count once it reaches them.
    pub later: u64,
    /// The commit; unchanged when nothing was written, that which was copied for a copy and a
    /// dump, `None` for an export.
    pub commit: Option<u64>,
    /// The first reasons rows were left out for, at most ten.
    pub reasons: Vec<String>,
}

/// A definition or setting took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The commit that made it durable.
    pub commit: u64,
}

impl Answer {
    /// [`elapsed`](Self::elapsed) in milliseconds, to the microsecond.
    pub fn elapsed_ms(&self) -> f64 {
        self.elapsed.as_micros() as f64 / 1000.0
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.outcome {
            Outcome::Counted(counted) => {
                map.serialize_entry("count", &counted.count)?;
                map.serialize_entry("total", &counted.total)?;
            }
            Outcome::Table(table) => rows(&mut map, table)?,
            Outcome::Totalled(totalled) => {
                rows(&mut map, &totalled.table)?;
                map.serialize_entry("totals", &totalled.totals)?;
            }
            Outcome::Group(group) => map.serialize_entry("group", group)?,
            Outcome::Changes(changes) => {
                map.serialize_entry("changes", &changes.changes)?;
                map.serialize_entry("next", &changes.next)?;
                return map.end();
            }
            Outcome::History(history) => rows(&mut map, &history.to_table())?,
            Outcome::Difference(difference) => {
                map.serialize_entry("difference", difference)?;
            }
            Outcome::Transitions(transitions) => {
                map.serialize_entry("transitions", transitions)?;
            }
            Outcome::Overlap(overlap) => map.serialize_entry("overlap", overlap)?,
            Outcome::Intervals(intervals) => map.serialize_entry("intervals", intervals)?,
            Outcome::Successions(successions) => {
                map.serialize_entry("successions", successions)?;
            }
            Outcome::Cohorts(cohorts) => map.serialize_entry("cohorts", cohorts)?,
            Outcome::Profile(profile) => map.serialize_entry("profile", profile)?,
            Outcome::Standard(standard) => map.serialize_entry("standard", standard)?,
            Outcome::Standards(report) => map.serialize_entry("standards", &report.standards)?,
            Outcome::Store(report) => map.serialize_entry("store", report)?,
            Outcome::Statements(statements) => {
                let row = |text: &String| vec![Value::from(text.as_str())];
                let columns = vec!["statement".to_owned()];
                rows(&mut map, &Table { columns, rows: statements.iter().map(row).collect() })?;
            }
            Outcome::Why(why) => map.serialize_entry("why", why)?,
            Outcome::Written(written) => {
                map.serialize_entry("rows", &written.rows)?;
                map.serialize_entry("rejected", &written.rejected)?;
                if written.later > 0 {
                    map.serialize_entry("later", &written.later)?;
                }
                if let Some(commit) = written.commit {
                    map.serialize_entry("commit", &commit)?;
                }
            }
            Outcome::Done(done) => {
                map.serialize_entry("ok", &true)?;
                map.serialize_entry("commit", &done.commit)?;
                return map.end();
            }
            Outcome::Explained(explanation) => {
                map.serialize_entry("explanation", explanation)?;
            }
            Outcome::Described(description) => {
                map.serialize_entry("attribute", description)?;
            }
            Outcome::Verified(verification) => {
                map.serialize_entry("ok", &verification.is_ok())?;
                map.serialize_entry("commit", &verification.commit)?;
                map.serialize_entry("checkpoint", &verification.checkpoint)?;
                map.serialize_entry("customers", &verification.customers)?;
                map.serialize_entry("blobs", &verification.blobs)?;
                map.serialize_entry("records", &verification.records)?;
                map.serialize_entry("bytes", &verification.bytes)?;
                map.serialize_entry("checked", &verification.checked)?;
                map.serialize_entry("problems", &verification.problems)?;
                if !verification.repaired.is_empty() {
                    map.serialize_entry("repaired", &verification.repaired)?;
                }
            }
        }
        map.serialize_entry("elapsed_ms", &self.elapsed_ms())?;
        map.end()
    }
}

fn rows<M: SerializeMap>(map: &mut M, table: &Table) -> Result<(), M::Error> {
    map.serialize_entry("columns", &table.columns)?;
    map.serialize_entry("rows", &table.rows)
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("columns", &self.columns)?;
        map.serialize_entry("rows", &self.rows)?;
        map.end()
    }
}
