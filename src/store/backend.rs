//! What the store asks of whatever keeps its bytes.

use super::StoreError;

/// What is called with each key and value of a scan, in order; an error ends the scan.
pub(crate) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError> + 'a;

/// An ordered map of small values that survives what its kind promises.
///
/// One thread writes at a time; any number read beside it.
pub(crate) trait Backend: Send + Sync {
    /// What the side file calls it.
    fn name(&self) -> &'static str;

    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits every key that starts with `prefix`, in ascending order.
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Does all of a batch or, when the process dies under way, none of it.
    ///
    /// After an error the outcome is in doubt.
    fn apply(&self, batch: Batch) -> Result<(), StoreError>;

    /// Returns when everything applied would survive a power cut.
    fn flush(&self) -> Result<(), StoreError>;

    /// Bytes of its files, or of its values in memory.
    fn size_on_disk(&self) -> Result<u64, StoreError>;
}

/// Puts and deletes that belong together, done in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    ops: Vec<Op>,
    n_bytes: usize,
}

/// One step of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Sets the value of a key.
    Put(Vec<u8>, Vec<u8>),
    /// Removes a key, if it is there.
    Delete(Vec<u8>),
}

impl Batch {
    /// Adds a put.
    pub(crate) fn put(&mut self, key: &[u8], value: Vec<u8>) {
        self.n_bytes += key.len() + value.len();
        self.ops.push(Op::Put(key.to_vec(), value));
    }

    /// Adds a delete.
    pub(crate) fn delete(&mut self, key: &[u8]) {
        self.n_bytes += key.len();
        self.ops.push(Op::Delete(key.to_vec()));
    }

    /// The steps, taken out.
    pub(crate) fn into_ops(self) -> Vec<Op> {
        self.ops
    }

    /// Bytes of all keys and values.
    pub(crate) fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

impl FromIterator<Op> for Batch {
    fn from_iter<I: IntoIterator<Item = Op>>(ops: I) -> Self {
        let mut batch = Self::default();
        for op in ops {
            match op {
                Op::Put(key, value) => batch.put(&key, value),
                Op::Delete(key) => batch.delete(&key),
            }
        }
        batch
    }
}
