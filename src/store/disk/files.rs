//! The files of whichever backend a pool has.

use std::fs;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "redb")]
use super::redb::RedbBackend;
use super::sled::SledBackend;
use crate::store::backend::Backend;
use crate::store::directory::parent;
use crate::store::kind::BackendKind;
use crate::store::options::Access;
use crate::store::side::{Beside, Side};
use crate::store::{Place, StoreError};

/// Opens the files in `directory` with the backend that the side file records.
///
/// Where the side file tells of a commit they must be there: a backend would make an empty store of
/// a directory whose file is gone.
///
/// # Errors
///
/// `OtherBackend` when this build lacks the backend; `Emptied` when the files are gone; `Damaged`
/// when the backend, or the side file, makes no sense; `UnknownFormat`; `Locked`;
/// `ReadOnlyMedium`, `DiskFull` and `Io`.
pub(in crate::store) fn open(
    directory: &Path,
    beside: &dyn Beside,
    access: Access,
) -> Result<Arc<dyn Backend>, StoreError> {
    let Some(bytes) = beside.read()? else {
        return Err(StoreError::damaged(beside.place(), "it is gone"));
    };
    let side = Side::from_bytes(&bytes, &beside.place())?;
    let Some(kind) = BackendKind::from_name(&side.backend).filter(|kind| kind.is_available())
    else {
        return Err(StoreError::OtherBackend { path: parent(directory), backend: side.backend });
    };
    if side.sequence == 0 {
        return create(kind, directory);
    }
    if !is_begun(kind, directory) {
        let place = Place::File(directory.to_owned());
        return Err(StoreError::Emptied { place, commit: side.commit, rows: side.rows });
    }
    open_kind(kind, directory, access)
}

/// Opens the files of a backend in `directory`, which must be there.
///
/// # Errors
///
/// As [`open`].
pub(in crate::store) fn open_kind(
    kind: BackendKind,
    directory: &Path,
    access: Access,
) -> Result<Arc<dyn Backend>, StoreError> {
    match kind {
        BackendKind::Sled => sled(directory),
        BackendKind::Redb => redb(directory, Some(access)),
    }
}

/// Opens a backend's files in `directory`, where there are none yet, or the beginnings of some.
///
/// # Errors
///
/// As [`open`].
pub(in crate::store) fn create(
    kind: BackendKind,
    directory: &Path,
) -> Result<Arc<dyn Backend>, StoreError> {
    match kind {
        BackendKind::Sled => sled(directory),
        BackendKind::Redb => redb(directory, None),
    }
}

/// Refuses a backend that this build lacks, for the pool at `path`.
///
/// # Errors
///
/// `OtherBackend`.
pub(in crate::store) fn check(kind: BackendKind, path: &Path) -> Result<(), StoreError> {
    if kind.is_available() { Ok(()) } else { Err(lacking(kind, path)) }
}

/// Whether any backend's data file is in `directory`.
pub(in crate::store) fn exist(directory: &Path) -> bool {
    found(directory).is_some()
}

/// The backend whose data file is in `directory`.
pub(in crate::store) fn found(directory: &Path) -> Option<BackendKind> {
    BackendKind::ALL.into_iter().find(|kind| kind.file(directory).exists())
}

/// Whether the backend's data file is in `directory`, and holds anything.
fn is_begun(kind: BackendKind, directory: &Path) -> bool {
    fs::metadata(kind.file(directory)).is_ok_and(|metadata| metadata.len() > 0)
}

fn sled(directory: &Path) -> Result<Arc<dyn Backend>, StoreError> {
    Ok(Arc::new(SledBackend::open(directory)?))
}

/// Opens redb's file, or makes one where no access is given.
#[cfg(feature = "redb")]
fn redb(directory: &Path, access: Option<Access>) -> Result<Arc<dyn Backend>, StoreError> {
    Ok(Arc::new(match access {
        Some(access) => RedbBackend::open(directory, access)?,
        None => RedbBackend::create(directory)?,
    }))
}

#[cfg(not(feature = "redb"))]
fn redb(directory: &Path, _: Option<Access>) -> Result<Arc<dyn Backend>, StoreError> {
    Err(lacking(BackendKind::Redb, &parent(directory)))
}

fn lacking(kind: BackendKind, path: &Path) -> StoreError {
    StoreError::OtherBackend { path: path.to_owned(), backend: kind.name().to_owned() }
}
