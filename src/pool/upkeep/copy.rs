//! `copy to "…" with backend …`.

use std::path::Path;

use super::UpkeepError;
use super::directory::PendingDirectory;
use crate::pool::{Error, Session, Written};

/// The backends that keep a pool on the disk, the one of new pools first.
const BACKENDS: &[&str] = &["sled", "redb"];

/// Copies the pool to a directory that is absent or empty, kept there by a backend of choice: the
/// pool's own when none is named.
pub(crate) fn copy(session: &Session, to: &Path, backend: Option<&str>) -> Result<Written, Error> {
    let own = session.pool.store.backend_name();
    let backend = backend.unwrap_or(if BACKENDS.contains(&own) { own } else { BACKENDS[0] });
    if !BACKENDS.contains(&backend) {
        return Err(
            UpkeepError::UnknownBackend { name: backend.to_owned(), known: BACKENDS }.into()
        );
    }
    let pending = PendingDirectory::create(to, session.pool.directory.as_deref())?;
    drop(pending);
    Err(Error::Inner("`copy` is not written yet".to_owned()))
}
