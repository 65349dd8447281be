//! A file that takes its name only when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::transfer::TransferError;

/// Temporary names tried before giving up.
const ATTEMPTS: u32 = 100;

/// A file under a temporary name beside its own; dropped before [`commit`](Self::commit) it goes.
pub(crate) struct PendingFile {
    path: PathBuf,
    temporary: PathBuf,
    writer: Option<BufWriter<File>>,
}

/// Writes a file that is there whole or not at all.
///
/// # Errors
///
/// As [`PendingFile::create`] and [`PendingFile::commit`].
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TransferError> {
    let mut file = PendingFile::create(path)?;
    file.write_all(bytes).map_err(|error| file.failed(error))?;
    file.commit().map(|_| ())
}

impl PendingFile {
    /// Begins a file; what stands at `path` stays until the new one is complete.
    ///
    /// # Errors
    ///
    /// When `path` is no regular file, or its directory cannot be written.
    pub(crate) fn create(path: &Path) -> Result<Self, TransferError> {
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(TransferError::NotAFile(path.display().to_string()));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| TransferError::NotAFile(path.display().to_string()))?;
        for attempt in 0..ATTEMPTS {
            let temporary =
                path.with_file_name(format!(".{name}.{}-{attempt}.part", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => {
                    let writer = Some(BufWriter::with_capacity(1 << 20, file));
                    return Ok(Self { path: path.to_owned(), temporary, writer });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(TransferError::write(path, error)),
            }
        }
        let taken = io::Error::from(io::ErrorKind::AlreadyExists);
        Err(TransferError::write(path, taken))
    }

    /// Puts the complete file in its place, durably.
    ///
    /// # Errors
    ///
    /// When the disk refuses; nothing stands in the place then that did not before.
    pub(crate) fn commit(mut self) -> Result<u64, TransferError> {
        let n_bytes = self.finish().map_err(|error| self.failed(error))?;
        fs::rename(&self.temporary, &self.path).map_err(|error| self.failed(error))?;
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        // Not every system lets a directory be opened; the rename is done either way.
        if let Ok(directory) = File::open(directory.unwrap_or(Path::new("."))) {
            directory.sync_all().map_err(|error| self.failed(error))?;
        }
        Ok(n_bytes)
    }

    /// A failure to write this file.
    pub(crate) fn failed(&self, error: io::Error) -> TransferError {
        TransferError::write(&self.path, error)
    }

    fn finish(&mut self) -> io::Result<u64> {
        let Some(writer) = self.writer.take() else { return Ok(0) };
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(writer) => writer.write(bytes),
            None => Err(io::Error::other("the file is complete")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        // After a rename nothing stands under the temporary name, and this does nothing.
        drop(self.writer.take());
        let _ = fs::remove_file(&self.temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let mut dropped = PendingFile::create(&path).unwrap();
        dropped.write_all(b"new").unwrap();
        drop(dropped);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        let mut kept = PendingFile::create(&path).unwrap();
        kept.write_all(b"new!").unwrap();
        assert_eq!(kept.commit().unwrap(), 4);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new!");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(PendingFile::create(folder.path()).is_err());
        assert!(PendingFile::create(&folder.path().join("no/such/a.csv")).is_err());
    }
}
