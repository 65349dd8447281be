//! Rows of several callers, each a commit, applied at one go.

use std::collections::HashSet;
use std::sync::Arc;

use super::queue::{Job, Turn};
use super::writer::{Step, Writer};
use super::{Error, Session, Written};
use crate::catalog::Catalog;
use crate::index::{Changes, KeyRef, Rows};

/// Rows up to which a caller's may be applied with those of others: more are worth it alone.
const MOST_ROWS: usize = 64;
/// Bytes of rows up to which callers join.
const MOST_BYTES: usize = 1 << 20;

/// Rows of one caller, made for a catalog: customers by key, and events by their customers' keys.
pub(crate) struct RowsJob {
    session: Session,
    catalog: Arc<Catalog>,
    changes: Changes,
    n_bytes: usize,
    /// How many customers and events are named, when that is little.
    n_named: Option<u64>,
}

impl RowsJob {
    /// Changes that only bring rows, each with a key.
    pub(crate) fn new(session: &Session, catalog: &Arc<Catalog>, changes: Changes) -> Self {
        let n_named = n_named(&changes);
        let n_bytes = changes.n_bytes();
        Self { session: session.clone(), catalog: Arc::clone(catalog), changes, n_bytes, n_named }
    }

    /// Whether it may be applied with others.
    pub(super) fn may_join(&self, others: &[Self]) -> bool {
        let n_bytes: usize = others.iter().map(|job| job.n_bytes).sum();
        // A session with a clock of its own stamps its commits by that.
        let joins = |job: &Self| job.n_named.is_some() && job.session.now.is_none();
        n_bytes + self.n_bytes <= MOST_BYTES && joins(self) && others.iter().all(joins)
    }

    fn alone(&self, writer: &mut Writer<'_>) -> Result<Turn, Error> {
        let settings = writer.view().settings.clone();
        let step = writer.step(&self.changes, settings, &self.session)?;
        let n_rows = step.n_inserted + step.n_updated + step.n_events;
        Ok(Turn::Done(written(n_rows, step.commit)))
    }
}

impl From<RowsJob> for Job {
    fn from(job: RowsJob) -> Self {
        Self::Rows(Box::new(job))
    }
}

/// How many customers and events some rows name; `None` when they are many.
fn n_named(changes: &Changes) -> Option<u64> {
    let events = || changes.tables.values().flat_map(|own| &own.upserted);
    let n_rows: usize = changes.upserted.iter().chain(events()).map(|rows| rows.len).sum();
    if n_rows > MOST_ROWS {
        return None;
    }
    let customers: HashSet<KeyRef<'_>> = changes.upserted.iter().flat_map(keys_of).collect();
    let n_events: usize = events().map(|rows| rows.len).sum();
    Some((customers.len() + n_events) as u64)
}

fn keys_of(rows: &Rows) -> impl Iterator<Item = KeyRef<'_>> {
    rows.keys.iter().flat_map(|keys| (0..rows.len).map(|at| keys.key(at)))
}

impl Writer<'_> {
    /// Makes a commit of each of several callers' rows, all applied at one go; one after the other
    /// where that fails: the others are not to suffer by one.
    pub(super) fn rows(&mut self, jobs: &[RowsJob]) -> Vec<Result<Turn, Error>> {
        let is_live = |job: &RowsJob| {
            Arc::ptr_eq(&job.catalog, &self.view().catalog) && !job.session.interrupt.is_raised()
        };
        if jobs.len() > 1 && jobs.iter().all(is_live) {
            let settings = self.view().settings.clone();
            let each: Vec<&Changes> = jobs.iter().map(|job| &job.changes).collect();
            let done = self.steps(&each, &joined(jobs), settings, &jobs[0].session);
            if let Ok(Step { commit: last, .. }) = done {
                let first = last + 1 - jobs.len() as u64;
                let turn = |(job, commit): (&RowsJob, u64)| {
                    Ok(Turn::Done(written(job.n_named.unwrap_or_default(), commit)))
                };
                return jobs.iter().zip(first..).map(turn).collect();
            }
        }
        let mut turns = Vec::with_capacity(jobs.len());
        for job in jobs {
            turns.push(match Arc::ptr_eq(&job.catalog, &self.view().catalog) {
                true => job.alone(self),
                false => Ok(Turn::Stale),
            });
        }
        turns
    }
}

fn written(rows: u64, commit: u64) -> Written {
    Written { rows, commit: Some(commit), ..Written::default() }
}

/// The changes of all, in their order: of one row's values the last counts.
fn joined(jobs: &[RowsJob]) -> Changes {
    let mut all = Changes::default();
    for job in jobs {
        job.changes.upserted.iter().for_each(|rows| add(rows, &mut all.upserted));
        for (id, own) in &job.changes.tables {
            let table = all.tables.entry(*id).or_default();
            own.upserted.iter().for_each(|rows| add(rows, &mut table.upserted));
        }
    }
    all
}

/// Adds rows to the last ones where these are of the same columns.
fn add(rows: &Rows, to: &mut Vec<Rows>) {
    let columns = |rows: &Rows| rows.columns.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    match to.last_mut() {
        Some(last) if columns(last) == columns(rows) => {
            if last.append(rows.clone()).is_err() {
                to.push(rows.clone());
            }
        }
        _ => to.push(rows.clone()),
    }
}
