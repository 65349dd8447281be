//! `distinct`: the events that a table has already.

use super::import::Names;
use crate::catalog::EventTable;
use crate::model::{Projection, RowId, Source, Type, Value};
use crate::pool::Error;
use crate::pool::change::commit::Change;
use crate::pool::change::distinct::Seen;
use crate::transfer::{Role, Schema, SchemaColumn};

/// Rows read from the table at a time.
const TABLE_ROWS: usize = 65_536;

/// The events of a table, as a file of this schema would have them.
pub(super) fn seen_events(
    change: &Change<'_>,
    table: Option<&EventTable>,
    names: &Names,
    schema: &Schema,
) -> Result<Seen, Error> {
    let Some(table) = table else { return Ok(Seen::default()) };
    let question = change.question();
    let events = question.view.snapshot.events(table.id())?;
    let keys = question.view.snapshot.load_keys(&question.executor)?;
    let links = events.links(&question.executor)?;
    let size = events.snapshot.size();
    let columns: Vec<&SchemaColumn> =
        schema.columns.iter().filter(|column| column.role != Role::Filter).collect();
    let shown: Vec<Projection> = columns
        .iter()
        .filter(|column| column.role == Role::Attribute)
        .map(|column| Projection {
            name: column.name.clone(),
            source: Source::Attribute(column.id),
        })
        .collect();
    let key = |row: RowId| {
        let link = links[size.chunk_of(row)].get(size.position_of(row));
        link.map_or(Value::Null, |link| keys.key(RowId(link as u32)).to_value())
    };
    let mut seen = Seen::default();
    let rows = question.all_events(table.id())?.to_rows();
    for rows in rows.chunks(TABLE_ROWS) {
        let read = question.event_values(table.id(), rows, &shown)?;
        for (row, values) in rows.iter().zip(read) {
            let mut values = values.into_iter();
            let all: Vec<Value> = columns
                .iter()
                .map(|column| match column.role {
                    Role::Key => key(*row),
                    _ => as_in_file(values.next().unwrap_or(Value::Null), column, names, change),
                })
                .collect();
            seen.note(&columns, &all);
        }
    }
    Ok(seen)
}

/// A time that the file has as a date is one here too.
fn as_in_file(value: Value, column: &SchemaColumn, names: &Names, change: &Change<'_>) -> Value {
    match value {
        Value::Timestamp(at) if column.name == names.at && column.ty == Type::Date => {
            Value::Date(change.view.settings.zone.day_of(at))
        }
        other => other,
    }
}
