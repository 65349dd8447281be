//! Checkpoints: what the log holds, written into the columns, so that the log may go.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Error;
use super::current::{Current, Means};
use super::inner::Inner;
use super::view::View;
use crate::catalog::Catalog;
use crate::index::{Dirty, Violation};
use crate::model::Instant as Moment;
use crate::store::{self, Manifest, Record};

/// Chunks that closing a pool writes at most, to spare the next opening the replay.
const CLOSING_CHUNKS: usize = 256;
/// How many times the bound on the log writers may exceed before they make the checkpoint
/// themselves.
const PATIENCE: u64 = 4;

/// What was committed since the last checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    dirty: Dirty,
    n_bytes: u64,
    n_records: u64,
    since: Option<Instant>,
}

impl Pending {
    /// Notes the parts of a snapshot that a commit changed.
    pub(super) fn add_dirty(&mut self, dirty: &Dirty) {
        self.dirty.merge(dirty);
    }

    /// Notes records that the log took.
    pub(super) fn add_records(&mut self, records: &[Record]) {
        self.n_bytes += records.iter().map(|record| record.bytes.len() as u64).sum::<u64>();
        self.n_records += records.len() as u64;
        if self.n_records > 0 {
            self.since.get_or_insert_with(Instant::now);
        }
    }

    /// Parts of the view that no manifest holds as they are.
    pub(crate) fn dirty(&self) -> &Dirty {
        &self.dirty
    }

    /// Commits since the last checkpoint, and the bytes of their records.
    pub(crate) fn log(&self) -> (u64, u64) {
        (self.n_records, self.n_bytes)
    }

    /// Takes in what was pending before this was: a checkpoint that failed gives it back.
    fn give_back(&mut self, mut earlier: Self) {
        earlier.dirty.merge(&self.dirty);
        self.dirty = earlier.dirty;
        self.n_bytes += earlier.n_bytes;
        self.n_records += earlier.n_records;
        self.since = earlier.since.or(self.since);
    }
}

/// The right to make checkpoints; taken before the right to write.
pub(crate) type Checkpointing<'a> = MutexGuard<'a, ()>;

impl Inner {
    /// Waits to be the one that makes checkpoints.
    pub(crate) fn checkpoint_lock(&self) -> Checkpointing<'_> {
        self.checkpointing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was committed since the last checkpoint.
    pub(crate) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what the log holds into the columns and lets the log go; writers and readers go on
    /// meanwhile. The commits taken in.
    ///
    /// # Errors
    ///
    /// What the store says; nothing is lost then.
    pub(crate) fn checkpoint(&self) -> Result<u64, Error> {
        let _checkpointing = self.checkpoint_lock();
        let (view, taken) = {
            let _writing = self.write_lock();
            (self.view(), std::mem::take(&mut *self.pending()))
        };
        if taken.n_records == 0 {
            return Ok(0);
        }
        // Stored with the rest, it spares the next one to open the pool the search; where it cannot
        // be found now, it is sought then.
        let executor = &self.executor;
        drop(view.next_change(Means { executor, threads: executor, budget: &self.budget }));
        let saved = self.save(&view, &taken.dirty, store::Durability::Flush, |_| {});
        let _writing = self.write_lock();
        match saved {
            Ok(manifest) => {
                self.publish(self.view().stored(&self.store, manifest, &self.budget));
                Ok(taken.n_records)
            }
            Err(error) => {
                self.pending().give_back(taken);
                Err(error)
            }
        }
    }

    /// Stores and publishes a view that was built on the last one, and who entered groups and left
    /// them with it. The caller has the right to write and to make checkpoints.
    pub(super) fn publish_all(
        &self,
        current: Current,
        also: impl Fn(&mut store::Commit<'_>),
    ) -> Result<(), Error> {
        let Current { view, dirty, entry } = current;
        let commit = view.snapshot.commit();
        entry.into_iter().for_each(|entry| self.changes.add(Arc::new(entry)));
        let view = match self.store.is_kept() {
            true => self
                .save_all(&view, &dirty, also)
                .inspect_err(|_| self.changes.take_back(commit))?,
            false => Arc::new(view),
        };
        self.bound_changes();
        self.publish(view);
        Ok(())
    }

    /// Lets go of changes of groups beyond what is to be kept, where only memory keeps them; a
    /// checkpoint does so elsewhere.
    pub(super) fn bound_changes(&self) {
        if !self.store.is_kept() {
            self.changes.bound(self.options.retention.bytes);
        }
    }

    /// Stores a view that was built on the last one: its own dirty parts, those pending, and what
    /// else the commit is to do. The caller has the right to write and to make checkpoints.
    fn save_all(
        &self,
        view: &View,
        dirty: &Dirty,
        also: impl Fn(&mut store::Commit<'_>),
    ) -> Result<Arc<View>, Error> {
        let mut all = self.pending().dirty.clone();
        all.merge(dirty);
        let manifest = self.save(view, &all, self.durability(), also)?;
        *self.pending() = Pending::default();
        Ok(view.stored(&self.store, manifest, &self.budget))
    }

    /// Writes the dirty parts of a view and the manifest that names them.
    ///
    /// # Errors
    ///
    /// What the store says. `Unsound` when the parts are not as they must be: they are not written
    /// over what is stored, and the pool takes no further writes.
    pub(super) fn save(
        &self,
        view: &View,
        dirty: &Dirty,
        durability: store::Durability,
        also: impl Fn(&mut store::Commit<'_>),
    ) -> Result<Arc<Manifest>, Error> {
        let snapshot = &view.snapshot;
        self.store.check_writable()?;
        let violations = snapshot.check_parts(dirty);
        if !violations.is_empty() {
            return Err(self.store.refuse_writes(told(&violations, &view.catalog)).into());
        }
        let at = view.settings.last_commit.unwrap_or(Moment::MIN);
        let retention = self.options.retention;
        let staged = self.changes.stage(&self.store, snapshot.commit(), at, retention)?;
        let mut commit = self.store.begin()?.with_durability(durability);
        snapshot.save(dirty, &mut commit)?;
        for (key, bytes) in &staged.put {
            commit.put(*key, bytes)?;
        }
        staged.gone.iter().for_each(|key| commit.retire(*key));
        also(&mut commit);
        let manifest = commit.finish(view.state()?)?;
        self.changes.settle(staged, &manifest);
        Ok(manifest)
    }

    /// Publishes a view that the store holds in full, in place of all that was.
    pub(super) fn restored(&self, view: View) {
        *self.pending() = Pending::default();
        self.changes.reset(view.snapshot.commit() + 1);
        self.publish(Arc::new(view));
    }

    /// After a commit: has a checkpoint made when the log has grown beyond its bound.
    pub(super) fn relieve(&self) {
        let n_bytes = self.pending().n_bytes;
        let bound = self.options.checkpoint_bytes;
        if n_bytes > bound || self.memory.is_over() {
            self.alarm.ring(Call::Checkpoint);
        }
        if n_bytes > bound.saturating_mul(PATIENCE) {
            // The commit is durable whatever comes of this; a failure is the next write's.
            drop(self.checkpoint());
        }
    }

    /// Does some work, and once more after a checkpoint when it does not fit into the budget beside
    /// what only a checkpoint lets go. To be called without any right of a writer.
    ///
    /// # Errors
    ///
    /// What the work says.
    pub(crate) fn making_room<T>(
        &self,
        mut work: impl FnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        match work() {
            Err(Error::OverBudget(over)) => {
                let is_pending = self.pending().n_records > 0;
                if !is_pending || !self.is_writable() || self.store.needs_reopen() {
                    return Err(over.into());
                }
                self.checkpoint()?;
                work()
            }
            done => done,
        }
    }

    /// The last work on a pool: a checkpoint, where it costs less than a replay would.
    pub(super) fn close(&self) {
        let n_chunks = self.pending().dirty.n_chunks();
        if n_chunks <= CLOSING_CHUNKS && !self.store.needs_reopen() && self.is_writable() {
            // What is not taken in stays in the log.
            drop(self.checkpoint());
        }
    }
}

/// The first of some violations, by the attribute's name, and how many more there are.
fn told(violations: &[Violation], catalog: &Catalog) -> String {
    let Some(first) = violations.first() else { return String::new() };
    match violations.len() - 1 {
        0 => first.told(catalog),
        more => format!("{} (and {more} more)", first.told(catalog)),
    }
}

impl Violation {
    /// Where it is, in the user's words.
    pub(super) fn place(&self, catalog: &Catalog) -> String {
        let column = match self.attribute.map(|id| (id, catalog.by_id(id))) {
            None => None,
            Some((_, Some(attribute))) => Some(format!("column `{}`", attribute.name)),
            Some((id, None)) => Some(format!("column {}", id.0)),
        };
        let chunk = self.chunk.map(|chunk| format!("chunk {chunk}"));
        let place: Vec<String> = column.into_iter().chain(chunk).collect();
        if place.is_empty() { "customers".to_owned() } else { place.join(", ") }
    }

    fn told(&self, catalog: &Catalog) -> String {
        format!("{}: {}", self.place(catalog), self.what)
    }
}

/// How the thread that makes checkpoints is called.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    call: Mutex<Option<Call>>,
    rung: Condvar,
}

/// What the thread is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    /// The log is long.
    Checkpoint,
    /// The pool is being closed.
    End,
}

impl Alarm {
    fn ring(&self, call: Call) {
        let mut waiting = self.call.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = (*waiting).max(Some(call));
        self.rung.notify_all();
    }

    /// The next call, or `None` when there was none for so long.
    fn wait(&self, at_most: Duration) -> Option<Call> {
        let waiting = self.call.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut waiting, _) = self
            .rung
            .wait_timeout_while(waiting, at_most, |call| call.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        match *waiting {
            Some(Call::End) => Some(Call::End),
            _ => waiting.take(),
        }
    }
}

/// The thread that makes checkpoints while a pool is open; it ends when this is dropped.
pub(crate) struct Background {
    inner: Weak<Inner>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the system refuses it.
    pub(super) fn start(inner: &Arc<Inner>) -> Result<Self, Error> {
        let shared = Arc::clone(inner);
        let thread = std::thread::Builder::new()
            .name("highsea-checkpoint".to_owned())
            .spawn(move || watch(&shared))
            .map_err(Error::Thread)?;
        Ok(Self { inner: Arc::downgrade(inner), thread: Some(thread) })
    }
}

/// Makes a checkpoint when the log is long, or old.
fn watch(inner: &Inner) {
    let after = inner.options.checkpoint_after;
    loop {
        let age = inner.pending().since.map(|since| since.elapsed());
        let wait = age.map_or(after, |age| after.saturating_sub(age));
        let call = inner.alarm.wait(wait.max(Duration::from_millis(1)));
        let is_old = || inner.pending().since.is_some_and(|since| since.elapsed() >= after);
        match call {
            Some(Call::End) => return,
            // The store refuses further writes after a failure, and tells the next writer.
            Some(Call::Checkpoint) => drop(inner.checkpoint()),
            None if is_old() => drop(inner.checkpoint()),
            None => {}
        }
        if inner.store.needs_reopen() {
            return;
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.alarm.ring(Call::End);
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
