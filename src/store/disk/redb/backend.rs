//! Keys and values in one table of redb.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{Database, Durability, ReadOnlyTable, ReadableDatabase, StorageError, TableDefinition};

use super::flusher::Flusher;
use super::medium::Medium;
use super::opening;
use crate::store::backend::{Backend, Batch, Op, Visit};
use crate::store::directory::parent;
use crate::store::disk::guard::{guarded, is_damage};
use crate::store::kind::BackendKind;
use crate::store::options::Access;
use crate::store::side::sync_directory;
use crate::store::{Place, StoreError};

/// The only table.
pub(super) const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("values");

/// Keys and values in redb's file.
#[derive(Debug)]
pub(in crate::store) struct RedbBackend {
    core: Arc<Core>,
    flusher: Flusher,
}

/// What the thread that flushes has a part in.
#[derive(Debug)]
struct Core {
    /// `None` only while it is being dropped.
    db: Option<Database>,
    medium: Arc<Medium>,
    path: PathBuf,
    is_name_synced: AtomicBool,
}

impl RedbBackend {
    /// Opens the file in `directory`.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is not what redb wrote; `Locked`; `ReadOnlyMedium`, `DiskFull` and `Io`.
    pub(in crate::store) fn open(directory: &Path, access: Access) -> Result<Self, StoreError> {
        let path = BackendKind::Redb.file(directory);
        Ok(Self::over(opening::open(&path, access)?, path))
    }

    /// Opens the file in `directory`, which may be missing or not yet begun.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(in crate::store) fn create(directory: &Path) -> Result<Self, StoreError> {
        let path = BackendKind::Redb.file(directory);
        Ok(Self::over(opening::create(&path)?, path))
    }

    /// An open file; its path is for messages.
    pub(super) fn over((db, medium): (Database, Arc<Medium>), path: PathBuf) -> Self {
        let core = Core { db: Some(db), medium, path, is_name_synced: AtomicBool::new(false) };
        Self { core: Arc::new(core), flusher: Flusher::default() }
    }
}

impl Core {
    fn db(&self) -> Result<&Database, StoreError> {
        self.db.as_ref().ok_or_else(|| failed("it is being closed".to_owned()))
    }

    fn damaged(&self, what: &str) -> StoreError {
        let place = Place::File(self.path.clone());
        StoreError::damaged(place, format!("redb cannot read it: {what}"))
    }

    /// Runs a call for reading.
    fn reading<T>(&self, call: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, StoreError> {
        match guarded(call) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(redb::Error::Io(error))) if !is_damage(&error) => {
                Err(StoreError::io("read", &self.path, error))
            }
            Ok(Err(error @ (redb::Error::Io(_) | redb::Error::Corrupted(_)))) => {
                Err(self.damaged(&error.to_string()))
            }
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(panic) => Err(self.damaged(&panic)),
        }
    }

    /// Runs a call for writing; a failure of the file says more than what redb makes of it.
    fn writing<T>(&self, call: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, StoreError> {
        let result = guarded(call);
        self.medium.check().map_err(|error| StoreError::io("write", &self.path, error))?;
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(redb::Error::Io(error))) => Err(StoreError::io("write", &self.path, error)),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(panic) => Err(failed(panic)),
        }
    }

    /// Does the steps of a batch.
    fn commit(&self, ops: &[Op], durability: Durability) -> Result<(), StoreError> {
        let db = self.db()?;
        self.writing(|| {
            let mut transaction = db.begin_write()?;
            transaction.set_durability(durability)?;
            let mut table = transaction.open_table(TABLE)?;
            for op in ops {
                match op {
                    Op::Put(key, value) => table.insert(&**key, &**value)?,
                    Op::Delete(key) => table.remove(&**key)?,
                };
            }
            drop(table);
            Ok(transaction.commit()?)
        })
    }

    /// A transaction that is synced takes with it those before it that were not.
    fn flush(&self) -> Result<(), StoreError> {
        self.commit(&[], Durability::Immediate)?;
        self.sync_name().map_err(|error| StoreError::io("sync", &self.path, error))
    }

    /// The system's promise that the file's name is on the medium, which is asked for once.
    fn sync_name(&self) -> std::io::Result<()> {
        if !self.is_name_synced.load(Ordering::Acquire) {
            let directory = parent(&self.path);
            sync_directory(&directory)?;
            sync_directory(&parent(&directory))?;
            self.is_name_synced.store(true, Ordering::Release);
        }
        Ok(())
    }

    fn table(&self) -> Result<ReadOnlyTable<&'static [u8], &'static [u8]>, StoreError> {
        let db = self.db()?;
        self.reading(|| Ok(db.begin_read()?.open_table(TABLE)?))
    }
}

impl Backend for RedbBackend {
    fn name(&self) -> &'static str {
        BackendKind::Redb.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.core.table()?;
        self.core.reading(|| Ok(table.get(key)?.map(|value| value.value().to_vec())))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let table = self.core.table()?;
        let mut pairs = self.core.reading(|| Ok(table.range(prefix..)?))?;
        let mut next = || pairs.next().transpose().map_err(|error: StorageError| error.into());
        while let Some((key, value)) = self.core.reading(&mut next)? {
            let (key, value) = self.core.reading(|| Ok((key.value(), value.value())))?;
            if !key.starts_with(prefix) {
                break;
            }
            visit(key, value)?;
        }
        Ok(())
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let ops = batch.into_ops();
        let has_puts = ops.iter().any(|op| matches!(op, Op::Put(..)));
        self.core.commit(&ops, Durability::None)?;
        if has_puts {
            let core = Arc::clone(&self.core);
            // What fails here fails again when the next batch is applied.
            let flush = move || drop(core.flush());
            let expected = self.flusher.expect(flush);
            expected.map_err(|error| StoreError::io("flush", &self.core.path, error))?;
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.flusher.forget();
        self.core.flush()
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        let metadata = fs::metadata(&self.core.path);
        let metadata = metadata.map_err(|error| StoreError::io("list", &self.core.path, error))?;
        Ok(occupied(&metadata))
    }
}

impl Drop for RedbBackend {
    fn drop(&mut self) {
        self.flusher.end();
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            // Either outcome is the end: what was acknowledged is on the medium already.
            let closed = guarded(|| drop(db));
            drop(closed);
        }
    }
}

fn failed(what: String) -> StoreError {
    StoreError::Backend { backend: BackendKind::Redb.name(), what }
}

/// Bytes that a file takes: redb makes it longer than it is full, and leaves the rest unwritten.
#[cfg(unix)]
fn occupied(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.len().min(metadata.blocks() * 512)
}

#[cfg(not(unix))]
fn occupied(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}
