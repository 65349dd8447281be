//! `restore from "…"`.

use std::path::Path;

use super::UpkeepError;
use super::dump::SCRIPT_FILE;
use crate::pool::{Error, Session, Written};
use crate::store;

/// Makes a pool without customers what it was when the backup in a directory was made.
pub(crate) fn restore(session: &mut Session, from: &Path) -> Result<Written, Error> {
    session.pool.check_writable("restore")?;
    if session.pool.view().catalog.key().is_some() {
        return Err(UpkeepError::HasCustomers("restore").into());
    }
    check_source(from)?;
    Err(Error::Inner("`restore` is not written yet".to_owned()))
}

fn check_source(from: &Path) -> Result<(), UpkeepError> {
    let path = from.to_owned();
    if from.join(store::SIDE_FILE).is_file() {
        return Ok(());
    }
    if from.join(SCRIPT_FILE).is_file() {
        return Err(UpkeepError::OtherSource { path, what: "dump", statement: "load from" });
    }
    Err(UpkeepError::NoSource { what: "backup", path, file: store::SIDE_FILE })
}
