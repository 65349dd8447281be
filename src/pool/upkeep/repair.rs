//! `repair`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::verify::name;
use super::{Depth, Problem, Verification, verify};
use crate::index::{Dirty, DirtyColumn, DirtyDictionary, IndexError};
use crate::model::AttributeId;
use crate::pool::change::Change;
use crate::pool::{Error, Session};
use crate::store::{BlobKey, BlobKind, Place, StoreError};

/// Rebuilds what can be made of what is whole, and tells what the pool is like afterwards.
///
/// A stored part that cannot be read is written again from memory, where it is there. Values that
/// are nowhere else are missing from then on, and the answer names them. Keys, and which rows are
/// customers, cannot be made of anything else: they stay a problem.
pub(crate) fn repair(session: &mut Session) -> Result<Verification, Error> {
    let given_up = session.pool.store.take_given_up();
    let mut repaired: Vec<Problem> = given_up.iter().map(told).collect();
    let change = Change::begin(session, "repair")?;
    let mut repair =
        Repair { change, dirty: Dirty::default(), lost: BTreeSet::new(), done: Vec::new() };
    repair.look()?;
    repaired.extend(repair.finish()?);
    let found = verify(session, Depth::Deep)?;
    Ok(Verification { repaired, ..found })
}

fn told(error: &StoreError) -> Problem {
    let what = match error {
        StoreError::LogDamaged { commit, what, trusted } => {
            format!("commit {commit} and later ones were given up ({what}); {trusted} is the last")
        }
        StoreError::LostCommits { found, expected, .. } => {
            format!("commits up to {expected} were acknowledged and are gone; {found} is the last")
        }
        StoreError::Damaged { what, .. } => format!("{what}; it was made anew"),
        other => format!("{other}; it was made anew"),
    };
    let place = match error {
        StoreError::Damaged { place, .. } => place.to_string(),
        _ => "the log of commits".to_owned(),
    };
    Problem { place, what }
}

/// A repair under way.
struct Repair<'a> {
    change: Change<'a>,
    /// Parts to be written again from memory.
    dirty: Dirty,
    /// Parts that nothing can give back.
    lost: BTreeSet<(BlobKind, u32, Option<u32>)>,
    done: Vec<Problem>,
}

impl Repair<'_> {
    /// Reads everything that is stored and decides what is to be done about what is damaged.
    fn look(&mut self) -> Result<(), Error> {
        let session = self.change.session;
        let view = Arc::clone(&self.change.view);
        let Some(manifest) = view.snapshot.manifest().map(Arc::clone) else { return Ok(()) };
        for blob in &manifest.blobs {
            if session.executor().interrupted() {
                return Err(Error::Interrupted);
            }
            match session.pool.store.read(blob) {
                Ok(_) => {}
                Err(error) if error.is_corruption() => self.mend(blob.key, &error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
        let Ok(Some(stored)) = view.snapshot.reread() else { return Ok(()) };
        for attribute in view.catalog.attributes() {
            let is_known =
                |kind| self.lost.iter().any(|lost| lost.0 == kind && lost.1 == attribute.id.0);
            if is_known(BlobKind::ColumnChunk) || self.dirty.columns.contains_key(&attribute.id) {
                continue;
            }
            match stored.column(attribute.id, attribute.ty, &session.executor()) {
                Ok(_) => {}
                Err(IndexError::Damaged { place: Place::Blob { part, kind, .. }, why }) => {
                    let kind = match kind {
                        "dictionary" => BlobKind::Dictionary,
                        _ => BlobKind::ColumnChunk,
                    };
                    self.mend(BlobKey::new(kind, attribute.id.0, part), why);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn mend(&mut self, key: BlobKey, why: &str) {
        let view = Arc::clone(&self.change.view);
        let id = AttributeId(key.column);
        let in_memory = match key.kind {
            BlobKind::Alive => true,
            BlobKind::Keys => view.snapshot.loaded_keys().is_some(),
            _ => view.snapshot.loaded(id).is_some(),
        };
        let what = match (key.kind, in_memory) {
            (BlobKind::Alive, _) => {
                self.dirty.alive = true;
                "written again from memory".to_owned()
            }
            (BlobKind::Keys, true) => {
                self.dirty.keys.insert(key.part as usize);
                "written again from memory".to_owned()
            }
            (BlobKind::ColumnChunk | BlobKind::Dictionary, true) => {
                let all = 0..view.snapshot.n_chunks();
                let dictionary = DirtyDictionary::Whole;
                self.dirty.columns.insert(id, DirtyColumn { chunks: all.collect(), dictionary });
                "written again from memory".to_owned()
            }
            (BlobKind::ColumnChunk, false) => {
                self.lost.insert((key.kind, key.column, Some(key.part)));
                let rows = view.snapshot.rows_in(key.part as usize);
                format!("the values of up to {rows} customers are missing now ({why})")
            }
            (BlobKind::Dictionary, false) => {
                self.lost.insert((BlobKind::ColumnChunk, key.column, None));
                format!("all values of the attribute are missing now ({why})")
            }
            // `verify` tells that they are still damaged.
            _ => return,
        };
        let place = name(&key.place(), &view.catalog);
        if self.done.iter().all(|known| known.place != place) {
            self.done.push(Problem { place, what });
        }
    }

    /// Commits what was decided; what was done.
    fn finish(self) -> Result<Vec<Problem>, Error> {
        let Self { change, dirty, lost, done } = self;
        if done.is_empty() {
            return Ok(done);
        }
        change.finish_repair(&dirty, |commit| {
            for (kind, column, part) in &lost {
                match part {
                    Some(part) => commit.retire(BlobKey::new(*kind, *column, *part)),
                    None => {
                        commit.retire_column(BlobKind::ColumnChunk, *column);
                        commit.retire_column(BlobKind::Dictionary, *column);
                    }
                }
            }
        })?;
        Ok(done)
    }
}
