//! `backup to "…"`.

use std::path::Path;

use super::directory::PendingDirectory;
use crate::pool::{Error, Session, Written};

/// Copies the pool, as it is at the last commit, to a directory that is absent or empty.
pub(crate) fn backup(session: &Session, to: &Path) -> Result<Written, Error> {
    let pending = PendingDirectory::create(to, session.pool.directory.as_deref())?;
    drop(pending);
    Err(Error::Inner("`backup` is not written yet".to_owned()))
}
