//! Opening files, with a count of the bytes read.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Compression, zstd};
use crate::transfer::TransferError;

/// A file's unpacked bytes, and how many of its packed ones were read.
pub(super) struct Unpacked {
    pub(super) reader: Box<dyn Read + Send>,
    pub(super) read: Arc<AtomicU64>,
    pub(super) total: u64,
}

/// Opens a regular file and tells its length.
///
/// # Errors
///
/// When there is none, or it is a directory, a pipe or a device: an import reads a file twice.
pub(crate) fn open_plain(path: &Path) -> Result<(File, u64), TransferError> {
    let file = File::open(path).map_err(|error| TransferError::read(path, error))?;
    let metadata = file.metadata().map_err(|error| TransferError::read(path, error))?;
    if !metadata.is_file() {
        return Err(TransferError::NotAFile(path.display().to_string()));
    }
    Ok((file, metadata.len()))
}

/// Opens a file and unpacks it as it is read.
pub(super) fn open(path: &Path, compression: Compression) -> Result<Unpacked, TransferError> {
    let (file, total) = open_plain(path)?;
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: file, read: Arc::clone(&read) };
    let reader: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(counted),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(
            BufReader::with_capacity(1 << 16, counted),
        )),
        Compression::Zstd => {
            Box::new(zstd::Frames::new(BufReader::with_capacity(1 << 16, counted)))
        }
    };
    Ok(Unpacked { reader, read, total })
}

struct Counted {
    inner: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        self.read.fetch_add(n_bytes as u64, Ordering::Relaxed);
        Ok(n_bytes)
    }
}
