//! An open store: reads, and the state that commits change.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::backend::{Backend, Batch};
use super::commit::Commit;
use super::directory::{self, Found, STORE_DIRECTORY};
use super::garbage::Garbage;
use super::key::BlobRef;
use super::lock::Lock;
use super::manifest::Manifest;
use super::memory::MemoryBackend;
use super::options::{Access, Creation, StoreOptions};
use super::side::{Beside, FileBeside, MemoryBeside, Side};
use super::{Place, StoreError, disk, open, pages};

/// An open pool's blobs and the manifest that names them.
///
/// Reads may go on from any thread while one [`Commit`] is under way. A blob can be read for as
/// long as a manifest that names it is held: its versions are deleted only when the last `Arc` of
/// every such manifest is gone.
pub(crate) struct Store {
    // Dropped in this order: the lock must outlast the backend.
    pub(super) backend: Arc<dyn Backend>,
    pub(super) beside: Box<dyn Beside>,
    access: Access,
    current: RwLock<Current>,
    /// A write failed, so that nobody knows what is stored beyond the current manifest.
    doubtful: AtomicBool,
    /// A commit is under way.
    pub(super) writing: AtomicBool,
    /// Commits were served that are not known to be on the medium.
    pub(super) buffered: AtomicBool,
    garbage: Mutex<Garbage>,
    _lock: Option<Lock>,
}

/// The manifest that is served, and the slot that holds it.
#[derive(Clone, Debug)]
pub(super) struct Current {
    /// The manifest.
    pub(super) manifest: Arc<Manifest>,
    /// 0 or 1.
    pub(super) slot: u8,
}

impl Store {
    /// Opens the pool in the directory `path`, or creates one there with the backend of the options.
    ///
    /// # Errors
    ///
    /// `Missing` and `NotAPool` when there is no pool and none may be made; `Locked` when it is
    /// open elsewhere; `UnknownFormat`, `OtherBackend`; `Damaged`, `Emptied` and `LostCommits` when
    /// the store is not what was acknowledged; `ReadOnlyMedium`, `DiskFull` and `Io`.
    pub(crate) fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let may_create =
            options.creation == Creation::IfMissing && options.access == Access::ReadWrite;
        if directory::examine(path)? != Found::Pool {
            if !may_create {
                return Err(StoreError::Missing { path: path.to_owned() });
            }
            disk::check(options.backend, path)?;
            directory::create(path)?;
        }
        let lock = Lock::acquire(path)?;
        let beside = FileBeside::new(path);
        if directory::examine(path)? != Found::Pool {
            open::create_side(&beside, options.backend.name())?;
        }
        let store = path.join(STORE_DIRECTORY);
        let backend = disk::open(&store, &beside, options.access)?;
        Self::start(backend, Box::new(beside), &Place::File(store), options.access, Some(lock))
    }

    /// A new pool that ends with the process.
    ///
    /// # Errors
    ///
    /// None in practice: memory does not fail.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        let beside = Box::new(MemoryBeside::default());
        Self::with_backend(Arc::new(MemoryBackend::new()), beside, Access::ReadWrite)
    }

    /// The pool in a backend and beside it; a new one when both are empty.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), short of what concerns the directory.
    pub(crate) fn with_backend(
        backend: Arc<dyn Backend>,
        beside: Box<dyn Beside>,
        access: Access,
    ) -> Result<Self, StoreError> {
        Self::start(backend, beside, &Place::Memory, access, None)
    }

    /// Opens what a backend and the side file hold.
    pub(super) fn start(
        backend: Arc<dyn Backend>,
        beside: Box<dyn Beside>,
        place: &Place,
        access: Access,
        lock: Option<Lock>,
    ) -> Result<Self, StoreError> {
        let opened = open::open(&*backend, &*beside, place, access)?;
        let unfinished = open::is_unfinished(&*backend)?;
        let store = Self {
            backend,
            beside,
            access,
            current: RwLock::new(Current {
                manifest: Arc::new(opened.manifest),
                slot: opened.slot,
            }),
            doubtful: AtomicBool::new(false),
            writing: AtomicBool::new(false),
            buffered: AtomicBool::new(false),
            garbage: Mutex::new(Garbage::new(unfinished)),
            _lock: lock,
        };
        if unfinished && access == Access::ReadWrite {
            // Only space is at stake. The mark stays when this fails, so the next opening tries
            // again; and after a write that failed, this store takes no further ones.
            let swept = store.garbage().sweep(&store);
            drop(swept);
        }
        Ok(store)
    }

    /// What makes up the pool now. Hold it for as long as its blobs are to be read.
    pub(crate) fn manifest(&self) -> Arc<Manifest> {
        self.current().manifest
    }

    /// The bytes of a blob, checked.
    ///
    /// # Errors
    ///
    /// `Damaged` when they are not what was written, naming the column and the chunk.
    pub(crate) fn read(&self, blob: &BlobRef) -> Result<Vec<u8>, StoreError> {
        pages::read(&*self.backend, blob)
    }

    /// Begins a commit on top of the current manifest.
    ///
    /// # Errors
    ///
    /// `ReadOnly`; `NeedsReopen` after a write that failed; `Busy` while another commit lives.
    pub(crate) fn begin(&self) -> Result<Commit<'_>, StoreError> {
        if self.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly);
        }
        if self.needs_reopen() {
            return Err(StoreError::NeedsReopen);
        }
        if self.writing.swap(true, Ordering::AcqRel) {
            return Err(StoreError::Busy);
        }
        Ok(Commit::new(self))
    }

    /// Whether a write failed, so that only reads are taken until the pool is opened again.
    pub(crate) fn needs_reopen(&self) -> bool {
        self.doubtful.load(Ordering::Acquire)
    }

    /// The backend's name: `sled`, `redb` or `memory`.
    pub(crate) fn backend_name(&self) -> &'static str {
        self.backend.name()
    }

    /// Bytes of the backend's files.
    ///
    /// # Errors
    ///
    /// `Io` when they cannot be listed.
    pub(crate) fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.backend.size_on_disk()
    }

    /// Deletes the versions that no manifest names any more whose readers are gone by now.
    ///
    /// # Errors
    ///
    /// `NeedsReopen`, and what the backend says; nothing is lost but space.
    pub(crate) fn collect(&self) -> Result<(), StoreError> {
        self.garbage().collect(self)
    }

    /// The manifest and its slot.
    pub(super) fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a commit is under way.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Acquire)
    }

    /// Serves a new manifest.
    pub(super) fn publish(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// What is to be deleted.
    pub(super) fn garbage(&self) -> MutexGuard<'_, Garbage> {
        self.garbage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a batch.
    pub(super) fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.write(|| self.backend.apply(batch))
    }

    /// Makes what was applied durable.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.write(|| self.backend.flush())
    }

    /// Has the side file tell of a manifest that is on the medium.
    pub(super) fn write_side(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let side = Side::of(manifest, self.backend_name());
        self.write(|| self.beside.write(&side.to_bytes()))?;
        self.buffered.store(false, Ordering::Release);
        Ok(())
    }

    /// Makes buffered commits durable.
    fn settle(&self) -> Result<(), StoreError> {
        if !self.buffered.load(Ordering::Acquire) {
            return Ok(());
        }
        self.flush()?;
        self.write_side(&self.manifest())
    }

    /// Runs a step of writing; after the first that fails, no further one is tried.
    pub(super) fn write(
        &self,
        step: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.needs_reopen() {
            return Err(StoreError::NeedsReopen);
        }
        step().inspect_err(|_| self.doubtful.store(true, Ordering::Release))
    }
}

impl Drop for Store {
    /// Makes buffered commits durable, and gives back the space of versions whose readers are gone;
    /// what fails is swept at the next opening.
    fn drop(&mut self) {
        if self.access == Access::ReadWrite && !self.needs_reopen() {
            let closed = self.settle().and_then(|()| self.collect());
            drop(closed);
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest();
        f.debug_struct("Store")
            .field("backend", &self.backend_name())
            .field("access", &self.access)
            .field("commit", &manifest.state.commit)
            .field("blobs", &manifest.blobs.len())
            .finish_non_exhaustive()
    }
}
