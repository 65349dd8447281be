//! A commit that is a checkpoint of its own: definitions, and rows in bulk.

use std::sync::{Arc, MutexGuard};

use crate::catalog::{Catalog, Created};
use crate::index::{Applied, Changes, Dirty, Snapshot, Touched};
use crate::pool::checkpoint::Checkpointing;
use crate::pool::current::{Current, Means, Reach};
use crate::pool::question::Question;
use crate::pool::view::{Settings, View};
use crate::pool::{Error, Session, Written, open, record, writer};
use crate::store;

/// Bytes of rows up to which a commit goes into the log: beyond, it is cheaper to write the chunks.
pub(crate) const RECORD_BYTES: usize = 8 << 20;

/// The right to write and to make checkpoints, and the view to build on. Held by one statement at
/// a time.
pub(crate) struct Change<'a> {
    pub(crate) session: &'a Session,
    pub(crate) view: Arc<View>,
    number: u64,
    _writing: MutexGuard<'a, ()>,
    _checkpointing: Checkpointing<'a>,
}

impl<'a> Change<'a> {
    /// Waits for the right to write.
    pub(crate) fn begin(session: &'a Session, statement: &'static str) -> Result<Self, Error> {
        let pool = &session.pool;
        pool.check_writable(statement)?;
        writer::stop_before_next(session)?;
        let checkpointing = pool.checkpoint_lock();
        let writing = pool.write_lock();
        let view = pool.view();
        let number = view.snapshot.commit() + 1;
        Ok(Self { session, view, number, _writing: writing, _checkpointing: checkpointing })
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

    /// The next commit and its instant.
    pub(crate) fn created(&self) -> Created {
        let at = writer::instant(&self.view, &self.view.settings, self.session);
        Created { commit: self.number(), at }
    }

    /// Goes on from a view that is not committed yet, as a script does from one statement to the
    /// next; all of it is one commit in the end.
    pub(crate) fn stage(&mut self, catalog: Catalog, snapshot: Snapshot, settings: Settings) {
        let settings = self.stamped(settings);
        self.view = Arc::new(View::new(catalog, snapshot, settings));
    }

    /// Commits a catalog and a snapshot, whose derived attributes are not current yet.
    pub(crate) fn finish(
        self,
        catalog: Catalog,
        snapshot: Snapshot,
        dirty: &Dirty,
        reach: Reach<'_>,
    ) -> Result<u64, Error> {
        let settings = self.view.settings.clone();
        self.finish_with(catalog, snapshot, dirty, settings, reach)
    }

    /// Commits all there is, together with what the log holds.
    pub(crate) fn finish_with(
        self,
        catalog: Catalog,
        snapshot: Snapshot,
        dirty: &Dirty,
        settings: Settings,
        reach: Reach<'_>,
    ) -> Result<u64, Error> {
        let pool = &self.session.pool;
        let settings = self.stamped(settings);
        let number = snapshot.commit();
        let current = self.current(View::new(catalog, snapshot, settings), dirty, reach)?;
        pool.publish_all(current, |_| {})?;
        Ok(number)
    }

    /// A view with its derived attributes and groups current, and what of it must be written.
    fn current(&self, view: View, dirty: &Dirty, reach: Reach<'_>) -> Result<Current, Error> {
        let executor = self.session.executor();
        let budget = &self.session.pool.budget;
        let means = Means { executor: &executor, threads: &executor, budget };
        let current = view.kept_current(&self.view, reach, means)?;
        if executor.interrupted() {
            return Err(Error::Interrupted);
        }
        self.check_fits(&current.view.snapshot)?;
        let mut dirty = dirty.clone();
        dirty.merge(&current.dirty);
        Ok(Current { dirty, ..current })
    }

    /// Commits rows that were applied: by the log, when they are few and nothing else changed.
    pub(crate) fn finish_rows(
        self,
        catalog: Catalog,
        snapshot: Snapshot,
        dirty: &Dirty,
        changes: &Changes,
        touched: &Touched,
    ) -> Result<u64, Error> {
        let reach = Reach::Touched(touched);
        if catalog != *self.view.catalog || changes.n_bytes() > RECORD_BYTES {
            return self.finish(catalog, snapshot, dirty, reach);
        }
        let (pool, number) = (&self.session.pool, snapshot.commit());
        let settings = self.stamped(self.view.settings.clone());
        let Current { view, dirty, entry } =
            self.current(self.view.next(snapshot, settings), dirty, reach)?;
        let record = record::encode(changes, &view.snapshot, &view.settings)?;
        pool.append(Arc::new(view), &dirty, &[record], entry.map(Arc::new))?;
        Ok(number)
    }

    /// Commits the same customers, some of whose parts are written again, and others given up;
    /// `tell` puts into the entry what these do to groups.
    pub(crate) fn finish_repair(
        self,
        dirty: &Dirty,
        tell: impl FnOnce(&mut Current) -> Result<(), Error>,
        give_up: impl Fn(&mut store::Commit<'_>),
    ) -> Result<u64, Error> {
        let (catalog, settings) = (self.catalog(), self.view.settings.clone());
        let snapshot = self.apply(&Changes::default())?.snapshot;
        let number = snapshot.commit();
        let view = View::new(catalog, snapshot, self.stamped(settings));
        // What was lost may have been derived, or be what others are derived of.
        let mut current = self.current(view, dirty, Reach::Everybody)?;
        tell(&mut current)?;
        self.session.pool.publish_all(current, give_up)?;
        Ok(number)
    }

    /// Commits what another pool holds, put by `put`, in place of a pool without customers: at the
    /// other's commit, or the next one of this pool when that is later.
    pub(crate) fn finish_restore(
        self,
        other: &View,
        put: impl FnOnce(&mut store::Commit<'_>) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let pool = &self.session.pool;
        let last_commit = other.settings.last_commit.max(self.view.settings.last_commit);
        let settings = Settings { last_commit, ..other.settings.clone() };
        let state = store::State {
            commit: other.snapshot.commit().max(self.number()),
            settings: settings.to_stored(),
            ..other.state()?
        };
        let mut commit = pool.store.begin()?;
        put(&mut commit)?;
        commit.finish(state)?;
        // The store is at another commit now; what cannot be read of it must not be written over.
        let view = open::stored_view(&pool.store, &pool.memory.budget())
            .inspect_err(|error| drop(pool.store.refuse_writes(error.to_string())))?;
        let number = view.snapshot.commit();
        pool.restored(view);
        Ok(number)
    }

    /// Refuses data that would not fit into memory, where nothing holds them but memory.
    fn check_fits(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let pool = &self.session.pool;
        if !pool.store.is_kept() {
            pool.memory.check_fits(&pool.view(), snapshot)?;
        }
        Ok(())
    }

    /// The settings with the commit's instant.
    fn stamped(&self, settings: Settings) -> Settings {
        let last_commit = Some(writer::instant(&self.view, &settings, self.session));
        Settings { last_commit, ..settings }
    }
}

/// The outcome of a statement that wrote rows.
pub(crate) fn written(rows: u64, commit: u64) -> Written {
    Written { rows, commit: Some(commit), ..Written::default() }
}
