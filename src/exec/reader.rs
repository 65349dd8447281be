//! Values of chosen rows.

use super::ExecError;
use super::arithmetic::{Compiler, ScalarValues};
use super::columns::Columns;
use crate::index::{Column, Keys, SetColumn, Snapshot, TextColumn, UnitsColumn};
use crate::model::{ChunkSize, RowId, Source, Value};
use crate::parallel::{Budget, Executor};
use crate::plan::StatementTime;

/// Reads values, orders rows and computes figures of one snapshot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) time: &'a StatementTime,
    pub(super) executor: &'a Executor,
    pub(super) budget: &'a Budget,
}

/// Where a shown value is read.
enum Reading<'a> {
    Key(&'a Keys),
    Units(&'a UnitsColumn),
    Text(&'a TextColumn),
    Set(&'a SetColumn),
    Scalar(Box<ScalarValues<'a>>),
}

/// Rows read on one thread at least.
const ROWS_PER_TASK: usize = 4_096;
/// Bytes that a value takes, texts apart.
const VALUE_BYTES: usize = size_of::<Value>();

impl<'a> Reader<'a> {
    /// A reader of a snapshot at a statement's time.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        time: &'a StatementTime,
        executor: &'a Executor,
        budget: &'a Budget,
    ) -> Self {
        Self { snapshot, time, executor, budget }
    }

    /// The values of rows, one vector for each source; rows may come in any order.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic overflows for one of the rows, or the budget does
    /// not suffice.
    pub(crate) fn values(
        &self,
        rows: &[RowId],
        sources: &[Source],
    ) -> Result<Vec<Vec<Value>>, ExecError> {
        let _charge = self.budget.charge(rows.len() * sources.len() * VALUE_BYTES)?;
        sources.iter().map(|source| self.column(rows, source)).collect()
    }

    /// The columns.
    pub(super) fn columns(&self) -> Columns<'a> {
        Columns::new(self.snapshot)
    }

    fn column(&self, rows: &[RowId], source: &Source) -> Result<Vec<Value>, ExecError> {
        let (reading, size) = (self.reading(source)?, self.snapshot.size());
        let parts = self.executor.map_heavy(rows.len().div_ceil(ROWS_PER_TASK), |part| {
            if self.executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            let first = part * ROWS_PER_TASK;
            let rows = &rows[first..rows.len().min(first + ROWS_PER_TASK)];
            rows.iter().map(|row| reading.value(*row, size)).collect::<Result<Vec<Value>, _>>()
        });
        let mut values = Vec::with_capacity(rows.len());
        for part in parts {
            values.append(&mut part?);
        }
        Ok(values)
    }

    fn reading(&self, source: &Source) -> Result<Reading<'a>, ExecError> {
        let columns = self.columns();
        Ok(match source {
            Source::Key => Reading::Key(columns.keys()?),
            Source::Attribute(id) => match columns.any(*id)? {
                Column::Units(units) => Reading::Units(units),
                Column::Text(text) => Reading::Text(text),
                Column::Set(set) => Reading::Set(set),
            },
            Source::Scalar(scalar) => {
                let compiler = Compiler::new(columns, self.time);
                Reading::Scalar(Box::new(ScalarValues::new(scalar, &compiler)?))
            }
        })
    }
}

impl Reading<'_> {
    fn value(&self, row: RowId, size: ChunkSize) -> Result<Value, ExecError> {
        let (chunk, position) = (size.chunk_of(row), size.position_of(row));
        Ok(match self {
            Self::Key(keys) => keys.key(row).to_value(),
            Self::Units(column) => {
                column.chunks[chunk].get(position).map_or(Value::Null, |u| column.ty.value(u))
            }
            Self::Text(column) => match column.codes.chunks[chunk].get(position) {
                Some(code) => Value::Text(column.dictionary.text(code as u32).to_owned()),
                None => Value::Null,
            },
            Self::Set(column) => {
                let codes = column.chunks[chunk].codes_at(position);
                Value::set(codes.map(|code| column.dictionary.text(code).to_owned()))
            }
            Self::Scalar(values) => {
                values.value(chunk, position).map_err(|what| ExecError::of_row(row, what))?
            }
        })
    }
}
