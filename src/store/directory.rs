//! The directory of a pool: what is there, before anything is touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::lock::LOCK_FILE;
use super::side::{SIDE_FILE, SIDE_FILE_NEXT, sync_directory};
use super::{Place, StoreError, disk};

/// The backend's directory within the pool's.
pub(super) const STORE_DIRECTORY: &str = "store";

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A directory that is empty, or in which the creation of a pool got no further than its lock.
    Unused,
    /// A pool.
    Pool,
}

/// What lies at `path`, without changing it.
///
/// # Errors
///
/// `NotAPool` when it is a file or a directory that holds something else; `Damaged` when it is a
/// pool whose side file is gone.
pub(super) fn examine(path: &Path) -> Result<Found, StoreError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(StoreError::io("open", path, error)),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(not_a_pool(path, "it is a file".to_owned()));
        }
        Ok(_) => {}
    }
    let names = names(path).map_err(|error| StoreError::io("list", path, error))?;
    if names.iter().any(|name| name == SIDE_FILE) {
        return Ok(Found::Pool);
    }
    if disk::exist(&path.join(STORE_DIRECTORY)) {
        let place = Place::File(path.join(SIDE_FILE));
        return Err(StoreError::damaged(
            place,
            "the file is missing, yet the store beside it is there",
        ));
    }
    match names.iter().find(|name| ![LOCK_FILE, SIDE_FILE_NEXT].contains(&name.as_str())) {
        None => Ok(Found::Unused),
        Some(name) => Err(not_a_pool(path, format!("it holds `{name}` and no `{SIDE_FILE}`"))),
    }
}

/// Whether a pool lies at `path`, be it one whose side file or store is gone.
pub(super) fn is_pool(path: &Path) -> bool {
    path.join(SIDE_FILE).exists() || disk::exist(&path.join(STORE_DIRECTORY))
}

/// Makes the directory of a new pool.
///
/// # Errors
///
/// `Io` when the directory above is missing or may not be written.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::io("create", path, error)),
        Ok(()) => {
            let above = parent(path);
            sync_directory(&above).map_err(|error| StoreError::io("sync", &above, error))
        }
    }
}

/// The directory above; the current one for a bare name.
pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into());
    fs::read_dir(path)?.map(name).collect()
}

fn not_a_pool(path: &Path, reason: String) -> StoreError {
    StoreError::NotAPool { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::BackendKind;

    #[test]
    fn other_directories_are_never_turned_into_pools() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert_eq!(examine(&path.join("none")).unwrap(), Found::Nothing);
        assert_eq!(examine(path).unwrap(), Found::Unused);
        fs::write(path.join(LOCK_FILE), "").unwrap();
        assert_eq!(examine(path).unwrap(), Found::Unused);
        fs::write(path.join("thesis.txt"), "").unwrap();
        let error = examine(path).unwrap_err();
        assert!(matches!(error, StoreError::NotAPool { .. }));
        assert!(error.to_string().contains("`thesis.txt`"), "{error}");
        let error = examine(&path.join("thesis.txt")).unwrap_err();
        assert!(error.to_string().ends_with("it is a file"), "{error}");
        fs::write(path.join(SIDE_FILE), "").unwrap();
        assert_eq!(examine(path).unwrap(), Found::Pool);
    }

    #[test]
    fn a_store_without_its_side_file_is_damage() {
        for kind in BackendKind::ALL {
            let directory = tempfile::tempdir().unwrap();
            let store = directory.path().join(STORE_DIRECTORY);
            fs::create_dir(&store).unwrap();
            fs::write(kind.file(&store), "").unwrap();
            assert!(examine(directory.path()).unwrap_err().is_corruption());
        }
    }
}
