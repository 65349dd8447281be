//! Every stored part read and held against its checksums.

use std::ops::ControlFlow;

use super::StoreError;
use super::handle::Store;
use super::key::BlobKey;
use super::manifest::Manifest;

/// What reading every blob of a manifest came to.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    /// Blobs read, damaged ones among them.
    pub(crate) n_blobs: u64,
    /// Their bytes, by what the manifest says.
    pub(crate) n_bytes: u64,
    /// The blobs that cannot be read, in the manifest's order.
    pub(crate) problems: Vec<(BlobKey, StoreError)>,
}

impl Store {
    /// Reads every blob that a manifest names, those after a damaged one too.
    ///
    /// `go_on` is told the bytes read so far after each, and may break off.
    pub(crate) fn visit(
        &self,
        manifest: &Manifest,
        mut go_on: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Visited {
        let mut visited = Visited::default();
        for blob in &manifest.blobs {
            if let Err(error) = self.read(blob) {
                visited.problems.push((blob.key, error));
            }
            visited.n_blobs += 1;
            visited.n_bytes += u64::from(blob.len);
            if go_on(visited.n_bytes).is_break() {
                break;
            }
        }
        visited
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::key::page_key;
    use crate::store::{Access, Backend, Batch, BlobKind, MemoryBackend, MemoryBeside, State};

    /// A store of five blobs of one column, and its backend.
    fn filled() -> (Store, Arc<MemoryBackend>, Arc<Manifest>) {
        let backend = Arc::new(MemoryBackend::new());
        let shared = Arc::clone(&backend) as Arc<dyn Backend>;
        let beside = Box::new(MemoryBeside::default());
        let store = Store::with_backend(shared, beside, Access::ReadWrite).unwrap();
        let mut commit = store.begin().unwrap();
        for part in 0..5 {
            let bytes = vec![part as u8; 40_000];
            commit.put(BlobKey::new(BlobKind::ColumnChunk, 1, part), &bytes).unwrap();
        }
        let manifest = commit.finish(State { commit: 1, ..State::default() }).unwrap();
        (store, backend, manifest)
    }

    fn damage(backend: &MemoryBackend, manifest: &Manifest, part: u32) {
        let key = BlobKey::new(BlobKind::ColumnChunk, 1, part);
        let page = page_key(key, manifest.find(key).unwrap().version, 1);
        let mut value = backend.get(&page).unwrap().unwrap();
        *value.last_mut().unwrap() ^= 1;
        let mut batch = Batch::default();
        batch.put(&page, value);
        backend.apply(batch).unwrap();
    }

    #[test]
    fn every_damaged_blob_is_found_and_none_hides_another() {
        let (store, backend, manifest) = filled();
        let visited = store.visit(&manifest, |_| ControlFlow::Continue(()));
        assert_eq!((visited.n_blobs, visited.n_bytes), (5, 200_000));
        assert!(visited.problems.is_empty());
        damage(&backend, &manifest, 1);
        damage(&backend, &manifest, 4);
        let visited = store.visit(&manifest, |_| ControlFlow::Continue(()));
        assert_eq!(visited.n_blobs, 5);
        let parts: Vec<u32> = visited.problems.iter().map(|(key, _)| key.part).collect();
        assert_eq!(parts, [1, 4]);
        assert!(visited.problems.iter().all(|(_, error)| error.is_corruption()));
    }

    #[test]
    fn reading_may_be_broken_off() {
        let (store, _, manifest) = filled();
        let enough = |n_bytes| {
            if n_bytes < 80_000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        assert_eq!(store.visit(&manifest, enough).n_blobs, 2);
    }
}
