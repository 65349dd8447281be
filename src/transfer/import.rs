//! The front door of reading: two passes over a file, one to know its columns, one for its rows.

use super::context::{Context, RowFilter};
use super::delimited::{self, DelimitedFeed};
use super::feed::{Feed, Part};
use super::json::{self, JsonFeed};
use super::keys::{IsCustomer, KeyCheck, SeenKeys, check_times, take_keys};
use super::parquet;
use super::rejects::Rejects;
use super::source::Format;
use super::{BadRow, Delimiter, Header, ImportSpec, Role, Schema, TransferError};
use crate::index::{KeyData, Rows};

/// What reading a file came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadReport {
    /// Rows delivered.
    pub(crate) n_rows: u64,
    /// Rows that the rule after `where` left out.
    pub(crate) n_filtered: u64,
    /// Bad rows left out.
    pub(crate) n_rejected: u64,
    /// The first of the bad rows, at most 20.
    pub(crate) rejected: Vec<BadRow>,
}

/// The first pass: the columns that an import reads and their types, guessed from the whole file
/// where they are not declared.
///
/// # Errors
///
/// When the file cannot be read, is no file of its format, or has not the columns that the
/// statement names.
pub(crate) fn inspect(spec: &ImportSpec, context: &Context<'_>) -> Result<Schema, TransferError> {
    let (format, compression) = Format::of(&spec.path)?;
    check_clauses(spec, format)?;
    match format {
        Format::Delimited => delimited::inspect(spec, compression, context),
        Format::JsonLines => json::inspect(spec, compression, context),
        Format::Parquet => parquet::inspect(spec),
    }
}

/// The second pass: gives the rows to `sink`, batch by batch in the file's order.
///
/// A batch has the keys, unless row numbers are keys, and the columns that become attributes, each
/// under its [`SchemaColumn`](super::SchemaColumn)'s id. A row is read, then put to `filter`, and
/// only then its key is checked: a rule may leave rows without a key out. Nothing is kept of an
/// import whose reading fails; the caller drops what it was given.
///
/// # Errors
///
/// The first bad row, unless bad rows are skipped; a file that cannot be read; an interrupt; and
/// whatever `filter` and `sink` fail with.
///
/// Of events, `customers` tells the keys there are; without it any key will do. `choose` is put the
/// rows that nothing is wrong with, the key's column among them, and may leave some out.
pub(crate) fn read<E: From<TransferError> + Send>(
    spec: &ImportSpec,
    schema: &Schema,
    context: &Context<'_>,
    filter: Option<&RowFilter<'_, E>>,
    customers: Option<&IsCustomer<'_>>,
    choose: Option<&RowFilter<'_, E>>,
    sink: &mut dyn FnMut(Rows) -> Result<(), E>,
) -> Result<ReadReport, E> {
    let mut feed = open(spec, schema, context)?;
    let mut rejects = Rejects::begin(spec, schema, &*feed)?;
    let mut check = match (&spec.at, schema.key()) {
        (Some(_), _) => KeyCheck::Known(customers),
        // Keys that name customers who are there.
        (None, Some(_)) if customers.is_some() => KeyCheck::Known(customers),
        (None, Some(_)) => KeyCheck::Once(SeenKeys::with_capacity(schema.n_rows.unwrap_or(0))),
        (None, None) => KeyCheck::Once(SeenKeys::default()),
    };
    let mut report = ReadReport::default();
    loop {
        context.check()?;
        let mut parts = feed.next_parts(context)?;
        if parts.is_empty() {
            break;
        }
        report.n_filtered += apply_filter(&mut parts, context, filter)?;
        for mut part in parts {
            if let Some(at) = &spec.at {
                check_times(&mut part, schema, at, context.zone);
            }
            check.check(&mut part, schema, &*feed);
            if let Some(choose) = choose {
                let keep = choose(&part.rows)?;
                part.retain(&keep);
            }
            let keys = take_keys(&mut part, schema);
            rejects.take(&part, &*feed)?;
            report.n_rows += part.len() as u64;
            if part.len() > 0 {
                sink(batch(part.rows, keys, schema))?;
            }
        }
    }
    (report.n_rejected, report.rejected) = rejects.finish()?;
    Ok(report)
}

fn open<'a>(
    spec: &'a ImportSpec,
    schema: &'a Schema,
    context: &Context<'a>,
) -> Result<Box<dyn Feed + 'a>, TransferError> {
    let (format, compression) = Format::of(&spec.path)?;
    Ok(match format {
        Format::Delimited => {
            Box::new(DelimitedFeed::open(spec, schema, compression, context.zone)?)
        }
        Format::JsonLines => Box::new(JsonFeed::open(spec, schema, compression, context.zone)?),
        Format::Parquet => parquet::open(spec, schema, context)?,
    })
}

/// Takes the rows out that the rule leaves out; how many.
fn apply_filter<E: From<TransferError> + Send>(
    parts: &mut [Part],
    context: &Context<'_>,
    filter: Option<&RowFilter<'_, E>>,
) -> Result<u64, E> {
    let Some(filter) = filter else { return Ok(0) };
    let all_rows: Vec<&Rows> = parts.iter().map(|part| &part.rows).collect();
    let flags = context.executor.map_heavy(all_rows.len(), |at| filter(all_rows[at]));
    let mut n_filtered = 0;
    for (part, keep) in parts.iter_mut().zip(flags) {
        let before = part.len();
        part.retain(&keep?);
        n_filtered += (before - part.len()) as u64;
    }
    Ok(n_filtered)
}

/// The rows as the pool takes them: without the columns that only the rule read.
fn batch(rows: Rows, keys: Option<KeyData>, schema: &Schema) -> Rows {
    let read = schema.columns.iter().filter(|column| column.role != Role::Key);
    let kept = rows
        .columns
        .into_iter()
        .zip(read)
        .filter(|(_, column)| column.role == Role::Attribute)
        .map(|(column, _)| column);
    Rows { len: rows.len, keys, columns: kept.collect() }
}

/// Refuses clauses about delimited text where there is none.
fn check_clauses(spec: &ImportSpec, format: Format) -> Result<(), TransferError> {
    let clause = match format {
        Format::Delimited => return Ok(()),
        _ if spec.header == Header::Absent => "no header",
        _ if matches!(spec.delimiter, Some(Delimiter::Byte(_) | Delimiter::Blanks)) => "delimiter",
        Format::Parquet if spec.encoding.is_some() => "encoding",
        Format::JsonLines | Format::Parquet => return Ok(()),
    };
    Err(TransferError::Clause { path: spec.path.display().to_string(), clause })
}
