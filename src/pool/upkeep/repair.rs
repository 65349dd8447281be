//! `repair`.

use super::Verification;
use crate::pool::{Error, Session};

/// Rebuilds what can be made of what is whole, and tells what the pool is like afterwards.
pub(crate) fn repair(session: &mut Session) -> Result<Verification, Error> {
    session.pool.check_writable("repair")?;
    Err(Error::Inner("`repair` is not written yet".to_owned()))
}
