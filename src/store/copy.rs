//! Copying what a manifest names into a pool of its own.
//!
//! A copy is built beside its place, in a directory named after it with [`UNFINISHED_COPY`] at the
//! end, and renamed when all of it is on the medium. Even there its side file is written last, so
//! that what an interruption leaves is no pool under any name; the next copy to the same place
//! clears it away.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::commit::Commit;
use super::directory::{Found, STORE_DIRECTORY, create, examine, parent};
use super::handle::Store;
use super::key::BlobKey;
use super::kind::BackendKind;
use super::lock::{LOCK_FILE, Lock};
use super::manifest::{Manifest, State};
use super::options::StoreOptions;
use super::side::{Beside, FileBeside, MemoryBeside, sync_directory};
use super::{Place, StoreError, disk, open};

/// What a copy under way has at the end of its directory's name.
const UNFINISHED_COPY: &str = ".copying";

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Blobs.
    pub(crate) n_blobs: usize,
    /// Their bytes.
    pub(crate) n_bytes: u64,
}

impl Store {
    /// Makes a pool of its own, with another number, of what a manifest of this store names.
    ///
    /// # Errors
    ///
    /// As [`build_at`](Self::build_at); `Damaged` when a blob of this store is.
    #[cfg(test)]
    pub(crate) fn copy_to(
        &self,
        manifest: &Manifest,
        path: &Path,
        backend: BackendKind,
    ) -> Result<Copied, StoreError> {
        Self::build_at(path, backend, |commit| {
            let copied = self.copy_blobs(manifest, commit, |_| true)?;
            Ok((copied, manifest.state.clone()))
        })
    }

    /// Makes a new pool at `path` of what `fill` puts, and of the state that it gives.
    ///
    /// It is on the medium when this returns, and where it fails nothing is left at `path`.
    ///
    /// # Errors
    ///
    /// `Occupied` when there is anything at `path` but an empty directory; `Locked` while another
    /// copy to `path` is under way; `OtherBackend`; `ReadOnlyMedium`, `DiskFull` and `Io`; what
    /// `fill` says.
    pub(crate) fn build_at<T, E: From<StoreError>>(
        path: &Path,
        backend: BackendKind,
        fill: impl FnOnce(&mut Commit<'_>) -> Result<(T, State), E>,
    ) -> Result<T, E> {
        disk::check(backend, path)?;
        check_free(path)?;
        let site = Site::begin(path)?;
        let directory = site.directory.join(STORE_DIRECTORY);
        let side = MemoryBeside::default();
        open::create_side(&side, backend.name())?;
        let files = disk::create(backend, &directory)?;
        let place = Place::File(directory);
        let options = StoreOptions { backend, ..StoreOptions::default() };
        let target = Self::start(files, Box::new(side.clone()), &place, options, None)?;
        let mut commit = target.begin()?;
        let (filled, state) = fill(&mut commit)?;
        commit.finish(state)?;
        drop(target);
        // The side file comes last: what an interruption leaves is no pool.
        match side.read()? {
            Some(bytes) => FileBeside::new(&site.directory).write(&bytes)?,
            None => return Err(StoreError::damaged(side.place(), "it is gone").into()),
        }
        site.finish(path)?;
        Ok(filled)
    }

    /// Puts the blobs of a manifest of this store that are wanted into a commit of another.
    ///
    /// Each is checked as it is read, and no more than one is held at a time. Commits to this store
    /// may go on meanwhile: what the manifest names stays for as long as it is held.
    ///
    /// # Errors
    ///
    /// `Damaged` when a blob of this store is; what the other store says.
    pub(crate) fn copy_blobs(
        &self,
        manifest: &Manifest,
        commit: &mut Commit<'_>,
        is_wanted: impl Fn(BlobKey) -> bool,
    ) -> Result<Copied, StoreError> {
        let mut copied = Copied::default();
        for blob in manifest.blobs.iter().filter(|blob| is_wanted(blob.key)) {
            commit.put(blob.key, &self.read(blob)?)?;
            copied.n_blobs += 1;
            copied.n_bytes += u64::from(blob.len);
        }
        Ok(copied)
    }
}

/// Where a copy is built; what lies there goes when it is dropped.
#[derive(Debug)]
struct Site {
    directory: PathBuf,
    /// Keeps other copies to the same place away, up to the end.
    lock: Option<Lock>,
    /// The directory has its name, and is nobody's to clear away.
    is_finished: bool,
}

impl Site {
    /// Takes the site of copies to `path`, and clears away what an earlier one left.
    fn begin(path: &Path) -> Result<Self, StoreError> {
        let Some(name) = path.file_name() else {
            return Err(StoreError::Occupied { path: path.to_owned() });
        };
        let mut name = OsString::from(name);
        name.push(UNFINISHED_COPY);
        let directory = path.with_file_name(name);
        create(&directory)?;
        let lock = Lock::acquire(&directory)?;
        clear(&directory).map_err(|error| StoreError::io("clear", &directory, error))?;
        Ok(Self { directory, lock: Some(lock), is_finished: false })
    }

    /// Gives the pool its name, which is on the medium then.
    fn finish(mut self, path: &Path) -> Result<(), StoreError> {
        self.close();
        if cfg!(windows) {
            // No directory is renamed onto another there; where this one is needed, that is told.
            drop(fs::remove_dir(path));
        }
        fs::rename(&self.directory, path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory => StoreError::Occupied { path: path.to_owned() },
            _ => StoreError::io("create", path, error),
        })?;
        self.is_finished = true;
        let above = parent(path);
        sync_directory(&above).map_err(|error| StoreError::io("sync", &above, error))
    }

    /// Lets go of the lock where a directory can be neither renamed nor removed while a file in it
    /// is open.
    fn close(&mut self) {
        if cfg!(windows) {
            self.lock = None;
        }
    }
}

impl Drop for Site {
    /// Where that fails, the next copy to the same place clears it away.
    fn drop(&mut self) {
        if !self.is_finished {
            self.close();
            drop(fs::remove_dir_all(&self.directory));
        }
    }
}

/// Refuses a place where there is anything.
fn check_free(path: &Path) -> Result<(), StoreError> {
    let is_free = match examine(path) {
        Ok(Found::Nothing) => true,
        Ok(Found::Unused) => {
            let mut entries =
                fs::read_dir(path).map_err(|error| StoreError::io("list", path, error))?;
            entries.next().is_none()
        }
        Ok(Found::Pool) => false,
        Err(error @ (StoreError::Io { .. } | StoreError::ReadOnlyMedium { .. })) => {
            return Err(error);
        }
        Err(_) => false,
    };
    if is_free { Ok(()) } else { Err(StoreError::Occupied { path: path.to_owned() }) }
}

/// Removes all that an earlier copy left in its directory, short of the lock.
fn clear(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != LOCK_FILE {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
