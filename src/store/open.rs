//! What a store holds when it is opened, held against what the side file says it must.

use super::backend::{Backend, Batch};
use super::key::UNFINISHED;
use super::log::{self, Found};
use super::manifest::{Manifest, StoreId};
use super::mark::Mark;
use super::options::{Access, Salvage, StoreOptions};
use super::side::{Beside, Side};
use super::{Place, StoreError};

/// A manifest that may be served, where it lies, and what the log adds to it.
#[derive(Debug)]
pub(super) struct Opened {
    /// The newest manifest.
    pub(super) manifest: Manifest,
    /// The slot that holds it.
    pub(super) slot: u8,
    /// The log since then.
    pub(super) log: Found,
    /// The last commit known to have been on the medium.
    pub(super) acknowledged: u64,
    /// What was given up, as it would have been refused.
    pub(super) given_up: Vec<StoreError>,
}

/// The side file's content; one that says "nothing yet" when there is none.
///
/// # Errors
///
/// `Damaged`, `UnknownFormat`, and `OtherBackend` when another backend wrote the pool.
pub(super) fn side(beside: &dyn Beside, backend: &'static str) -> Result<Option<Side>, StoreError> {
    let Some(bytes) = beside.read()? else { return Ok(None) };
    let side = Side::from_bytes(&bytes, &beside.place())?;
    if side.backend != backend {
        let path = match beside.place() {
            Place::File(path) => path,
            _ => "memory".into(),
        };
        return Err(StoreError::OtherBackend { path, backend: side.backend });
    }
    Ok(Some(side))
}

/// Writes the side file of a pool that is being created.
pub(super) fn create_side(beside: &dyn Beside, backend: &str) -> Result<Side, StoreError> {
    let side = Side::new(backend);
    beside.write(&side.to_bytes())?;
    Ok(side)
}

/// The manifest to serve. A new pool gets its first one; a side file that a kill left one commit
/// behind catches up.
///
/// # Errors
///
/// `Emptied`, `LostCommits` or `Damaged` when the store holds less than the side file says, or
/// another pool; `UnknownFormat`; what the backend says.
pub(super) fn open(
    backend: &dyn Backend,
    beside: &dyn Beside,
    place: &Place,
    options: StoreOptions,
) -> Result<Opened, StoreError> {
    let access = options.access;
    let side = match side(beside, backend.name())? {
        Some(side) => side,
        None if !is_empty(backend)? => {
            return Err(StoreError::damaged(
                beside.place(),
                "it is missing, yet the store is not empty",
            ));
        }
        None => create_side(beside, backend.name())?,
    };
    let mut given_up = Vec::new();
    let mut accept = |error: StoreError| match options.salvage {
        Salvage::Refuse => Err(error),
        Salvage::GiveUp => {
            given_up.push(error);
            Ok(())
        }
    };
    let (manifest, slot) = match newest(backend, &side, &mut accept)? {
        Some(newest) => newest,
        None if side.sequence > 0 => {
            let (commit, rows) = (side.commit, side.rows);
            return Err(StoreError::Emptied { place: place.clone(), commit, rows });
        }
        None => first(backend, side.store_id, access)?,
    };
    check(&manifest, &side, place, &mut accept)?;
    let checkpoint = manifest.state.commit;
    let mark = beside.mark().filter(|mark| mark.store_id == manifest.store_id);
    let acknowledged = mark.map_or(0, |mark| mark.commit).max(side.commit).max(checkpoint);
    let mut log = log::read(backend, checkpoint, acknowledged)?;
    if let Some(damage) = log.damage.take() {
        accept(lost(damage, &log, acknowledged, place))?;
    }
    let acknowledged = acknowledged.min(log.last(checkpoint));
    if access == Access::ReadWrite {
        tidy_log(backend, &mut log)?;
        if manifest.sequence > side.sequence || !given_up.is_empty() {
            beside.write(&Side::of(&manifest, backend.name()).to_bytes())?;
        }
        if !given_up.is_empty() {
            beside.set_mark(Mark { store_id: manifest.store_id, commit: acknowledged });
        }
    }
    Ok(Opened { manifest, slot, log, acknowledged, given_up })
}

/// The error of a log that does not hold all that was acknowledged: a store that simply ends too
/// early went back in time as a whole.
fn lost(damage: StoreError, log: &Found, expected: u64, place: &Place) -> StoreError {
    match damage {
        StoreError::LogDamaged { trusted, .. } if log.unfinished.is_empty() => {
            StoreError::LostCommits { place: place.clone(), found: trusted, expected }
        }
        other => other,
    }
}

/// Deletes what of the log is not to be replayed. Unfinished records go for good before any other
/// may take their numbers.
fn tidy_log(backend: &dyn Backend, log: &mut Found) -> Result<(), StoreError> {
    let must_last = !log.unfinished.is_empty();
    let mut batch = Batch::default();
    log.old.drain(..).chain(log.unfinished.drain(..)).for_each(|key| batch.delete(&key));
    if !batch.is_empty() {
        backend.apply(batch)?;
    }
    if must_last { backend.flush() } else { Ok(()) }
}

/// A side file for a store whose own is gone or damaged, by its newest manifest; `None` when there
/// is no manifest either.
pub(super) fn side_of(backend: &dyn Backend) -> Result<Option<Side>, StoreError> {
    let newest = newest(backend, &Side::new(backend.name()), &mut Err)?;
    Ok(newest.map(|(manifest, _)| Side::of(&manifest, backend.name())))
}

/// Whether a commit, or a deletion of old versions, was interrupted.
pub(super) fn is_unfinished(backend: &dyn Backend) -> Result<bool, StoreError> {
    Ok(backend.get(UNFINISHED)?.is_some())
}

/// Whether an opening goes on although something that was acknowledged is gone.
type Accept<'a> = dyn FnMut(StoreError) -> Result<(), StoreError> + 'a;

/// The newer manifest of the two slots.
///
/// A damaged slot is passed over when the other holds what was acknowledged: it is what a power
/// cut leaves of a commit under way.
fn newest(
    backend: &dyn Backend,
    side: &Side,
    accept: &mut Accept<'_>,
) -> Result<Option<(Manifest, u8)>, StoreError> {
    let mut best: Option<(Manifest, u8)> = None;
    let mut damage = None;
    for slot in [0, 1] {
        match Manifest::read(backend, slot) {
            Ok(None) => {}
            Ok(Some(manifest)) => {
                if best.as_ref().is_none_or(|best| best.0.sequence < manifest.sequence) {
                    best = Some((manifest, slot));
                }
            }
            Err(error @ StoreError::Damaged { place: Place::Manifest { .. }, .. }) => {
                damage = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let suffices = best.as_ref().is_some_and(|best| best.0.sequence >= side.sequence);
    if let Some(error) = damage.filter(|_| !suffices && side.sequence > 0) {
        if best.is_none() {
            return Err(error);
        }
        accept(error)?;
    }
    Ok(best)
}

/// The manifest of a new pool, written unless the pool is for reading.
fn first(backend: &dyn Backend, id: StoreId, access: Access) -> Result<(Manifest, u8), StoreError> {
    let (manifest, slot) = (Manifest::new(id, 1), 0);
    if access == Access::ReadWrite {
        let mut batch = Batch::default();
        manifest.write(backend, slot, &mut batch)?;
        backend.apply(batch)?;
        backend.flush()?;
    }
    Ok((manifest, slot))
}

fn check(
    manifest: &Manifest,
    side: &Side,
    place: &Place,
    accept: &mut Accept<'_>,
) -> Result<(), StoreError> {
    if manifest.store_id != side.store_id {
        let (found, expected) = (manifest.store_id, side.store_id);
        let what = format!("it belongs to another pool: its id is {found}, not {expected}");
        return Err(StoreError::damaged(place.clone(), what));
    }
    if manifest.sequence < side.sequence {
        let (found, expected) = (manifest.state.commit, side.commit);
        accept(StoreError::LostCommits { place: place.clone(), found, expected })?;
    }
    Ok(())
}

fn is_empty(backend: &dyn Backend) -> Result<bool, StoreError> {
    let slots = [Manifest::read(backend, 0), Manifest::read(backend, 1)];
    Ok(slots.iter().all(|slot| matches!(slot, Ok(None))) && !is_unfinished(backend)?)
}
