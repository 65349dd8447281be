//! Versions of blobs that nothing needs any more, and when they may be deleted.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Weak};

use super::backend::Batch;
use super::commit::BATCH_BYTES;
use super::handle::Store;
use super::key::{BLOB_PREFIX, BlobKey, BlobRef, UNFINISHED, parse_page_key};
use super::manifest::Manifest;
use super::{StoreError, pages};

/// What is to be deleted.
///
/// While there is anything, the store holds the key [`UNFINISHED`], so that an opening after a
/// kill knows that it has to look for it.
#[derive(Debug)]
pub(super) struct Garbage {
    retired: VecDeque<Retired>,
    is_marked: bool,
    last_sequence: u64,
}

/// Versions that the manifests up to one name, and later ones do not.
#[derive(Debug)]
struct Retired {
    last: Weak<Manifest>,
    blobs: Vec<BlobRef>,
}

impl Garbage {
    /// Nothing to delete yet, in a store that does or does not hold the mark.
    pub(super) fn new(is_marked: bool) -> Self {
        Self { retired: VecDeque::new(), is_marked, last_sequence: 0 }
    }

    /// A sequence number above the manifest's and above all given out before, so that what a commit
    /// left unfinished is never overwritten.
    pub(super) fn next_sequence(&mut self, current: u64) -> u64 {
        self.last_sequence = self.last_sequence.max(current) + 1;
        self.last_sequence
    }

    /// Sets the mark in `batch`, unless the store holds it.
    pub(super) fn mark(&mut self, batch: &mut Batch) {
        if !self.is_marked {
            batch.put(UNFINISHED, Vec::new());
            self.is_marked = true;
        }
    }

    /// Versions that `last` was the last manifest to name.
    pub(super) fn retire(&mut self, last: &Arc<Manifest>, blobs: Vec<BlobRef>) {
        self.retired.push_back(Retired { last: Arc::downgrade(last), blobs });
    }

    /// Versions that a commit put which came to nothing.
    pub(super) fn abandon(&mut self, blobs: Vec<BlobRef>) {
        self.retired.push_front(Retired { last: Weak::new(), blobs });
    }

    /// Deletes what no reader can reach: versions are retired in the order of manifests, so the
    /// first manifest that lives keeps all that were retired at or after it.
    pub(super) fn collect(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        while self.retired.front().is_some_and(|retired| retired.last.strong_count() == 0) {
            for blob in self.retired.pop_front().map(|retired| retired.blobs).iter().flatten() {
                pages::delete(blob, &mut batch);
                if batch.n_bytes() >= BATCH_BYTES {
                    store.apply(std::mem::take(&mut batch))?;
                }
            }
        }
        self.settle(store, batch)
    }

    /// Looks through all keys for versions that the manifest does not name, and deletes them.
    ///
    /// Only for a store that was just opened: later ones may still have readers.
    pub(super) fn sweep(&mut self, store: &Store) -> Result<(), StoreError> {
        let manifest = store.manifest();
        let named: HashSet<(BlobKey, u64)> =
            manifest.blobs.iter().map(|blob| (blob.key, blob.version)).collect();
        let mut batch = Batch::default();
        store.backend.scan(&[BLOB_PREFIX], &mut |bytes, _| {
            let (key, version, _) = parse_page_key(bytes)?;
            if !named.contains(&(key, version)) {
                batch.delete(bytes);
            }
            Ok(())
        })?;
        self.settle(store, batch)
    }

    /// Applies the last deletions; with them goes the mark, unless something is still waiting or a
    /// commit is under way.
    fn settle(&mut self, store: &Store, mut batch: Batch) -> Result<(), StoreError> {
        let clears = self.is_marked && self.retired.is_empty() && !store.is_writing();
        if clears {
            batch.delete(UNFINISHED);
        }
        if !batch.is_empty() {
            store.apply(batch)?;
        }
        if clears {
            self.is_marked = false;
        }
        Ok(())
    }
}
