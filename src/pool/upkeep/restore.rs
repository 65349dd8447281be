//! `restore from "…"`.

use std::path::Path;

use super::UpkeepError;
use super::dump::SCRIPT_FILE;
use super::whole::Whole;
use crate::pool::change::Change;
use crate::pool::{Error, Options, Session, Written, open};
use crate::store;

/// Makes a pool without customers what it was when the backup in a directory was made.
pub(crate) fn restore(session: &mut Session, from: &Path) -> Result<Written, Error> {
    let change = Change::begin(session, "restore")?;
    if change.view.catalog.key().is_some() {
        return Err(UpkeepError::HasCustomers("restore").into());
    }
    check_source(from)?;
    let backup = open::on_disk(from, Options::default().threads(1).read_only())?;
    let whole = Whole::of(&backup);
    let rows = u64::from(whole.view().snapshot.n_customers());
    let commit = change.finish_restore(whole.view(), |filling| whole.put(filling))?;
    if session.now.is_some_and(|now| now < session.pool.now(&session.pool.view(), None)) {
        session.now = None;
    }
    Ok(Written { rows, commit: Some(commit), ..Written::default() })
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
