//! Calls into a backend that may panic, and errors that tell of damage.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

static HOOK: Once = Once::new();

/// What `call` returns, or the message of its panic.
///
/// Nothing of ours is left half changed by a panic: what is passed in is the backend's handle, and
/// the backend itself is not trusted with writes afterwards.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(quieten);
    DEPTH.set(DEPTH.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| message(&*payload))
}

/// Whether the error is that of a file with the wrong content, not of the system.
pub(super) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Keeps the panics caught here, and those of sled's own threads, from being printed; they are
/// returned as errors. All others go to the hook that was there before.
fn quieten() {
    if std::thread::panicking() {
        return;
    }
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if DEPTH.get() == 0 && !is_thread_of_sled() {
            previous(info);
        }
    }));
}

fn is_thread_of_sled() -> bool {
    let thread = std::thread::current();
    thread.name().is_some_and(|name| name == "log flusher" || name.starts_with("sled-io-"))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "a panic without a message".to_owned());
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(
            guarded(|| -> u8 { panic!("no page {}\nmore", 3) }),
            Err("no page 3".to_owned())
        );
        assert_eq!(DEPTH.get(), 0);
    }
}
