//! `copy to "…" with backend …`.

use std::path::Path;

use super::UpkeepError;
use super::directory::check_place;
use super::whole::Whole;
use crate::pool::{Error, Session, Written};
use crate::store::{BackendKind, Store};

/// Copies the pool to a directory that is absent or empty, kept there by a backend of choice: the
/// pool's own when none is named.
pub(crate) fn copy(session: &Session, to: &Path, backend: Option<&str>) -> Result<Written, Error> {
    let own = session.pool.store.backend_name();
    let kind = match backend {
        None => BackendKind::from_name(own).unwrap_or_default(),
        Some(name) => BackendKind::from_name(name).ok_or_else(|| UpkeepError::UnknownBackend {
            name: name.to_owned(),
            known: BackendKind::NAMES,
        })?,
    };
    copy_to(session, to, kind)
}

/// Makes a pool of its own of the last commit; writers go on meanwhile.
pub(super) fn copy_to(session: &Session, to: &Path, kind: BackendKind) -> Result<Written, Error> {
    check_place(to, session.pool.directory.as_deref())?;
    let whole = Whole::of(&session.pool);
    let state = whole.view().state()?;
    let (rows, commit) = (u64::from(state.n_customers), Some(state.commit));
    Store::build_at(to, kind, |filling| -> Result<_, Error> {
        whole.put(filling)?;
        if session.executor().interrupted() {
            return Err(Error::Interrupted);
        }
        Ok(((), state))
    })?;
    Ok(Written { rows, commit, ..Written::default() })
}
