//! Opening sled's files, whatever state they are in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::store::disk::guard::{guarded, is_damage};
use crate::store::kind::BackendKind;
use crate::store::{Place, StoreError};

/// How long a lock that sled's own threads of an earlier opening may still hold is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(3);
/// Of one opening of 400 MB, sled itself takes about a second; ours keeps decoded chunks instead.
const CACHE_BYTES: u64 = 32 << 20;
const SEGMENT_BYTES: usize = 4 << 20;
/// Openings tried again when sled says that a disk is full which is not.
const RETRIES: u32 = 5;
const RETRY_WAIT: Duration = Duration::from_millis(100);

/// What stopped an attempt.
enum Failure {
    /// Someone, perhaps an earlier opening that is being closed, holds the file.
    Held,
    /// Anything else.
    Other(StoreError),
}

/// Opens, or creates, sled's files in `directory`.
///
/// When a snapshot file lies there and sled does not open, the snapshot is put aside: sled derives
/// it from its log, and does without it.
pub(super) fn open(directory: &Path) -> Result<sled::Db, StoreError> {
    let mut error = match open_patiently(directory) {
        Ok(db) => return Ok(db),
        Err(error) => error,
    };
    // An opening that failed for want of space, in this process and a moment ago, may still be
    // ending when there is space again, and fail this one with its own error.
    for _ in 0..RETRIES {
        if !matches!(error, StoreError::DiskFull { .. }) || no_space(directory).is_some() {
            break;
        }
        std::thread::sleep(RETRY_WAIT);
        error = match open_patiently(directory) {
            Ok(db) => return Ok(db),
            Err(error) => error,
        };
    }
    if let Some(full) = no_space(directory).filter(|_| error.is_corruption()) {
        // What an earlier opening could not write whole looks like damage until there is space.
        return Err(full);
    }
    let tries_without = error.is_corruption() && put_snapshots_aside(directory);
    if tries_without { open_patiently(directory).map_err(|_| error) } else { Err(error) }
}

fn open_patiently(directory: &Path) -> Result<sled::Db, StoreError> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match attempt(directory) {
            Ok(db) => return Ok(db),
            Err(Failure::Other(error)) => return Err(error),
            Err(Failure::Held) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(Failure::Held) => {
                return Err(StoreError::Locked {
                    path: BackendKind::Sled.file(directory),
                    pid: None,
                });
            }
        }
    }
}

fn attempt(directory: &Path) -> Result<sled::Db, Failure> {
    let config = sled::Config::new()
        .path(directory)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(Some(500))
        .mode(sled::Mode::HighThroughput);
    let damaged = |what: String| {
        let what = format!("sled cannot open it: {what}");
        Failure::Other(StoreError::damaged(Place::File(directory.to_owned()), what))
    };
    match guarded(|| config.open()) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(error))) if is_held(&error) => Err(Failure::Held),
        Ok(Err(sled::Error::Io(error))) if !is_damage(&error) => {
            Err(Failure::Other(StoreError::io("open", &BackendKind::Sled.file(directory), error)))
        }
        // The configuration is the same in every release, so sled's other objections are damage.
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(panic) => Err(damaged(panic)),
    }
}

/// The error of a medium that has no room for what sled writes on opening.
fn no_space(directory: &Path) -> Option<StoreError> {
    let probe = directory.join("space-probe");
    let written = fs::write(&probe, vec![1; SEGMENT_BYTES]);
    drop(fs::remove_file(&probe));
    let error = written.err()?;
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    is_full.then(|| StoreError::io("open", &directory.join("db"), error))
}

/// Whether the error is that of a file lock; sled gives it no kind of its own.
fn is_held(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.to_string().contains("could not acquire lock")
}

/// Renames sled's snapshot files so that it does not see them; whether there were any.
fn put_snapshots_aside(directory: &Path) -> bool {
    let is_snapshot = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.starts_with("snap."))
    };
    let Ok(entries) = fs::read_dir(directory) else { return false };
    let snapshots = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_snapshot);
    let mut any = false;
    for path in snapshots.collect::<Vec<_>>() {
        any |= fs::rename(&path, directory.join("unreadable-snapshot")).is_ok();
    }
    any
}
