//! The file beneath redb, which goes on in memory where it may not, or cannot, be written.

use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use redb::{BackendError, StorageBackend};

use super::layer::Layer;

/// A file as redb sees it.
///
/// redb takes nothing more after one write that failed, not even reads. So the first failure is
/// kept for the backend to report, and later writes go to a layer in memory: the file stays what a
/// power cut at that point would have left.
#[derive(Debug)]
pub(super) struct PoolFile<F> {
    file: F,
    access: Locking,
    medium: Arc<Medium>,
}

/// Whether others may have the file open beside us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Locking {
    Alone,
    WithReaders,
}

/// What the backend knows of its file.
#[derive(Debug, Default)]
pub(super) struct Medium {
    layer: RwLock<Option<Layer>>,
    failure: Mutex<Option<io::Error>>,
}

impl<F: StorageBackend> PoolFile<F> {
    /// A file that is written, up to the first failure.
    pub(super) fn for_writing(file: F) -> (Self, Arc<Medium>) {
        let medium = Arc::new(Medium::default());
        (Self { file, access: Locking::Alone, medium: Arc::clone(&medium) }, medium)
    }

    /// A file that stays as it is.
    ///
    /// # Errors
    ///
    /// When its length cannot be told.
    pub(super) fn for_reading(file: F) -> io::Result<(Self, Arc<Medium>)> {
        let layer = RwLock::new(Some(Layer::over(file.len()?)));
        let medium = Arc::new(Medium { layer, ..Medium::default() });
        Ok((Self { file, access: Locking::WithReaders, medium: Arc::clone(&medium) }, medium))
    }

    /// Changes the file, or the layer over it; a failure of the file begins the layer.
    fn change(
        &self,
        to_file: impl FnOnce(&F) -> io::Result<()>,
        to_layer: impl FnOnce(&F, &mut Layer) -> io::Result<()>,
    ) -> io::Result<()> {
        let failure = match &*self.medium.layer() {
            None => match to_file(&self.file) {
                Ok(()) => return Ok(()),
                Err(failure) => Some(failure),
            },
            Some(_) => None,
        };
        let mut layer = self.medium.layer.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure {
            self.medium.fail(failure);
        }
        let layer = match &mut *layer {
            Some(layer) => layer,
            none => none.insert(Layer::over(self.file.len()?)),
        };
        to_layer(&self.file, layer)
    }
}

impl Medium {
    /// Fails once writing the file has failed, each time for the same reason.
    pub(super) fn check(&self) -> io::Result<()> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match &*failure {
            None => Ok(()),
            Some(failure) => Err(match failure.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(failure.kind(), failure.to_string()),
            }),
        }
    }

    fn fail(&self, failure: io::Error) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    fn layer(&self) -> RwLockReadGuard<'_, Option<Layer>> {
        self.layer.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: StorageBackend> StorageBackend for PoolFile<F> {
    fn len(&self) -> io::Result<u64> {
        match &*self.medium.layer() {
            Some(layer) => Ok(layer.len()),
            None => self.file.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.medium.layer() {
            Some(layer) => layer.read(&self.file, offset, out),
            None => self.file.read(offset, out),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let to_layer = |_: &F, layer: &mut Layer| {
            layer.set_len(len);
            Ok(())
        };
        self.change(|file| file.set_len(len), to_layer)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.change(StorageBackend::sync_data, |_, _| Ok(()))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(|file| file.write(offset, data), |file, layer| layer.write(file, offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match self.access {
            Locking::Alone => self.file.try_lock_range(start, end),
            Locking::WithReaders => self.file.try_lock_shared_range(start, end),
        }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }
}
