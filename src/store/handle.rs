//! An open store: reads, and the state that commits change.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use super::backend::{Backend, Batch};
use super::commit::{Commit, Durability};
use super::directory::{self, Found, STORE_DIRECTORY};
use super::garbage::Garbage;
use super::key::BlobRef;
use super::lock::Lock;
use super::log::{Log, Record};
use super::manifest::Manifest;
use super::mark::Mark;
use super::memory::MemoryBackend;
use super::options::{Access, Creation, Salvage, StoreOptions};
use super::side::{Beside, FileBeside, MemoryBeside, Side};
use super::{Place, StoreError, disk, open, pages, salvage};

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
    /// What was found to be wrong in memory, so that nothing may be written.
    unsound: OnceLock<String>,
    /// A commit is under way.
    pub(super) writing: AtomicBool,
    /// Commits were served that are not known to be on the medium.
    pub(super) buffered: AtomicBool,
    garbage: Mutex<Garbage>,
    /// Batches are applied one at a time: a checkpoint and the log write side by side.
    applying: Mutex<()>,
    log: Mutex<Log>,
    /// What the log held when the store was opened, until it is replayed.
    records: Mutex<Vec<Record>>,
    /// What an opening to salvage the pool gave up, until it is told.
    given_up: Mutex<Vec<StoreError>>,
    /// The last commit known to be on the medium.
    acknowledged: AtomicU64,
    is_kept: bool,
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
        let mut given_up = Vec::new();
        if options.salvage == Salvage::GiveUp && directory::is_pool(path) {
            given_up.extend(salvage::side_file(path)?);
        }
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
        let place = Place::File(store);
        let store = Self::start(backend, Box::new(beside), &place, options, Some(lock))?;
        given_up.append(&mut store.given_up());
        store.given_up().append(&mut given_up);
        Ok(store)
    }

    /// A new pool that ends with the process.
    ///
    /// # Errors
    ///
    /// None in practice: memory does not fail.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        let beside = Box::new(MemoryBeside::default());
        let mut store =
            Self::with_backend(Arc::new(MemoryBackend::new()), beside, Access::ReadWrite)?;
        store.is_kept = false;
        Ok(store)
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
        Self::over(backend, beside, StoreOptions { access, ..StoreOptions::default() })
    }

    /// As [`with_backend`](Self::with_backend), with other options.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn over(
        backend: Arc<dyn Backend>,
        beside: Box<dyn Beside>,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        Self::start(backend, beside, &Place::Memory, options, None)
    }

    /// Opens what a backend and the side file hold.
    pub(super) fn start(
        backend: Arc<dyn Backend>,
        beside: Box<dyn Beside>,
        place: &Place,
        options: StoreOptions,
        lock: Option<Lock>,
    ) -> Result<Self, StoreError> {
        let access = options.access;
        let opened = open::open(&*backend, &*beside, place, options)?;
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
            unsound: OnceLock::new(),
            writing: AtomicBool::new(false),
            buffered: AtomicBool::new(false),
            garbage: Mutex::new(Garbage::new(unfinished)),
            applying: Mutex::new(()),
            log: Mutex::new(Log::of(&opened.log)),
            records: Mutex::new(opened.log.records),
            given_up: Mutex::new(opened.given_up),
            acknowledged: AtomicU64::new(opened.acknowledged),
            is_kept: true,
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

    /// Whether it may be written.
    ///
    /// # Errors
    ///
    /// `ReadOnly`; `NeedsReopen` after a write that failed, `Unsound` after
    /// [`refuse_writes`](Self::refuse_writes).
    pub(crate) fn check_writable(&self) -> Result<(), StoreError> {
        match self.access {
            Access::ReadOnly => Err(StoreError::ReadOnly),
            Access::ReadWrite if self.needs_reopen() => Err(self.refusal()),
            Access::ReadWrite => Ok(()),
        }
    }

    /// Takes no further writes until the store is opened again, because what would be written is
    /// not as it must be; the error that says so, to this caller and to every later one.
    pub(crate) fn refuse_writes(&self, what: String) -> StoreError {
        self.unsound.get_or_init(|| what);
        self.doubtful.store(true, Ordering::Release);
        self.refusal()
    }

    fn refusal(&self) -> StoreError {
        let unsound = |what: &String| StoreError::Unsound { what: what.clone() };
        self.unsound.get().map_or(StoreError::NeedsReopen, unsound)
    }

    /// Whether it outlives the process: what ends with the pool need not be stored at all.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Begins a commit on top of the current manifest.
    ///
    /// # Errors
    ///
    /// `ReadOnly`; `NeedsReopen` after a write that failed; `Busy` while another commit lives.
    pub(crate) fn begin(&self) -> Result<Commit<'_>, StoreError> {
        self.check_writable()?;
        if self.writing.swap(true, Ordering::AcqRel) {
            return Err(StoreError::Busy);
        }
        Ok(Commit::new(self))
    }

    /// Adds the records of some commits to the log, all or none of them; they follow the last one
    /// and each other. They are known to survive a power cut when this returns, unless buffered.
    ///
    /// # Errors
    ///
    /// `ReadOnly`; `NeedsReopen` after a write that failed; `TooLarge` beyond a gigabyte a record;
    /// what the backend says, after which the store takes no writes until it is opened again.
    pub(crate) fn append(
        &self,
        records: &[Record],
        durability: Durability,
    ) -> Result<(), StoreError> {
        self.check_writable()?;
        let mut batch = Batch::default();
        let floor = self.acknowledged.load(Ordering::Acquire);
        let mut log = self.log();
        records.iter().try_for_each(|record| log.put(record, floor, &mut batch))?;
        drop(log);
        self.apply(batch)?;
        let Some(last) = records.last() else { return Ok(()) };
        match durability {
            Durability::Flush => {
                self.flush()?;
                self.acknowledge(last.commit);
            }
            Durability::Buffered => self.buffered.store(true, Ordering::Release),
        }
        Ok(())
    }

    /// What the log held when the store was opened, to be replayed over the manifest; nothing when
    /// asked again.
    pub(crate) fn take_records(&self) -> Vec<Record> {
        std::mem::take(&mut *self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was given up to open the pool at all; nothing when asked again.
    pub(crate) fn take_given_up(&self) -> Vec<StoreError> {
        std::mem::take(&mut *self.given_up())
    }

    fn given_up(&self) -> MutexGuard<'_, Vec<StoreError>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the log's records up to a commit go, now that the manifest holds what they changed.
    pub(super) fn forget(&self, commit: u64) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        self.log().forget(commit, &mut batch);
        if batch.is_empty() { Ok(()) } else { self.apply(batch) }
    }

    /// Notes that a commit is on the medium, for this process and for the next opening.
    pub(super) fn acknowledge(&self, commit: u64) {
        let before = self.acknowledged.fetch_max(commit, Ordering::AcqRel);
        if commit > before {
            self.beside.set_mark(Mark { store_id: self.manifest().store_id, commit });
        }
    }

    /// Whether a write failed, or what is in memory is not as it must be, so that only reads are
    /// taken until the pool is opened again.
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

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a batch, after those under way.
    pub(super) fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let _applying = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.acknowledge(manifest.state.commit);
        Ok(())
    }

    /// Makes buffered commits and records durable.
    fn settle(&self) -> Result<(), StoreError> {
        if !self.buffered.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let last = self.log().last();
        self.flush()?;
        self.write_side(&self.manifest())?;
        last.into_iter().for_each(|commit| self.acknowledge(commit));
        Ok(())
    }

    /// Runs a step of writing; after the first that fails, no further one is tried.
    pub(super) fn write(
        &self,
        step: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.needs_reopen() {
            return Err(self.refusal());
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
