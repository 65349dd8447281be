//! The statements, each to its function.

use std::path::Path;

use super::{Depth, backup, checkpoint, copy, dump, load, repair, restore, verify};
use crate::lang::ast::Upkeep;
use crate::pool::{Error, Outcome, Session};

/// Runs a statement of upkeep.
pub(crate) fn run(session: &mut Session, statement: &Upkeep) -> Result<Outcome, Error> {
    match statement {
        Upkeep::Verify { deep: false } => verify(session, Depth::Checksums).map(Outcome::Verified),
        Upkeep::Verify { deep: true } => verify(session, Depth::Deep).map(Outcome::Verified),
        Upkeep::Repair => repair(session).map(Outcome::Verified),
        Upkeep::Checkpoint => checkpoint(session).map(Outcome::Done),
        Upkeep::Backup(to) => backup(session, Path::new(&to.text)).map(Outcome::Written),
        Upkeep::Restore(from) => restore(session, Path::new(&from.text)).map(Outcome::Written),
        Upkeep::Copy { to, backend } => {
            let backend = backend.as_ref().map(|name| name.text.as_str());
            copy(session, Path::new(&to.text), backend).map(Outcome::Written)
        }
        Upkeep::Dump(to) => dump(session, Path::new(&to.text)).map(Outcome::Written),
        Upkeep::Load(from) => load(session, Path::new(&from.text)).map(Outcome::Written),
    }
}
