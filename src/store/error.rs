//! Why the store refused, by what the caller can do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::kind::BackendKind;

/// Why a pool could not be opened, read or written.
///
/// Every message says what is wrong and where; [`is_corruption`](Self::is_corruption) and
/// [`needs_reopen`](Self::needs_reopen) say what kind of help is needed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another opener has the pool.
    #[error("the pool `{}` is in use{}; close it there first", path.display(), Holder(*pid))]
    Locked {
        /// The pool's directory, or the backend's file that is held.
        path: PathBuf,
        /// The process that holds it, where that can be known.
        pid: Option<u32>,
    },
    /// There is no pool at the path, and none was to be created.
    #[error("there is no pool at `{}`", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The path is something else, and will not be turned into a pool.
    #[error("`{}` is not a pool: {reason}", path.display())]
    NotAPool {
        /// The path.
        path: PathBuf,
        /// What is there instead.
        reason: String,
    },
    /// A pool was to be copied to a place where there is something.
    #[error(
        "something lies at `{}` already; a pool is copied to a new or an empty directory",
        path.display()
    )]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// The pool was written by a newer release.
    #[error(
        "{what} has format {found}, this release knows format {known}; \
         open the pool with the release that wrote it, or a newer one"
    )]
    UnknownFormat {
        /// What has the format.
        what: String,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The pool was made, or is to be made, with a backend that is not in this build.
    #[error("the pool `{}` needs the backend `{backend}`, {}", path.display(), Lacking(backend))]
    OtherBackend {
        /// The pool's directory.
        path: PathBuf,
        /// The backend's name.
        backend: String,
    },
    /// Something stored is not what was written.
    #[error("the pool is damaged: {place}: {what}; restore it from a backup")]
    Damaged {
        /// Which file or value.
        place: Place,
        /// What is wrong with it.
        what: String,
    },
    /// The store holds nothing although commits were acknowledged.
    #[error(
        "the pool is damaged: {place} is empty, yet commit {commit} with {rows} rows was \
         acknowledged; restore it from a backup"
    )]
    Emptied {
        /// The store.
        place: Place,
        /// The last commit acknowledged.
        commit: u64,
        /// Row slots it had.
        rows: u32,
    },
    /// The store is older than what was acknowledged.
    #[error(
        "the pool is damaged: {place} is at commit {found}, yet commit {expected} was \
         acknowledged; restore it from a backup"
    )]
    LostCommits {
        /// The store.
        place: Place,
        /// The commit the store is at.
        found: u64,
        /// The last commit acknowledged.
        expected: u64,
    },
    /// The system refused to read or write.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// There is no space left.
    #[error("the disk is full: cannot {action} `{}`; free some space and open the pool again", path.display())]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A record of the log that was acknowledged is missing or damaged.
    #[error(
        "the pool is damaged: commit {commit} of the log cannot be read ({what}), though it was \
         acknowledged; it can be trusted up to commit {trusted}: `--repair` keeps that, or \
         restore it from a backup"
    )]
    LogDamaged {
        /// The first commit that cannot be replayed.
        commit: u64,
        /// What is wrong with its record.
        what: String,
        /// The last commit before it.
        trusted: u64,
    },
    /// The medium or the permissions do not allow writing, which sled needs even to read.
    #[error(
        "cannot {action} `{}`: it may not be written; open the pool for reading if its backend is \
         redb, or copy it to a place that can be written: sled writes files of its own even then",
        path.display()
    )]
    ReadOnlyMedium {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The store was opened for reading.
    #[error("the pool is open for reading only")]
    ReadOnly,
    /// Another commit is under way.
    #[error("another commit is under way; the pool has one writer at a time")]
    Busy,
    /// A write failed before, so that its outcome is in doubt.
    #[error(
        "an earlier write failed, so the pool refuses further ones; \
         it still answers, and opening it again shows what was kept"
    )]
    NeedsReopen,
    /// What is in memory is not as it must be, so that nothing of it may be stored.
    #[error(
        "inner fault: {what}; it is not written over what is stored, and the pool refuses writes: \
         it still answers, and opening it again shows what was stored"
    )]
    Unsound {
        /// What is wrong, and where.
        what: String,
    },
    /// A commit put the same blob twice, which would overwrite what it wrote first.
    #[error("{place} was put twice in one commit")]
    PutTwice {
        /// The blob.
        place: Place,
    },
    /// A value is larger than the store takes.
    #[error("{what} has {len} bytes, the store takes at most {limit}")]
    TooLarge {
        /// Which value.
        what: String,
        /// Its length in bytes.
        len: u64,
        /// The longest length taken.
        limit: u64,
    },
    /// The backend failed in a way of its own.
    #[error("the backend `{backend}` failed: {what}")]
    Backend {
        /// Its name.
        backend: &'static str,
        /// What it said.
        what: String,
    },
}

impl StoreError {
    /// Whether something stored was lost or altered: a matter for a backup, not for a retry.
    pub fn is_corruption(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::Emptied { .. }
                | Self::LostCommits { .. }
                | Self::LogDamaged { .. }
        )
    }

    /// Whether the pool must be opened again before it takes writes.
    pub fn needs_reopen(&self) -> bool {
        matches!(
            self,
            Self::NeedsReopen
                | Self::Unsound { .. }
                | Self::DiskFull { .. }
                | Self::Io { .. }
                | Self::Backend { .. }
        )
    }

    /// Damage at a place.
    pub(crate) fn damaged(place: Place, what: impl Into<String>) -> Self {
        Self::Damaged { place, what: what.into() }
    }

    /// An error of the system, told apart by what the user can do.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { action, path, source }
            }
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnlyMedium { action, path, source }
            }
            _ => Self::Io { action, path, source },
        }
    }
}

/// Which file or stored value an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A file or directory of the pool.
    File(PathBuf),
    /// The store as a whole, when it lies in memory.
    Memory,
    /// A slot of the manifest.
    Manifest {
        /// 0 or 1.
        slot: u8,
    },
    /// A record of the log.
    Log {
        /// The commit.
        commit: u64,
    },
    /// A stored part of a column.
    Blob {
        /// What it holds, such as `column chunk`.
        kind: &'static str,
        /// The column's number.
        column: u32,
        /// The chunk, or the part of a dictionary.
        part: u32,
    },
    /// A value whose key says nothing sensible.
    Key(Vec<u8>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Memory => f.write_str("the store in memory"),
            Self::Manifest { slot } => write!(f, "manifest slot {slot}"),
            Self::Log { commit } => write!(f, "commit {commit} of the log"),
            Self::Blob { kind, column, part } => {
                write!(f, "{kind} of column {column}, part {part}")
            }
            Self::Key(key) => write!(f, "key {}", key.escape_ascii()),
        }
    }
}

/// Names the holder of a lock within a message.
struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) if pid == std::process::id() => {
                write!(f, " by this process (pid {pid})")
            }
            Some(pid) => write!(f, " by process {pid}"),
            None => f.write_str(" by another process"),
        }
    }
}

/// Says within a message why a backend is not there.
struct Lacking<'a>(&'a str);

impl fmt::Display for Lacking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match BackendKind::from_name(self.0) {
            Some(_) => {
                write!(f, "which is not in this build; build highsea with the feature `{}`", self.0)
            }
            None => f.write_str("which this release does not know"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_is_wrong_and_what_to_do() {
        let locked = StoreError::Locked { path: "p".into(), pid: Some(7) };
        assert_eq!(locked.to_string(), "the pool `p` is in use by process 7; close it there first");
        let damaged = StoreError::damaged(
            Place::Blob { kind: "column chunk", column: 3, part: 12 },
            "the checksum is wrong",
        );
        assert_eq!(
            damaged.to_string(),
            "the pool is damaged: column chunk of column 3, part 12: the checksum is wrong; \
             restore it from a backup"
        );
        assert!(damaged.is_corruption() && !damaged.needs_reopen());
    }

    #[test]
    fn system_errors_are_told_apart() {
        let of = |kind: io::ErrorKind| StoreError::io("write", Path::new("x"), kind.into());
        assert!(matches!(of(io::ErrorKind::StorageFull), StoreError::DiskFull { .. }));
        assert!(matches!(of(io::ErrorKind::ReadOnlyFilesystem), StoreError::ReadOnlyMedium { .. }));
        assert!(matches!(of(io::ErrorKind::TimedOut), StoreError::Io { .. }));
        assert!(StoreError::NeedsReopen.needs_reopen());
    }
}
