//! What a store holds when it is opened, held against what the side file says it must.

use super::backend::{Backend, Batch};
use super::key::UNFINISHED;
use super::manifest::{Manifest, StoreId};
use super::options::Access;
use super::side::{Beside, Side};
use super::{Place, StoreError};

/// A manifest that may be served, and where it lies.
#[derive(Debug)]
pub(super) struct Opened {
    /// The newest manifest.
    pub(super) manifest: Manifest,
    /// The slot that holds it.
    pub(super) slot: u8,
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
    access: Access,
) -> Result<Opened, StoreError> {
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
    let opened = match newest(backend, &side)? {
        Some(opened) => opened,
        None if side.sequence > 0 => {
            let (commit, rows) = (side.commit, side.rows);
            return Err(StoreError::Emptied { place: place.clone(), commit, rows });
        }
        None => first(backend, side.store_id, access)?,
    };
    check(&opened.manifest, &side, place)?;
    if access == Access::ReadWrite && opened.manifest.sequence > side.sequence {
        beside.write(&Side::of(&opened.manifest, backend.name()).to_bytes())?;
    }
    Ok(opened)
}

/// Whether a commit, or a deletion of old versions, was interrupted.
pub(super) fn is_unfinished(backend: &dyn Backend) -> Result<bool, StoreError> {
    Ok(backend.get(UNFINISHED)?.is_some())
}

/// The newer manifest of the two slots.
///
/// A damaged slot is passed over when the other holds what was acknowledged: it is what a power
/// cut leaves of a commit under way.
fn newest(backend: &dyn Backend, side: &Side) -> Result<Option<Opened>, StoreError> {
    let mut best: Option<Opened> = None;
    let mut damage = None;
    for slot in [0, 1] {
        match Manifest::read(backend, slot) {
            Ok(None) => {}
            Ok(Some(manifest)) => {
                if best.as_ref().is_none_or(|best| best.manifest.sequence < manifest.sequence) {
                    best = Some(Opened { manifest, slot });
                }
            }
            Err(error @ StoreError::Damaged { place: Place::Manifest { .. }, .. }) => {
                damage = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let suffices = best.as_ref().is_some_and(|best| best.manifest.sequence >= side.sequence);
    match damage {
        Some(error) if !suffices && side.sequence > 0 => Err(error),
        _ => Ok(best),
    }
}

/// The manifest of a new pool, written unless the pool is for reading.
fn first(backend: &dyn Backend, id: StoreId, access: Access) -> Result<Opened, StoreError> {
    let opened = Opened { manifest: Manifest::new(id, 1), slot: 0 };
    if access == Access::ReadWrite {
        let mut batch = Batch::default();
        opened.manifest.write(backend, opened.slot, &mut batch)?;
        backend.apply(batch)?;
        backend.flush()?;
    }
    Ok(opened)
}

fn check(manifest: &Manifest, side: &Side, place: &Place) -> Result<(), StoreError> {
    if manifest.store_id != side.store_id {
        let (found, expected) = (manifest.store_id, side.store_id);
        let what = format!("it belongs to another pool: its id is {found}, not {expected}");
        return Err(StoreError::damaged(place.clone(), what));
    }
    if manifest.sequence < side.sequence {
        let (found, expected) = (manifest.state.commit, side.commit);
        return Err(StoreError::LostCommits { place: place.clone(), found, expected });
    }
    Ok(())
}

fn is_empty(backend: &dyn Backend) -> Result<bool, StoreError> {
    let slots = [Manifest::read(backend, 0), Manifest::read(backend, 1)];
    Ok(slots.iter().all(|slot| matches!(slot, Ok(None))) && !is_unfinished(backend)?)
}
