//! The pool's clock kept close behind the system's.

use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::current::Means;
use super::inner::Running;
use super::{Error, Session, care, change};
use crate::model::Instant;
use crate::parallel::Executor;

/// How the thread is called.
const THREAD: &str = "highsea-clock";
/// The longest that the thread sleeps: the system's clock may be set.
const LONGEST: Duration = Duration::from_secs(1);
/// The shortest, so that events that lie close together are crossed together.
const SHORTEST: Duration = Duration::from_millis(20);

/// Commits moves of the clock as they change derived attributes, until it is dropped.
///
/// Made by [`Pool::follow_clock`](super::Pool::follow_clock).
pub struct Follower {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    is_stopped: bool,
    error: Option<Error>,
}

impl Running {
    /// The first instant at which the clock changes a derived attribute, if that is not past yet.
    ///
    /// # Errors
    ///
    /// When the events cannot be read.
    pub(crate) fn next_change(self: &Arc<Self>) -> Result<Option<Instant>, Error> {
        let (view, _) = Session::new(Arc::clone(self)).current(self.view())?;
        view.next_change(Means {
            executor: &self.executor,
            threads: &self.executor,
            budget: &self.budget,
        })
    }

    /// Commits the move of the clock, if that changes a derived attribute; the commit's number.
    ///
    /// # Errors
    ///
    /// When the pool is read-only, the attributes cannot be computed, or the store does not take it.
    pub(crate) fn catch_up(self: &Arc<Self>) -> Result<Option<u64>, Error> {
        self.check_writable("catch up with the clock")?;
        let view = self.view();
        let next = view.next_change(Means {
            executor: &self.executor,
            threads: &self.executor,
            budget: &self.budget,
        })?;
        if next.is_none_or(|next| self.now(&view, None) < next) {
            // What a commit brought on is nobody's move of the clock.
            return care::lapse(&Session::new(Arc::clone(self)));
        }
        change::catch_up(&Session::new(Arc::clone(self))).map(Some)
    }
}

impl Follower {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(crate) fn start(pool: &Arc<Running>) -> Result<Self, Error> {
        let (pool, shared) = (Arc::downgrade(pool), Arc::<Shared>::default());
        let its = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || run(&pool, &its))
            .map_err(|error| Error::Inner(format!("a thread cannot be started: {error}")))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Why the clock is not followed any more: the error that ended it, told once.
    pub fn take_error(&self) -> Option<Error> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).error.take()
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").finish_non_exhaustive()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).is_stopped = true;
        self.shared.bell.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run(pool: &Weak<Running>, shared: &Shared) {
    loop {
        let Some(open) = pool.upgrade() else { return };
        let done = open.catch_up().and_then(|_| pause(&open));
        // A pool is closed by whoever holds it last, and that must not be this thread for long.
        drop(open);
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(_) if state.is_stopped => return,
            Ok(length) => {
                let waited = shared.bell.wait_timeout(state, length);
                if waited.unwrap_or_else(PoisonError::into_inner).0.is_stopped {
                    return;
                }
            }
            Err(error) => {
                state.error = Some(error);
                return;
            }
        }
    }
}

/// How long nothing is to be done.
fn pause(pool: &Running) -> Result<Duration, Error> {
    let view = pool.view();
    let inline = Executor::inline();
    let means = Means { executor: &inline, threads: &pool.executor, budget: &pool.budget };
    let Some(next) = view.next_change(means)? else { return Ok(LONGEST) };
    let micros = next.micros().saturating_sub(pool.now(&view, None).micros());
    let length = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    Ok(length.clamp(SHORTEST, LONGEST))
}
