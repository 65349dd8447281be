//! Rows on their way in, column by column.

use super::{IndexError, KeyRef};
use crate::model::{AttributeId, Type};

/// A batch of customers: keys, and the values of some attributes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// How many.
    pub(crate) len: usize,
    /// Their keys; `None` in a pool whose keys are row numbers.
    pub(crate) keys: Option<KeyData>,
    /// Values by attribute, each of `len` rows.
    pub(crate) columns: Vec<(AttributeId, ColumnData)>,
}

/// Keys of a batch.
#[derive(Clone, Debug)]
pub(crate) enum KeyData {
    /// Whole numbers.
    Int(Vec<i64>),
    /// Texts, one after the other, and where each ends.
    Text {
        /// All bytes.
        bytes: String,
        /// Where each text ends.
        ends: Vec<usize>,
    },
}

/// Values of one column of a batch.
#[derive(Clone, Debug)]
pub(crate) enum ColumnData {
    /// Units of a scalar type; `None` where missing.
    Units(Vec<Option<i64>>),
    /// Texts, one after the other, and where each ends; a missing one is empty and not known.
    Text {
        /// All bytes.
        bytes: String,
        /// Where each text ends.
        ends: Vec<usize>,
        /// Whether each has a value.
        known: Vec<bool>,
    },
    /// Sets: all elements as texts, and how many of them each row has (repeats and any order
    /// allowed).
    Set {
        /// All bytes.
        bytes: String,
        /// Where each element ends.
        ends: Vec<usize>,
        /// Where each row's elements end in `ends`.
        row_ends: Vec<usize>,
    },
}

impl Rows {
    /// Whether every part has as many rows as the batch, and every end lies where it may.
    ///
    /// # Errors
    ///
    /// `Mismatch` otherwise.
    pub(crate) fn check(&self) -> Result<(), IndexError> {
        let keys = self.keys.as_ref().is_none_or(|keys| keys.fits(self.len));
        if keys && self.columns.iter().all(|(_, data)| data.fits(self.len)) {
            Ok(())
        } else {
            Err(IndexError::Mismatch("its parts are not of one length"))
        }
    }
}

impl Rows {
    /// About how many bytes they take.
    pub(crate) fn n_bytes(&self) -> usize {
        let keys = match &self.keys {
            None => 0,
            Some(KeyData::Int(numbers)) => size_of_val(&**numbers),
            Some(KeyData::Text { bytes, ends }) => bytes.len() + size_of_val(&**ends),
        };
        let column = |(_, data): &(AttributeId, ColumnData)| match data {
            ColumnData::Units(units) => size_of_val(&**units),
            ColumnData::Text { bytes, ends, known } => {
                bytes.len() + size_of_val(&**ends) + known.len()
            }
            ColumnData::Set { bytes, ends, row_ends } => {
                bytes.len() + size_of_val(&**ends) + size_of_val(&**row_ends)
            }
        };
        keys + self.columns.iter().map(column).sum::<usize>()
    }
}

impl KeyData {
    /// The key of a row.
    pub(crate) fn key(&self, row: usize) -> KeyRef<'_> {
        match self {
            Self::Int(numbers) => KeyRef::Int(numbers[row]),
            Self::Text { .. } => KeyRef::Text(self.text(row)),
        }
    }

    /// The text of a row; empty for whole numbers.
    pub(crate) fn text(&self, row: usize) -> &str {
        match self {
            Self::Int(_) => "",
            Self::Text { bytes, ends } => piece(bytes, ends, row),
        }
    }

    fn fits(&self, n: usize) -> bool {
        match self {
            Self::Int(numbers) => numbers.len() == n,
            Self::Text { bytes, ends } => ends.len() == n && cut(bytes, ends),
        }
    }
}

impl ColumnData {
    /// The text of a row; `None` when missing or no text.
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text { bytes, ends, known } if known[row] => Some(piece(bytes, ends, row)),
            _ => None,
        }
    }

    /// The elements of a row; none when it is no set.
    pub(crate) fn elements(&self, row: usize) -> impl Iterator<Item = &str> {
        let (bytes, ends, at) = match self {
            Self::Set { bytes, ends, row_ends } => {
                let start = row.checked_sub(1).map_or(0, |before| row_ends[before]);
                (bytes.as_str(), &ends[..], start..row_ends[row])
            }
            _ => ("", &[][..], 0..0),
        };
        at.map(move |index| piece(bytes, ends, index))
    }

    /// Whether a column of a type takes these values.
    pub(super) fn is_of(&self, ty: Type) -> bool {
        match self {
            Self::Units(_) => ty.is_scalar(),
            Self::Text { .. } => ty == Type::Text,
            Self::Set { .. } => ty == Type::Set,
        }
    }

    fn fits(&self, n: usize) -> bool {
        match self {
            Self::Units(values) => values.len() == n,
            Self::Text { bytes, ends, known } => {
                ends.len() == n && known.len() == n && cut(bytes, ends)
            }
            Self::Set { bytes, ends, row_ends } => {
                row_ends.len() == n
                    && row_ends.is_sorted()
                    && row_ends.last().is_none_or(|last| *last <= ends.len())
                    && cut(bytes, ends)
            }
        }
    }
}

fn piece<'a>(bytes: &'a str, ends: &[usize], index: usize) -> &'a str {
    let start = index.checked_sub(1).map_or(0, |before| ends[before]);
    &bytes[start..ends[index]]
}

/// Whether the ends ascend within the text and lie between characters.
fn cut(bytes: &str, ends: &[usize]) -> bool {
    ends.is_sorted() && ends.iter().all(|end| bytes.is_char_boundary(*end))
}
