//! `create events …`

use crate::catalog::Catalog;
use crate::index::Changes;
use crate::lang::ast::{ColumnDefinition, Name};
use crate::model::{AttributeId, TableId, Type};
use crate::pool::change::commit::Change;
use crate::pool::change::define::at;
use crate::pool::current::Reach;
use crate::pool::{Done, Error, Outcome, Session};

/// `create events orders (at timestamp, amount decimal(2))`
pub(crate) fn create(
    session: &Session,
    table: &Name,
    columns: &[ColumnDefinition],
) -> Result<Outcome, Error> {
    let change = Change::begin(session, "create events")?;
    let (catalog, changes) = created(&change, table, columns)?;
    let applied = change.apply(&changes)?;
    let commit = {
        let reach = Reach::Touched(&applied.touched);
        change.finish(catalog, applied.snapshot, &applied.dirty, reach)?
    };
    Ok(Outcome::Done(Done { commit }))
}

/// The definitions with one more table, and what makes it.
pub(crate) fn created(
    change: &Change<'_>,
    table: &Name,
    columns: &[ColumnDefinition],
) -> Result<(Catalog, Changes), Error> {
    change.question().check_defined()?;
    let mut catalog = change.catalog();
    let properties: Vec<(&str, Type)> =
        columns.iter().map(|column| (column.name.text.as_str(), column.ty.ty)).collect();
    let made = catalog.add_table(&table.text, &properties).map_err(|error| {
        let named = |name: &str| columns.iter().find(|column| column.name.text == name);
        let name = error.name().and_then(named).map_or(table, |column| &column.name);
        at(name, error)
    })?;
    let changes = creation(made.id(), made.link(), made.columns());
    Ok((catalog, changes))
}

/// What makes a table of these columns.
pub(crate) fn creation(
    table: TableId,
    link: AttributeId,
    columns: impl Iterator<Item = (AttributeId, Type)>,
) -> Changes {
    let own = Changes { added: columns.collect(), ..Changes::default() };
    Changes { created: vec![(table, link)], tables: [(table, own)].into(), ..Changes::default() }
}
