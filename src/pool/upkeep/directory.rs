//! A directory that takes its name only when it is complete, and what may stand in its place.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::UpkeepError;

/// Temporary names tried before giving up.
const ATTEMPTS: u32 = 100;

/// A directory under a temporary name beside its own; dropped before [`commit`](Self::commit) it
/// goes, with all it holds.
#[derive(Debug)]
pub(super) struct PendingDirectory {
    /// As the user named it, for messages.
    named: PathBuf,
    /// Where it is to stand, links resolved.
    place: PathBuf,
    temporary: PathBuf,
}

impl PendingDirectory {
    /// Begins a directory to be named `path`, which must be absent or empty, and not within `pool`.
    ///
    /// # Errors
    ///
    /// `NotEmpty`, `NotADirectory`, `InsidePool`, `NoParent`, and `Unwritable` when the directory
    /// above takes no new one.
    pub(super) fn create(path: &Path, pool: Option<&Path>) -> Result<Self, UpkeepError> {
        let place = check_place(path, pool)?;
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| UpkeepError::NotEmpty { path: path.to_owned() })?;
        for attempt in 0..ATTEMPTS {
            let temporary =
                place.with_file_name(format!(".{name}.{}-{attempt}.part", std::process::id()));
            match fs::create_dir(&temporary) {
                Ok(()) => return Ok(Self { named: path.to_owned(), place, temporary }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(UpkeepError::unwritable(path, error)),
            }
        }
        Err(UpkeepError::unwritable(path, io::ErrorKind::AlreadyExists.into()))
    }

    /// Where a file of the directory is written.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.temporary.join(name)
    }

    /// Writes a file of the directory, durably.
    ///
    /// # Errors
    ///
    /// `Unwritable`.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), UpkeepError> {
        let write = || {
            let mut file = File::create_new(self.file(name))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error| self.failed(error))
    }

    /// Puts the complete directory in its place, durably.
    ///
    /// # Errors
    ///
    /// `NotEmpty` when something came to stand there meanwhile; `Unwritable`.
    pub(super) fn commit(self) -> Result<(), UpkeepError> {
        check_free(&self.named)?;
        self.put().map_err(|error| self.failed(error))
    }

    fn put(&self) -> io::Result<()> {
        sync(&self.temporary)?;
        if self.place.exists() {
            fs::remove_dir(&self.place)?;
        }
        fs::rename(&self.temporary, &self.place)?;
        self.place.parent().map_or(Ok(()), sync)
    }

    fn failed(&self, error: io::Error) -> UpkeepError {
        UpkeepError::unwritable(&self.named, error)
    }
}

impl Drop for PendingDirectory {
    fn drop(&mut self) {
        // After a rename nothing stands under the temporary name, and this does nothing.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

/// Refuses a place for a new directory that is taken, or within `pool`; where it lies.
///
/// # Errors
///
/// As [`PendingDirectory::create`].
pub(super) fn check_place(path: &Path, pool: Option<&Path>) -> Result<PathBuf, UpkeepError> {
    let place = resolved(path)?;
    if pool.is_some_and(|pool| place.starts_with(pool)) {
        return Err(UpkeepError::InsidePool { path: path.to_owned() });
    }
    check_free(path)?;
    Ok(place)
}

/// Where `path` lies, links resolved: all of it, or the directory above when there is nothing yet.
fn resolved(path: &Path) -> Result<PathBuf, UpkeepError> {
    if let Ok(place) = fs::canonicalize(path) {
        return Ok(place);
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let above = fs::canonicalize(parent).ok().filter(|above| above.is_dir());
    let (path, parent) = (path.to_owned(), parent.to_owned());
    match (above, path.file_name()) {
        (Some(above), Some(name)) => Ok(above.join(name)),
        (Some(_), None) => Err(UpkeepError::NotADirectory { path }),
        (None, _) => Err(UpkeepError::NoParent { path, parent }),
    }
}

/// Refuses a path at which anything but an empty directory stands.
fn check_free(path: &Path) -> Result<(), UpkeepError> {
    let owned = || path.to_owned();
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(UpkeepError::unwritable(path, error)),
        Ok(found) if !found.is_dir() => return Err(UpkeepError::NotADirectory { path: owned() }),
        Ok(_) => {}
    }
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(UpkeepError::NotEmpty { path: owned() }),
        Err(error) => Err(UpkeepError::unwritable(path, error)),
    }
}

/// Waits until a directory's entries are on the disk, where the system lets directories be opened.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory).map_or(Ok(()), |directory| directory.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names = fs::read_dir(folder).unwrap().map(name);
        let mut names: Vec<String> = names.map(|n| n.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_directory_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let dropped = PendingDirectory::create(&path, None).unwrap();
        dropped.write("a", "text").unwrap();
        assert_eq!(names(folder.path()).len(), 1);
        drop(dropped);
        assert!(names(folder.path()).is_empty());
        for _ in 0..2 {
            // Once where nothing is, once where an empty directory is.
            let kept = PendingDirectory::create(&path, None).unwrap();
            kept.write("a", "text").unwrap();
            kept.commit().unwrap();
            assert_eq!(names(folder.path()), ["kept"]);
            assert_eq!(fs::read_to_string(path.join("a")).unwrap(), "text");
            fs::remove_file(path.join("a")).unwrap();
        }
    }

    #[test]
    fn what_stands_in_the_place_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let code = |path: PathBuf, pool: Option<&Path>| {
            PendingDirectory::create(&path, pool).unwrap_err().code()
        };
        fs::write(at("file"), "").unwrap();
        assert_eq!(code(folder.path().to_owned(), None), "not-empty");
        assert_eq!(code(at("file"), None), "not-a-directory");
        assert_eq!(code(at("file/below"), None), "no-directory");
        assert_eq!(code(at("none/below"), None), "no-directory");
        assert_eq!(code("".into(), None), "not-a-directory");
        let pool = fs::canonicalize(folder.path()).unwrap();
        assert_eq!(code(at("kept"), Some(&pool)), "inside-pool");
        assert_eq!(code(folder.path().to_owned(), Some(&pool)), "inside-pool");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_directory_that_was_filled_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let late = PendingDirectory::create(&path, None).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("first"), "").unwrap();
        assert_eq!(late.commit().unwrap_err().code(), "not-empty");
        assert_eq!(names(folder.path()), ["kept"]);
        assert_eq!(names(&path), ["first"]);
    }
}
