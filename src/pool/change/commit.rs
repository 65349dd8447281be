//! One commit, from the current view to the next.

use std::sync::{Arc, MutexGuard};

use crate::catalog::Catalog;
use crate::index::{Applied, Changes, Dirty, Snapshot};
use crate::model::Instant;
use crate::pool::question::Question;
use crate::pool::view::{Settings, View};
use crate::pool::{Done, Error, Outcome, Session, Written};
use crate::store::{self, State};

/// The right to write, and the view to build on. Held by one statement at a time.
pub(crate) struct Change<'a> {
    pub(crate) session: &'a Session,
    pub(crate) view: Arc<View>,
    number: u64,
    _lock: MutexGuard<'a, ()>,
}

impl<'a> Change<'a> {
    /// Waits for the right to write.
    pub(crate) fn begin(session: &'a Session, statement: &'static str) -> Result<Self, Error> {
        session.pool.check_writable(statement)?;
        let lock = session.pool.write_lock();
        let view = session.pool.view();
        let number = view.snapshot.commit() + 1;
        Ok(Self { session, view, number, _lock: lock })
    }

    /// A question over the view that the change builds on.
    pub(crate) fn question(&self) -> Question<'_> {
        Question::new(self.session, Arc::clone(&self.view))
    }

    /// The next commit's catalog, to be changed.
    pub(crate) fn catalog(&self) -> Catalog {
        (*self.view.catalog).clone()
    }

    /// Applies changes of the rows to the view's snapshot.
    pub(crate) fn apply(&self, changes: &Changes) -> Result<Applied, Error> {
        Ok(self.view.snapshot.apply(changes, self.number(), &self.session.executor())?)
    }

    /// The number of the next commit.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Goes on from a view that is not committed yet, as a script does from one statement to the
    /// next; all of it is one commit in the end.
    pub(crate) fn stage(&mut self, catalog: Catalog, snapshot: Snapshot, settings: Settings) {
        let settings = self.stamped(settings);
        self.view = Arc::new(View::new(catalog, snapshot, settings));
    }

    /// Commits a catalog and a snapshot.
    pub(crate) fn finish(
        self,
        catalog: Catalog,
        snapshot: Snapshot,
        dirty: &Dirty,
    ) -> Result<u64, Error> {
        let settings = self.view.settings.clone();
        self.finish_with(catalog, snapshot, dirty, settings)
    }

    /// Commits settings alone.
    pub(crate) fn finish_settings(self, settings: Settings) -> Result<Outcome, Error> {
        let catalog = self.catalog();
        let applied = self.apply(&Changes::default())?;
        let commit = self.finish_with(catalog, applied.snapshot, &applied.dirty, settings)?;
        Ok(Outcome::Done(Done { commit }))
    }

    /// Commits all there is.
    pub(crate) fn finish_with(
        self,
        catalog: Catalog,
        snapshot: Snapshot,
        dirty: &Dirty,
        settings: Settings,
    ) -> Result<u64, Error> {
        if self.session.executor().interrupted() {
            return Err(Error::Interrupted);
        }
        let pool = &self.session.pool;
        let settings = self.stamped(settings);
        let mut commit = pool.store.begin()?.with_durability(pool.durability());
        snapshot.save(dirty, &mut commit)?;
        let manifest = commit.finish(State {
            commit: snapshot.commit(),
            n_rows: snapshot.n_rows(),
            n_customers: snapshot.n_customers(),
            chunk_bits: snapshot.size().bits(),
            catalog: store::encode(&catalog.to_stored())
                .map_err(|e| Error::Inner(e.to_string()))?,
            settings: settings.to_stored(),
        })?;
        let number = snapshot.commit();
        let snapshot = snapshot.stored(&pool.store, manifest);
        pool.publish(View::new(catalog, snapshot, settings));
        Ok(number)
    }

    /// The settings with the commit's instant.
    fn stamped(&self, settings: Settings) -> Settings {
        let now = self.session.pool.now(&self.view, self.session.now);
        Settings { last_commit: Some(self.moved_on(&settings, now)), ..settings }
    }

    /// The commit's instant: where `set now` puts the clock, or the clock's own.
    fn moved_on(&self, settings: &Settings, now: Instant) -> Instant {
        let fixed = settings.fixed_now.filter(|_| self.session.now.is_none());
        let last = self.view.settings.last_commit.unwrap_or(Instant::MIN);
        fixed.unwrap_or(now).max(last)
    }
}

/// The outcome of a statement that wrote rows.
pub(crate) fn written(rows: u64, commit: u64) -> Outcome {
    Outcome::Written(Written { rows, commit: Some(commit), ..Written::default() })
}
