//! The backend of pools that end with the process.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::StoreError;
use super::backend::{Backend, Batch, Op, Visit};

/// Keys and values in memory; a flush has nothing to do.
#[derive(Debug, Default)]
pub(crate) struct MemoryBackend {
    map: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryBackend {
    /// No keys.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// No code panics while it holds the lock, so a poisoned map is still whole.
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.map.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for MemoryBackend {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read().get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let map = self.read();
        let from = (Bound::Included(prefix), Bound::Unbounded);
        for (key, value) in
            map.range::<[u8], _>(from).take_while(|(key, _)| key.starts_with(prefix))
        {
            visit(key, value)?;
        }
        Ok(())
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        for op in batch.into_ops() {
            match op {
                Op::Put(key, value) => map.insert(key, value),
                Op::Delete(key) => map.remove(&key),
            };
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        Ok(self.read().iter().map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }
}
