//! What makes up a pool at one commit, and the two slots that hold it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::backend::{Backend, Batch};
use super::codec;
use super::key::{BlobKey, BlobKind, BlobRef, manifest_key, manifest_prefix};
use super::page;
use super::pages::{self, Join};
use super::{Place, StoreError};

/// A pool's number, drawn when it is created, that tells its files from another pool's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StoreId(pub(crate) u128);

/// Which versions of which blobs make up the pool; never changes once written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The pool's number.
    pub(crate) store_id: StoreId,
    /// Grows with every commit of the store; also the version of the blobs that it wrote.
    pub(crate) sequence: u64,
    /// What the layers above say of the pool.
    pub(crate) state: State,
    /// Every blob, ascending by name.
    pub(crate) blobs: Vec<BlobRef>,
}

/// What the layers above keep beside their blobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The pool's commit number; never smaller than before.
    pub(crate) commit: u64,
    /// Row slots, dead ones among them.
    pub(crate) n_rows: u32,
    /// Living customers.
    pub(crate) n_customers: u32,
    /// The base-2 logarithm of a chunk's rows.
    pub(crate) chunk_bits: u8,
    /// The catalog's stored form, by [`encode`](super::encode); empty before there is one.
    pub(crate) catalog: Vec<u8>,
    /// What `set` changed.
    pub(crate) settings: Settings,
}

/// Settings that stay with the pool. Instants are microseconds since 1970 in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The name of the time zone; empty for the default.
    pub(crate) zone: String,
    /// The fixed `now`, if one was set.
    pub(crate) now: Option<i64>,
    /// When the last commit was made.
    pub(crate) committed_at: Option<i64>,
}

impl Manifest {
    /// The manifest of a pool without customers.
    pub(super) fn new(store_id: StoreId, sequence: u64) -> Self {
        Self { store_id, sequence, state: State::default(), blobs: Vec::new() }
    }

    /// The current version of a blob.
    pub(crate) fn find(&self, key: BlobKey) -> Option<&BlobRef> {
        let at = self.blobs.binary_search_by_key(&key, |blob| blob.key).ok()?;
        self.blobs.get(at)
    }

    /// The blobs of one kind, ascending by column and part.
    pub(crate) fn of_kind(&self, kind: BlobKind) -> &[BlobRef] {
        let from = self.blobs.partition_point(|blob| blob.key.kind < kind);
        let to = self.blobs.partition_point(|blob| blob.key.kind <= kind);
        &self.blobs[from..to]
    }

    /// The blobs of one kind and column, ascending by part.
    pub(crate) fn parts(&self, kind: BlobKind, column: u32) -> &[BlobRef] {
        let of = |blob: &BlobRef| (blob.key.kind, blob.key.column);
        let from = self.blobs.partition_point(|blob| of(blob) < (kind, column));
        let to = self.blobs.partition_point(|blob| of(blob) <= (kind, column));
        &self.blobs[from..to]
    }

    /// Bytes of all blobs.
    #[cfg(test)]
    pub(crate) fn n_bytes(&self) -> u64 {
        self.blobs.iter().map(|blob| u64::from(blob.len)).sum()
    }

    /// Adds to `batch` what makes a slot hold this manifest and nothing else.
    ///
    /// # Errors
    ///
    /// `TooLarge` when it is longer than a record may be; what the backend says.
    pub(super) fn write(
        &self,
        backend: &dyn Backend,
        slot: u8,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let bytes = codec::encode(self).map_err(|error| too_large(&error.to_string(), self))?;
        backend.scan(&manifest_prefix(slot), &mut |key, _| {
            batch.delete(key);
            Ok(())
        })?;
        let blob = pages::describe(slot_key(slot), self.sequence, &bytes)?;
        for (page, value) in pages::split(&blob, &bytes).enumerate() {
            batch.put(&manifest_key(slot, page as u32), value?);
        }
        Ok(())
    }

    /// The manifest of a slot, or `None` when the slot was never written.
    ///
    /// # Errors
    ///
    /// `Damaged` when the slot holds anything but one whole manifest; `UnknownFormat`.
    pub(super) fn read(backend: &dyn Backend, slot: u8) -> Result<Option<Self>, StoreError> {
        let place = Place::Manifest { slot };
        let mut join: Option<Join> = None;
        backend.scan(&manifest_prefix(slot), &mut |_, value| {
            if join.is_none() {
                let blob = page::blob_of(slot_key(slot), value, &place)?;
                join = Some(Join::new(blob).at(place.clone()));
            }
            join.as_mut().map_or(Ok(()), |join| join.push(value))
        })?;
        let Some(join) = join else { return Ok(None) };
        let manifest: Self = codec::decode(&join.finish()?)
            .map_err(|error| StoreError::damaged(place.clone(), error.to_string()))?;
        if !manifest.blobs.is_sorted_by(|a, b| a.key < b.key) {
            return Err(StoreError::damaged(place, "its blobs are out of order"));
        }
        Ok(Some(manifest))
    }
}

impl State {
    /// Whether nothing was ever committed.
    #[cfg(test)]
    pub(crate) fn is_new(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            commit: 0,
            n_rows: 0,
            n_customers: 0,
            chunk_bits: 16,
            catalog: Vec::new(),
            settings: Settings::default(),
        }
    }
}

impl StoreId {
    /// A number that no other pool has, short of a chance of one in 2¹²⁰.
    pub(super) fn draw() -> Self {
        use std::collections::hash_map::RandomState;
        use std::hash::BuildHasher;
        let half = || u128::from(RandomState::new().hash_one(std::time::SystemTime::now()));
        Self(half() << 64 | half())
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for StoreId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

fn slot_key(slot: u8) -> BlobKey {
    BlobKey::new(BlobKind::Manifest, u32::from(slot), 0)
}

fn too_large(reason: &str, manifest: &Manifest) -> StoreError {
    let what = format!("the manifest of {} blobs ({reason})", manifest.blobs.len());
    let len = (manifest.blobs.len() * size_of::<BlobRef>()) as u64;
    StoreError::TooLarge { what, len, limit: codec::RECORD_LIMIT as u64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::MemoryBackend;

    fn manifest(n_blobs: u32) -> Manifest {
        let blob = |part| BlobRef {
            key: BlobKey::new(BlobKind::ColumnChunk, part / 100, part % 100),
            version: 3,
            len: part,
            crc: 1,
        };
        Manifest { blobs: (0..n_blobs).map(blob).collect(), ..Manifest::new(StoreId::draw(), 3) }
    }

    fn write(backend: &MemoryBackend, manifest: &Manifest) {
        let mut batch = Batch::default();
        manifest.write(backend, 0, &mut batch).unwrap();
        backend.apply(batch).unwrap();
    }

    #[test]
    fn a_slot_holds_exactly_what_was_written_last() {
        let backend = MemoryBackend::new();
        assert_eq!(Manifest::read(&backend, 0).unwrap(), None);
        for n_blobs in [0, 5_000, 1] {
            let manifest = manifest(n_blobs);
            write(&backend, &manifest);
            assert_eq!(Manifest::read(&backend, 0).unwrap(), Some(manifest));
            assert_eq!(Manifest::read(&backend, 1).unwrap(), None);
        }
    }

    #[test]
    fn blobs_are_found_by_name() {
        let manifest = manifest(250);
        let key = BlobKey::new(BlobKind::ColumnChunk, 1, 7);
        assert_eq!(manifest.find(key).map(|blob| blob.len), Some(107));
        assert_eq!(manifest.parts(BlobKind::ColumnChunk, 2).len(), 50);
        assert!(manifest.parts(BlobKind::Dictionary, 2).is_empty());
        assert_eq!(manifest.find(BlobKey { part: 700, ..key }), None);
    }

    #[test]
    fn ids_survive_as_text() {
        let id = StoreId::draw();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_ne!(StoreId::draw(), id);
    }

    proptest! {
        #[test]
        fn arbitrary_records_never_panic(bytes: Vec<u8>) {
            let _ = codec::decode::<Manifest>(&bytes);
        }

        #[test]
        fn an_altered_record_is_no_other_manifest(at: prop::sample::Index, byte: u8) {
            let manifest = manifest(3);
            let mut bytes = codec::encode(&manifest).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(found) = codec::decode::<Manifest>(&bytes) {
                prop_assert_eq!(codec::encode(&found).unwrap(), bytes);
            }
        }
    }
}
