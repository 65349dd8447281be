//! `insert into customers` and `delete customers`.

use std::sync::Arc;

use super::commit::{Change, RECORD_BYTES, written};
use super::{events, rows};
use crate::bind;
use crate::catalog::Catalog;
use crate::index::{Applied, Changes, Rows};
use crate::lang::SourceSpan;
use crate::lang::ast::{Expr, Name};
use crate::model::Value;
use crate::pool::joined::RowsJob;
use crate::pool::question::Question;
use crate::pool::queue::{Job, Turn};
use crate::pool::writer::Writer;
use crate::pool::{Error, Outcome, Session, Written};

/// `insert into customers (…) values (…), (…)`: an upsert of the columns named.
pub(crate) fn insert(
    session: &Session,
    table: &Name,
    columns: &[Name],
    rows: &[Vec<Expr>],
    span: SourceSpan,
) -> Result<Outcome, Error> {
    if let bind::Table::Events(_) = bind::table(table, &session.pool.view().catalog)? {
        return events::insert(session, table, columns, rows, span);
    }
    session.pool.check_writable("insert")?;
    let prepare = |question: &Question<'_>| -> Result<Changes, Error> {
        let insert = bind::insert(columns, rows, span, &question.scope())?;
        let upserted = vec![rows_of(insert, &question.view.catalog)];
        Ok(Changes { upserted, ..Changes::default() })
    };
    let few = |question: &Question<'_>| {
        let changes = prepare(question)?;
        let is_small = changes.n_bytes() <= RECORD_BYTES;
        let catalog = &question.view.catalog;
        Ok(is_small.then(|| RowsJob::new(session, catalog, changes).into()))
    };
    let written = match enqueue(session, few)? {
        Some(written) => written,
        None => in_bulk(session, "insert", prepare)?,
    };
    Ok(Outcome::Written(written))
}

/// `delete customers where RULE`
pub(crate) fn delete(session: &Session, table: &Name, rule: &Expr) -> Result<Outcome, Error> {
    if let bind::Table::Events(_) = bind::table(table, &session.pool.view().catalog)? {
        return events::delete(session, table, rule);
    }
    session.pool.check_writable("delete")?;
    let prepare = |question: &Question<'_>| -> Result<Option<Job>, Error> {
        question.check(rule)?;
        let catalog = Arc::clone(&question.view.catalog);
        let (session, rule) = (session.clone(), rule.clone());
        Ok(Some(Job::Any(Box::new(move |writer: &mut Writer<'_>| {
            if !Arc::ptr_eq(&catalog, &writer.view().catalog) {
                return Ok(Turn::Stale);
            }
            let question = Question::current(&session, Arc::clone(writer.view()))?;
            let question = question.asking_members(&[], Some(&rule))?;
            let predicate = question.bind(Some(&rule))?;
            let deleted = question.member_set(&predicate)?.to_rows();
            if deleted.is_empty() {
                return Ok(Turn::Done(written(0, writer.view().snapshot.commit())));
            }
            let changes = Changes { deleted, ..Changes::default() };
            let settings = writer.view().settings.clone();
            let step = writer.step(&changes, settings, &session)?;
            Ok(Turn::Done(written(step.n_deleted, step.commit)))
        }))))
    };
    let nothing = || written(0, session.pool.view().snapshot.commit());
    Ok(Outcome::Written(enqueue(session, prepare)?.unwrap_or_else(nothing)))
}

/// Has a job done that was prepared for the catalog of the current view; when that has changed by
/// the time it runs, the job is prepared anew. `None` when `prepare` makes no job, because the
/// commit would be too large for the log.
pub(crate) fn enqueue(
    session: &Session,
    prepare: impl Fn(&Question<'_>) -> Result<Option<Job>, Error>,
) -> Result<Option<Written>, Error> {
    loop {
        let question = Question::new(session, session.pool.view());
        question.check_defined()?;
        let Some(job) = prepare(&question)? else { return Ok(None) };
        if let Turn::Done(written) = session.pool.enqueue(job)? {
            return Ok(Some(written));
        }
    }
}

/// Commits changes of rows that are too many for the log.
pub(crate) fn in_bulk(
    session: &Session,
    statement: &'static str,
    prepare: impl Fn(&Question<'_>) -> Result<Changes, Error>,
) -> Result<Written, Error> {
    let change = Change::begin(session, statement)?;
    let question = change.question();
    question.check_defined()?;
    let changes = prepare(&question)?;
    drop(question);
    let applied = change.apply(&changes)?;
    let n_customers = applied.n_inserted + applied.n_updated + applied.n_deleted;
    let n_rows = n_customers + applied.n_events;
    let catalog = change.catalog();
    let commit = {
        let Applied { snapshot, dirty, touched, .. } = applied;
        change.finish_rows(catalog, snapshot, &dirty, &changes, &touched)?
    };
    Ok(written(n_rows, commit))
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
