//! The backend on sled 0.34: the only folder that names it.
//!
//! sled as it comes loses acknowledged commits on power loss and panics on damaged files. Here a
//! flush is an fsync, values stay below the size that sled keeps in files it never syncs, and no
//! panic gets out. Panics are caught by unwinding: a host that sets `panic = "abort"` gives that
//! up.
//!
//! After a write that failed, sled still reads what lies in leaves that the failed writes did not
//! touch; of others it repeats the error. A full disk cannot be opened before space is freed; then
//! everything acknowledged is there.

mod backend;
mod guard;
mod opening;

pub(super) use backend::SledBackend;
