//! One change of the store: all of it, or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::backend::Batch;
use super::handle::{Current, Store};
use super::key::{BlobKey, BlobKind, BlobRef, page_key};
use super::manifest::{Manifest, State};
use super::{StoreError, pages};

/// Bytes a batch gathers before it is applied, which bounds a commit's memory. Small in tests, so
/// that short workloads have batches to lose.
pub(super) const BATCH_BYTES: usize = if cfg!(test) { 64 << 10 } else { 4 << 20 };

/// A change under way; nothing of it is seen before [`finish`](Self::finish), and all of it goes
/// when it is dropped.
#[derive(Debug)]
pub(crate) struct Commit<'a> {
    store: &'a Store,
    base: Current,
    sequence: u64,
    puts: BTreeMap<BlobKey, BlobRef>,
    gone: BTreeSet<BlobKey>,
    batch: Batch,
    durability: Durability,
}

/// When [`Commit::finish`] returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Once the commit would survive a power cut.
    #[default]
    Flush,
    /// Once the backend has it. The side file stays behind until the next commit that is flushed,
    /// or until the store is closed: it may never tell of more than the medium holds.
    Buffered,
}

impl<'a> Commit<'a> {
    /// A change of the current manifest; the caller holds the right to write.
    pub(super) fn new(store: &'a Store) -> Self {
        let base = store.current();
        let sequence = store.garbage().next_sequence(base.manifest.sequence);
        let (puts, gone) = (BTreeMap::new(), BTreeSet::new());
        let (batch, durability) = (Batch::default(), Durability::Flush);
        Self { store, base, sequence, puts, gone, batch, durability }
    }

    /// The same commit, waiting for the disk or not.
    pub(crate) fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Puts a new version of a blob; earlier versions stay for those who read them.
    ///
    /// # Errors
    ///
    /// `TooLarge` beyond 1 GiB; `PutTwice` when this commit put it already; what the backend says,
    /// after which the store takes no writes until it is opened again.
    pub(crate) fn put(&mut self, key: BlobKey, bytes: &[u8]) -> Result<BlobRef, StoreError> {
        if self.puts.contains_key(&key) {
            return Err(StoreError::PutTwice { place: key.place() });
        }
        let blob = pages::describe(key, self.sequence, bytes)?;
        self.puts.insert(key, blob);
        self.gone.remove(&key);
        for (page, value) in pages::split(&blob, bytes).enumerate() {
            self.batch.put(&page_key(key, self.sequence, page as u32), value?);
            if self.batch.n_bytes() >= BATCH_BYTES {
                self.apply()?;
            }
        }
        Ok(blob)
    }

    /// Takes a blob out of the pool, if it is there; one that this commit put stays.
    pub(crate) fn retire(&mut self, key: BlobKey) {
        if self.base.manifest.find(key).is_some() && !self.puts.contains_key(&key) {
            self.gone.insert(key);
        }
    }

    /// Takes every blob of a kind and column out of the pool, short of those this commit put.
    pub(crate) fn retire_column(&mut self, kind: BlobKind, column: u32) {
        let base = Arc::clone(&self.base.manifest);
        let keys = base.parts(kind, column).iter().map(|blob| blob.key);
        self.gone.extend(keys.filter(|key| !self.puts.contains_key(key)));
    }

    /// Makes the change durable (or hands it to the backend, when buffered), and serves it.
    ///
    /// # Errors
    ///
    /// What the backend says; the store then goes on serving the old manifest and takes no writes,
    /// and opening it again shows the old manifest or this one, in full. `TooLarge` for a manifest
    /// beyond 64 MiB; the commit is then undone.
    pub(crate) fn finish(mut self, state: State) -> Result<Arc<Manifest>, StoreError> {
        if !self.puts.is_empty() {
            self.apply()?;
            self.flush()?;
        }
        let retired = self.retired();
        let current = self.write_manifest(state, !retired.is_empty())?;
        self.puts.clear();
        self.store.publish(current.clone());
        self.store.garbage().retire(&self.base.manifest, retired);
        self.base = current.clone();
        let store = self.store;
        drop(self);
        // Only space is at stake; a failure is the next write's.
        drop(store.forget(current.manifest.state.commit));
        Ok(current.manifest)
    }

    /// Writes the manifest into the slot that does not hold the current one, then the side file.
    fn write_manifest(&mut self, state: State, retires: bool) -> Result<Current, StoreError> {
        let store = self.store;
        let store_id = self.base.manifest.store_id;
        let manifest = Manifest { store_id, sequence: self.sequence, state, blobs: self.blobs() };
        let slot = 1 - self.base.slot;
        let mut batch = Batch::default();
        manifest.write(&*store.backend, slot, &mut batch)?;
        if retires {
            store.garbage().mark(&mut batch);
        }
        store.apply(batch)?;
        self.flush()?;
        match self.durability {
            Durability::Flush => store.write_side(&manifest)?,
            Durability::Buffered => store.buffered.store(true, Ordering::Release),
        }
        Ok(Current { manifest: Arc::new(manifest), slot })
    }

    /// Waits for the disk, unless the commit is buffered: the backend keeps batches in order, so
    /// that what a power cut leaves of them is a commit in full.
    fn flush(&self) -> Result<(), StoreError> {
        match self.durability {
            Durability::Flush => self.store.flush(),
            Durability::Buffered => Ok(()),
        }
    }

    /// Applies what was gathered; the mark goes ahead of the first blob.
    fn apply(&mut self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        self.store.garbage().mark(&mut batch);
        let gathered = std::mem::take(&mut self.batch);
        let batch = batch.into_ops().into_iter().chain(gathered.into_ops()).collect();
        self.store.apply(batch)
    }

    /// The blobs of the new manifest, ascending by name.
    fn blobs(&self) -> Vec<BlobRef> {
        let kept = self.base.manifest.blobs.iter();
        let kept = kept.filter(|blob| !self.replaces(blob.key)).map(|blob| (blob.key, *blob));
        let mut blobs: BTreeMap<BlobKey, BlobRef> = kept.collect();
        blobs.extend(&self.puts);
        blobs.into_values().collect()
    }

    /// The versions that the new manifest does not name any more.
    fn retired(&self) -> Vec<BlobRef> {
        let base = self.base.manifest.blobs.iter();
        base.filter(|blob| self.replaces(blob.key)).copied().collect()
    }

    fn replaces(&self, key: BlobKey) -> bool {
        self.puts.contains_key(&key) || self.gone.contains(&key)
    }
}

impl Drop for Commit<'_> {
    /// Lets the next commit begin, and deletes what came to nothing; what fails is swept at the
    /// next opening.
    fn drop(&mut self) {
        let abandoned: Vec<BlobRef> = std::mem::take(&mut self.puts).into_values().collect();
        // The right to write goes first: the mark may be cleared only when nobody writes.
        self.store.writing.store(false, Ordering::Release);
        if !self.store.needs_reopen() {
            self.store.garbage().abandon(abandoned);
            let collected = self.store.collect();
            drop(collected);
        }
    }
}
