//! The directory of a demonstration pool that has no place of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The directory that goes when the shell ends.
static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Makes a directory that only this user can enter, and that [`remove`] takes away.
pub(crate) fn directory() -> io::Result<PathBuf> {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let name = format!("highsea-demo-{}-{nanos}", std::process::id());
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

#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
