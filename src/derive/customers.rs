//! Attributes of customers beside their events.

use std::sync::Arc;

use crate::exec::ExecError;
use crate::index::Container;
use crate::index::{Column, Events, Layout, Snapshot, TextColumn, UnitsChunk, UnitsColumn};
use crate::model::{AttributeId, RowId, Type};
use crate::parallel::Executor;

/// The column that holds, for each event, its customer's value of an attribute.
///
/// # Errors
///
/// When a column cannot be read, or the attribute is a set.
pub(super) fn beside_events(
    events: &Events,
    customers: &Snapshot,
    attribute: AttributeId,
    executor: &Executor,
) -> Result<Column, ExecError> {
    let column = customers.column(attribute)?;
    let units = column.units().ok_or(ExecError::Unplanned("a set beside events"))?;
    let links = events.links(executor)?;
    let size = customers.size();
    let chunks = executor.map(links.len(), |at| {
        let rows = links[at].rows;
        let links = links[at].values.to_vec(rows as usize);
        let (mut values, mut known) = (vec![0; rows as usize], Vec::new());
        for position in events.snapshot.alive(at).iter(rows) {
            let customer = RowId(links[usize::from(position)] as u32);
            let chunk = units.chunks.get(size.chunk_of(customer));
            let value = chunk.and_then(|chunk| chunk.get(size.position_of(customer)));
            if let Some(value) = value {
                values[usize::from(position)] = value;
                known.push(position);
            }
        }
        let known = Container::from_sorted(&known, rows);
        Arc::new(UnitsChunk::build(known, &mut values, layout(units.ty, column)))
    });
    Ok(match &**column {
        Column::Text(text) => {
            let codes = UnitsColumn::new(Type::Int, Layout::Codes, chunks);
            Column::Text(TextColumn::new(codes, Arc::clone(&text.dictionary), size))
        }
        _ => Column::Units(UnitsColumn::new(units.ty, layout(units.ty, column), chunks)),
    })
}

fn layout(ty: Type, column: &Column) -> Layout {
    match (ty, column) {
        (Type::Bool, _) | (_, Column::Text(_)) => Layout::Codes,
        _ => Layout::Forward,
    }
}
