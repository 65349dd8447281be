//! What all handles of a pool share.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::checkpoint::{Alarm, Background, Pending};
use super::memory::Memory;
use super::options::{Access, Options};
use super::queue::Queue;
use super::view::View;
use super::{Durability, Error};
use crate::group::ChangeLog;
use crate::model::Instant;
use crate::parallel::{Budget, Executor};
use crate::store::{self, Store};

/// A pool while it is open: what its handles share, and the thread that makes checkpoints.
pub(crate) struct Running {
    inner: Arc<Inner>,
    background: Option<Background>,
}

impl Running {
    /// A pool that makes checkpoints when a writer has to, and when it is closed.
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), background: None }
    }

    /// A pool that makes checkpoints on a thread of its own.
    ///
    /// # Errors
    ///
    /// When the thread cannot be started.
    pub(crate) fn with_background(inner: Inner) -> Result<Self, Error> {
        let inner = Arc::new(inner);
        let background = Some(Background::start(&inner)?);
        Ok(Self { inner, background })
    }
}

impl Deref for Running {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.background.take());
        self.inner.changes.close();
        self.inner.close();
    }
}

/// The store, the published view and the means to run statements.
pub(crate) struct Inner {
    pub(crate) store: Arc<Store>,
    pub(crate) executor: Executor,
    /// What statements and readers of the store are charged to.
    pub(crate) budget: Budget,
    /// The published view, and what of it is in memory.
    pub(crate) memory: Arc<Memory>,
    pub(crate) options: Options,
    /// Where the pool lies, links resolved; `None` in memory.
    pub(crate) directory: Option<PathBuf>,
    /// The right to write; taken after that to make checkpoints.
    writing: Mutex<()>,
    pub(super) checkpointing: Mutex<()>,
    pub(super) pending: Mutex<Pending>,
    pub(super) alarm: Alarm,
    pub(super) queue: Queue,
    /// Who entered groups and who left them.
    pub(crate) changes: Arc<ChangeLog>,
}

impl Inner {
    /// A pool at a view, with what of it no checkpoint holds yet.
    pub(crate) fn new(
        store: Arc<Store>,
        memory: Arc<Memory>,
        view: View,
        pending: Pending,
        changes: ChangeLog,
        executor: Executor,
        options: Options,
    ) -> Self {
        changes.publish(view.snapshot.commit());
        memory.publish(Arc::new(view));
        Self {
            store,
            executor,
            budget: memory.budget(),
            memory,
            options,
            directory: None,
            writing: Mutex::new(()),
            checkpointing: Mutex::new(()),
            pending: Mutex::new(pending),
            alarm: Alarm::default(),
            queue: Queue::default(),
            changes: Arc::new(changes),
        }
    }

    /// The view of the last commit.
    pub(crate) fn view(&self) -> Arc<View> {
        self.memory.view()
    }

    /// Makes a view the one that later statements see.
    pub(crate) fn publish(&self, view: Arc<View>) {
        let commit = view.snapshot.commit();
        self.memory.publish(view);
        self.changes.publish(commit);
    }

    /// Waits to be the one writer.
    pub(crate) fn write_lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses `statement` when the pool was opened for reading.
    pub(crate) fn check_writable(&self, statement: &'static str) -> Result<(), Error> {
        match self.options.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(Error::ReadOnly(statement)),
        }
    }

    /// Whether the pool was opened for writing.
    pub(crate) fn is_writable(&self) -> bool {
        self.options.access == Access::ReadWrite
    }

    /// Whether writes wait for the disk.
    pub(crate) fn durability(&self) -> store::Durability {
        match self.options.durability {
            Durability::Flush => store::Durability::Flush,
            Durability::Buffered => store::Durability::Buffered,
        }
    }

    /// The instant of a statement: the session's own, or where `set now` fixed it, or the host's
    /// clock, which never counts as earlier than the last commit.
    pub(crate) fn now(&self, view: &View, of_session: Option<Instant>) -> Instant {
        let settings = &view.settings;
        let now = of_session.or(settings.fixed_now).unwrap_or_else(|| self.options.clock.now());
        settings.last_commit.map_or(now, |last| now.max(last))
    }
}
