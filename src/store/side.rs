//! The side file `pool.json`: what the store must hold at least.
//!
//! It is the first file of a pool and is replaced after each manifest. So the store may be one
//! commit ahead of it (a kill between the two), and never behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, StoreId};
use super::mark::{MARK_FILE, Mark};
use super::page::{FORMAT, unknown_format};
use super::{Place, StoreError};

/// The side file's name within the pool's directory.
pub(crate) const SIDE_FILE: &str = "pool.json";
/// Its next content, until it is renamed.
pub(super) const SIDE_FILE_NEXT: &str = "pool.json.next";

/// Where the side file lies.
pub(crate) trait Beside: Send + Sync {
    /// Its content, or `None` when there is none.
    fn read(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Replaces it: afterwards it holds `bytes`, even after a power cut; before that, all of what
    /// it held.
    fn write(&self, bytes: &[u8]) -> Result<(), StoreError>;

    /// The mark beside it, where there is one that can be read.
    fn mark(&self) -> Option<Mark>;

    /// Sets the mark, without waiting for the medium. A mark that cannot be set stays as it was:
    /// it then tells of less.
    fn set_mark(&self, mark: Mark);

    /// Where errors say it lies.
    fn place(&self) -> Place;
}

/// What the side file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    /// The pool's number.
    pub(super) store_id: StoreId,
    /// The backend's name.
    pub(super) backend: String,
    /// The manifest's sequence number; 0 before there is a manifest.
    pub(super) sequence: u64,
    /// The pool's commit number.
    pub(super) commit: u64,
    /// Row slots.
    pub(super) rows: u32,
    /// Living customers.
    pub(super) customers: u32,
}

/// The file's form; field order is the order of lines.
#[derive(Serialize, Deserialize)]
struct Form {
    about: String,
    format: u32,
    #[serde(default)]
    store_id: String,
    #[serde(default)]
    backend: String,
    #[serde(default)]
    sequence: u64,
    #[serde(default)]
    commit: u64,
    #[serde(default)]
    rows: u32,
    #[serde(default)]
    customers: u32,
}

const ABOUT: &str = "a Highsea pool; the data lies in store/, do not edit or delete either";

impl Side {
    /// What is said of a manifest.
    pub(super) fn of(manifest: &Manifest, backend: &str) -> Self {
        Self {
            store_id: manifest.store_id,
            backend: backend.to_owned(),
            sequence: manifest.sequence,
            commit: manifest.state.commit,
            rows: manifest.state.n_rows,
            customers: manifest.state.n_customers,
        }
    }

    /// What is said before there is a manifest.
    pub(super) fn new(backend: &str) -> Self {
        Self::of(&Manifest::new(StoreId::draw(), 0), backend)
    }

    /// The file's text, its checksum in the last line.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let form = Form {
            about: ABOUT.to_owned(),
            format: u32::from(FORMAT),
            store_id: self.store_id.to_string(),
            backend: self.backend.clone(),
            sequence: self.sequence,
            commit: self.commit,
            rows: self.rows,
            customers: self.customers,
        };
        let mut text = serde_json::to_string_pretty(&form).unwrap_or_default();
        text.truncate(text.trim_end_matches(['\n', '}']).len());
        text.push_str(",\n");
        let end = ending(text.as_bytes());
        text.push_str(&end);
        text.into_bytes()
    }

    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// `Damaged` when its checksum is wrong; `UnknownFormat` when a newer release wrote it.
    pub(super) fn from_bytes(bytes: &[u8], place: &Place) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::damaged(place.clone(), what);
        let text = bytes.len().checked_sub(ENDING_LEN).map(|at| bytes.split_at(at));
        if text.is_none_or(|(text, end)| end != ending(text).as_bytes()) {
            return Err(damaged("its checksum is wrong"));
        }
        let form: Form = serde_json::from_slice(bytes).map_err(|_| damaged("it cannot be read"))?;
        if form.format != u32::from(FORMAT) {
            return Err(unknown_format(form.format));
        }
        Ok(Self {
            store_id: form.store_id.parse().map_err(|_| damaged("it has no store id"))?,
            backend: form.backend,
            sequence: form.sequence,
            commit: form.commit,
            rows: form.rows,
            customers: form.customers,
        })
    }
}

const ENDING_LEN: usize = "  \"crc32\": \"00000000\"\n}\n".len();

/// The last lines, with the checksum of all bytes before them, whatever the format says these are.
fn ending(text: &[u8]) -> String {
    format!("  \"crc32\": \"{:08x}\"\n}}\n", crc32fast::hash(text))
}

/// The side file in a pool's directory.
#[derive(Debug)]
pub(super) struct FileBeside {
    directory: PathBuf,
    /// The mark, once it was set.
    mark: Mutex<Option<File>>,
}

impl FileBeside {
    /// The side file of the pool in `directory`.
    pub(super) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), mark: Mutex::default() }
    }

    fn path(&self) -> PathBuf {
        self.directory.join(SIDE_FILE)
    }

    fn write_next(&self, next: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(next)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(next, self.path())?;
        sync_directory(&self.directory)
    }

    fn write_mark(&self, mark: Mark) -> io::Result<()> {
        let mut open = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            let path = self.directory.join(MARK_FILE);
            let options = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
            *open = Some(options);
        }
        let Some(file) = open.as_mut() else { return Ok(()) };
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&mark.to_bytes())
    }
}

impl Beside for FileBeside {
    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(self.path()) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &self.path(), error)),
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let next = self.directory.join(SIDE_FILE_NEXT);
        self.write_next(&next, bytes).map_err(|error| StoreError::io("write", &self.path(), error))
    }

    fn mark(&self) -> Option<Mark> {
        Mark::from_bytes(&fs::read(self.directory.join(MARK_FILE)).ok()?)
    }

    fn set_mark(&self, mark: Mark) {
        drop(self.write_mark(mark));
    }

    fn place(&self) -> Place {
        Place::File(self.path())
    }
}

/// A side file in memory, for pools that end with the process; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryBeside {
    bytes: Arc<Mutex<Option<Vec<u8>>>>,
    mark: Arc<Mutex<Option<Mark>>>,
}

impl Beside for MemoryBeside {
    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), StoreError> {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_vec());
        Ok(())
    }

    fn mark(&self) -> Option<Mark> {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_mark(&self, mark: Mark) {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark);
    }

    fn place(&self) -> Place {
        Place::Memory
    }
}

/// Makes names created in or removed from a directory survive a power cut, where directories can
/// be synced.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side() -> Side {
        Side { commit: 12, sequence: 14, rows: 1_000_000, customers: 999_000, ..Side::new("sled") }
    }

    #[test]
    fn it_survives_and_is_json() {
        let side = side();
        let bytes = side.to_bytes();
        assert_eq!(Side::from_bytes(&bytes, &Place::Memory).unwrap(), side);
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["commit"], 12);
        assert_eq!(json["backend"], "sled");
    }

    #[test]
    fn a_newer_format_is_unknown_whatever_else_it_says() {
        let mut text = "{\n  \"about\": \"x\",\n  \"format\": 7,\n  \"new\": [1],\n".to_owned();
        text.push_str(&ending(text.as_bytes()));
        let error = Side::from_bytes(text.as_bytes(), &Place::Memory).unwrap_err();
        assert!(matches!(error, StoreError::UnknownFormat { found: 7, known: 1, .. }), "{error}");
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let beside = FileBeside::new(directory.path());
        assert_eq!(beside.read().unwrap(), None);
        for content in [&b"one"[..], b"two"] {
            beside.write(content).unwrap();
            assert_eq!(beside.read().unwrap().as_deref(), Some(content));
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    proptest! {
        #[test]
        fn every_altered_byte_is_found(at: prop::sample::Index, byte: u8) {
            let mut bytes = side().to_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            prop_assert!(Side::from_bytes(&bytes, &Place::Memory).unwrap_err().is_corruption());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(Side::from_bytes(&bytes, &Place::Memory).is_err());
        }
    }
}
