//! `repair`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lost;
use super::verify::name;
use super::{Depth, Problem, Verification, verify};
use crate::catalog::EventTable;
use crate::index::{Dirty, DirtyColumn, DirtyDictionary, IndexError, StoredSnapshot};
use crate::model::{AttributeId, Type};
use crate::pool::change::Change;
use crate::pool::current::Current;
use crate::pool::view::View;
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

/// The event table that a part belongs to; absent for those of customers.
fn table_of(view: &View, key: BlobKey) -> Option<&EventTable> {
    let tables = view.catalog.tables();
    match key.kind {
        BlobKind::Alive => tables.iter().find(|table| table.id().0 == key.column),
        BlobKind::ColumnChunk | BlobKind::Dictionary => {
            tables.iter().find(|table| table.columns().any(|(id, _)| id.0 == key.column))
        }
        _ => None,
    }
}

/// Parts that nothing can give back: of which kind, of which column, and which; all when absent.
pub(super) type LostParts = BTreeSet<(BlobKind, u32, Option<u32>)>;

/// A repair under way.
struct Repair<'a> {
    change: Change<'a>,
    /// Parts to be written again from memory.
    dirty: Dirty,
    /// Parts that nothing can give back.
    lost: LostParts,
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
        let attributes = view.catalog.columns().map(|a| (a.id, a.ty));
        self.look_at(&stored, attributes)?;
        for table in view.catalog.tables() {
            let events = &view.snapshot.events(table.id())?.snapshot;
            if let Ok(Some(stored)) = events.reread() {
                self.look_at(&stored, table.columns())?;
            }
        }
        Ok(())
    }

    /// Reads the columns of customers, or of a table's events.
    fn look_at(
        &mut self,
        stored: &StoredSnapshot<'_>,
        columns: impl Iterator<Item = (AttributeId, Type)>,
    ) -> Result<(), Error> {
        for (id, ty) in columns {
            let is_known = |kind| self.lost.iter().any(|lost| lost.0 == kind && lost.1 == id.0);
            if is_known(BlobKind::ColumnChunk) || self.is_dirty(id) {
                continue;
            }
            match stored.column(id, ty, &self.change.session.executor()) {
                Ok(_) => {}
                Err(IndexError::Damaged { place: Place::Blob { part, kind, .. }, why }) => {
                    let kind = match kind {
                        "dictionary" => BlobKind::Dictionary,
                        _ => BlobKind::ColumnChunk,
                    };
                    self.mend(BlobKey::new(kind, id.0, part), why);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn is_dirty(&self, id: AttributeId) -> bool {
        let has = |dirty: &Dirty| dirty.columns.contains_key(&id);
        has(&self.dirty) || self.dirty.tables.values().any(has)
    }

    fn mend(&mut self, key: BlobKey, why: &str) {
        let view = Arc::clone(&self.change.view);
        let id = AttributeId(key.column);
        let table = table_of(&view, key);
        let events = table.and_then(|table| view.snapshot.events(table.id()).ok());
        let (snapshot, of) = match events {
            Some(events) => (&*events.snapshot, "events"),
            None => (&*view.snapshot, "customers"),
        };
        let dirty = match table {
            Some(table) => self.dirty.tables.entry(table.id()).or_default(),
            None => &mut self.dirty,
        };
        let in_memory = match key.kind {
            BlobKind::Alive => true,
            BlobKind::Keys => snapshot.loaded_keys().is_some(),
            _ => snapshot.loaded(id).is_some(),
        };
        let is_link = table.is_some_and(|table| table.link() == id);
        let what = match (key.kind, in_memory) {
            (BlobKind::Alive, _) => {
                dirty.alive = true;
                "written again from memory".to_owned()
            }
            (BlobKind::Keys, true) => {
                dirty.keys.insert(key.part as usize);
                "written again from memory".to_owned()
            }
            (BlobKind::ColumnChunk | BlobKind::Dictionary, true) => {
                let all = 0..snapshot.n_chunks();
                let dictionary = DirtyDictionary::Whole;
                dirty.columns.insert(id, DirtyColumn { chunks: all.collect(), dictionary });
                "written again from memory".to_owned()
            }
            // Events whose customers are not known are nothing: `verify` tells that they are damaged.
            (BlobKind::ColumnChunk, false) if is_link => return,
            (BlobKind::ColumnChunk, false) => {
                self.lost.insert((key.kind, key.column, Some(key.part)));
                let rows = snapshot.rows_in(key.part as usize);
                format!("the values of up to {rows} {of} are missing now ({why})")
            }
            (BlobKind::Dictionary, false) => {
                self.lost.insert((BlobKind::ColumnChunk, key.column, None));
                format!("all values of the attribute are missing now ({why})")
            }
            (BlobKind::Group, _) => {
                // What came before it is not told without a gap any more either.
                let manifest = snapshot.manifest().map(Arc::clone);
                let known = manifest.iter().flat_map(|manifest| &manifest.blobs);
                let earlier = known.map(|blob| blob.key);
                let earlier = earlier.filter(|one| one.kind == key.kind && one.part <= key.part);
                self.lost.extend(earlier.map(|one| (one.kind, one.column, Some(one.part))));
                format!("who entered groups and left them until then is not told any more ({why})")
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
        let Self { mut change, dirty, lost, done } = self;
        if done.is_empty() {
            return Ok(done);
        }
        let session = change.session;
        change.view = lost::without(&change.view, &lost, session);
        let tell = |current: &mut Current| lost::tell(current, &lost, session);
        change.finish_repair(&dirty, tell, |commit| {
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
