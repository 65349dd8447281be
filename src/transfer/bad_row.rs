//! Rows that cannot be imported, and why.

use std::fmt;

use crate::model::Type;

/// Longest part of a bad value that a message shows, in characters.
const SHOWN: usize = 60;

/// A row that cannot be imported: where it stands and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The file, as the user named it.
    pub file: String,
    /// Where the row begins.
    pub place: Place,
    /// The column at fault, where one is.
    pub column: Option<String>,
    /// The value at fault, cut to 60 characters.
    pub value: Option<String>,
    /// What is wrong.
    pub reason: BadReason,
}

/// Where a row stands in its file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The line on which it begins.
    Line(u64),
    /// Its number, in files that have no lines.
    Row(u64),
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadReason {
    /// A value is not of its column's type.
    Value {
        /// The column's type.
        expected: Type,
        /// In what way.
        flaw: Flaw,
    },
    /// The record has too few or too many fields.
    Fields {
        /// How many the file's columns ask for.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// The key is missing or empty.
    MissingKey,
    /// The key is longer than 1,024 bytes.
    LongKey {
        /// Its length.
        bytes: usize,
    },
    /// An earlier row of the file has the key.
    DuplicateKey {
        /// Where the first such row stands.
        first: Place,
    },
    /// An event of a customer that there is not.
    UnknownCustomer,
    /// An event without its time.
    MissingTime,
    /// An event before 1900 or after 2200.
    OutsideTime,
    /// The line is not a JSON object.
    NotJson(String),
    /// The JSON object has a name twice.
    RepeatedName,
}

/// In what way a value is not of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not written as one.
    Syntax,
    /// It has more digits after the point than the type holds.
    Digits,
    /// It lies outside the type's range.
    Range,
    /// It is NaN or infinite.
    NotFinite,
    /// It is longer than 1 MiB.
    TooLong,
    /// A set's element is missing or no text.
    Element,
}

/// Cuts a value to what messages show.
pub(crate) fn shown(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

impl Place {
    /// The line or row number.
    pub fn number(self) -> u64 {
        match self {
            Self::Line(number) | Self::Row(number) => number,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of `{}`", self.place, self.file)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        f.write_str(": ")?;
        self.write_reason(f)
    }
}

impl std::error::Error for BadRow {}

impl BadRow {
    /// What is wrong, without the place: the column `reason` of a rejects file.
    pub fn reason_text(&self) -> String {
        struct Reason<'a>(&'a BadRow);
        impl fmt::Display for Reason<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if let Some(column) = &self.0.column {
                    write!(f, "column `{column}`: ")?;
                }
                self.0.write_reason(f)
            }
        }
        Reason(self).to_string()
    }

    fn write_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_deref().unwrap_or_default();
        match &self.reason {
            BadReason::Value { expected, flaw } => {
                write!(f, "expected {expected}, found `{value}`")?;
                write!(f, "{}", flaw.note())
            }
            BadReason::Fields { expected, found } => {
                write!(f, "expected {expected} fields, found {found}")
            }
            BadReason::MissingKey => f.write_str("the key is missing"),
            BadReason::LongKey { bytes } => {
                write!(f, "the key `{value}` has {bytes} bytes; a key has at most 1024")
            }
            BadReason::DuplicateKey { first } => {
                write!(f, "the key `{value}` stands on {first} already")
            }
            BadReason::UnknownCustomer => write!(f, "there is no customer `{value}`"),
            BadReason::MissingTime => f.write_str("the event's time is missing"),
            BadReason::OutsideTime => {
                f.write_str("events happen in the years 1900 to 2200, and this one does not")
            }
            BadReason::NotJson(reason) => {
                write!(f, "expected a JSON object, found `{value}` ({reason})")
            }
            BadReason::RepeatedName => write!(f, "the name occurs twice in one object"),
        }
    }
}

impl Flaw {
    fn note(self) -> &'static str {
        match self {
            Self::Syntax => "",
            Self::Digits => " (too many digits after the point)",
            Self::Range => " (out of range)",
            Self::NotFinite => " (not a finite number)",
            Self::TooLong => " (longer than 1 MiB)",
            Self::Element => " (an element is no text)",
        }
    }
}
