//! What all handles of a pool share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::options::{Access, Options};
use super::view::View;
use super::{Durability, Error};
use crate::model::Instant;
use crate::parallel::{Budget, Executor};
use crate::store::{self, Store};

/// The store, the published view and the means to run statements.
pub(crate) struct Inner {
    pub(crate) store: Arc<Store>,
    pub(crate) executor: Executor,
    pub(crate) budget: Budget,
    pub(crate) options: Options,
    /// Where the pool lies, links resolved; `None` in memory.
    pub(crate) directory: Option<PathBuf>,
    view: RwLock<Arc<View>>,
    writing: Mutex<()>,
}

impl Inner {
    pub(crate) fn new(store: Arc<Store>, view: View, executor: Executor, options: Options) -> Self {
        Self {
            store,
            executor,
            budget: Budget::new(options.memory_budget),
            options,
            directory: None,
            view: RwLock::new(Arc::new(view)),
            writing: Mutex::new(()),
        }
    }

    /// The view of the last commit.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a view the one that later statements see.
    pub(crate) fn publish(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
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
