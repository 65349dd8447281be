//! What a store should hold, kept beside it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::store::{
    BlobKey, BlobKind, Commit, Manifest, Settings, State, Store, StoreError, encode,
};

/// Blobs by name and the state, as they should be.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) blobs: BTreeMap<BlobKey, Vec<u8>>,
    pub(super) state: State,
}

impl Model {
    /// The pool of the standard workload after `n` commits; computed once, since tests ask often.
    pub(super) fn after(n: u64) -> Self {
        static KNOWN: Mutex<Vec<Model>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        while known.len() as u64 <= n {
            let mut model = known.last().cloned().unwrap_or_default();
            if !known.is_empty() {
                model.step(known.len() as u64);
            }
            known.push(model);
        }
        known[n as usize].clone()
    }

    /// The change that commit `n` of the workload makes: two blobs replaced, one of several pages;
    /// one added; from the third on, one gone.
    fn step(&mut self, n: u64) {
        self.blobs.insert(key(1, 0), bytes(n, 100));
        self.blobs.insert(key(2, 0), bytes(n + 1_000, 70_000 + n as usize));
        self.blobs.insert(key(3, n as u32), bytes(n + 2_000, 40_000));
        self.blobs.remove(&key(3, n.saturating_sub(2) as u32));
        self.state = state(n);
    }

    /// Makes the change of commit `n` in a store.
    pub(super) fn commit(store: &Store, n: u64) -> Result<(), StoreError> {
        let after = Self::after(n);
        let mut commit = store.begin()?;
        for key in [key(1, 0), key(2, 0), key(3, n as u32)] {
            commit.put(key, &after.blobs[&key])?;
        }
        commit.retire(key(3, n.saturating_sub(2) as u32));
        finish(commit, after.state)
    }

    /// What a store holds, every blob read.
    pub(super) fn of(store: &Store) -> Result<Self, StoreError> {
        Self::of_manifest(store, &store.manifest())
    }

    /// What one manifest of a store names, every blob read.
    pub(super) fn of_manifest(store: &Store, manifest: &Manifest) -> Result<Self, StoreError> {
        let read = |blob| Ok((BlobKey::clone(&blob), store.read(manifest.find(blob).unwrap())?));
        let blobs = manifest.blobs.iter().map(|blob| read(blob.key)).collect::<Result<_, _>>()?;
        Ok(Self { blobs, state: manifest.state.clone() })
    }
}

/// Short, for the messages of failing tests.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs = self.blobs.iter().map(|(key, bytes)| (key.column, key.part, bytes.len()));
        write!(f, "commit {}, blobs {:?}", self.state.commit, blobs.collect::<Vec<_>>())
    }
}

pub(super) fn finish(commit: Commit<'_>, state: State) -> Result<(), StoreError> {
    commit.finish(state).map(drop)
}

pub(super) fn key(column: u32, part: u32) -> BlobKey {
    BlobKey::new(BlobKind::ColumnChunk, column, part)
}

/// Bytes that no other seed gives.
pub(super) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x as u8
    };
    (0..len).map(|_| next()).collect()
}

fn state(n: u64) -> State {
    State {
        commit: n,
        n_rows: n as u32 * 10,
        n_customers: n as u32 * 9,
        chunk_bits: 6,
        catalog: encode(&("attributes".to_owned(), n)).unwrap(),
        settings: Settings { zone: "Asia/Shanghai".to_owned(), now: None, committed_at: Some(7) },
    }
}
