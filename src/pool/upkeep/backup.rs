//! `backup to "…"`.

use std::path::Path;

use super::copy::copy_to;
use crate::pool::{Error, Session, Written};
use crate::store::BackendKind;

/// Copies the pool, as it is at the last commit, to a directory that is absent or empty.
pub(crate) fn backup(session: &Session, to: &Path) -> Result<Written, Error> {
    let own = BackendKind::from_name(session.pool.store.backend_name());
    copy_to(session, to, own.unwrap_or_default())
}
