//! `distinct`: rows that repeat an earlier one, of the file or of the table, in every column kept.

use std::collections::HashSet;
use std::hash::Hasher;
use std::sync::{Mutex, PoisonError};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::commit::Change;
use crate::index::{ColumnData, Rows};
use crate::model::{Projection, RowId, Source, Type, Value};
use crate::pool::Error;
use crate::transfer::{Role, Schema, SchemaColumn};

/// Rows read from the table at a time.
const TABLE_ROWS: usize = 65_536;

/// The rows seen so far, by a 128-bit hash of their values: among ten thousand million rows two
/// different ones meet with a chance below 10⁻¹⁸.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashSet<u128>>);

impl Seen {
    /// The rows of the table, where keys do not tell repeats apart already.
    pub(super) fn of_table(change: &Change<'_>, schema: &Schema) -> Result<Self, Error> {
        let mut seen = HashSet::new();
        if schema.key().is_none() {
            let question = change.question();
            let columns: Vec<&SchemaColumn> = schema.attributes().collect();
            let shown: Vec<Projection> = columns.iter().map(|c| projection(c)).collect();
            let rows: Vec<RowId> = question.everybody().to_rows();
            for rows in rows.chunks(TABLE_ROWS) {
                for values in question.values(rows, &shown)? {
                    seen.insert(hash_values(&columns, &values));
                }
            }
        }
        Ok(Self(Mutex::new(seen)))
    }

    /// Notes a row of the table by its values.
    pub(super) fn note(&mut self, columns: &[&SchemaColumn], values: &[Value]) {
        let seen = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        seen.insert(hash_values(columns, values));
    }

    /// Lowers the flag of every row kept so far that repeats an earlier one.
    pub(super) fn leave_out_repeats(&self, rows: &Rows, schema: &Schema, keep: &mut [bool]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let filters = |id| schema.columns.iter().any(|c| c.id == id && c.role == Role::Filter);
        let columns: Vec<&ColumnData> =
            rows.columns.iter().filter(|(id, _)| !filters(*id)).map(|(_, data)| data).collect();
        for (row, keep) in keep.iter_mut().enumerate().filter(|(_, keep)| **keep) {
            let mut hasher = SipHasher13::new();
            columns.iter().for_each(|column| hash_datum(column, row, &mut hasher));
            *keep = seen.insert(hasher.finish128().as_u128());
        }
    }
}

fn projection(column: &SchemaColumn) -> Projection {
    Projection { name: column.name.clone(), source: Source::Attribute(column.id) }
}

/// As [`hash_datum`] over a row of values.
fn hash_values(columns: &[&SchemaColumn], values: &[Value]) -> u128 {
    let mut hasher = SipHasher13::new();
    for (column, value) in columns.iter().zip(values) {
        match (column.ty, value) {
            (Type::Text, Value::Text(text)) => hash_text(Some(text), &mut hasher),
            (Type::Text, _) => hash_text(None, &mut hasher),
            (Type::Set, Value::Set(elements)) => {
                hash_set(elements.iter().map(String::as_str).collect(), &mut hasher);
            }
            (ty, value) => hash_units(ty.units(value), &mut hasher),
        }
    }
    hasher.finish128().as_u128()
}

fn hash_datum(column: &ColumnData, row: usize, hasher: &mut SipHasher13) {
    let start = |ends: &[usize], at: usize| if at == 0 { 0 } else { ends[at - 1] };
    match column {
        ColumnData::Units(units) => hash_units(units[row], hasher),
        ColumnData::Text { bytes, ends, known } => {
            hash_text(known[row].then(|| &bytes[start(ends, row)..ends[row]]), hasher);
        }
        ColumnData::Set { bytes, ends, row_ends } => {
            let elements = start(row_ends, row)..row_ends[row];
            hash_set(elements.map(|at| &bytes[start(ends, at)..ends[at]]).collect(), hasher);
        }
    }
}

fn hash_units(units: Option<i64>, hasher: &mut SipHasher13) {
    hasher.write_u8(u8::from(units.is_some()));
    hasher.write_i64(units.unwrap_or(0));
}

fn hash_text(text: Option<&str>, hasher: &mut SipHasher13) {
    let text_bytes = text.unwrap_or("").as_bytes();
    hasher.write_u8(u8::from(text.is_some()));
    hasher.write_u64(text_bytes.len() as u64);
    hasher.write(text_bytes);
}

fn hash_set(mut elements: Vec<&str>, hasher: &mut SipHasher13) {
    elements.sort_unstable();
    elements.dedup();
    hasher.write_u64(elements.len() as u64);
    elements.into_iter().for_each(|element| hash_text(Some(element), hasher));
}
