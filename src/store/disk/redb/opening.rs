//! Opening redb's file, whatever state it is in.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, ReadableDatabase, StorageError, TableError};

use super::backend::TABLE;
use super::medium::{Medium, PoolFile};
use crate::store::disk::guard::{guarded, is_damage};
use crate::store::options::Access;
use crate::store::{Place, StoreError};

/// Ours keeps decoded chunks instead.
const CACHE_BYTES: usize = 32 << 20;
/// Bytes at the file's start that redb writes last when it makes one.
const MAGIC_LEN: usize = 9;

/// Opens the file at `path`, every page of it checked.
///
/// # Errors
///
/// `Damaged` when it is not what redb wrote; `Locked`; `ReadOnlyMedium`, `DiskFull` and `Io`.
pub(super) fn open(path: &Path, access: Access) -> Result<(Database, Arc<Medium>), StoreError> {
    let io = |error| StoreError::io("open", path, error);
    match access {
        Access::ReadWrite => {
            let file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
            over(PoolFile::for_writing(file_backend(path, file)?), path)
        }
        Access::ReadOnly => {
            let file = file_backend(path, File::open(path).map_err(io)?)?;
            over(PoolFile::for_reading(file).map_err(io)?, path)
        }
    }
}

/// Opens the file at `path`, or makes one where there is none, or where an earlier making of it was
/// interrupted.
///
/// # Errors
///
/// As [`open`].
pub(super) fn create(path: &Path) -> Result<(Database, Arc<Medium>), StoreError> {
    let io = |error| StoreError::io("create", path, error);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(io)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io)?;
    if is_blank(&mut file).map_err(io)? {
        file.set_len(0).map_err(io)?;
    }
    over(PoolFile::for_writing(file_backend(path, file)?), path)
}

/// Opens what lies in `file`; `path` is for messages.
pub(super) fn over<F: redb::StorageBackend>(
    (file, medium): (PoolFile<F>, Arc<Medium>),
    path: &Path,
) -> Result<(Database, Arc<Medium>), StoreError> {
    let db = match guarded(|| checked(file)) {
        Ok(Ok(db)) => db,
        Ok(Err(error)) => return Err(objection(error, path)),
        Err(panic) => return Err(damaged(&panic, path)),
    };
    medium.check().map_err(|error| StoreError::io("open", path, error))?;
    Ok((db, medium))
}

/// The file, opened, checked, and with its table.
fn checked<F: redb::StorageBackend>(file: PoolFile<F>) -> Result<Database, redb::Error> {
    let db = Builder::new()
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create_with_backend(file)?;
    let is_new = match db.begin_read()?.open_table(TABLE) {
        Ok(_) => false,
        Err(TableError::TableDoesNotExist(_)) => true,
        Err(error) => return Err(error.into()),
    };
    if is_new {
        let transaction = db.begin_write()?;
        transaction.open_table(TABLE)?;
        transaction.commit()?;
    }
    Ok(db)
}

/// What redb says against a file, told apart by what the user can do. The settings are the same in
/// every release, so what is neither the system's nor a lock's is damage.
fn objection(error: redb::Error, path: &Path) -> StoreError {
    match error {
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
            StoreError::Locked { path: path.to_owned(), pid: None }
        }
        redb::Error::Io(error) if !is_damage(&error) => StoreError::io("open", path, error),
        other => damaged(&other.to_string(), path),
    }
}

fn damaged(what: &str, path: &Path) -> StoreError {
    StoreError::damaged(Place::File(path.to_owned()), format!("redb cannot open it: {what}"))
}

/// Whether the making of the file got no further than zeros.
fn is_blank(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(MAGIC_LEN as u64).read_to_end(&mut start)?;
    Ok(start.iter().all(|byte| *byte == 0))
}

fn file_backend(path: &Path, file: File) -> Result<FileBackend, StoreError> {
    FileBackend::new(file).map_err(|error| match error {
        DatabaseError::Storage(StorageError::Io(error)) => StoreError::io("open", path, error),
        other => damaged(&other.to_string(), path),
    })
}
