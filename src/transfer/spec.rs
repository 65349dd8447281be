//! What to import, as plain data: the clauses of an `import` statement without their spans.

use std::path::PathBuf;

use super::TransferError;
use crate::model::Type;

/// A file to import and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct ImportSpec {
    /// The file; its ending tells the format, `.gz` and `.zst` aside.
    pub(crate) path: PathBuf,
    /// The column that holds the customer's key; absent means that row numbers are keys.
    pub(crate) key: Option<String>,
    /// The column of events' times, when the rows are events: their key is that of a customer, and
    /// may repeat.
    pub(crate) at: Option<String>,
    /// With a header the columns to keep (the key is read besides); without one the names of all
    /// the file's columns. Absent means every column.
    pub(crate) columns: Option<Vec<String>>,
    /// Columns that the rule after `where` reads; read, but not kept unless `columns` says so.
    pub(crate) filtered_by: Vec<String>,
    /// Whether the first record of a delimited file names its columns.
    pub(crate) header: Header,
    /// What separates the fields of a delimited file; absent means: find out.
    pub(crate) delimiter: Option<Delimiter>,
    /// A label of the WHATWG encoding standard, such as `latin1` or `gb18030`.
    pub(crate) encoding: Option<String>,
    /// Types that are not to be guessed; names that the file lacks are refused.
    pub(crate) declared: Vec<DeclaredType>,
    /// Types of the table's attributes: as `declared`, after it, and names that the file lacks are
    /// passed over.
    pub(crate) known: Vec<(String, Type)>,
    /// Texts that mean missing, in every column.
    pub(crate) nulls: Vec<String>,
    /// What a bad row does to the import.
    pub(crate) on_error: OnError,
    /// Where to write the rows left out under [`OnError::Skip`].
    pub(crate) rejects: Option<PathBuf>,
}

/// Whether a delimited file names its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// The first record does.
    Present,
    /// `no header`: `columns` does.
    Absent,
}

/// What separates the fields of a delimited file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// One ASCII character, fields quoted as in RFC 4180.
    Byte(u8),
    /// Runs of blanks and tabs; no quotes.
    Blanks,
}

/// The type of a column as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredType {
    /// The column.
    pub(crate) name: String,
    /// Its type.
    pub(crate) ty: Type,
    /// A strptime pattern for dates and timestamps.
    pub(crate) format: Option<String>,
}

/// What a bad row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnError {
    /// It ends the import.
    Stop,
    /// It is left out and reported.
    Skip,
}

impl ImportSpec {
    /// Everything found by itself.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            key: None,
            at: None,
            columns: None,
            filtered_by: Vec::new(),
            header: Header::Present,
            delimiter: None,
            encoding: None,
            declared: Vec::new(),
            known: Vec::new(),
            nulls: Vec::new(),
            on_error: OnError::Stop,
            rejects: None,
        }
    }
}

impl Delimiter {
    /// The delimiter of one ASCII character, as `delimiter ";"` gives it.
    ///
    /// # Errors
    ///
    /// When it is not one character, not ASCII, a quote, a line end, a letter or a digit.
    pub(crate) fn from_text(text: &str) -> Result<Self, TransferError> {
        match text.as_bytes() {
            [byte] if is_delimiter(*byte) => Ok(Self::Byte(*byte)),
            _ => Err(TransferError::Delimiter(text.to_owned())),
        }
    }
}

fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r')
}
