//! `checkpoint`.

use crate::pool::{Done, Error, Session};

/// Writes what the log holds into the columns, and lets the log go.
pub(crate) fn checkpoint(session: &Session) -> Result<Done, Error> {
    session.pool.check_writable("checkpoint")?;
    Err(Error::Inner("`checkpoint` is not written yet".to_owned()))
}
