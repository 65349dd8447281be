//! A file's format, by its ending.

use std::path::Path;

use crate::transfer::TransferError;

/// The formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Fields between delimiters.
    Delimited,
    /// A JSON object a line.
    JsonLines,
    /// Parquet.
    Parquet,
}

/// What a file is packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Nothing.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Format {
    /// The format and packing of a file.
    ///
    /// # Errors
    ///
    /// When the ending names none, or a packed Parquet file.
    pub(crate) fn of(path: &Path) -> Result<(Self, Compression), TransferError> {
        let (ending, compression) = endings(path);
        let format = match ending.as_str() {
            "csv" | "tsv" | "tab" | "psv" | "txt" | "data" | "dat" => Self::Delimited,
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "parquet" | "pq" => Self::Parquet,
            _ => return Err(TransferError::Format(path.display().to_string())),
        };
        if format == Self::Parquet && compression != Compression::None {
            let reason = "a Parquet file is compressed within; it is not packed again";
            return Err(TransferError::Compression(path.display().to_string(), reason));
        }
        Ok((format, compression))
    }

    /// The format and packing of a file to be written.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of), and when the ending promises other delimiters than commas.
    pub(crate) fn of_export(path: &Path) -> Result<(Self, Compression), TransferError> {
        match (Self::of(path), endings(path).0.as_str()) {
            (found @ Ok((Self::Delimited, _)), "csv") => found,
            (Err(TransferError::Format(_)), _) | (Ok((Self::Delimited, _)), _) => {
                Err(TransferError::ExportFormat(path.display().to_string()))
            }
            (found, _) => found,
        }
    }
}

/// The ending in lower case, without that of the packing, and the packing.
fn endings(path: &Path) -> (String, Compression) {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let (stem, compression) = match name.rsplit_once('.') {
        Some((stem, "gz")) => (stem, Compression::Gzip),
        Some((stem, "zst")) => (stem, Compression::Zstd),
        _ => (name.as_str(), Compression::None),
    };
    let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
    (ending.to_owned(), compression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell() {
        let of = |name: &str| Format::of(Path::new(name)).ok();
        assert_eq!(of("a/b.CSV"), Some((Format::Delimited, Compression::None)));
        assert_eq!(of("b.csv.gz"), Some((Format::Delimited, Compression::Gzip)));
        assert_eq!(of("b.c.jsonl.zst"), Some((Format::JsonLines, Compression::Zstd)));
        assert_eq!(of("b.parquet"), Some((Format::Parquet, Compression::None)));
        for name in ["b.parquet.gz", "b.xlsx", "b", "", ".gz", "csv"] {
            assert_eq!(of(name), None, "{name}");
        }
        let of_export = |name: &str| Format::of_export(Path::new(name)).ok();
        assert_eq!(of_export("b.csv.gz"), Some((Format::Delimited, Compression::Gzip)));
        assert_eq!(of_export("b.parquet"), Some((Format::Parquet, Compression::None)));
        for name in ["b.tsv", "b.txt.gz", "b.xlsx", "b"] {
            assert_eq!(of_export(name), None, "{name}");
        }
    }
}
