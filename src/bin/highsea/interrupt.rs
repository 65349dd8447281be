//! Ctrl-C: ends the running statement, and the shell only where nobody sits at a prompt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use highsea::Interrupt;

use crate::temporary;

/// The running statement's flag; `None` between statements.
static RUNNING: Mutex<Option<Interrupt>> = Mutex::new(None);
/// Whether a prompt comes back after the statement.
static AT_PROMPT: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C. A system that refuses keeps its own way of ending the process.
pub(crate) fn install() {
    let _ = ctrlc::set_handler(on_interrupt);
}

/// From now on a prompt comes back after each statement.
pub(crate) fn stay_at_prompt() {
    AT_PROMPT.store(true, Ordering::Relaxed);
}

/// Runs `work`, which ends early when Ctrl-C raises `flag`.
pub(crate) fn during<T>(flag: Interrupt, work: impl FnOnce() -> T) -> T {
    flag.clear();
    set_running(Some(flag));
    let result = work();
    set_running(None);
    result
}

/// Whether Ctrl-C has been pressed since the statement began.
pub(crate) fn is_raised() -> bool {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.as_ref().is_some_and(Interrupt::is_raised)
}

fn set_running(flag: Option<Interrupt>) {
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = flag;
}

fn on_interrupt() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let is_impatient = running.as_ref().is_some_and(Interrupt::is_raised);
    match running {
        Some(flag) if !is_impatient => flag.raise(),
        _ if AT_PROMPT.load(Ordering::Relaxed) => {}
        _ => {
            temporary::remove();
            std::process::exit(130);
        }
    }
}
