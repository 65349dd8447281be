//! `insert into customers` and `delete customers`.

use super::commit::{Change, written};
use super::rows;
use crate::bind;
use crate::catalog::Catalog;
use crate::index::{Changes, Rows};
use crate::lang::SourceSpan;
use crate::lang::ast::{Expr, Name};
use crate::model::Value;
use crate::pool::{Error, Outcome, Session};

/// `insert into customers (…) values (…), (…)`: an upsert of the columns named.
pub(crate) fn insert(
    session: &Session,
    table: &Name,
    columns: &[Name],
    rows: &[Vec<Expr>],
    span: SourceSpan,
) -> Result<Outcome, Error> {
    bind::customers(table)?;
    let change = Change::begin(session, "insert")?;
    let question = change.question();
    question.check_defined()?;
    let insert = bind::insert(columns, rows, span, &question.scope())?;
    let upserted = vec![rows_of(insert, &change.view.catalog)];
    let applied = change.apply(&Changes { upserted, ..Changes::default() })?;
    let catalog = change.catalog();
    let n_rows = applied.n_inserted + applied.n_updated;
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty)?;
    Ok(written(n_rows, commit))
}

/// `delete customers where RULE`
pub(crate) fn delete(session: &Session, table: &Name, rule: &Expr) -> Result<Outcome, Error> {
    bind::customers(table)?;
    let change = Change::begin(session, "delete")?;
    let question = change.question();
    let members = question.member_set(&question.bind(Some(rule))?)?;
    let deleted: Vec<_> = members.to_rows();
    if deleted.is_empty() {
        return Ok(written(0, change.view.snapshot.commit()));
    }
    let applied = change.apply(&Changes { deleted, ..Changes::default() })?;
    let catalog = change.catalog();
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty)?;
    Ok(written(applied.n_deleted, commit))
}

/// The rows of a bound `insert` as the index takes them.
fn rows_of(insert: bind::Insert, catalog: &Catalog) -> Rows {
    let len = insert.rows.len();
    let mut keys = Vec::with_capacity(len);
    let mut values: Vec<Vec<Value>> = vec![Vec::with_capacity(len); insert.attributes.len()];
    for (key, row) in insert.rows {
        keys.push(key);
        values.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    let types = insert.attributes.iter().filter_map(|id| catalog.by_id(*id));
    let columns = types
        .zip(values)
        .map(|(attribute, values)| (attribute.id, rows::column(attribute.ty, values)));
    Rows { len, keys: Some(rows::keys(keys)), columns: columns.collect() }
}
