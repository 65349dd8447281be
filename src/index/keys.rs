//! The keys of all customers, and the rows they name.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, OnceLock};

use super::key_table::{Duplicate, Entry, KeyTable};
use super::{Alive, IndexError, Key, KeyData, Packed, RepeatedKey, Texts};
use crate::catalog::KeyType;
use crate::model::{ChunkSize, RowId, Value};
use crate::parallel::Executor;

/// A key that is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum KeyRef<'a> {
    /// A whole number.
    Int(i64),
    /// Text.
    Text(&'a str),
}

/// Every customer's key by row, and, once asked for, every row by key.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    alive: Arc<Alive>,
    values: KeyValues,
    by_key: OnceLock<ByKey>,
}

/// Keys by row, chunk by chunk.
#[derive(Clone, Debug)]
pub(crate) enum KeyValues {
    /// The row's number from 1; rows are then never used twice.
    Numbers,
    /// Whole numbers.
    Int(Vec<Arc<IntKeys>>),
    /// Texts.
    Text(Vec<Arc<Texts>>),
}

impl KeyValues {
    /// No key yet, of a type; `None` for row numbers.
    pub(crate) fn none(ty: Option<KeyType>) -> Self {
        match ty {
            None => Self::Numbers,
            Some(KeyType::Int) => Self::Int(Vec::new()),
            Some(KeyType::Text) => Self::Text(Vec::new()),
        }
    }
}

/// The whole numbers of one chunk's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IntKeys {
    /// Ascending by one from this number.
    Run(i64),
    /// Any.
    Packed(Packed),
}

/// Rows by key.
#[derive(Clone, Debug)]
enum ByKey {
    /// Chunks that are runs: their first numbers ascending, each with its chunk.
    Runs(Vec<(i64, usize)>),
    /// Tables, the largest first; a later one knows rows that an earlier one does not, or under
    /// a key that the row no longer has.
    Tables(RandomState, Vec<Arc<KeyTable>>),
}

impl Keys {
    /// Keys by row.
    pub(crate) fn new(alive: Arc<Alive>, values: KeyValues) -> Self {
        Self { alive, values, by_key: OnceLock::new() }
    }

    /// The key of a row; a dead row's is the last it had. Rows lie below the pool's number of rows.
    pub(crate) fn key(&self, row: RowId) -> KeyRef<'_> {
        let (chunk, position) = (self.size().chunk_of(row), self.size().position_of(row));
        match &self.values {
            KeyValues::Numbers => KeyRef::Int(i64::from(row.0) + 1),
            KeyValues::Int(chunks) => KeyRef::Int(chunks[chunk].get(usize::from(position))),
            KeyValues::Text(chunks) => KeyRef::Text(chunks[chunk].get(usize::from(position))),
        }
    }

    /// The customer of a key.
    pub(crate) fn row_of(&self, key: KeyRef<'_>) -> Option<RowId> {
        let found = match (&self.values, key) {
            (KeyValues::Numbers, KeyRef::Int(number)) => {
                u32::try_from(number.checked_sub(1)?).ok().map(RowId)
            }
            (KeyValues::Int(_), KeyRef::Int(_)) | (KeyValues::Text(_), KeyRef::Text(_)) => {
                self.find(key)
            }
            _ => None,
        };
        found.filter(|row| self.alive.contains(*row))
    }

    /// The keys of some customers, in their order.
    pub(crate) fn at(&self, rows: &[RowId]) -> KeyData {
        let numbers: Option<Vec<i64>> = rows
            .iter()
            .map(|row| match self.key(*row) {
                KeyRef::Int(number) => Some(number),
                KeyRef::Text(_) => None,
            })
            .collect();
        if let Some(numbers) = numbers {
            return KeyData::Int(numbers);
        }
        let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(rows.len()));
        for row in rows {
            if let KeyRef::Text(text) = self.key(*row) {
                bytes += text;
            }
            ends.push(bytes.len());
        }
        KeyData::Text { bytes, ends }
    }

    /// Whether the keys are whole numbers.
    pub(crate) fn are_whole(&self) -> bool {
        !matches!(self.values, KeyValues::Text(_))
    }

    /// Whether the keys are the rows' numbers.
    pub(crate) fn are_numbers(&self) -> bool {
        matches!(self.values, KeyValues::Numbers)
    }

    /// The greatest whole number that any row, a dead one too, has or had as its key; 0 without.
    pub(crate) fn greatest_number(&self) -> i64 {
        let rows = |chunk| self.alive.rows_in(chunk) as usize;
        let greatest = match &self.values {
            KeyValues::Numbers => Some(i64::from(self.alive.n_rows)),
            KeyValues::Int(chunks) => {
                let keys = chunks.iter().enumerate();
                keys.filter_map(|(chunk, keys)| keys.greatest(rows(chunk))).max()
            }
            KeyValues::Text(_) => None,
        };
        greatest.unwrap_or(0)
    }

    /// The keys of one chunk.
    pub(crate) fn chunk(&self, chunk: usize) -> KeyChunk<'_> {
        let rows = self.alive.rows_in(chunk) as usize;
        match &self.values {
            KeyValues::Numbers => {
                let first = i64::from(self.size().row(chunk, 0).0) + 1;
                KeyChunk::Int((first..).take(rows).collect())
            }
            KeyValues::Int(chunks) => KeyChunk::Int(chunks[chunk].to_vec(rows)),
            KeyValues::Text(chunks) => KeyChunk::Text(&chunks[chunk]),
        }
    }

    /// The rows that are customers.
    pub(super) fn alive(&self) -> &Alive {
        &self.alive
    }

    /// The same keys among other living rows, whose keys these are as well; `None` when there are
    /// more or fewer rows than have one.
    pub(super) fn among(&self, alive: &Arc<Alive>) -> Option<Self> {
        if alive.n_rows != self.alive.n_rows && !self.are_numbers() {
            return None;
        }
        let (alive, values) = (Arc::clone(alive), self.values.clone());
        Some(self.changed(alive, values, &[], &Executor::inline()))
    }

    /// Whether these are the keys of a pool with just these living rows.
    pub(super) fn are_among(&self, alive: &Arc<Alive>) -> bool {
        Arc::ptr_eq(&self.alive, alive)
    }

    /// Keys by row, chunk by chunk.
    pub(crate) fn values(&self) -> &KeyValues {
        &self.values
    }

    /// Makes ready to find rows by key, side by side on the executor's threads.
    ///
    /// # Errors
    ///
    /// When two customers have one key.
    pub(crate) fn index(&self, executor: &Executor) -> Result<(), IndexError> {
        if self.by_key.get().is_some() {
            return Ok(());
        }
        match self.repeated(executor).into_iter().next() {
            None => Ok(()),
            Some(RepeatedKey { key, first, row }) => {
                Err(IndexError::DuplicateKey { key, first, row })
            }
        }
    }

    /// Whether rows can be found by key without further work.
    pub(super) fn is_indexed(&self) -> bool {
        self.are_numbers() || self.by_key.get().is_some()
    }

    /// Every row whose key an earlier row has, ascending.
    pub(crate) fn repeated(&self, executor: &Executor) -> Vec<RepeatedKey> {
        let (by_key, duplicates) = self.build_index(executor);
        // Another thread may have been first; both made the same.
        let _ = self.by_key.set(by_key);
        let repeated = |found: Duplicate| RepeatedKey {
            key: self.key(found.row).to_owned(),
            first: u64::from(found.first.0),
            row: u64::from(found.row.0),
        };
        duplicates.into_iter().map(repeated).collect()
    }

    /// The keys after a commit: other values and living rows, of which `changed` have a new key.
    pub(crate) fn changed(
        &self,
        alive: Arc<Alive>,
        values: KeyValues,
        changed: &[RowId],
        executor: &Executor,
    ) -> Self {
        let keys = Self::new(alive, values);
        if let Some(ByKey::Tables(state, tables)) = self.by_key.get() {
            let mut tables = tables.clone();
            let mut rows = changed.to_vec();
            // A layer takes in those not much larger: few layers, and each row moves seldom.
            while tables.last().is_some_and(|table| table.len() < rows.len() * 4 + 1024) {
                rows.extend(tables.pop().iter().flat_map(|table| table.rows()));
            }
            rows.sort_unstable();
            rows.dedup();
            if !rows.is_empty() {
                tables.push(Arc::new(keys.table_of(state, &rows, executor)));
            }
            let _ = keys.by_key.set(ByKey::Tables(state.clone(), tables));
        }
        keys
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let values = match &self.values {
            KeyValues::Numbers => 0,
            KeyValues::Int(chunks) => chunks.iter().map(|chunk| chunk.bytes()).sum(),
            KeyValues::Text(chunks) => chunks.iter().map(|chunk| chunk.bytes()).sum(),
        };
        let by_key = match self.by_key.get() {
            None => 0,
            Some(ByKey::Runs(runs)) => runs.len() * 16,
            Some(ByKey::Tables(_, tables)) => tables.iter().map(|table| table.bytes()).sum(),
        };
        values + by_key
    }

    pub(super) fn size(&self) -> ChunkSize {
        self.alive.size
    }

    fn find(&self, key: KeyRef<'_>) -> Option<RowId> {
        let by_key = self.by_key.get_or_init(|| self.build_index(&Executor::inline()).0);
        match (by_key, key) {
            (ByKey::Runs(runs), KeyRef::Int(number)) => self.find_in_runs(runs, number),
            (ByKey::Runs(_), KeyRef::Text(_)) => None,
            (ByKey::Tables(state, tables), key) => {
                let hash = hash_of(state, key);
                tables.iter().rev().find_map(|table| {
                    table.find(hash, |row| self.alive.contains(row) && self.key(row) == key)
                })
            }
        }
    }

    fn find_in_runs(&self, runs: &[(i64, usize)], number: i64) -> Option<RowId> {
        let at = runs.partition_point(|(first, _)| *first <= number).checked_sub(1)?;
        let (first, chunk) = runs[at];
        let position = number.checked_sub(first)?;
        let rows = i64::from(self.alive.rows_in(chunk));
        (position < rows).then(|| self.size().row(chunk, position as u16))
    }

    fn build_index(&self, executor: &Executor) -> (ByKey, Vec<Duplicate>) {
        if let Some(runs) = self.disjoint_runs() {
            return (ByKey::Runs(runs), Vec::new());
        }
        let state = RandomState::new();
        let lists = executor.map_heavy(self.alive.chunks.len(), |chunk| {
            let rows = self.alive.chunks[chunk].iter(self.alive.rows_in(chunk));
            rows.map(|position| self.entry(&state, self.size().row(chunk, position))).collect()
        });
        let (table, duplicates) = self.table(&lists, executor);
        (ByKey::Tables(state, vec![Arc::new(table)]), duplicates)
    }

    /// The chunks' first numbers, when every chunk is a run and no two overlap.
    fn disjoint_runs(&self) -> Option<Vec<(i64, usize)>> {
        let KeyValues::Int(chunks) = &self.values else { return None };
        let first = |(chunk, keys): (usize, &Arc<IntKeys>)| match **keys {
            IntKeys::Run(first) => Some((first, chunk)),
            IntKeys::Packed(_) => None,
        };
        let mut runs = chunks.iter().enumerate().map(first).collect::<Option<Vec<_>>>()?;
        runs.sort_unstable();
        let apart = |pair: &[(i64, usize)]| {
            pair[0]
                .0
                .checked_add(i64::from(self.alive.rows_in(pair[0].1)))
                .is_some_and(|end| end <= pair[1].0)
        };
        runs.windows(2).all(apart).then_some(runs)
    }

    fn table_of(&self, state: &RandomState, rows: &[RowId], executor: &Executor) -> KeyTable {
        let rows = rows.iter().filter(|row| self.alive.contains(**row));
        self.table(&[rows.map(|row| self.entry(state, *row)).collect()], executor).0
    }

    fn table(&self, lists: &[Vec<Entry>], executor: &Executor) -> (KeyTable, Vec<Duplicate>) {
        KeyTable::build(lists, |a, b| self.key(a) == self.key(b), executor)
    }

    fn entry(&self, state: &RandomState, row: RowId) -> Entry {
        Entry { hash: hash_of(state, self.key(row)), row }
    }
}

/// The keys of one chunk, row by row.
#[derive(Debug)]
pub(crate) enum KeyChunk<'a> {
    /// Whole numbers.
    Int(Vec<i64>),
    /// Texts.
    Text(&'a Texts),
}

impl IntKeys {
    /// The numbers of a chunk.
    pub(crate) fn from_values(values: &[i64]) -> Self {
        let first = values.first().copied().unwrap_or(1);
        let is_run = (0i64..).zip(values).all(|(n, value)| first.checked_add(n) == Some(*value));
        if is_run { Self::Run(first) } else { Self::Packed(Packed::from_values(values)) }
    }

    /// Whether there is a number for each of `rows` rows.
    pub(super) fn holds(&self, rows: usize) -> bool {
        match self {
            Self::Run(_) => true,
            Self::Packed(packed) => packed.holds(rows),
        }
    }

    pub(super) fn get(&self, position: usize) -> i64 {
        match self {
            Self::Run(first) => first.wrapping_add(position as i64),
            Self::Packed(packed) => packed.get(position),
        }
    }

    /// The greatest of the first `rows` numbers.
    fn greatest(&self, rows: usize) -> Option<i64> {
        match self {
            Self::Run(first) => Some(first.wrapping_add(rows.checked_sub(1)? as i64)),
            Self::Packed(_) => self.to_vec(rows).into_iter().max(),
        }
    }

    /// Writes the first numbers to `out`.
    pub(super) fn decode_into(&self, out: &mut [i64]) {
        match self {
            Self::Run(first) => {
                (0i64..).zip(out).for_each(|(n, out)| *out = first.wrapping_add(n));
            }
            Self::Packed(packed) => packed.decode_into(out),
        }
    }

    fn to_vec(&self, rows: usize) -> Vec<i64> {
        let mut numbers = vec![0; rows];
        self.decode_into(&mut numbers);
        numbers
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Run(_) => 0,
            Self::Packed(packed) => packed.bytes(),
        }
    }
}

impl KeyRef<'_> {
    /// The key as a value of its own.
    pub(crate) fn to_owned(self) -> Key {
        match self {
            Self::Int(number) => Key::Int(number),
            Self::Text(text) => Key::Text(text.to_owned()),
        }
    }

    /// The key as a value of the key's column.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Int(number) => Value::Int(number),
            Self::Text(text) => Value::Text(text.to_owned()),
        }
    }
}

impl Key {
    /// The key, borrowed.
    pub(crate) fn as_ref(&self) -> KeyRef<'_> {
        match self {
            Self::Int(number) => KeyRef::Int(*number),
            Self::Text(text) => KeyRef::Text(text),
        }
    }
}

/// The keyed hash that `sample` goes by: SipHash-1-3 with 128 bits of output, the first 64 of them,
/// over the key's text (a whole number's decimal digits). Part of the language: it never changes.
pub(crate) fn sample_hash(key: KeyRef<'_>, seed: u64) -> u64 {
    /// The second half of the hash's key; the first is the seed.
    const SECOND: u64 = 0x6869_6768_7365_6121;
    let mut hasher = siphasher::sip128::SipHasher13::new_with_keys(seed, SECOND);
    match key {
        KeyRef::Int(number) => hasher.write(number.to_string().as_bytes()),
        KeyRef::Text(text) => hasher.write(text.as_bytes()),
    }
    siphasher::sip128::Hasher128::finish128(&hasher).h1
}

fn hash_of(state: &RandomState, key: KeyRef<'_>) -> u32 {
    let hash = match key {
        KeyRef::Int(number) => state.hash_one(number),
        KeyRef::Text(text) => state.hash_one(text),
    };
    (hash >> 32) as u32
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
