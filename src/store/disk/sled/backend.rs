//! Keys and values in one tree of sled.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::opening;
use crate::store::backend::{Backend, Batch, Op, Visit};
use crate::store::directory::parent;
use crate::store::disk::guard::{guarded, is_damage};
use crate::store::kind::BackendKind;
use crate::store::page::VALUE_LIMIT;
use crate::store::side::sync_directory;
use crate::store::{Place, StoreError};

/// How long closing may take before sled is left to itself: a thread of it that panicked would
/// hold up the close for good.
const CLOSE_WAIT: Duration = Duration::from_secs(30);

/// Accesses that follow each value of a scan; more of them free no more memory.
const TOUCHES: usize = 8;

/// Keys and values in sled's files.
#[derive(Debug)]
pub(in crate::store) struct SledBackend {
    /// `None` only while it is being dropped.
    db: Option<sled::Db>,
    /// A second handle of sled's file: its own `flush` does not reach the medium.
    file: File,
    directory: PathBuf,
    is_parent_synced: AtomicBool,
}

impl SledBackend {
    /// Opens, or creates, the files in `directory`.
    ///
    /// # Errors
    ///
    /// `Damaged` when sled cannot make sense of them; `Locked`; `ReadOnlyMedium`, `DiskFull` and
    /// `Io`.
    pub(in crate::store) fn open(directory: &Path) -> Result<Self, StoreError> {
        let db = opening::open(directory)?;
        let path = BackendKind::Sled.file(directory);
        let file = File::open(&path).map_err(|error| StoreError::io("open", &path, error))?;
        let backend = Self {
            db: Some(db),
            file,
            directory: directory.to_owned(),
            is_parent_synced: AtomicBool::new(false),
        };
        backend.check_blob_files()?;
        Ok(backend)
    }

    fn db(&self) -> Result<&sled::Db, StoreError> {
        self.db.as_ref().ok_or_else(|| self.failed("it is being closed".to_owned()))
    }

    fn data_file(&self) -> PathBuf {
        BackendKind::Sled.file(&self.directory)
    }

    fn failed(&self, what: String) -> StoreError {
        StoreError::Backend { backend: self.name(), what }
    }

    fn damaged(&self, what: &str) -> StoreError {
        let place = Place::File(self.data_file());
        StoreError::damaged(place, format!("sled cannot read it: {what}"))
    }

    /// What a call for reading returned.
    fn reading<T>(&self, result: Result<sled::Result<T>, String>) -> Result<T, StoreError> {
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(sled::Error::Io(error))) if !is_damage(&error) => {
                Err(StoreError::io("read", &self.data_file(), error))
            }
            Ok(Err(error)) => Err(self.damaged(&error.to_string())),
            Err(panic) => Err(self.damaged(&panic)),
        }
    }

    /// What a call for writing returned.
    fn writing<T>(&self, result: Result<sled::Result<T>, String>) -> Result<T, StoreError> {
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(sled::Error::Io(error))) => {
                Err(StoreError::io("write", &self.data_file(), error))
            }
            Ok(Err(error)) => Err(self.failed(error.to_string())),
            Err(panic) => Err(self.failed(panic)),
        }
    }

    /// The system's promise that sled's file and its name are on the medium.
    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()?;
        sync_directory(&self.directory)?;
        if !self.is_parent_synced.load(Ordering::Acquire) {
            sync_directory(&parent(&self.directory))?;
            self.is_parent_synced.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Makes sled look at its cache's limit. It does so for one of 256 shards at a time, and only
    /// after every 64th access to that shard, so that reading a pool once would keep all of it in
    /// memory, beside the decoded chunks (measured: 401 MB of 404 without this, 103 with it).
    fn let_cache_shrink(&self, db: &sled::Db, key: &[u8]) {
        let touched = guarded(|| (0..TOUCHES).try_for_each(|_| db.get(key).map(drop)));
        // What cannot be read here was read a moment ago; the next read reports it.
        drop(touched);
    }

    /// Values too large for sled's file would go to files of their own that are never synced.
    fn check_blob_files(&self) -> Result<(), StoreError> {
        let directory = self.directory.join("blobs");
        match fs::read_dir(&directory).map(|mut entries| entries.next().is_some()) {
            Ok(false) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(true) => Err(self.failed(format!("`{}` is not empty", directory.display()))),
            Err(error) => Err(StoreError::io("list", &directory, error)),
        }
    }
}

impl Backend for SledBackend {
    fn name(&self) -> &'static str {
        BackendKind::Sled.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let db = self.db()?;
        Ok(self.reading(guarded(|| db.get(key)))?.map(|value| value.to_vec()))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let db = self.db()?;
        let mut pairs = self.reading(guarded(|| Ok(db.scan_prefix(prefix))))?;
        while let Some((key, value)) = self.reading(guarded(|| pairs.next().transpose()))? {
            visit(&key, &value)?;
            self.let_cache_shrink(db, &key);
        }
        Ok(())
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let mut ours = sled::Batch::default();
        for op in batch.into_ops() {
            match op {
                Op::Put(key, value) if value.len() > VALUE_LIMIT => {
                    let what = format!("the value of {}", Place::Key(key));
                    let (len, limit) = (value.len() as u64, VALUE_LIMIT as u64);
                    return Err(StoreError::TooLarge { what, len, limit });
                }
                Op::Put(key, value) => ours.insert(key, value),
                Op::Delete(key) => ours.remove(key),
            }
        }
        let db = self.db()?;
        self.writing(guarded(|| db.apply_batch(ours)))
    }

    fn flush(&self) -> Result<(), StoreError> {
        let db = self.db()?;
        self.writing(guarded(|| db.flush()))?;
        self.sync().map_err(|error| StoreError::io("sync", &self.data_file(), error))?;
        self.check_blob_files()
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        let size = |entry: io::Result<fs::DirEntry>| Ok(entry?.metadata()?.len());
        let sizes = fs::read_dir(&self.directory).and_then(|entries| entries.map(size).sum());
        sizes.map_err(|error| StoreError::io("list", &self.directory, error))
    }
}

impl Drop for SledBackend {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else { return };
        let (closed, wait) = mpsc::channel();
        let close = move || {
            let result = guarded(|| drop(db));
            drop(closed.send(result));
        };
        let thread = std::thread::Builder::new().name("highsea-close".to_owned()).spawn(close);
        if thread.is_ok() {
            // Either outcome is the end: what was acknowledged is on the medium already.
            let outcome = wait.recv_timeout(CLOSE_WAIT);
            drop(outcome);
        }
    }
}
