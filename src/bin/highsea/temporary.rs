//! The directory of a demonstration pool that has no place of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The directory that goes when the shell ends.
static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// What the directories' names begin with.
const PREFIX: &str = "highsea-demo-";

/// Makes a directory that only this user can enter, and that [`remove`] takes away.
pub(crate) fn directory() -> io::Result<PathBuf> {
    remove_abandoned();
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let name = format!("{PREFIX}{}-{nanos}", std::process::id());
    let path = std::env::temp_dir().join(name);
    create(&path)?;
    *DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.clone());
    Ok(path)
}

/// Removes the directory, if one was made.
pub(crate) fn remove() {
    if let Some(path) = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // It lies where the system clears up by itself: a failure harms nobody.
        let _ = fs::remove_dir_all(path);
    }
}

/// Removes what shells left that were killed or whose terminal went away: their locks are free.
fn remove_abandoned() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for path in ours.map(|entry| entry.path()) {
        if is_abandoned(&path) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Whether the pool in the directory is open nowhere; one without a lock is just being made.
fn is_abandoned(path: &Path) -> bool {
    fs::File::open(path.join("LOCK")).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
