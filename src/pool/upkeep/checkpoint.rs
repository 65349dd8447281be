//! `checkpoint`.

use crate::pool::{Done, Error, Session};

/// Writes what the log holds into the columns, and lets the log go; the commit that the columns
/// hold then.
pub(crate) fn checkpoint(session: &Session) -> Result<Done, Error> {
    session.pool.check_writable("checkpoint")?;
    session.pool.checkpoint()?;
    let view = session.pool.view();
    let commit = view.snapshot.manifest().map_or(view.snapshot.commit(), |m| m.state.commit);
    Ok(Done { commit })
}
