//! Changes of rows as bytes: what the log keeps of a commit.
//!
//! Numbers are varints, units folded ones; every length is checked against the bytes that are left
//! before anything is reserved.

use super::bytes::{Reader, Why, Writer};
use super::{Changes, ColumnData, KeyData, Rows};
use crate::model::{AttributeId, RowId, TableId};

const NO_KEYS: u8 = 0;
const INT_KEYS: u8 = 1;
const TEXT_KEYS: u8 = 2;

const UNITS: u8 = 0;
const TEXTS: u8 = 1;
const SETS: u8 = 2;

/// The bytes of the rows that come and go; definitions never stand in the log.
pub(crate) fn encode_changes(changes: &Changes) -> Vec<u8> {
    let mut to = Writer::default();
    write_changes(changes, &mut to);
    if !changes.tables.is_empty() {
        to.count(changes.tables.len());
        for (id, changes) in &changes.tables {
            to.varint(u64::from(id.0));
            write_changes(changes, &mut to);
        }
    }
    to.into_bytes()
}

fn write_changes(changes: &Changes, to: &mut Writer) {
    debug_assert!(changes.dropped.is_empty() && changes.added.is_empty());
    debug_assert!(changes.created.is_empty());
    to.count(changes.deleted.len());
    let mut last = 0;
    for row in &changes.deleted {
        to.signed_varint(i64::from(row.0) - i64::from(last));
        last = row.0;
    }
    to.count(changes.upserted.len());
    changes.upserted.iter().for_each(|rows| write_rows(rows, to));
}

/// The changes of these very bytes.
///
/// # Errors
///
/// When the bytes are no changes.
pub(crate) fn decode_changes(bytes: &[u8]) -> Result<Changes, Why> {
    let mut from = Reader::new(bytes);
    let mut changes = read_changes(&mut from)?;
    // Events come last, and only where there are any.
    if !from.is_at_end() {
        for _ in 0..from.count(3)? {
            let id = u32::try_from(from.varint()?).map_err(|_| "a table does not exist")?;
            if changes.tables.insert(TableId(id), read_changes(&mut from)?).is_some() {
                return Err("a table of events changes twice");
            }
        }
        from.end()?;
    }
    Ok(changes)
}

fn read_changes(from: &mut Reader<'_>) -> Result<Changes, Why> {
    let n_deleted = from.count(1)?;
    let mut deleted = Vec::with_capacity(n_deleted);
    let mut last = 0i64;
    for _ in 0..n_deleted {
        last = last.wrapping_add(from.signed_varint()?);
        deleted.push(RowId(u32::try_from(last).map_err(|_| "a row does not exist")?));
    }
    let n_batches = from.count(3)?;
    let upserted = (0..n_batches).map(|_| read_rows(from)).collect::<Result<_, Why>>()?;
    Ok(Changes { deleted, upserted, ..Changes::default() })
}

fn write_rows(rows: &Rows, to: &mut Writer) {
    to.count(rows.len);
    match &rows.keys {
        None => to.u8(NO_KEYS),
        Some(KeyData::Int(numbers)) => {
            to.u8(INT_KEYS);
            numbers.iter().for_each(|number| to.signed_varint(*number));
        }
        Some(keys @ KeyData::Text { .. }) => {
            to.u8(TEXT_KEYS);
            (0..rows.len).for_each(|row| to.text(keys.text(row)));
        }
    }
    to.count(rows.columns.len());
    for (id, data) in &rows.columns {
        to.varint(u64::from(id.0));
        write_column(data, rows.len, to);
    }
}

fn write_column(data: &ColumnData, n_rows: usize, to: &mut Writer) {
    match data {
        ColumnData::Units(units) => {
            to.u8(UNITS);
            to.flags(units.iter().map(Option::is_some));
            units.iter().flatten().for_each(|number| to.signed_varint(*number));
        }
        ColumnData::Text { known, .. } => {
            to.u8(TEXTS);
            to.flags(known.iter().copied());
            (0..n_rows).filter_map(|row| data.text(row)).for_each(|text| to.text(text));
        }
        ColumnData::Set { .. } => {
            to.u8(SETS);
            for row in 0..n_rows {
                to.count(data.elements(row).count());
                data.elements(row).for_each(|text| to.text(text));
            }
        }
    }
}

fn read_rows(from: &mut Reader<'_>) -> Result<Rows, Why> {
    // What each row takes depends on what follows, so this is no count of bytes.
    let len = usize::try_from(from.varint()?).map_err(|_| "it has too many rows")?;
    let keys = match from.u8()? {
        NO_KEYS => None,
        INT_KEYS => {
            let numbers = (0..from.fits(len)?).map(|_| from.signed_varint());
            Some(KeyData::Int(numbers.collect::<Result<_, Why>>()?))
        }
        TEXT_KEYS => {
            let (mut bytes, mut ends) = (String::new(), Vec::new());
            for _ in 0..from.fits(len)? {
                bytes.push_str(from.text()?);
                ends.push(bytes.len());
            }
            Some(KeyData::Text { bytes, ends })
        }
        _ => return Err("it has keys of no known kind"),
    };
    let n_columns = from.count(2)?;
    let mut columns = Vec::with_capacity(n_columns);
    for _ in 0..n_columns {
        let id = u32::try_from(from.varint()?).map_err(|_| "an attribute does not exist")?;
        columns.push((AttributeId(id), read_column(len, from)?));
    }
    if keys.is_none() && columns.is_empty() && len > 0 {
        return Err("it has rows of nothing");
    }
    Ok(Rows { len, keys, columns })
}

fn read_column(len: usize, from: &mut Reader<'_>) -> Result<ColumnData, Why> {
    match from.u8()? {
        UNITS => {
            let known = from.flags(len)?;
            let unit = |known: bool| known.then(|| from.signed_varint()).transpose();
            Ok(ColumnData::Units(known.into_iter().map(unit).collect::<Result<_, Why>>()?))
        }
        TEXTS => {
            let known = from.flags(len)?;
            let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(len));
            for is_known in &known {
                if *is_known {
                    bytes.push_str(from.text()?);
                }
                ends.push(bytes.len());
            }
            Ok(ColumnData::Text { bytes, ends, known })
        }
        SETS => {
            let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
            for _ in 0..from.fits(len)? {
                for _ in 0..from.count(1)? {
                    bytes.push_str(from.text()?);
                    ends.push(bytes.len());
                }
                row_ends.push(ends.len());
            }
            Ok(ColumnData::Set { bytes, ends, row_ends })
        }
        _ => Err("it has values of no known kind"),
    }
}

#[cfg(test)]
#[path = "changes_codec_tests.rs"]
mod tests;
