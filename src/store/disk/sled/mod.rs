//! The backend on sled 0.34.
//!
//! sled as it comes loses acknowledged commits on power loss and panics on damaged files. Here a
//! flush is an fsync, values stay below the size that sled keeps in files it never syncs, and no
//! panic gets out.
//!
//! After a write that failed, sled still reads what lies in leaves that the failed writes did not
//! touch; of others it repeats the error. A full disk cannot be opened before space is freed; then
//! everything acknowledged is there.

mod backend;
mod opening;

pub(in crate::store) use backend::SledBackend;
