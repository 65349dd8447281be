//! The write path of small commits: each a record of the log.

use std::sync::{Arc, MutexGuard};

use super::current::{Current, Means, Reach};
use super::inner::Inner;
use super::record;
use super::view::{Settings, View};
use super::{Error, Session};
use crate::derive::Stops;
use crate::group::Entry;
use crate::index::{Changes, Dirty};
use crate::model::Instant;
use crate::parallel::Executor;
use crate::store::Record;

/// The right to write, and the view that the next step builds on.
///
/// Steps are commits that become durable, and visible, together: by [`commit`](Self::commit), or
/// not at all.
pub(crate) struct Writer<'a> {
    pool: &'a Inner,
    view: Arc<View>,
    dirty: Dirty,
    records: Vec<Record>,
    entries: Vec<Arc<Entry>>,
    n_steps: usize,
    lock: MutexGuard<'a, ()>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its number.
    pub(crate) commit: u64,
    /// Customers that came.
    pub(crate) n_inserted: u64,
    /// Customers that were there and were named.
    pub(crate) n_updated: u64,
    /// Customers that went.
    pub(crate) n_deleted: u64,
    /// Events that came and went, those that went with their customers apart.
    pub(crate) n_events: u64,
}

impl<'a> Writer<'a> {
    /// Waits for the right to write.
    pub(crate) fn begin(pool: &'a Inner) -> Self {
        let lock = pool.write_lock();
        let view = pool.view();
        let (dirty, records, entries) = Default::default();
        Self { pool, view, dirty, records, entries, n_steps: 0, lock }
    }

    /// The view that the next step builds on.
    pub(crate) fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// Makes a commit of some changes of rows and of the settings, by the clock of a session.
    ///
    /// # Errors
    ///
    /// When the changes do not fit the pool, or the session is interrupted; nothing has changed then. `NeedsReopen` at once, when
    /// the commit could not be made durable.
    pub(crate) fn step(
        &mut self,
        changes: &Changes,
        settings: Settings,
        session: &Session,
    ) -> Result<Step, Error> {
        self.steps(&[changes], changes, settings, session)
    }

    /// Makes commits of several changes that only bring rows, applied at one go: `all` of them, in
    /// their order. What they did together; the last of their numbers.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step), of all of them.
    pub(super) fn steps(
        &mut self,
        changes: &[&Changes],
        all: &Changes,
        settings: Settings,
        session: &Session,
    ) -> Result<Step, Error> {
        self.pool.store.check_writable()?;
        if session.interrupt.is_raised() {
            return Err(Error::Interrupted);
        }
        let at = instant(&self.view, &settings, session);
        if is_long_move(&self.view, at) {
            self.stop_before(at, session, |_, _| Ok(()))?;
        }
        self.made(changes, all, Settings { last_commit: Some(at), ..settings }, session)
    }

    /// Moves the clock to where a session's commit of some settings is, in as many steps as it takes
    /// to tell all that it changes; after each of them something more is done, at its instant.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step).
    pub(crate) fn move_clock(
        &mut self,
        settings: Settings,
        session: &Session,
        mut after: impl FnMut(&mut Self, Instant) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = instant(&self.view, &settings, session);
        self.stop_before(at, session, &mut after)?;
        let nothing = Changes::default();
        let settings = Settings { last_commit: Some(at), ..settings };
        self.made(&[&nothing], &nothing, settings, session)?;
        after(self, at)
    }

    /// Makes the steps of a move of the clock to an instant, but for the last.
    fn stop_before(
        &mut self,
        to: Instant,
        session: &Session,
        mut after: impl FnMut(&mut Self, Instant) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (executor, nothing) = (Executor::inline(), Changes::default());
        let threads = self.pool.executor.with_interrupt(session.interrupt.clone());
        loop {
            let means = Means { executor: &executor, threads: &threads, budget: &self.pool.budget };
            let Stops { mut at, until } = self.view.stops(to, means)?;
            at.extend((until < to).then_some(until));
            for stop in at {
                let settings = self.view.settings.clone();
                let settings = Settings { last_commit: Some(stop), ..settings };
                self.made(&[&nothing], &nothing, settings, session)?;
                after(self, stop)?;
            }
            if until >= to {
                return Ok(());
            }
        }
    }

    /// Makes the commits of several changes at the instant that the settings tell.
    fn made(
        &mut self,
        changes: &[&Changes],
        all: &Changes,
        settings: Settings,
        session: &Session,
    ) -> Result<Step, Error> {
        if session.interrupt.is_raised() {
            return Err(Error::Interrupted);
        }
        let first = self.view.snapshot.commit() + 1;
        let commit = self.view.snapshot.commit() + changes.len() as u64;
        // Readers have the pool's threads; a commit is short.
        let executor = Executor::inline();
        let mut applied = self.view.snapshot.apply(all, commit, &executor)?;
        let next = self.view.next(applied.snapshot, settings);
        // Of a move of the clock many attributes may change.
        let threads = self.pool.executor.with_interrupt(session.interrupt.clone());
        let means = Means { executor: &executor, threads: &threads, budget: &self.pool.budget };
        let reach = Reach::Touched(&applied.touched);
        let Current { view: next, dirty, entry } = next.kept_current(&self.view, reach, means)?;
        applied.dirty.merge(&dirty);
        self.entries.extend(entry.map(Arc::new));
        if !self.pool.store.is_kept() {
            self.pool.memory.check_fits(&self.view, &next.snapshot)?;
        }
        if self.pool.store.is_kept() {
            let mut records = Vec::with_capacity(changes.len());
            for (changes, number) in changes.iter().zip(first..) {
                records.push(match number == commit {
                    true => record::encode(changes, &next.snapshot, &next.settings)?,
                    false => record::encode_within(changes, number, &next.settings)?,
                });
            }
            self.records.append(&mut records);
            self.dirty.merge(&applied.dirty);
        }
        self.view = Arc::new(next);
        self.n_steps += 1;
        Ok(Step {
            commit,
            n_inserted: applied.n_inserted,
            n_updated: applied.n_updated,
            n_deleted: applied.n_deleted,
            n_events: applied.n_events,
        })
    }

    /// Makes all steps durable, unless the pool is buffered, and visible.
    ///
    /// # Errors
    ///
    /// What the store says; the pool then answers as before the first step.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let Self { pool, view, dirty, records, entries, n_steps, lock } = self;
        if n_steps == 0 {
            return Ok(());
        }
        pool.append(view, &dirty, &records, entries)?;
        drop(lock);
        pool.relieve();
        Ok(())
    }
}

/// How far the clock moves between commits of data without being looked at: what turns and turns
/// back within that time may go untold, as it does where a clock is followed.
const SHORT_MOVE: i64 = 1_000_000;

/// Whether the clock moves far from a view to the instant of the next commit.
fn is_long_move(view: &View, to: Instant) -> bool {
    view.as_of.is_some_and(|from| to.micros().saturating_sub(from.micros()) > SHORT_MOVE)
}

/// Makes the steps that the clock has to make before a commit of something else, so that all that
/// it changed is told. What cannot be read for it stays to be told or repaired.
///
/// # Errors
///
/// As [`Writer::step`].
pub(crate) fn stop_before_next(session: &Session) -> Result<(), Error> {
    let view = session.pool.view();
    let to = instant(&view, &view.settings, session);
    if !is_long_move(&view, to) {
        return Ok(());
    }
    let mut writer = Writer::begin(&session.pool);
    match writer.stop_before(to, session, |_, _| Ok(())) {
        Ok(()) => writer.commit(),
        Err(error) if error.is_corruption() => Ok(()),
        Err(error) => Err(error),
    }
}

impl Inner {
    /// Makes the commits of records durable, unless the pool is buffered, and the view that they
    /// lead to visible. The caller has the right to write.
    pub(super) fn append(
        &self,
        view: Arc<View>,
        dirty: &Dirty,
        records: &[Record],
        entries: impl IntoIterator<Item = Arc<Entry>>,
    ) -> Result<(), Error> {
        if self.store.is_kept() {
            self.store.append(records, self.durability())?;
            let mut pending = self.pending();
            pending.add_dirty(dirty);
            pending.add_records(records);
        }
        entries.into_iter().for_each(|entry| self.changes.add(entry));
        self.bound_changes();
        self.publish(view);
        Ok(())
    }
}

/// The instant of a commit on top of a view: where `set now` puts the clock, or the clock's own.
pub(crate) fn instant(view: &View, settings: &Settings, session: &Session) -> Instant {
    let fixed = settings.fixed_now.filter(|_| session.now.is_none());
    let last = view.settings.last_commit.unwrap_or(Instant::MIN);
    fixed.unwrap_or_else(|| session.pool.now(view, session.now)).max(last)
}
