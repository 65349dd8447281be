//! Names of stored values, and the bytes the backend orders them by.

use serde::{Deserialize, Serialize};

use super::{Place, StoreError};

/// The first byte of every blob's key.
pub(super) const BLOB_PREFIX: u8 = b'b';
/// The first byte of the manifest's keys.
const MANIFEST_PREFIX: u8 = b'm';
/// The first byte of the keys of the log.
pub(super) const LOG_PREFIX: u8 = b'l';
/// The key that stands while a commit, or a deletion of old versions, is unfinished.
pub(super) const UNFINISHED: &[u8] = b"u";
/// Bytes of a page's key: prefix, kind, column, part, version, page.
const PAGE_KEY_LEN: usize = 1 + 1 + 4 + 4 + 8 + 4;
/// Bytes of the key of a record's page: prefix, commit, page.
const LOG_KEY_LEN: usize = 1 + 8 + 4;

/// What a blob holds. Numbers are stored: they are never changed and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum BlobKind {
    /// The values of one attribute in one chunk; `part` is the chunk.
    ColumnChunk = 1,
    /// The texts behind an attribute's codes; `part` numbers its pieces.
    Dictionary = 2,
    /// Customer keys; `part` numbers their pieces.
    Keys = 3,
    /// Which rows of a chunk are alive; `part` is the chunk.
    Alive = 4,
    /// What the catalog adds to itself beyond the manifest.
    Catalog = 5,
    /// Statistics of an attribute.
    Statistics = 6,
    /// What commits changed of groups; `column` is the day of the last of them, counted from year 1,
    /// and `part` numbers its pieces.
    Group = 7,
    /// Events of one table in one chunk.
    Events = 8,
    /// A record of the log; only its pages carry this kind.
    Log = 254,
    /// The manifest itself; only its pages carry this kind.
    Manifest = 255,
}

/// The name of a blob within its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BlobKey {
    /// What it holds.
    pub(crate) kind: BlobKind,
    /// The attribute's number, or 0 where there is no attribute.
    pub(crate) column: u32,
    /// The chunk, or the number of a piece.
    pub(crate) part: u32,
}

/// A stored version of a blob, with what is needed to check it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct BlobRef {
    /// Its name.
    pub(crate) key: BlobKey,
    /// The commit's sequence number that wrote it; never written twice.
    pub(crate) version: u64,
    /// Its length in bytes.
    pub(crate) len: u32,
    /// The CRC32 of its bytes.
    pub(crate) crc: u32,
}

impl BlobKind {
    const ALL: [Self; 10] = [
        Self::ColumnChunk,
        Self::Dictionary,
        Self::Keys,
        Self::Alive,
        Self::Catalog,
        Self::Statistics,
        Self::Group,
        Self::Events,
        Self::Log,
        Self::Manifest,
    ];

    /// The kind of a stored number.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The stored number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The kind in words, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ColumnChunk => "column chunk",
            Self::Dictionary => "dictionary",
            Self::Keys => "customer keys",
            Self::Alive => "living rows",
            Self::Catalog => "catalog",
            Self::Statistics => "statistics",
            Self::Group => "changes of groups",
            Self::Events => "events",
            Self::Log => "log",
            Self::Manifest => "manifest",
        }
    }
}

impl BlobKey {
    /// A blob's name.
    pub(crate) fn new(kind: BlobKind, column: u32, part: u32) -> Self {
        Self { kind, column, part }
    }

    /// Where errors say it lies.
    pub(crate) fn place(self) -> Place {
        Place::Blob { kind: self.kind.name(), column: self.column, part: self.part }
    }
}

/// Stored as numbers, so that an unknown kind is an error of decoding.
impl Serialize for BlobKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.kind.code(), self.column, self.part).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BlobKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (code, column, part) = <(u8, u32, u32)>::deserialize(deserializer)?;
        let kind = BlobKind::from_code(code)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown kind of blob {code}")))?;
        Ok(Self { kind, column, part })
    }
}

/// The backend's key of one page of a version of a blob; all pages of it follow each other.
pub(super) fn page_key(key: BlobKey, version: u64, page: u32) -> [u8; PAGE_KEY_LEN] {
    let mut bytes = [0; PAGE_KEY_LEN];
    bytes[0] = BLOB_PREFIX;
    bytes[1] = key.kind.code();
    bytes[2..6].copy_from_slice(&key.column.to_be_bytes());
    bytes[6..10].copy_from_slice(&key.part.to_be_bytes());
    bytes[10..18].copy_from_slice(&version.to_be_bytes());
    bytes[18..22].copy_from_slice(&page.to_be_bytes());
    bytes
}

/// What the pages of a version have in common.
pub(super) fn version_prefix(key: BlobKey, version: u64) -> [u8; PAGE_KEY_LEN - 4] {
    let mut prefix = [0; PAGE_KEY_LEN - 4];
    prefix.copy_from_slice(&page_key(key, version, 0)[..PAGE_KEY_LEN - 4]);
    prefix
}

/// The blob and version that a page's key names.
///
/// # Errors
///
/// When the bytes are no page's key.
pub(super) fn parse_page_key(bytes: &[u8]) -> Result<(BlobKey, u64, u32), StoreError> {
    let read = || {
        let bytes: &[u8; PAGE_KEY_LEN] = bytes.try_into().ok()?;
        let four = |at: usize| Some(u32::from_be_bytes(bytes[at..at + 4].try_into().ok()?));
        let kind = BlobKind::from_code(bytes[1])?;
        let version = u64::from_be_bytes(bytes[10..18].try_into().ok()?);
        let key = BlobKey::new(kind, four(2)?, four(6)?);
        (bytes[0] == BLOB_PREFIX).then_some((key, version, four(18)?))
    };
    read().ok_or_else(|| {
        StoreError::damaged(Place::Key(bytes.to_vec()), "no page of a blob has such a key")
    })
}

/// The backend's key of one page of a manifest slot.
pub(super) fn manifest_key(slot: u8, page: u32) -> [u8; 6] {
    let page = page.to_be_bytes();
    [MANIFEST_PREFIX, slot, page[0], page[1], page[2], page[3]]
}

/// The backend's key of one page of the log's record of a commit; records follow each other.
pub(super) fn log_key(commit: u64, page: u32) -> [u8; LOG_KEY_LEN] {
    let mut bytes = [LOG_PREFIX; LOG_KEY_LEN];
    bytes[1..9].copy_from_slice(&commit.to_be_bytes());
    bytes[9..].copy_from_slice(&page.to_be_bytes());
    bytes
}

/// The commit and the page that a key of the log names.
///
/// # Errors
///
/// When the bytes are no such key.
pub(super) fn parse_log_key(bytes: &[u8]) -> Result<(u64, u32), StoreError> {
    let read = || {
        let bytes: &[u8; LOG_KEY_LEN] = bytes.try_into().ok()?;
        let commit = u64::from_be_bytes(bytes[1..9].try_into().ok()?);
        let page = u32::from_be_bytes(bytes[9..].try_into().ok()?);
        (bytes[0] == LOG_PREFIX).then_some((commit, page))
    };
    read().ok_or_else(|| {
        StoreError::damaged(Place::Key(bytes.to_vec()), "no record of the log has such a key")
    })
}

/// What the pages of a manifest slot have in common.
pub(super) fn manifest_prefix(slot: u8) -> [u8; 2] {
    [MANIFEST_PREFIX, slot]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_keys_order_by_blob_version_and_page() {
        let key = |part| BlobKey::new(BlobKind::ColumnChunk, 7, part);
        let sorted = [
            page_key(key(0), 1, 0),
            page_key(key(0), 1, 255),
            page_key(key(0), 1, 256),
            page_key(key(0), 2, 0),
            page_key(key(1), 1, 0),
            page_key(BlobKey::new(BlobKind::Dictionary, 0, 0), 0, 0),
        ];
        assert!(sorted.is_sorted());
        let (found, version, page) = parse_page_key(&sorted[2]).unwrap();
        assert_eq!((found, version, page), (key(0), 1, 256));
        assert!(sorted[2].starts_with(&version_prefix(key(0), 1)));
    }

    #[test]
    fn keys_of_the_log_order_by_commit_and_page() {
        let sorted = [log_key(1, 0), log_key(1, 256), log_key(2, 0), log_key(256, 0)];
        assert!(sorted.is_sorted());
        assert_eq!(parse_log_key(&sorted[1]).unwrap(), (1, 256));
        for bytes in [&b"l"[..], b"", &[b'b'; 13], &[b'l'; 14]] {
            assert!(parse_log_key(bytes).unwrap_err().is_corruption());
        }
    }

    #[test]
    fn foreign_keys_are_damage() {
        for bytes in [&b""[..], b"b", b"m\0\0\0\0\0", &[b'b'; 21], &[b'b', 77, 0, 0]] {
            assert!(parse_page_key(bytes).unwrap_err().is_corruption());
        }
    }
}
