//! A thread that flushes what nobody else does.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// How long what was applied may wait for a flush.
const PATIENCE: Duration = Duration::from_millis(500);

/// Flushes half a second after a batch, unless someone else did by then.
#[derive(Debug, Default)]
pub(super) struct Flusher {
    state: Arc<State>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    wish: Mutex<Wish>,
    changed: Condvar,
}

/// What the thread is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    #[default]
    Nothing,
    /// To flush, unless that is done by then.
    Flush(Instant),
    /// To end.
    End,
}

impl Flusher {
    /// Has `flush` called in a while; the thread begins with the first call.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(super) fn expect(&self, flush: impl Fn() + Send + 'static) -> io::Result<()> {
        let mut wish = self.state.wish();
        if *wish != Wish::Nothing {
            return Ok(());
        }
        *wish = Wish::Flush(Instant::now() + PATIENCE);
        drop(wish);
        self.state.changed.notify_one();
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let state = Arc::clone(&self.state);
            let run = move || {
                while state.wait() {
                    flush();
                }
            };
            *thread = Some(Builder::new().name("highsea-flush".to_owned()).spawn(run)?);
        }
        Ok(())
    }

    /// Says that everything applied so far is being flushed.
    pub(super) fn forget(&self) {
        let mut wish = self.state.wish();
        if matches!(*wish, Wish::Flush(_)) {
            *wish = Wish::Nothing;
        }
    }

    /// Ends the thread; a flush under way is waited for.
    pub(super) fn end(&self) {
        *self.state.wish() = Wish::End;
        self.state.changed.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(panic)) = thread.map(JoinHandle::join) {
            // What it would have flushed is flushed by the closing of the file.
            drop(panic);
        }
    }
}

impl State {
    /// Waits until there is something to flush; false when the thread is to end.
    fn wait(&self) -> bool {
        let mut wish = self.wish();
        loop {
            let now = Instant::now();
            wish = match *wish {
                Wish::End => return false,
                Wish::Flush(at) if at <= now => {
                    *wish = Wish::Nothing;
                    return true;
                }
                Wish::Flush(at) => {
                    let waited = self.changed.wait_timeout(wish, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Wish::Nothing => self.changed.wait(wish).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
