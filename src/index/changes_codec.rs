//! Changes of rows as bytes: what the log keeps of a commit.
//!
//! Numbers are varints of seven bits a byte, signed ones folded (0, −1, 1, −2 …); every length is
//! checked against the bytes that are left before anything is reserved.

use super::bytes::Why;
use super::{Changes, ColumnData, KeyData, Rows};
use crate::model::{AttributeId, RowId};

/// The bytes of the rows that come and go; definitions never stand in the log.
pub(crate) fn encode_changes(changes: &Changes) -> Vec<u8> {
    debug_assert!(changes.dropped.is_empty() && changes.added.is_empty());
    let mut out = Out(Vec::new());
    out.count(changes.deleted.len());
    let mut last = 0;
    for row in &changes.deleted {
        out.signed(i64::from(row.0) - i64::from(last));
        last = row.0;
    }
    out.count(changes.upserted.len());
    changes.upserted.iter().for_each(|rows| out.rows(rows));
    out.0
}

/// The changes of these very bytes.
///
/// # Errors
///
/// When the bytes are no changes.
pub(crate) fn decode_changes(bytes: &[u8]) -> Result<Changes, Why> {
    let mut from = From { rest: bytes };
    let n_deleted = from.count(1)?;
    let mut deleted = Vec::with_capacity(n_deleted);
    let mut last = 0i64;
    for _ in 0..n_deleted {
        last = last.wrapping_add(from.signed()?);
        deleted.push(RowId(u32::try_from(last).map_err(|_| "a row does not exist")?));
    }
    let n_batches = from.count(3)?;
    let upserted = (0..n_batches).map(|_| from.rows()).collect::<Result<_, Why>>()?;
    if !from.rest.is_empty() {
        return Err("it is longer than it should be");
    }
    Ok(Changes { deleted, upserted, ..Changes::default() })
}

const NO_KEYS: u8 = 0;
const INT_KEYS: u8 = 1;
const TEXT_KEYS: u8 = 2;

const UNITS: u8 = 0;
const TEXTS: u8 = 1;
const SETS: u8 = 2;

struct Out(Vec<u8>);

impl Out {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    fn count(&mut self, n: usize) {
        self.number(n as u64);
    }

    /// A text, by its length and its bytes.
    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn flags(&mut self, flags: impl Iterator<Item = bool>) {
        let (mut byte, mut n) = (0u8, 0);
        for flag in flags {
            byte |= u8::from(flag) << n;
            n += 1;
            if n == 8 {
                self.0.push(byte);
                (byte, n) = (0, 0);
            }
        }
        if n > 0 {
            self.0.push(byte);
        }
    }

    fn rows(&mut self, rows: &Rows) {
        self.count(rows.len);
        match &rows.keys {
            None => self.0.push(NO_KEYS),
            Some(KeyData::Int(numbers)) => {
                self.0.push(INT_KEYS);
                numbers.iter().for_each(|number| self.signed(*number));
            }
            Some(keys @ KeyData::Text { .. }) => {
                self.0.push(TEXT_KEYS);
                (0..rows.len).for_each(|row| self.text(keys.text(row)));
            }
        }
        self.count(rows.columns.len());
        for (id, data) in &rows.columns {
            self.number(u64::from(id.0));
            self.column(data, rows.len);
        }
    }

    fn column(&mut self, data: &ColumnData, n_rows: usize) {
        match data {
            ColumnData::Units(units) => {
                self.0.push(UNITS);
                self.flags(units.iter().map(Option::is_some));
                units.iter().flatten().for_each(|number| self.signed(*number));
            }
            ColumnData::Text { known, .. } => {
                self.0.push(TEXTS);
                self.flags(known.iter().copied());
                (0..n_rows).filter_map(|row| data.text(row)).for_each(|text| self.text(text));
            }
            ColumnData::Set { .. } => {
                self.0.push(SETS);
                for row in 0..n_rows {
                    self.count(data.elements(row).count());
                    data.elements(row).for_each(|text| self.text(text));
                }
            }
        }
    }
}

struct From<'a> {
    rest: &'a [u8],
}

impl<'a> From<'a> {
    fn byte(&mut self) -> Result<u8, Why> {
        let (byte, rest) = self.rest.split_first().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn number(&mut self) -> Result<u64, Why> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is too large")
    }

    fn signed(&mut self) -> Result<i64, Why> {
        let folded = self.number()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// A count of things that take at least so many bytes each.
    fn count(&mut self, bytes_each: usize) -> Result<usize, Why> {
        let count = usize::try_from(self.number()?).map_err(|_| TOO_SHORT)?;
        match count.checked_mul(bytes_each) {
            Some(bytes) if bytes <= self.rest.len() => Ok(count),
            _ => Err(TOO_SHORT),
        }
    }

    fn text(&mut self) -> Result<&'a str, Why> {
        let len = self.count(1)?;
        let (text, rest) = self.rest.split_at_checked(len).ok_or(TOO_SHORT)?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| "a text is not UTF-8")
    }

    fn flags(&mut self, n: usize) -> Result<Vec<bool>, Why> {
        let (bytes, rest) = self.rest.split_at_checked(n.div_ceil(8)).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok((0..n).map(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect())
    }

    fn rows(&mut self) -> Result<Rows, Why> {
        // A row without key and columns takes no byte; such batches are never written.
        let len = usize::try_from(self.number()?).map_err(|_| TOO_SHORT)?;
        let keys = match self.byte()? {
            NO_KEYS => None,
            INT_KEYS => Some(KeyData::Int(self.many(len, Self::signed)?)),
            TEXT_KEYS => {
                let (mut bytes, mut ends) = (String::new(), Vec::new());
                for _ in 0..self.fits(len)? {
                    bytes.push_str(self.text()?);
                    ends.push(bytes.len());
                }
                Some(KeyData::Text { bytes, ends })
            }
            _ => return Err("it has keys of no known kind"),
        };
        let n_columns = self.count(2)?;
        let mut columns = Vec::with_capacity(n_columns);
        for _ in 0..n_columns {
            let id = u32::try_from(self.number()?).map_err(|_| "an attribute does not exist")?;
            columns.push((AttributeId(id), self.column(len)?));
        }
        if keys.is_none() && columns.is_empty() && len > 0 {
            return Err("it has rows of nothing");
        }
        Ok(Rows { len, keys, columns })
    }

    fn column(&mut self, len: usize) -> Result<ColumnData, Why> {
        match self.byte()? {
            UNITS => {
                let known = self.flags(len)?;
                let unit = |known: bool| known.then(|| self.signed()).transpose();
                Ok(ColumnData::Units(known.into_iter().map(unit).collect::<Result<_, Why>>()?))
            }
            TEXTS => {
                let known = self.flags(len)?;
                let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(len));
                for is_known in &known {
                    if *is_known {
                        bytes.push_str(self.text()?);
                    }
                    ends.push(bytes.len());
                }
                Ok(ColumnData::Text { bytes, ends, known })
            }
            SETS => {
                let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
                for _ in 0..self.fits(len)? {
                    for _ in 0..self.count(1)? {
                        bytes.push_str(self.text()?);
                        ends.push(bytes.len());
                    }
                    row_ends.push(ends.len());
                }
                Ok(ColumnData::Set { bytes, ends, row_ends })
            }
            _ => Err("it has values of no known kind"),
        }
    }

    fn many<T>(
        &mut self,
        n: usize,
        one: impl Fn(&mut Self) -> Result<T, Why>,
    ) -> Result<Vec<T>, Why> {
        (0..self.fits(n)?).map(|_| one(self)).collect()
    }

    /// A count of things of a byte at least, which must be there.
    fn fits(&self, n: usize) -> Result<usize, Why> {
        if n <= self.rest.len() { Ok(n) } else { Err(TOO_SHORT) }
    }
}

const TOO_SHORT: Why = "it ends too early";

#[cfg(test)]
#[path = "changes_codec_tests.rs"]
mod tests;
