//! What the readers of every format give: parts of a file, as columns and bad rows.

use super::column::{ColumnBuilder, retain_items, retain_rows};
use super::context::Context;
use super::source::Block;
use super::{BadReason, BadRow, Place, Schema, TransferError};
use crate::index::Rows;

/// Reads a file part by part.
pub(super) trait Feed {
    /// The next parts, in the file's order; none at its end.
    fn next_parts(&mut self, context: &Context<'_>) -> Result<Vec<Part>, TransferError>;

    /// The place of a row of this number.
    fn place(&self, number: u64) -> Place;

    /// Whether a key of blanks alone is one: in a text, blanks are missing.
    fn takes_blank_keys(&self) -> bool {
        false
    }

    /// The names of what [`original`](Self::original) gives.
    fn original_names(&self) -> Vec<String>;

    /// A row as the file has it, for the rejects; missing fields are `None`.
    fn original(&self, part: &Part, origin: usize) -> Vec<Option<String>>;
}

/// A part of a file.
#[derive(Default)]
pub(super) struct Part {
    /// The good rows: a column for each of the schema's, the key's too; no keys.
    pub(super) rows: Rows,
    /// The line or number of each good row.
    pub(super) numbers: Vec<u64>,
    /// Where each good row stands in `original`.
    pub(super) origins: Vec<usize>,
    /// The bad rows, in the file's order.
    pub(super) bad: Vec<Bad>,
    /// The part as the file has it.
    pub(super) original: Original,
}

/// A bad row, before its file is named.
#[derive(Debug)]
pub(super) struct Bad {
    /// Its line or number.
    pub(super) number: u64,
    /// Where it stands in the part's original.
    pub(super) origin: usize,
    /// The schema's column at fault.
    pub(super) column: Option<usize>,
    /// The value at fault, cut to what messages show.
    pub(super) value: Option<String>,
    /// What is wrong.
    pub(super) reason: BadReason,
}

/// A part as the file has it.
#[derive(Default)]
pub(super) enum Original {
    /// Not kept.
    #[default]
    None,
    /// Its text; an origin is a byte's position.
    Text(String),
    /// Its columns; an origin is a row's position.
    #[cfg(feature = "parquet")]
    Arrays(Vec<arrow::array::ArrayRef>),
}

impl Part {
    /// How many good rows there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Notes where a good row stands.
    pub(super) fn push_row(&mut self, number: u64, origin: usize) {
        self.numbers.push(number);
        self.origins.push(origin);
    }

    /// Notes a bad row, and takes its values out of the columns.
    pub(super) fn push_bad(&mut self, builders: &mut [ColumnBuilder<'_>], bad: Bad) {
        let n_rows = self.len();
        builders.iter_mut().for_each(|builder| builder.truncate(n_rows));
        self.bad.push(bad);
    }

    /// Takes over the finished columns.
    pub(super) fn set_columns(&mut self, schema: &Schema, builders: Vec<ColumnBuilder<'_>>) {
        let data = builders.into_iter().map(ColumnBuilder::into_data);
        let ids = schema.columns.iter().map(|column| column.id);
        self.rows = Rows { len: self.len(), keys: None, columns: ids.zip(data).collect() };
    }

    /// The part with the block it was read from.
    pub(super) fn with_text(self, block: Block) -> Self {
        Self { original: Original::Text(block.into_text()), ..self }
    }

    /// Keeps the good rows whose flag is up.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        if keep.iter().all(|keep| *keep) {
            return;
        }
        retain_rows(&mut self.rows, keep);
        retain_items(&mut self.numbers, keep);
        retain_items(&mut self.origins, keep);
    }
}

impl Bad {
    /// The bad row with its file and column named.
    pub(super) fn to_row(&self, schema: &Schema, file: &str, place: Place) -> BadRow {
        BadRow {
            file: file.to_owned(),
            place,
            column: self.column.map(|at| schema.columns[at].name.clone()),
            value: self.value.clone(),
            reason: self.reason.clone(),
        }
    }
}
