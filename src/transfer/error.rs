//! Why a file could not be read or written.

use std::io;
use std::path::Path;

use super::BadRow;

/// Why a transfer failed; nothing was kept then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    /// There is no such file.
    #[error("there is no file `{0}`")]
    NotFound(String),
    /// The path names a directory, a pipe or a device; a file is read twice.
    #[error("`{0}` is not a regular file")]
    NotAFile(String),
    /// The file could not be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The rejects would take the place of the file they come from.
    #[error("`rejects` names the imported file, `{0}`; it would be lost")]
    RejectsOverSource(String),
    /// The ending names no format.
    #[error(
        "cannot tell the format of `{0}` from its ending; known are .csv, .tsv, .txt, .jsonl, \
         .ndjson and .parquet, the text ones also with .gz or .zst"
    )]
    Format(String),
    /// The ending names no format that is written.
    #[error(
        "cannot tell what to write from the ending of `{0}`; known are .csv, .jsonl, .ndjson and \
         .parquet, the text ones also with .gz"
    )]
    ExportFormat(String),
    /// The format takes no compression around it.
    #[error("`{0}`: {1}")]
    Compression(String, &'static str),
    /// Parquet was left out of this build.
    #[cfg(not(feature = "parquet"))]
    #[error("cannot open `{0}`: this build has no Parquet (its feature `parquet` is off)")]
    NoParquet(String),
    /// The delimiter cannot be one.
    #[error("`{0}` cannot be a delimiter; it is one ASCII character such as `;`, or `blanks`")]
    Delimiter(String),
    /// No encoding has the label.
    #[error(
        "there is no encoding `{0}`; known are utf-8, latin1, windows-1252, gb18030, big5, shift_jis and the others of the WHATWG standard"
    )]
    Encoding(String),
    /// The text is not of its encoding.
    #[error(
        "line {line} of `{path}` is not {encoding}; name the file's encoding, such as `encoding \
         \"latin1\"`, `\"gb18030\"` or `\"utf-16\"`"
    )]
    Malformed {
        /// The file.
        path: String,
        /// The first line at fault.
        line: u64,
        /// The encoding it was read in.
        encoding: String,
    },
    /// The file has no record, so no header.
    #[error("`{0}` is empty")]
    Empty(String),
    /// A column of the header has no name.
    #[error(
        "column {position} of `{path}` has no name in the header; read the others with `columns (…)`, or give all names with `no header columns (…)`"
    )]
    NamelessColumn {
        /// The file.
        path: String,
        /// Which, counted from 1.
        position: usize,
    },
    /// Two columns have one name.
    #[error("`{path}` has two columns `{name}`")]
    RepeatedColumn {
        /// The file.
        path: String,
        /// The name.
        name: String,
    },
    /// The statement names a column that the file lacks.
    #[error("`{path}` has no column `{name}`{}", hint(near))]
    UnknownColumn {
        /// The file.
        path: String,
        /// The name.
        name: String,
        /// The file's nearest names.
        near: Vec<String>,
    },
    /// `no header` without the columns' names.
    #[error("a file without a header needs its columns' names: `no header columns (…)`")]
    NoNames,
    /// A clause that the format knows not.
    #[error("`{clause}` has no meaning for `{path}`")]
    Clause {
        /// The file.
        path: String,
        /// The clause.
        clause: &'static str,
    },
    /// A pattern for a type that takes none, or one that jiff does not know.
    #[error("`{format}` is no pattern for column `{column}`: {reason}")]
    Pattern {
        /// The column.
        column: String,
        /// The pattern.
        format: String,
        /// Why.
        reason: String,
    },
    /// A column holds what no type can take.
    #[error(
        "column `{column}` of `{path}` holds {found}, which no type takes; leave it out with `columns (…)`"
    )]
    Unsupported {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
    },
    /// A record is too long, most likely for a quote that is not closed.
    #[error("the record at line {line} of `{path}` has no end within 64 MiB{}", if *.quoted { "; a quote is open" } else { "" })]
    LongRecord {
        /// The file.
        path: String,
        /// Where it begins.
        line: u64,
        /// Whether a quote is open at its end.
        quoted: bool,
    },
    /// The file ends within a quoted field.
    #[error("the record at line {line} of `{path}` opens a quote that is never closed")]
    OpenQuote {
        /// The file.
        path: String,
        /// Where it begins.
        line: u64,
    },
    /// A Parquet file is damaged or uses what the reader lacks.
    #[error("cannot read `{path}`: {reason}")]
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "only Parquet files are told to be damaged")
    )]
    Damaged {
        /// The file.
        path: String,
        /// What the reader said.
        reason: String,
    },
    /// A row is bad and bad rows end the import.
    #[error(transparent)]
    BadRow(#[from] Box<BadRow>),
    /// The statement was interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl TransferError {
    /// A failure to read `path`.
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path.display().to_string()),
            _ => Self::Read { path: path.display().to_string(), source },
        }
    }

    /// A failure to write `path`.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.display().to_string(), source }
    }
}

fn hint(near: &[String]) -> String {
    match near {
        [] => String::new(),
        [name] => format!("; did you mean `{name}`?"),
        names => format!("; did you mean one of `{}`?", names.join("`, `")),
    }
}
