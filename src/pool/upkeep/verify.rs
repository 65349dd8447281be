//! `verify` and `verify deep`.

use std::ops::ControlFlow;

use super::verify_log::Kept;
use super::{Check, Depth, Problem, Verification};
use crate::catalog::Catalog;
use crate::index::{IndexError, StoredSnapshot};
use crate::model::{AttributeId, TableId};
use crate::parallel::Executor;
use crate::pool::view::View;
use crate::pool::{Error, Session};
use crate::store::{Manifest, Place, StoreError};
use crate::transfer::{Progress, Stage};

/// Reads what makes up the last commit, and tells everything that is wrong with it.
///
/// What is in memory does not stand in for what is stored: all is read from the store. A deep look
/// also holds the two against each other. Other statements go on, and the parts that are read stay
/// there until the end, whatever is committed meanwhile.
pub(crate) fn verify(session: &Session, depth: Depth) -> Result<Verification, Error> {
    let kept = Kept::read(session)?;
    let mut verifier = Verifier::new(session, &kept.view, &kept.manifest);
    verifier.checksums(&kept.manifest)?;
    verifier.log(&kept.log);
    if depth == Depth::Deep {
        verifier.contents()?;
        if let Ok(log) = &kept.log {
            verifier.replay(&kept.manifest, log)?;
        }
        verifier.memory()?;
        verifier.derived()?;
    }
    Ok(verifier.found)
}

pub(super) struct Verifier<'a> {
    pub(super) session: &'a Session,
    pub(super) view: &'a View,
    pub(super) executor: Executor,
    pub(super) found: Verification,
}

impl<'a> Verifier<'a> {
    fn new(session: &'a Session, view: &'a View, manifest: &Manifest) -> Self {
        let found = Verification {
            commit: view.snapshot.commit(),
            checkpoint: manifest.state.commit,
            customers: view.snapshot.n_customers().into(),
            blobs: 0,
            records: 0,
            bytes: 0,
            checked: Vec::new(),
            problems: Vec::new(),
            repaired: Vec::new(),
        };
        Self { session, view, executor: session.executor(), found }
    }

    /// Reads every part.
    fn checksums(&mut self, manifest: &Manifest) -> Result<(), Error> {
        let total = manifest.blobs.iter().map(|blob| u64::from(blob.len)).sum();
        let visited = self.session.pool.store.visit(manifest, |done| {
            self.session.report(Progress { stage: Stage::Reading, done, total });
            if self.executor.interrupted() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        self.check_interrupt()?;
        self.found.checked.push(Check::Checksums);
        (self.found.blobs, self.found.bytes) = (visited.n_blobs, visited.n_bytes);
        for (key, error) in visited.problems {
            self.note_stored(&key.place(), &error);
        }
        Ok(())
    }

    /// Decodes every part, one attribute at a time, so that little is held in memory at once.
    fn contents(&mut self) -> Result<(), Error> {
        let view = self.view;
        self.found.checked.push(Check::Customers);
        let stored = match view.snapshot.reread() {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(()),
            Err(error) => {
                // Everything else is told apart by living rows.
                self.note(&error);
                return Ok(());
            }
        };
        self.keys(&stored)?;
        self.attributes(&stored)?;
        self.events(&stored)
    }

    /// Decodes every part of the event tables, and looks for events that belong to nobody.
    fn events(&mut self, customers: &StoredSnapshot<'_>) -> Result<(), Error> {
        let view = self.view;
        if !view.catalog.tables().is_empty() {
            self.found.checked.push(Check::Events);
        }
        for table in view.catalog.tables() {
            self.check_interrupt()?;
            let snapshot = &view.snapshot.events(table.id())?.snapshot;
            let stored = match snapshot.reread() {
                Ok(Some(stored)) => stored,
                Ok(None) => continue,
                Err(error) => {
                    self.note(&error);
                    continue;
                }
            };
            for (id, ty) in table.columns() {
                self.check_interrupt()?;
                if let Err(error) = stored.column(id, ty, &self.executor) {
                    self.note(&error);
                }
            }
            match customers.orphan(&stored, table.link(), &self.executor) {
                Ok(None) => {}
                Ok(Some(event)) => {
                    let what = format!("event {} belongs to no customer", event.0);
                    self.add_at(&format!("`{}`", table.name()), what);
                }
                Err(error) => self.note(&error),
            }
        }
        Ok(())
    }

    fn keys(&mut self, stored: &StoredSnapshot<'_>) -> Result<(), Error> {
        self.check_interrupt()?;
        self.found.checked.push(Check::Keys);
        if let Err(error) = stored.keys(&self.executor) {
            self.note(&error);
        }
        Ok(())
    }

    fn attributes(&mut self, stored: &StoredSnapshot<'_>) -> Result<(), Error> {
        self.found.checked.push(Check::Attributes);
        let view = self.view;
        for attribute in view.catalog.columns() {
            self.check_interrupt()?;
            if let Err(error) = stored.column(attribute.id, attribute.ty, &self.executor) {
                self.note(&error);
            }
        }
        Ok(())
    }

    pub(super) fn check_interrupt(&self) -> Result<(), Error> {
        if self.executor.interrupted() { Err(Error::Interrupted) } else { Ok(()) }
    }

    pub(super) fn note(&mut self, error: &IndexError) {
        match error {
            IndexError::Damaged { place, why } => self.add(place, (*why).to_owned()),
            IndexError::Store(StoreError::Damaged { place, what }) => self.add(place, what.clone()),
            other => {
                self.add_at("customer keys", told(other));
            }
        }
    }

    /// Notes why the log could not be replayed.
    pub(super) fn note_error(&mut self, error: &Error) {
        match error {
            Error::Store(StoreError::Damaged { place, what }) => self.add(place, what.clone()),
            Error::DuplicateKey { .. } => self.add_at("customer keys", told(error)),
            Error::Damaged { what } => self.add_at("log", what.clone()),
            other => self.add_at("log", told(other)),
        }
    }

    fn note_stored(&mut self, place: &Place, error: &StoreError) {
        match error {
            StoreError::Damaged { what, .. } => self.add(place, what.clone()),
            other => self.add(place, told(other)),
        }
    }

    /// Adds a problem, unless the place has one already.
    pub(super) fn add(&mut self, place: &Place, what: String) {
        let place = name(place, &self.view.catalog);
        self.add_at(&place, what);
    }

    /// Adds a problem by the name of its place, unless the place has one already.
    pub(super) fn add_at(&mut self, place: &str, what: String) {
        if self.found.problems.iter().all(|known| known.place != place) {
            self.found.problems.push(Problem { place: place.to_owned(), what });
        }
    }
}

/// A place in the user's words: an attribute's name in place of its number.
pub(super) fn name(place: &Place, catalog: &Catalog) -> String {
    match place {
        Place::Blob { kind: kind @ ("column chunk" | "dictionary"), column, part } => match catalog
            .by_id(AttributeId(*column))
        {
            Some(attribute) => format!("{kind} of `{}`, part {part}", attribute.name),
            None => match catalog.tables().iter().find(|table| table.link().0 == *column) {
                Some(table) => format!("{kind} of customers of `{}`, part {part}", table.name()),
                None => place.to_string(),
            },
        },
        Place::Blob { kind: kind @ "living rows", column, part } if *column > 0 => {
            let table = catalog.table_by_id(TableId(*column)).map_or("?", |table| table.name());
            format!("{kind} of `{table}`, part {part}")
        }
        Place::Blob { kind, part, .. } => format!("{kind}, part {part}"),
        other => other.to_string(),
    }
}

/// An error with its causes.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
