//! Changes of a group as they are committed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::GroupChange;
use super::past::PastFailure;
use crate::group::{ChangeLog, PastError};
use crate::model::AttributeId;
use crate::pool::inner::Running;
use crate::pool::question::Question;
use crate::pool::{Error, Session};

/// How the thread of a listener is called.
const THREAD: &str = "highsea-changes";
/// How long one wait is at most: a pool that is closed is not waited for.
const LONGEST: Duration = Duration::from_millis(500);
/// Commits that are read at one go.
const AT_ONCE: u64 = 1_024;

/// Who enters a group and who leaves it, commit by commit and without a gap: an iterator that waits
/// for the next commit that changes the group.
///
/// Made by [`Pool::subscribe`](crate::Pool::subscribe). It ends once all other handles of the pool
/// are gone, or the group is dropped. A commit is given once; [`next_commit`](Self::next_commit) is
/// the number to go on from, in another process too.
pub struct Subscription {
    /// Not held while it waits: the last handle that goes closes the pool.
    pool: Weak<Running>,
    changes: Arc<ChangeLog>,
    group: AttributeId,
    created: u64,
    next: u64,
    ready: VecDeque<GroupChange>,
}

impl Subscription {
    pub(crate) fn new(pool: &Arc<Running>, group: AttributeId, created: u64, since: u64) -> Self {
        let (changes, ready) = (Arc::clone(&pool.changes), VecDeque::new());
        Self { pool: Arc::downgrade(pool), changes, group, created, next: since, ready }
    }

    /// The number to subscribe from, to go on after the last change that was given.
    pub fn next_commit(&self) -> u64 {
        self.ready.front().map_or(self.next, |change| change.commit)
    }

    /// The next change, waited for no longer than a time; `None` when there was none, or there will
    /// be none any more.
    ///
    /// # Errors
    ///
    /// When what is asked for was let go, or cannot be read.
    pub fn next_within(&mut self, time: Duration) -> Result<Option<GroupChange>, Error> {
        let end = Instant::now() + time;
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(Some(change));
            }
            let left = end.saturating_duration_since(Instant::now());
            if !self.wait(left.min(LONGEST))? && left.is_zero() || self.is_over() {
                return Ok(None);
            }
        }
    }

    /// Waits for a commit and reads what it changed; whether there was one.
    fn wait(&mut self, time: Duration) -> Result<bool, Error> {
        if self.changes.wait(self.next, time) < self.next {
            return Ok(false);
        }
        let Some(pool) = self.pool.upgrade() else { return Ok(false) };
        let session = Session::new(pool);
        let question = Question::new(&session, session.pool.view());
        let changes = question.changes_of(self.group, self.created, self.next, Some(AT_ONCE));
        let changes = changes.map_err(|failure| match failure {
            PastFailure::Other(error) => error,
            PastFailure::Past(PastError::LetGo(first) | PastError::Before(first)) => {
                Error::ChangesLetGo { first }
            }
        })?;
        self.next = changes.next;
        self.ready.extend(changes.changes);
        Ok(true)
    }

    /// Whether nothing will come any more.
    fn is_over(&self) -> bool {
        let has_group = |pool: &Arc<Running>| pool.view().catalog.group_by_id(self.group).is_some();
        self.ready.is_empty() && !self.pool.upgrade().is_some_and(|pool| has_group(&pool))
    }
}

impl Iterator for Subscription {
    type Item = Result<GroupChange, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_within(LONGEST) {
                Ok(Some(change)) => return Some(Ok(change)),
                Ok(None) if self.is_over() => return None,
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subscription(next commit {})", self.next_commit())
    }
}

/// A thread that calls back for each change of a group, until it is dropped.
///
/// Made by [`Pool::on_changes`](crate::Pool::on_changes).
pub struct Listener {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn start(
        mut subscription: Subscription,
        mut call: impl FnMut(Result<GroupChange, Error>) + Send + 'static,
    ) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let listen = move || {
            while !stopped.load(Ordering::Acquire) {
                match subscription.next_within(LONGEST) {
                    Ok(Some(change)) => call(Ok(change)),
                    Ok(None) if subscription.is_over() => break,
                    Ok(None) => {}
                    Err(error) => {
                        call(Err(error));
                        break;
                    }
                }
            }
        };
        let thread = thread::Builder::new().name(THREAD.to_owned()).spawn(listen);
        Ok(Self { stop, thread: Some(thread.map_err(Error::Thread)?) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            drop(thread.join());
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}
