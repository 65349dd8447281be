//! The keys of a file: present, short enough, each once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::bad_row::shown;
use super::column::text_at;
use super::feed::{Bad, Feed, Part};
use super::{BadReason, Role, Schema};
use crate::index::{ColumnData, KeyData};

/// The longest key, in bytes.
const MAX_KEY: usize = 1_024;

/// Keys that room is made for beforehand: some 100 MB; more keys make their own.
const MAX_CAPACITY: u64 = 1 << 22;

/// The keys seen so far, as 128-bit fingerprints, and the line or row where each stood first.
///
/// Two keys of one fingerprint are taken as one: among ten million keys the odds of that are below
/// one in 10²⁴.
#[derive(Default)]
pub(super) struct SeenKeys {
    first: HashMap<Fingerprint, u64, BuildHasherDefault<Prehashed>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Fingerprint(u64, u64);

impl SeenKeys {
    /// Room for the keys of so many rows, within reason: a damaged file may say anything.
    pub(super) fn with_capacity(n_rows: u64) -> Self {
        let capacity = n_rows.min(MAX_CAPACITY) as usize;
        Self { first: HashMap::with_capacity_and_hasher(capacity, BuildHasherDefault::default()) }
    }

    /// Takes the part's rows with a key that is missing, too long or seen before out of it, and
    /// gives the key column's values as keys. `None` when the schema has no key.
    pub(super) fn check(
        &mut self,
        part: &mut Part,
        schema: &Schema,
        feed: &dyn Feed,
    ) -> Option<KeyData> {
        let column = schema.columns.iter().position(|column| column.role == Role::Key)?;
        let reasons = {
            let (_, data) = &part.rows.columns[column];
            (0..part.len()).map(|row| self.judge(data, row, part.numbers[row], feed)).collect()
        };
        self.reject(part, column, reasons);
        Some(into_keys(part.rows.columns.remove(column).1))
    }

    /// What is wrong with a row's key, and the key as shown.
    fn judge(
        &mut self,
        data: &ColumnData,
        row: usize,
        number: u64,
        feed: &dyn Feed,
    ) -> Option<(BadReason, Option<String>)> {
        let (fingerprint, text) = match data {
            ColumnData::Units(units) => match units[row] {
                Some(key) => (fingerprint(&key.to_le_bytes()), None),
                None => return Some((BadReason::MissingKey, None)),
            },
            ColumnData::Text { bytes, ends, .. } => {
                let key = text_at(bytes, ends, row);
                if key.is_empty() || (key.trim().is_empty() && !feed.takes_blank_keys()) {
                    return Some((BadReason::MissingKey, None));
                }
                if key.len() > MAX_KEY {
                    return Some((BadReason::LongKey { bytes: key.len() }, Some(shown(key))));
                }
                (fingerprint(key.as_bytes()), Some(key))
            }
            ColumnData::Set { .. } => return Some((BadReason::MissingKey, None)),
        };
        match self.first.entry(fingerprint) {
            Entry::Vacant(entry) => {
                entry.insert(number);
                None
            }
            Entry::Occupied(entry) => {
                let first = feed.place(*entry.get());
                let key = text.map_or_else(|| int_text(data, row), shown);
                Some((BadReason::DuplicateKey { first }, Some(key)))
            }
        }
    }

    fn reject(
        &self,
        part: &mut Part,
        column: usize,
        reasons: Vec<Option<(BadReason, Option<String>)>>,
    ) {
        let keep: Vec<bool> = reasons.iter().map(Option::is_none).collect();
        for (row, reason) in reasons.into_iter().enumerate() {
            if let Some((reason, value)) = reason {
                let (number, origin) = (part.numbers[row], part.origins[row]);
                part.bad.push(Bad { number, origin, column: Some(column), value, reason });
            }
        }
        part.retain(&keep);
        part.bad.sort_by_key(|bad| bad.number);
    }
}

fn int_text(data: &ColumnData, row: usize) -> String {
    match data {
        ColumnData::Units(units) => units[row].unwrap_or_default().to_string(),
        ColumnData::Text { .. } | ColumnData::Set { .. } => String::new(),
    }
}

fn into_keys(data: ColumnData) -> KeyData {
    match data {
        ColumnData::Units(units) => KeyData::Int(units.into_iter().flatten().collect()),
        ColumnData::Text { bytes, ends, .. } => KeyData::Text { bytes, ends },
        ColumnData::Set { .. } => KeyData::Int(Vec::new()),
    }
}

fn fingerprint(bytes: &[u8]) -> Fingerprint {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    let hash = hasher.finish128();
    Fingerprint(hash.h1, hash.h2)
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct Prehashed(u64);

impl std::hash::Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
