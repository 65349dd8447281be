//! The keys of a file: present, short enough; of customers each once, of events those of customers
//! that there are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::bad_row::shown;
use super::column::text_at;
use super::feed::{Bad, Feed, Part};
use super::{BadReason, Role, Schema};
use crate::index::{ColumnData, KeyData, KeyRef};
use crate::model::{Day, EVENT_YEARS, Type, Zone};

/// The longest key, in bytes.
const MAX_KEY: usize = 1_024;

/// Keys that room is made for beforehand: some 100 MB; more keys make their own.
const MAX_CAPACITY: u64 = 1 << 22;

/// Whether there is a customer of a key.
pub(crate) type IsCustomer<'a> = dyn Fn(KeyRef<'_>) -> bool + Sync + 'a;

/// What the keys of a file must be.
pub(super) enum KeyCheck<'a> {
    /// Each once: the rows are customers.
    Once(SeenKeys),
    /// Those of customers: the rows are events. Without a test, any will do.
    Known(Option<&'a IsCustomer<'a>>),
}

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

impl KeyCheck<'_> {
    /// Takes the part's rows with a key that is missing, too long or not what it must be out of it.
    pub(super) fn check(&mut self, part: &mut Part, schema: &Schema, feed: &dyn Feed) {
        let Some(column) = key_column(schema) else { return };
        let reasons = {
            let (_, data) = &part.rows.columns[column];
            (0..part.len()).map(|row| self.judge(data, row, part.numbers[row], feed)).collect()
        };
        reject(part, column, reasons);
    }

    /// What is wrong with a row's key, and the key as shown.
    fn judge(
        &mut self,
        data: &ColumnData,
        row: usize,
        number: u64,
        feed: &dyn Feed,
    ) -> Option<(BadReason, Option<String>)> {
        let key = match key_of(data, row, feed) {
            Ok(key) => key,
            Err(reason) => return Some(reason),
        };
        let shown = || match key {
            KeyRef::Int(number) => number.to_string(),
            KeyRef::Text(text) => shown(text),
        };
        match self {
            Self::Once(seen) => {
                let first = feed.place(seen.first(key, number)?);
                Some((BadReason::DuplicateKey { first }, Some(shown())))
            }
            Self::Known(None) => None,
            Self::Known(Some(is_customer)) if is_customer(key) => None,
            Self::Known(Some(_)) => Some((BadReason::UnknownCustomer, Some(shown()))),
        }
    }
}

/// Takes the key column's values out of a part that was checked. `None` when the schema has no key.
pub(super) fn take_keys(part: &mut Part, schema: &Schema) -> Option<KeyData> {
    let column = key_column(schema)?;
    Some(into_keys(part.rows.columns.remove(column).1))
}

fn key_column(schema: &Schema) -> Option<usize> {
    schema.columns.iter().position(|column| column.role == Role::Key)
}

/// The key of a row, or what is wrong with it.
fn key_of<'d>(
    data: &'d ColumnData,
    row: usize,
    feed: &dyn Feed,
) -> Result<KeyRef<'d>, (BadReason, Option<String>)> {
    let missing = (BadReason::MissingKey, None);
    match data {
        ColumnData::Units(units) => units[row].map(KeyRef::Int).ok_or(missing),
        ColumnData::Text { bytes, ends, .. } => {
            let key = text_at(bytes, ends, row);
            if key.is_empty() || (key.trim().is_empty() && !feed.takes_blank_keys()) {
                Err(missing)
            } else if key.len() > MAX_KEY {
                Err((BadReason::LongKey { bytes: key.len() }, Some(shown(key))))
            } else {
                Ok(KeyRef::Text(key))
            }
        }
        ColumnData::Set { .. } => Err(missing),
    }
}

impl SeenKeys {
    /// Room for the keys of so many rows, within reason: a damaged file may say anything.
    pub(super) fn with_capacity(n_rows: u64) -> Self {
        let capacity = n_rows.min(MAX_CAPACITY) as usize;
        Self { first: HashMap::with_capacity_and_hasher(capacity, BuildHasherDefault::default()) }
    }

    /// Notes a key; the line or row where it stood first, when that was before.
    fn first(&mut self, key: KeyRef<'_>, number: u64) -> Option<u64> {
        let fingerprint = match key {
            KeyRef::Int(number) => fingerprint(&number.to_le_bytes()),
            KeyRef::Text(text) => fingerprint(text.as_bytes()),
        };
        match self.first.entry(fingerprint) {
            Entry::Vacant(entry) => {
                entry.insert(number);
                None
            }
            Entry::Occupied(entry) => Some(*entry.get()),
        }
    }
}

/// Takes the part's rows without a time, or with one outside the years of events, out of it.
pub(super) fn check_times(part: &mut Part, schema: &Schema, at: &str, zone: &Zone) {
    let named = schema.columns.iter().enumerate().find(|(_, column)| column.name == at);
    let Some((place, column)) = named else { return };
    let years = event_years(column.ty, zone);
    let Some((_, ColumnData::Units(units))) = part.rows.columns.get(place) else { return };
    let judge = |unit: &Option<i64>| match unit {
        None => Some((BadReason::MissingTime, None)),
        Some(unit) if years.contains(unit) => None,
        Some(unit) => Some((BadReason::OutsideTime, Some(column.ty.value(*unit).to_string()))),
    };
    let reasons = units.iter().map(judge).collect();
    reject(part, place, reasons);
}

/// The units of the years in which events happen.
fn event_years(ty: Type, zone: &Zone) -> Range<i64> {
    let day = |year| Day::from_civil(year, 1, 1).unwrap_or(Day::MIN);
    let (from, to) = (day(*EVENT_YEARS.start()), day(EVENT_YEARS.end() + 1));
    match ty {
        Type::Date => i64::from(from.days())..i64::from(to.days()),
        _ => zone.start_of(from).micros()..zone.start_of(to).micros(),
    }
}

fn reject(part: &mut Part, column: usize, reasons: Vec<Option<(BadReason, Option<String>)>>) {
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
