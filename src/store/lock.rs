//! The file `LOCK`: one opener at a time, and who that is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::StoreError;

/// The lock file's name within the pool's directory.
pub(super) const LOCK_FILE: &str = "LOCK";

/// Holds the pool until it is dropped or the process ends, however it ends.
///
/// Readers take it as well: sled cannot be opened twice, not even for reading, and of redb's files
/// a writer must not change what a reader reads.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the pool in `directory` and writes who has it.
    ///
    /// # Errors
    ///
    /// `Locked` with the holder's process id, when another opener has it; `Io`.
    pub(super) fn acquire(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(LOCK_FILE);
        let file = open(&path).map_err(|error| StoreError::io("open", &path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { path: directory.to_owned(), pid: holder(file) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path, error)),
        }
        let mut lock = Self { file };
        lock.sign();
        Ok(lock)
    }

    /// Writes who holds the lock. It is a courtesy to the next opener: the lock holds without it,
    /// as on a medium that cannot be written.
    fn sign(&mut self) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let text = format!("pid {}\nsince {since}\n", std::process::id());
        let signed = self.file.set_len(0).and_then(|()| self.file.write_all(text.as_bytes()));
        drop(signed);
    }
}

impl Drop for Lock {
    /// Gives the lock back even while a process that another thread is just starting has a copy of
    /// the file's descriptor, which it keeps until it runs its own program: closing ours would not.
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

/// The file, created if it is missing; for reading alone where writing is not allowed.
fn open(path: &Path) -> io::Result<File> {
    let writable =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    match writable.as_ref().map_err(io::Error::kind) {
        Err(io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied) => {
            File::open(path).or(writable)
        }
        _ => writable,
    }
}

/// The process id that the holder wrote, which it may be about to do.
fn holder(mut file: File) -> Option<u32> {
    for attempt in 0..5 {
        if attempt > 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Some(pid) = read_pid(&mut file) {
            return Some(pid);
        }
    }
    None
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(100).read_to_string(&mut text).ok()?;
    let (line, _) = text.split_once('\n')?;
    line.strip_prefix("pid ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_opener_is_told_who_the_first_is() {
        let directory = tempfile::tempdir().unwrap();
        let first = Lock::acquire(directory.path()).unwrap();
        let error = Lock::acquire(directory.path()).unwrap_err();
        let me = std::process::id();
        assert!(matches!(error, StoreError::Locked { pid: Some(pid), .. } if pid == me));
        assert!(error.to_string().contains("this process"), "{error}");
        drop(first);
        Lock::acquire(directory.path()).unwrap();
    }

    #[test]
    fn a_process_about_to_start_holds_nobody_up() {
        let directory = tempfile::tempdir().unwrap();
        let lock = Lock::acquire(directory.path()).unwrap();
        // What a child has between its fork and its own program: another descriptor of this file.
        let inherited = lock.file.try_clone().unwrap();
        drop(lock);
        Lock::acquire(directory.path()).unwrap();
        drop(inherited);
    }

    #[test]
    fn a_lock_file_left_behind_holds_nobody_up() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(LOCK_FILE), "pid 1\nsince 0\n").unwrap();
        Lock::acquire(directory.path()).unwrap();
    }
}
