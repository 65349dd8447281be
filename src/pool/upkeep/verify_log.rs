//! What `verify` makes of the log since the checkpoint, and of what is in memory.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::verify::Verifier;
use super::{Check, Problem};
use crate::catalog::{Attribute, Group};
use crate::index::{CheckDepth, IndexError};
use crate::pool::current::Means;
use crate::pool::open::view_at;
use crate::pool::replay::replay;
use crate::pool::view::View;
use crate::pool::{Error, Session};
use crate::store::{Manifest, Place, Record, Reread, StoreError};

/// One commit as it is stored: a checkpoint, and the records since then.
pub(super) struct Kept {
    /// The state after the last commit.
    pub(super) view: Arc<View>,
    /// The checkpoint below it.
    pub(super) manifest: Arc<Manifest>,
    /// The records in between.
    pub(super) log: Result<Reread, StoreError>,
}

/// How long to wait for a checkpoint that is being switched to.
const PAUSE: Duration = Duration::from_millis(1);

impl Kept {
    /// Reads the log of the last commit. A checkpoint that ends meanwhile lets records go: then
    /// it is read again, for the commit that is the last by then.
    ///
    /// # Errors
    ///
    /// When the session is interrupted.
    pub(super) fn read(session: &Session) -> Result<Self, Error> {
        let store = &session.pool.store;
        loop {
            let view = session.pool.view();
            let manifest = view.snapshot.manifest().map_or_else(|| store.manifest(), Arc::clone);
            let log = match store.is_kept() {
                true => store.reread_log(manifest.state.commit, view.snapshot.commit()),
                false => Ok(Reread::default()),
            };
            if store.manifest().sequence == manifest.sequence {
                return Ok(Self { view, manifest, log });
            }
            if session.executor().interrupted() {
                return Err(Error::Interrupted);
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Verifier<'_> {
    /// Notes the records that are damaged or missing.
    pub(super) fn log(&mut self, log: &Result<Reread, StoreError>) {
        match log {
            Ok(log) => {
                self.found.records = (log.records.len() + log.problems.len()) as u64;
                self.found.bytes += log.records.iter().map(|r| r.bytes.len() as u64).sum::<u64>();
                for (commit, what) in &log.problems {
                    self.add(&Place::Log { commit: *commit }, what.clone());
                }
            }
            Err(StoreError::Damaged { place, what }) => self.add(place, what.clone()),
            Err(other) => self.add_at("log", super::verify::told(other)),
        }
    }

    /// Replays the records over the checkpoint and holds what comes out against what is in memory.
    pub(super) fn replay(&mut self, manifest: &Arc<Manifest>, log: &Reread) -> Result<(), Error> {
        self.check_interrupt()?;
        // A pool in memory has no log, nor has one that nothing was stored of.
        if manifest.state.commit == 0 {
            return Ok(());
        }
        self.found.checked.push(Check::Log);
        if !log.problems.is_empty() {
            return Ok(());
        }
        match self.replayed(manifest, &log.records) {
            Ok(replayed) => self.compare(&replayed),
            Err(Error::Interrupted) => Err(Error::Interrupted),
            Err(error) => {
                self.note_error(&error);
                Ok(())
            }
        }
    }

    fn replayed(&self, manifest: &Arc<Manifest>, records: &[Record]) -> Result<View, Error> {
        let store = &self.session.pool.store;
        let budget = self.session.pool.memory.budget().forced();
        let view = view_at(store, manifest, &budget)?;
        Ok(replay(view, records, &self.executor, &budget)?.view)
    }

    fn compare(&mut self, replayed: &View) -> Result<(), Error> {
        let (mine, theirs) = (&self.view.snapshot, &replayed.snapshot);
        let told = "what is in memory and what the checkpoint and the log lead to differ";
        if let Some(what) = mine.rows_differ(theirs) {
            self.add_at("customers", format!("{told}: {what}"));
            return Ok(());
        }
        if self.view.settings.to_stored() != replayed.settings.to_stored() {
            self.add_at("settings", told.to_owned());
        }
        let differs = mine.keys_differ(theirs, &self.executor);
        self.note_difference("customer keys", told, differs);
        for attribute in self.view.catalog.columns() {
            self.check_interrupt()?;
            let differs = mine.column_differs(theirs, attribute.id, &self.executor);
            self.note_difference(&format!("column `{}`", attribute.name), told, differs);
        }
        for table in self.view.catalog.tables() {
            let name = table.name();
            let (mine, theirs) = (mine.events(table.id())?, theirs.events(table.id())?);
            if let Some(what) = mine.snapshot.rows_differ(&theirs.snapshot) {
                self.add_at(&format!("`{name}`"), format!("{told}: {what}"));
                continue;
            }
            for (id, _) in table.columns() {
                self.check_interrupt()?;
                let differs = mine.snapshot.column_differs(&theirs.snapshot, id, &self.executor);
                let column = self.view.catalog.by_id(id).map_or("customer", |p| &p.name);
                self.note_difference(&format!("column `{name}.{column}`"), told, differs);
            }
        }
        Ok(())
    }

    fn note_difference(
        &mut self,
        place: &str,
        told: &str,
        differs: Result<Option<crate::model::RowId>, IndexError>,
    ) {
        match differs {
            Ok(None) => {}
            Ok(Some(row)) => self.add_at(place, format!("{told}, first in row {}", row.0)),
            Err(error) => self.note(&error),
        }
    }

    /// Computes every derived attribute again, and compares.
    pub(super) fn derived(&mut self) -> Result<(), Error> {
        let view = self.view;
        if !view.catalog.keeps_itself() {
            return Ok(());
        }
        self.check_interrupt()?;
        self.found.checked.push(Check::Derived);
        let budget = self.session.pool.memory.budget();
        let executor = self.executor.clone();
        let means = Means { executor: &executor, threads: &executor, budget: &budget };
        let anew = match view.anew(means) {
            Ok(anew) => anew,
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => {
                self.add_at("derived attributes", super::verify::told(&error));
                return Ok(());
            }
        };
        let told = "what is kept and what it is defined as differ";
        let is_kept = |attribute: &&Attribute| {
            let ends = view.catalog.group_by_id(attribute.id).and_then(Group::ends);
            attribute.definition.is_some() || ends.is_some()
        };
        for attribute in view.catalog.columns().filter(is_kept) {
            let differs = view
                .snapshot
                .load(&[attribute.id], &executor, &budget)
                .and_then(|()| view.snapshot.column_differs(&anew, attribute.id, &executor));
            self.note_difference(&format!("attribute `{}`", attribute.name), told, differs);
        }
        Ok(())
    }

    /// Derives every index in memory again, and compares.
    pub(super) fn memory(&mut self) -> Result<(), Error> {
        self.check_interrupt()?;
        self.found.checked.push(Check::Memory);
        let violations = self.view.snapshot.check(CheckDepth::Deep, &self.executor);
        for violation in violations {
            let place = format!("{}, in memory", violation.place(&self.view.catalog));
            self.found.problems.push(Problem { place, what: violation.what });
        }
        Ok(())
    }
}
