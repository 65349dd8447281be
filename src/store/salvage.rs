//! The side file of a pool that has lost it, made of what the store says of itself.

use std::path::Path;

use super::directory::STORE_DIRECTORY;
use super::lock::Lock;
use super::options::Access;
use super::side::{Beside, FileBeside, Side};
use super::{StoreError, disk, open};

/// Writes the side file of the pool in `path` anew when it is gone or damaged; why it had to be,
/// where it had.
///
/// # Errors
///
/// What is wrong with the side file, when the store cannot say better; `Locked`; what the backend
/// says.
pub(super) fn side_file(path: &Path) -> Result<Option<StoreError>, StoreError> {
    let beside = FileBeside::new(path);
    let error = match beside.read()? {
        Some(bytes) => match Side::from_bytes(&bytes, &beside.place()) {
            Ok(_) => return Ok(None),
            Err(error) if error.is_corruption() => error,
            Err(error) => return Err(error),
        },
        None => StoreError::damaged(beside.place(), "it is gone"),
    };
    let store = path.join(STORE_DIRECTORY);
    let Some(kind) = disk::found(&store) else { return Err(error) };
    let _lock = Lock::acquire(path)?;
    let backend = disk::open_kind(kind, &store, Access::ReadWrite)?;
    let Some(side) = open::side_of(&*backend)? else { return Err(error) };
    beside.write(&side.to_bytes())?;
    Ok(Some(error))
}
