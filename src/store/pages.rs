//! Blobs cut into pages and put together again.

use super::backend::{Backend, Batch};
use super::key::{BlobKey, BlobRef, page_key, version_prefix};
use super::page::{self, Header, PAYLOAD_LIMIT};
use super::{Place, StoreError};

/// The longest blob, in bytes.
pub(crate) const BLOB_LIMIT: u32 = 1 << 30;

/// The reference of a version of a blob.
///
/// # Errors
///
/// `TooLarge` beyond [`BLOB_LIMIT`].
pub(super) fn describe(key: BlobKey, version: u64, bytes: &[u8]) -> Result<BlobRef, StoreError> {
    let limit = u64::from(BLOB_LIMIT);
    match u32::try_from(bytes.len()) {
        Ok(len) if len <= BLOB_LIMIT => {
            Ok(BlobRef { key, version, len, crc: crc32fast::hash(bytes) })
        }
        _ => {
            let what = key.place().to_string();
            Err(StoreError::TooLarge { what, len: bytes.len() as u64, limit })
        }
    }
}

/// The stored pages of a blob, in order.
pub(super) fn split<'a>(
    blob: &BlobRef,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + use<'a> {
    let blob = *blob;
    (0..page::n_pages(blob.len)).map(move |page| {
        let start = page as usize * PAYLOAD_LIMIT;
        let payload = &bytes[start..bytes.len().min(start + PAYLOAD_LIMIT)];
        page::encode(&Header::new(blob.key, blob.version, page, (blob.len, blob.crc)), payload)
    })
}

/// The bytes of a blob, checked page by page and as a whole.
///
/// # Errors
///
/// `Damaged` when a page is missing, altered or another blob's; what the backend says.
pub(super) fn read(backend: &dyn Backend, blob: &BlobRef) -> Result<Vec<u8>, StoreError> {
    let mut join = Join::new(*blob);
    backend.scan(&version_prefix(blob.key, blob.version), &mut |_, value| join.push(value))?;
    join.finish()
}

/// Adds the deletion of every page of a version to a batch.
pub(super) fn delete(blob: &BlobRef, batch: &mut Batch) {
    for page in 0..page::n_pages(blob.len) {
        batch.delete(&page_key(blob.key, blob.version, page));
    }
}

/// Pages on their way to a blob, each checked against what the blob's reference says.
pub(super) struct Join {
    blob: BlobRef,
    place: Place,
    next: Header,
    bytes: Vec<u8>,
}

impl Join {
    /// No pages yet. The reference must have been checked: its length is reserved.
    pub(super) fn new(blob: BlobRef) -> Self {
        let next = Header::new(blob.key, blob.version, 0, (blob.len, blob.crc));
        let bytes = Vec::with_capacity(blob.len.min(BLOB_LIMIT) as usize);
        Self { blob, place: blob.key.place(), next, bytes }
    }

    /// The same, with errors that name `place`.
    pub(super) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// Takes the next page. Pages beyond the last are left-overs of an interrupted commit.
    pub(super) fn push(&mut self, value: &[u8]) -> Result<(), StoreError> {
        if self.next.page >= self.next.n_pages() {
            return Ok(());
        }
        let (header, payload) = page::decode(value, &self.place)?;
        if header != self.next {
            let what = format!("page {} is missing, or another one in its place", self.next.page);
            return Err(self.damaged(what));
        }
        self.bytes.extend_from_slice(payload);
        self.next = self.next.next(self.blob.key);
        Ok(())
    }

    /// The blob, once all pages are there.
    pub(super) fn finish(self) -> Result<Vec<u8>, StoreError> {
        if self.next.page < self.next.n_pages() {
            return Err(self.damaged(format!("page {} is missing", self.next.page)));
        }
        if crc32fast::hash(&self.bytes) != self.blob.crc {
            return Err(self.damaged("its checksum is wrong".to_owned()));
        }
        Ok(self.bytes)
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::damaged(self.place.clone(), what)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::{BlobKind, MemoryBackend};

    const KEY: BlobKey = BlobKey { kind: BlobKind::ColumnChunk, column: 4, part: 2 };

    fn stored(bytes: &[u8]) -> (MemoryBackend, BlobRef) {
        let blob = describe(KEY, 5, bytes).unwrap();
        let mut batch = Batch::default();
        for (page, value) in split(&blob, bytes).enumerate() {
            batch.put(&page_key(KEY, 5, page as u32), value.unwrap());
        }
        let backend = MemoryBackend::new();
        backend.apply(batch).unwrap();
        (backend, blob)
    }

    #[test]
    fn blobs_survive_at_the_page_boundaries() {
        let around = |n: usize| [n - 1, n, n + 1];
        let mut lengths = vec![0, 1, 31_999, 32_000, 32_001];
        lengths.extend(around(PAYLOAD_LIMIT));
        lengths.extend(around(3 * PAYLOAD_LIMIT));
        for len in lengths {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 31 % 251) as u8).collect();
            let (backend, blob) = stored(&bytes);
            assert_eq!(read(&backend, &blob).unwrap(), bytes, "{len} bytes");
            let mut batch = Batch::default();
            delete(&blob, &mut batch);
            backend.apply(batch).unwrap();
            assert_eq!(backend.size_on_disk().unwrap(), 0, "{len} bytes");
            assert!(read(&backend, &blob).unwrap_err().is_corruption());
        }
    }

    #[test]
    fn a_missing_or_swapped_page_is_damage() {
        let bytes = vec![1; 3 * PAYLOAD_LIMIT];
        for page in 0..3 {
            let (backend, blob) = stored(&bytes);
            let mut batch = Batch::default();
            batch.delete(&page_key(KEY, 5, page));
            backend.apply(batch).unwrap();
            let error = read(&backend, &blob).unwrap_err();
            assert!(error.to_string().contains(&format!("page {page} is missing")), "{error}");

            let (backend, blob) = stored(&bytes);
            let other = backend.get(&page_key(KEY, 5, (page + 1) % 3)).unwrap().unwrap();
            let mut batch = Batch::default();
            batch.put(&page_key(KEY, 5, page), other);
            backend.apply(batch).unwrap();
            assert!(read(&backend, &blob).unwrap_err().is_corruption());
        }
    }

    #[test]
    fn a_right_page_of_another_attempt_is_damage() {
        let (backend, blob) = stored(&vec![1; 2 * PAYLOAD_LIMIT]);
        let (other, _) = stored(&vec![2; 2 * PAYLOAD_LIMIT]);
        let mut batch = Batch::default();
        batch.put(&page_key(KEY, 5, 1), other.get(&page_key(KEY, 5, 1)).unwrap().unwrap());
        backend.apply(batch).unwrap();
        assert!(read(&backend, &blob).unwrap_err().is_corruption());
    }

    #[test]
    fn whole_pages_of_a_blob_with_another_checksum_are_damage() {
        let mut blob = describe(KEY, 5, b"text").unwrap();
        blob.crc ^= 1;
        let mut join = Join::new(blob);
        split(&blob, b"text").for_each(|page| join.push(&page.unwrap()).unwrap());
        assert!(join.finish().unwrap_err().is_corruption());
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(values: Vec<Vec<u8>>, len: u32, crc: u32) {
            let mut join = Join::new(BlobRef { key: KEY, version: 1, len: len % 100_000, crc });
            let pushed: Result<(), StoreError> = values.iter().try_for_each(|v| join.push(v));
            prop_assert!(pushed.is_err() || join.finish().is_err());
        }
    }
}
