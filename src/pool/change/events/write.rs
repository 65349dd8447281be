//! `insert into orders …` and `delete orders where …`

use std::sync::Arc;

use super::link::links;
use crate::bind;
use crate::catalog::EventTable;
use crate::index::{Changes, KeyData, Rows, Snapshot};
use crate::lang::ast::{Expr, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, TableId, Value};
use crate::parallel::Executor;
use crate::pool::change::commit::{RECORD_BYTES, written};
use crate::pool::change::rows;
use crate::pool::change::write::{enqueue, in_bulk};
use crate::pool::question::Question;
use crate::pool::queue::{Job, Turn};
use crate::pool::writer::Writer;
use crate::pool::{Error, Outcome, Session};

/// `insert into orders (customer, at, amount) values (…), (…)`
pub(crate) fn insert(
    session: &Session,
    table: &Name,
    columns: &[Name],
    rows: &[Vec<Expr>],
    span: SourceSpan,
) -> Result<Outcome, Error> {
    session.pool.check_writable("insert")?;
    let prepare = |question: &Question<'_>| -> Result<Prepared, Error> {
        let catalog = &question.view.catalog;
        let bind::Table::Events(events) = bind::table(table, catalog)? else {
            return Err(Error::Inner("customers are inserted apart".to_owned()));
        };
        let bound = bind::insert_events(events, columns, rows, span, &question.scope())?;
        Ok(Prepared::new(bound, events))
    };
    let few = |question: &Question<'_>| {
        let prepared = prepare(question)?;
        let is_small = prepared.rows.n_bytes() <= RECORD_BYTES;
        Ok(is_small.then(|| job(session, question, prepared)))
    };
    let written = match enqueue(session, few)? {
        Some(written) => written,
        None => in_bulk(session, "insert", |question| {
            prepare(question)?.changes(&question.view.snapshot, &question.executor)
        })?,
    };
    Ok(Outcome::Written(written))
}

/// Events whose customers are told by their keys.
struct Prepared {
    table: TableId,
    /// The properties, the link not yet among them.
    rows: Rows,
    keys: KeyData,
    /// Where each key stands in the statement.
    spans: Vec<SourceSpan>,
    link: AttributeId,
}

impl Prepared {
    fn new(bound: bind::InsertEvents, events: &EventTable) -> Self {
        let len = bound.rows.len();
        let (mut keys, mut spans) = (Vec::with_capacity(len), Vec::with_capacity(len));
        let mut values: Vec<Vec<Value>> = vec![Vec::with_capacity(len); bound.properties.len()];
        for (key, span, row) in bound.rows {
            keys.push(key);
            spans.push(span);
            values.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        let types = bound.properties.iter().filter_map(|id| events.properties().by_id(*id));
        let columns = types
            .zip(values)
            .map(|(property, values)| (property.id, rows::column(property.ty, values)));
        let rows = Rows { len, keys: None, columns: columns.collect() };
        Self { table: events.id(), rows, keys: rows::keys(keys), spans, link: events.link() }
    }

    /// The changes of a pool in which the customers are.
    fn changes(mut self, snapshot: &Snapshot, executor: &Executor) -> Result<Changes, Error> {
        let link = match links(&self.keys, self.rows.len, snapshot, executor)? {
            Ok(link) => link,
            Err(at) => return Err(self.unknown(at)),
        };
        self.rows.columns.insert(0, (self.link, link));
        let own = Changes { upserted: vec![self.rows], ..Changes::default() };
        Ok(Changes { tables: [(self.table, own)].into(), ..Changes::default() })
    }

    fn unknown(&self, at: usize) -> Error {
        let key = self.keys.key(at).to_owned();
        let message = format!("there is no customer `{key}`");
        let span = self.spans.get(at).copied().unwrap_or_default();
        Diagnostic::new(Code::Missing, span, message)
            .hint("an event belongs to a customer; insert the customer first")
            .into()
    }
}

fn job(session: &Session, question: &Question<'_>, prepared: Prepared) -> Job {
    let (session, catalog) = (session.clone(), Arc::clone(&question.view.catalog));
    Job::Any(Box::new(move |writer: &mut Writer<'_>| {
        if !Arc::ptr_eq(&catalog, &writer.view().catalog) {
            return Ok(Turn::Stale);
        }
        let changes = prepared.changes(&writer.view().snapshot, &Executor::inline())?;
        let settings = writer.view().settings.clone();
        let step = writer.step(&changes, settings, &session)?;
        Ok(Turn::Done(written(step.n_events, step.commit)))
    }))
}

/// `delete orders where amount < 0`
pub(crate) fn delete(session: &Session, table: &Name, rule: &Expr) -> Result<Outcome, Error> {
    session.pool.check_writable("delete")?;
    let prepare = |question: &Question<'_>| -> Result<Option<Job>, Error> {
        let events = question.event_table(table)?;
        let (id, predicate) = (events.id(), question.bind_events(events, rule)?);
        let catalog = Arc::clone(&question.view.catalog);
        let session = session.clone();
        Ok(Some(Job::Any(Box::new(move |writer: &mut Writer<'_>| {
            if !Arc::ptr_eq(&catalog, &writer.view().catalog) {
                return Ok(Turn::Stale);
            }
            let question = Question::new(&session, Arc::clone(writer.view()));
            let deleted = question.events_where(id, &predicate)?.to_rows();
            if deleted.is_empty() {
                return Ok(Turn::Done(written(0, writer.view().snapshot.commit())));
            }
            let own = Changes { deleted, ..Changes::default() };
            let changes = Changes { tables: [(id, own)].into(), ..Changes::default() };
            let settings = writer.view().settings.clone();
            let step = writer.step(&changes, settings, &session)?;
            Ok(Turn::Done(written(step.n_events, step.commit)))
        }))))
    };
    let nothing = || written(0, session.pool.view().snapshot.commit());
    Ok(Outcome::Written(enqueue(session, prepare)?.unwrap_or_else(nothing)))
}
