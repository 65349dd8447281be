//! What the tests of whole files share.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::index::{ColumnData, KeyData, Rows};
use crate::model::{Type, Value, Zone};
use crate::parallel::Executor;
use crate::transfer::column::text_at;
use crate::transfer::{
    Context, ImportSpec, ReadReport, RowFilter, Schema, TransferError, inspect, read,
};

/// A folder that goes with the test.
pub(super) struct Folder(TempDir);

/// What an import gave.
#[derive(Debug)]
pub(super) struct Imported {
    pub(super) schema: Schema,
    pub(super) report: ReadReport,
    pub(super) keys: Vec<String>,
    /// One vector an attribute.
    pub(super) columns: Vec<Vec<Value>>,
}

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file to import.
    pub(super) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> ImportSpec {
        fs::write(self.path(name), content).unwrap();
        ImportSpec::new(self.path(name))
    }
}

/// Imports on two threads in UTC.
pub(super) fn import(spec: &ImportSpec) -> Result<Imported, TransferError> {
    import_where(spec, None)
}

/// Imports what a rule keeps.
pub(super) fn import_where(
    spec: &ImportSpec,
    filter: Option<&RowFilter<'_, TransferError>>,
) -> Result<Imported, TransferError> {
    with_context(&Zone::utc(), |context| {
        let schema = inspect(spec, context)?;
        import_as(spec, schema, context, filter)
    })
}

/// Imports with a schema.
pub(super) fn import_as(
    spec: &ImportSpec,
    schema: Schema,
    context: &Context<'_>,
    filter: Option<&RowFilter<'_, TransferError>>,
) -> Result<Imported, TransferError> {
    let mut keys = Vec::new();
    let mut columns = vec![Vec::new(); schema.attributes().count()];
    let report = read(spec, &schema, context, filter, None, None, &mut |rows: Rows| {
        assert_eq!(rows.columns.len(), columns.len());
        keys.extend(rows.keys.iter().flat_map(key_texts));
        for ((column, (id, data)), known) in
            columns.iter_mut().zip(&rows.columns).zip(schema.attributes())
        {
            assert_eq!(*id, known.id);
            let values = values(data, known.ty);
            assert_eq!(values.len(), rows.len);
            column.extend(values);
        }
        Ok(())
    })?;
    Ok(Imported { schema, report, keys, columns })
}

pub(super) fn with_context<T>(zone: &Zone, work: impl FnOnce(&Context<'_>) -> T) -> T {
    let executor = Executor::with_threads(2).unwrap();
    work(&Context { executor: &executor, zone, progress: &|_| {} })
}

impl Imported {
    /// The type of a column.
    pub(super) fn ty(&self, name: &str) -> Type {
        self.schema.columns.iter().find(|column| column.name == name).unwrap().ty
    }

    /// The values of an attribute.
    pub(super) fn column(&self, name: &str) -> &[Value] {
        &self.columns[self.schema.attributes().position(|column| column.name == name).unwrap()]
    }

    /// The values of an attribute as text, missing ones as `?`.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let text = |value: &Value| if value.is_null() { "?".to_owned() } else { value.to_string() };
        self.column(name).iter().map(text).collect()
    }

    /// How many values of an attribute are missing.
    pub(super) fn n_missing(&self, name: &str) -> usize {
        self.column(name).iter().filter(|value| value.is_null()).count()
    }
}

/// The values of a column of a batch.
pub(super) fn values(data: &ColumnData, ty: Type) -> Vec<Value> {
    match data {
        ColumnData::Units(units) => {
            units.iter().map(|unit| unit.map_or(Value::Null, |unit| ty.value(unit))).collect()
        }
        ColumnData::Text { bytes, ends, known } => {
            let value = |at: usize| match known[at] {
                true => Value::Text(text_at(bytes, ends, at).to_owned()),
                false => Value::Null,
            };
            (0..known.len()).map(value).collect()
        }
        ColumnData::Set { bytes, ends, row_ends } => {
            let start = |row: usize| if row == 0 { 0 } else { row_ends[row - 1] };
            let elements = |row: usize| {
                (start(row)..row_ends[row]).map(|at| text_at(bytes, ends, at).to_owned())
            };
            (0..row_ends.len()).map(|row| Value::set(elements(row))).collect()
        }
    }
}

fn key_texts(keys: &KeyData) -> Vec<String> {
    match keys {
        KeyData::Int(keys) => keys.iter().map(ToString::to_string).collect(),
        KeyData::Text { bytes, ends } => {
            (0..ends.len()).map(|at| text_at(bytes, ends, at).to_owned()).collect()
        }
    }
}
