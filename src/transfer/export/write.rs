//! The front door of writing.

use std::io::Write;
use std::path::Path;

use super::{PendingFile, csv, json};
use crate::model::{Type, Value};
use crate::transfer::TransferError;
use crate::transfer::context::{Context, Progress, Stage};
use crate::transfer::source::{Compression, Format};

/// Rows that one task turns into text.
const ROWS_A_TASK: usize = 8_192;

/// A column to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportColumn {
    /// Its name in the file.
    pub(crate) name: String,
    /// The type of its values; Parquet keeps it, a calculated decimal's scale is the largest.
    pub(crate) ty: Type,
}

/// What writing a file came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExportReport {
    /// Rows written.
    pub(crate) n_rows: u64,
    /// The file's length.
    pub(crate) n_bytes: u64,
}

/// Gives the next batch of rows, one vector of equal length a column; `None` at the end.
pub(crate) type Batches<'a, E> = dyn FnMut() -> Result<Option<Vec<Vec<Value>>>, E> + 'a;

/// Writes rows to a file: CSV, JSON lines or Parquet by its ending, the text ones packed where it
/// ends in `.gz`.
///
/// The file is written beside its place, synced, and renamed into it: whole or not at all.
/// Instants are written in UTC (`…Z`), decimals with all their digits, sets as `a|b` in CSV, as
/// lists elsewhere; a file read again with the same types gives the same values.
///
/// # Errors
///
/// When the ending names no format, the file cannot be written, the statement is interrupted, or
/// `batches` fails.
pub(crate) fn export<E: From<TransferError>>(
    path: &Path,
    columns: &[ExportColumn],
    context: &Context<'_>,
    batches: &mut Batches<'_, E>,
) -> Result<ExportReport, E> {
    let mut output = Output::begin(path, columns)?;
    let mut n_rows = 0;
    while let Some(batch) = batches()? {
        context.check()?;
        output.write(&batch, context)?;
        n_rows += batch.first().map_or(0, Vec::len) as u64;
        (context.progress)(Progress { stage: Stage::Writing, done: n_rows, total: 0 });
    }
    let n_bytes = output.commit()?;
    Ok(ExportReport { n_rows, n_bytes })
}

/// A file of one of the formats.
enum Output {
    Csv(Packed),
    Json {
        file: Packed,
        /// The columns' names as JSON texts.
        names: Vec<String>,
    },
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetExport>),
}

/// A file, packed or not.
enum Packed {
    Plain(PendingFile),
    Gzip(flate2::write::GzEncoder<PendingFile>, std::path::PathBuf),
}

impl Output {
    fn begin(path: &Path, columns: &[ExportColumn]) -> Result<Self, TransferError> {
        let (format, compression) = Format::of_export(path)?;
        match format {
            Format::Delimited => Self::begin_csv(path, columns, compression),
            Format::JsonLines => {
                let name = |column: &ExportColumn| {
                    let mut name = String::new();
                    json::write_text(&column.name, &mut name);
                    name
                };
                let names = columns.iter().map(name).collect();
                Ok(Self::Json { file: Packed::begin(path, compression)?, names })
            }
            Format::Parquet => Self::begin_parquet(path, columns),
        }
    }

    fn begin_csv(
        path: &Path,
        columns: &[ExportColumn],
        compression: Compression,
    ) -> Result<Self, TransferError> {
        let mut file = Packed::begin(path, compression)?;
        let mut header = String::new();
        csv::write_header(columns, &mut header);
        file.write(&header)?;
        Ok(Self::Csv(file))
    }

    #[cfg(feature = "parquet")]
    fn begin_parquet(path: &Path, columns: &[ExportColumn]) -> Result<Self, TransferError> {
        let file = PendingFile::create(path)?;
        let name = path.display().to_string();
        let export = super::parquet::ParquetExport::begin(columns, file, name)?;
        Ok(Self::Parquet(Box::new(export)))
    }

    #[cfg(not(feature = "parquet"))]
    fn begin_parquet(path: &Path, _columns: &[ExportColumn]) -> Result<Self, TransferError> {
        Err(TransferError::NoParquet(path.display().to_string()))
    }

    fn write(&mut self, batch: &[Vec<Value>], context: &Context<'_>) -> Result<(), TransferError> {
        let (file, names) = match self {
            #[cfg(feature = "parquet")]
            Self::Parquet(export) => return export.write(batch),
            Self::Csv(file) => (file, None),
            Self::Json { file, names } => (file, Some(&*names)),
        };
        let n_rows = batch.first().map_or(0, Vec::len);
        let texts = context.executor.map_heavy(n_rows.div_ceil(ROWS_A_TASK), |task| {
            let rows = task * ROWS_A_TASK..((task + 1) * ROWS_A_TASK).min(n_rows);
            let mut text = String::new();
            rows.for_each(|row| match names {
                None => csv::write_row(batch, row, &mut text),
                Some(names) => json::write_row(names, batch, row, &mut text),
            });
            text
        });
        texts.iter().try_for_each(|text| file.write(text))
    }

    fn commit(self) -> Result<u64, TransferError> {
        match self {
            Self::Csv(file) | Self::Json { file, .. } => file.commit(),
            #[cfg(feature = "parquet")]
            Self::Parquet(export) => export.finish()?.commit(),
        }
    }
}

impl Packed {
    fn begin(path: &Path, compression: Compression) -> Result<Self, TransferError> {
        match compression {
            Compression::None => Ok(Self::Plain(PendingFile::create(path)?)),
            Compression::Gzip => {
                let file = PendingFile::create(path)?;
                let level = flate2::Compression::default();
                Ok(Self::Gzip(flate2::write::GzEncoder::new(file, level), path.to_owned()))
            }
            Compression::Zstd => {
                let reason = "an export is packed with .gz or not at all";
                Err(TransferError::Compression(path.display().to_string(), reason))
            }
        }
    }

    fn write(&mut self, text: &str) -> Result<(), TransferError> {
        match self {
            Self::Plain(file) => {
                file.write_all(text.as_bytes()).map_err(|error| file.failed(error))
            }
            Self::Gzip(encoder, path) => encoder
                .write_all(text.as_bytes())
                .map_err(|error| TransferError::write(path, error)),
        }
    }

    fn commit(self) -> Result<u64, TransferError> {
        match self {
            Self::Plain(file) => file.commit(),
            Self::Gzip(encoder, path) => {
                encoder.finish().map_err(|error| TransferError::write(&path, error))?.commit()
            }
        }
    }
}
