//! The second pass over a Parquet file: its columns decoded side by side.

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, ArrayRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::convert::{Converted, Converter};
use super::inspect::{guarded, load};
use crate::model::Zone;
use crate::transfer::context::{Context, Progress, Stage};
use crate::transfer::feed::{Bad, Feed, Original, Part};
use crate::transfer::source::open_plain;
use crate::transfer::{BadReason, ImportSpec, Place, Schema, TransferError};

/// Rows decoded at a time: a chunk's.
const BATCH: usize = 65_536;

/// Readers of one file at once; each holds a file descriptor and a page of each of its columns.
const MAX_LANES: usize = 32;

/// Reads a Parquet file batch by batch.
struct ParquetFeed<'a> {
    spec: &'a ImportSpec,
    schema: &'a Schema,
    lanes: Vec<Mutex<Lane<'a>>>,
    done: u64,
    total: u64,
}

/// A reader of some of the columns.
struct Lane<'a> {
    spec: &'a ImportSpec,
    reader: ParquetRecordBatchReader,
    /// The schema's columns that it reads, in the order in which it gives them.
    columns: Vec<(usize, Converter<'a>)>,
}

/// One column of a batch: the schema's column, as the file has it, and converted.
type Decoded = (usize, ArrayRef, Converted);

/// Opens a file.
pub(crate) fn open<'a>(
    spec: &'a ImportSpec,
    schema: &'a Schema,
    context: &Context<'a>,
) -> Result<Box<dyn Feed + 'a>, TransferError> {
    let (file, _) = open_plain(&spec.path)?;
    let metadata = load(spec, &file)?;
    let n_lanes = schema.columns.len().clamp(1, MAX_LANES);
    let lane = |at| {
        let columns = (at..schema.columns.len()).step_by(n_lanes).collect();
        Lane::open(spec, schema, &metadata, columns, context.zone).map(Mutex::new)
    };
    let lanes = (0..n_lanes).map(lane).collect::<Result<Vec<_>, _>>()?;
    let total = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
    Ok(Box::new(ParquetFeed { spec, schema, lanes, done: 0, total }))
}

impl<'a> Lane<'a> {
    fn open(
        spec: &'a ImportSpec,
        schema: &'a Schema,
        metadata: &ArrowReaderMetadata,
        mut columns: Vec<usize>,
        zone: &'a Zone,
    ) -> Result<Self, TransferError> {
        // A lane has a file of its own: clones of one share their position.
        let file =
            File::open(&spec.path).map_err(|error| TransferError::read(&spec.path, error))?;
        columns.sort_by_key(|at| schema.columns[*at].position);
        let roots = columns.iter().map(|at| schema.columns[*at].position);
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
        let reader = guarded(spec, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
                .with_projection(mask)
                .with_batch_size(BATCH)
                .build()
        })?;
        let converter =
            |at: usize| Ok((at, Converter::try_new(&schema.columns[at], zone, &spec.nulls)?));
        let columns = columns.into_iter().map(converter).collect::<Result<_, TransferError>>()?;
        Ok(Self { spec, reader, columns })
    }

    /// The next batch; `None` at the file's end.
    fn next(&mut self) -> Result<Option<Vec<Decoded>>, TransferError> {
        let Self { spec, reader, columns } = self;
        guarded(spec, || {
            let Some(batch) = reader.next().transpose().map_err(decode_error)? else {
                return Ok(None);
            };
            let decode = |((at, converter), array): (&(usize, Converter<'_>), &ArrayRef)| {
                let converted = converter.convert(array).map_err(decode_error)?;
                Ok((*at, ArrayRef::clone(array), converted))
            };
            let decoded = columns.iter().zip(batch.columns()).map(decode);
            decoded.collect::<Result<_, ParquetError>>().map(Some)
        })
    }
}

fn decode_error(error: ArrowError) -> ParquetError {
    match error {
        ArrowError::ParquetError(reason) => ParquetError::General(reason),
        other => ParquetError::General(other.to_string()),
    }
}

impl ParquetFeed<'_> {
    fn part(&self, mut decoded: Vec<Decoded>) -> Result<Part, TransferError> {
        decoded.sort_by_key(|(at, ..)| *at);
        let len = decoded.first().map_or(0, |(_, array, _)| array.len());
        if decoded.len() != self.schema.columns.len()
            || decoded.iter().any(|(_, array, _)| array.len() != len)
        {
            let path = self.spec.path.display().to_string();
            let reason = "its columns differ in length".to_owned();
            return Err(TransferError::Damaged { path, reason });
        }
        let number = |row: usize| self.done + row as u64 + 1;
        let mut part = Part::default();
        let mut arrays = Vec::new();
        let mut keep = vec![true; len];
        for (at, array, Converted { data, bad }) in decoded {
            part.rows.columns.push((self.schema.columns[at].id, data));
            arrays.push(array);
            for value in bad {
                // The first column at fault speaks for the row.
                if std::mem::replace(&mut keep[value.row], false) {
                    let expected = self.schema.columns[at].ty;
                    part.bad.push(Bad {
                        number: number(value.row),
                        origin: value.row,
                        column: Some(at),
                        value: Some(value.shown),
                        reason: BadReason::Value { expected, flaw: value.flaw },
                    });
                }
            }
        }
        part.rows.len = len;
        (0..len).for_each(|row| part.push_row(number(row), row));
        part.retain(&keep);
        part.bad.sort_by_key(|bad| bad.number);
        part.original = Original::Arrays(arrays);
        Ok(part)
    }
}

impl Feed for ParquetFeed<'_> {
    fn next_parts(&mut self, context: &Context<'_>) -> Result<Vec<Part>, TransferError> {
        let lanes = &self.lanes;
        let next = |at: usize| lanes[at].lock().unwrap_or_else(PoisonError::into_inner).next();
        let steps = context.executor.map_heavy(lanes.len(), next);
        let mut decoded = Vec::new();
        for step in steps {
            decoded.extend(step?.into_iter().flatten());
        }
        if decoded.is_empty() {
            return Ok(Vec::new());
        }
        let len = decoded[0].1.len() as u64;
        let part = self.part(decoded)?;
        self.done += len;
        let (stage, done, total) = (Stage::Reading, self.done, self.total);
        (context.progress)(Progress { stage, done, total });
        Ok(vec![part])
    }

    fn place(&self, number: u64) -> Place {
        Place::Row(number)
    }

    fn takes_blank_keys(&self) -> bool {
        true
    }

    fn original_names(&self) -> Vec<String> {
        self.schema.columns.iter().map(|column| column.name.clone()).collect()
    }

    fn original(&self, part: &Part, origin: usize) -> Vec<Option<String>> {
        let Original::Arrays(arrays) = &part.original else { return Vec::new() };
        arrays.iter().map(|array| cell_text(array, origin)).collect()
    }
}

/// A value as text; `None` where it is missing.
pub(super) fn cell_text(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default()).ok()?;
    formatter.value(row).try_to_string().ok()
}
