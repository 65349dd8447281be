//! A host's batch: checked against the catalog, and committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::commit::{RECORD_BYTES, written};
use super::import::next_number;
use super::rows;
use super::write::{enqueue, in_bulk};
use crate::bind;
use crate::catalog::{AT, EventTable, KeyType};
use crate::index::{Changes, Key, KeyData, Rows, Snapshot};
use crate::lang::ast::Name;
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, RowId, TableId, Type, Value};
use crate::pool::batch::{Batch, BatchChange};
use crate::pool::joined::RowsJob;
use crate::pool::question::Question;
use crate::pool::queue::{Job, Turn};
use crate::pool::view::View;
use crate::pool::writer::{Step, Writer};
use crate::pool::{Error, Session, Written};

/// Commits a batch: by the log, together with those of other callers, unless it is large.
pub(crate) fn write(session: &Session, batch: &Batch) -> Result<Written, Error> {
    session.pool.check_writable("write")?;
    if batch.is_empty() {
        return Ok(written(0, session.pool.view().snapshot.commit()));
    }
    let written = enqueue(session, |question| {
        let checked = Checked::new(batch, question)?;
        Ok((checked.n_bytes() <= RECORD_BYTES).then(|| job(session, question, checked)))
    })?;
    match written {
        Some(written) => Ok(written),
        None => in_bulk(session, "write", |question| {
            Checked::new(batch, question)?.changes(&question.view.snapshot)
        }),
    }
}

/// The commit of a batch that was checked against the catalog of a question's view.
fn job(session: &Session, question: &Question<'_>, checked: Checked) -> Job {
    let catalog = &question.view.catalog;
    let checked = match checked.only_rows() {
        Ok(changes) => return RowsJob::new(session, catalog, changes).into(),
        Err(checked) => checked,
    };
    let (session, catalog) = (session.clone(), Arc::clone(&question.view.catalog));
    Job::Any(Box::new(move |writer: &mut Writer<'_>| {
        let view = Arc::clone(writer.view());
        if !Arc::ptr_eq(&catalog, &view.catalog) {
            return Ok(Turn::Stale);
        }
        let changes = checked.changes(&view.snapshot)?;
        let is_nothing = changes.deleted.is_empty() && changes.upserted.is_empty();
        if is_nothing && changes.tables.is_empty() {
            return Ok(Turn::Done(written(0, view.snapshot.commit())));
        }
        let step = writer.step(&changes, view.settings.clone(), &session)?;
        Ok(Turn::Done(outcome(step)))
    }))
}

fn outcome(step: Step) -> Written {
    let n_customers = step.n_inserted + step.n_updated + step.n_deleted;
    written(n_customers + step.n_events, step.commit)
}

/// A batch whose names and values fit the catalog.
struct Checked {
    /// Keys whose customers go first.
    deleted: Vec<Key>,
    /// Rows of one set of attributes each; those without keys are to be numbered.
    upserted: Vec<Rows>,
    /// Events, whose customers are told by their keys.
    events: BTreeMap<TableId, Vec<Rows>>,
}

impl Checked {
    fn new(batch: &Batch, question: &Question<'_>) -> Result<Self, Error> {
        let fates = Fates::of(batch);
        let mut runs: Vec<Run> = Vec::new();
        let mut run: Option<Run> = None;
        for (at, change) in batch.changes.iter().enumerate() {
            let Some(values) = change.values.as_ref().filter(|_| fates.counts(change, at)) else {
                check_key(change, at, question)?;
                continue;
            };
            let goes_on = run.as_ref().is_some_and(|run| run.takes(change, values));
            if !goes_on {
                runs.extend(run.take());
            }
            let run = match &mut run {
                Some(run) => run,
                none => none.insert(Run::new(change, values, at, None, question)?),
            };
            run.push(change, values, at, question)?;
        }
        runs.extend(run);
        let upserted = runs.into_iter().map(Run::into_rows).collect();
        let deleted = fates.deleted.into_keys().cloned().collect();
        Ok(Self { deleted, upserted, events: events_of(batch, question)? })
    }

    /// The changes, when they are the same whatever the pool holds: rows with keys, and nothing that
    /// goes.
    fn only_rows(self) -> Result<Changes, Self> {
        if !self.deleted.is_empty() || self.upserted.iter().any(|rows| rows.keys.is_none()) {
            return Err(self);
        }
        let own = |upserted: Vec<Rows>| Changes { upserted, ..Changes::default() };
        let tables = self.events.into_iter().map(|(id, rows)| (id, own(rows))).collect();
        Ok(Changes { upserted: self.upserted, tables, ..Changes::default() })
    }

    fn n_bytes(&self) -> usize {
        let events = self.events.values().flatten();
        self.upserted.iter().chain(events).map(Rows::n_bytes).sum()
    }

    /// The changes of a snapshot: keys to rows, and numbers for those without a key.
    fn changes(&self, snapshot: &Snapshot) -> Result<Changes, Error> {
        let row = |key: &Key| snapshot.row_of(key.as_ref()).transpose();
        let mut deleted: Vec<RowId> =
            self.deleted.iter().filter_map(row).collect::<Result<_, _>>()?;
        deleted.sort_unstable();
        let mut upserted = self.upserted.clone();
        let mut next = None;
        for rows in upserted.iter_mut().filter(|rows| rows.keys.is_none()) {
            let first = match next {
                Some(number) => number,
                None => next_number(snapshot)?,
            };
            let Some(end) = first.checked_add(rows.len as i64) else {
                return Err(Error::Definition("the customers' numbers are used up".to_owned()));
            };
            rows.keys = Some(KeyData::Int((first..end).collect()));
            next = Some(end);
        }
        let own = |rows: &Vec<Rows>| Changes { upserted: rows.clone(), ..Changes::default() };
        let tables = self.events.iter().map(|(id, rows)| (*id, own(rows))).collect();
        Ok(Changes { deleted, upserted, tables, ..Changes::default() })
    }
}

/// The events of a batch, those of one table and the same properties together as long as they
/// follow each other.
fn events_of(
    batch: &Batch,
    question: &Question<'_>,
) -> Result<BTreeMap<TableId, Vec<Rows>>, Error> {
    let mut tables: BTreeMap<TableId, Vec<Run>> = BTreeMap::new();
    for (at, event) in batch.events.iter().enumerate() {
        let at = batch.changes.len() + at;
        let name = Name { text: event.table.clone(), span: NOWHERE };
        let change =
            BatchChange { key: Some(event.customer.clone()), values: Some(event.values.clone()) };
        let table = match bind::table(&name, &question.view.catalog) {
            Ok(bind::Table::Events(table)) => table,
            Ok(bind::Table::Customers) => {
                let message = "`customers` are no events";
                let why = Diagnostic::new(Code::Unsupported, NOWHERE, message);
                return Err(bad_row(&change, at, None, why));
            }
            Err(why) => return Err(bad_row(&change, at, None, why)),
        };
        let runs = tables.entry(table.id()).or_default();
        if !runs.last().is_some_and(|run| run.takes(&change, &event.values)) {
            runs.push(Run::new(&change, &event.values, at, Some(table), question)?);
        }
        if let Some(run) = runs.last_mut() {
            run.push(&change, &event.values, at, question)?;
            let time = run.attributes.iter().position(|(id, _)| *id == table.at());
            let time = time.and_then(|time| run.columns[time].last());
            bind::check_time(time, NOWHERE, &question.scope())
                .map_err(|why| bad_row(&change, at, Some(AT), why))?;
        }
    }
    let rows = |runs: Vec<Run>| runs.into_iter().map(Run::into_rows).collect();
    Ok(tables.into_iter().map(|(id, runs)| (id, rows(runs))).collect())
}

/// Where each customer that goes goes last.
struct Fates<'a> {
    deleted: HashMap<&'a Key, usize>,
}

impl<'a> Fates<'a> {
    fn of(batch: &'a Batch) -> Self {
        let gone = batch.changes.iter().enumerate().filter(|(_, change)| change.values.is_none());
        Self { deleted: gone.filter_map(|(at, change)| Some((change.key.as_ref()?, at))).collect() }
    }

    /// Whether nothing later in the batch deletes the customer of a change.
    fn counts(&self, change: &BatchChange, at: usize) -> bool {
        let gone = change.key.as_ref().and_then(|key| self.deleted.get(key));
        gone.is_none_or(|last| *last < at)
    }
}

/// Rows that follow each other and name the same attributes.
struct Run {
    names: Vec<String>,
    attributes: Vec<(AttributeId, Type)>,
    /// `None` when the rows are to be numbered.
    keys: Option<Vec<Value>>,
    columns: Vec<Vec<Value>>,
    len: usize,
}

impl Run {
    fn new(
        change: &BatchChange,
        values: &[(String, Value)],
        at: usize,
        table: Option<&EventTable>,
        question: &Question<'_>,
    ) -> Result<Self, Error> {
        let mut attributes: Vec<(AttributeId, Type)> = Vec::with_capacity(values.len());
        for (name, _) in values {
            let scope = question.scope();
            let known = table.map_or(scope.catalog, EventTable::properties);
            let Some(attribute) = known.find(name) else {
                let why = if let Some(table) = table {
                    bind::no_property(table, name, NOWHERE)
                } else if scope.catalog.is_key(name) {
                    let message = format!("`{name}` is the key, which is given apart");
                    Diagnostic::new(Code::Unsupported, NOWHERE, message)
                } else {
                    scope.unknown_attribute(name, NOWHERE)
                };
                return Err(bad_row(change, at, None, why));
            };
            bind::check_given(attribute, NOWHERE)
                .map_err(|why| bad_row(change, at, Some(name), why))?;
            if attributes.iter().any(|(id, _)| *id == attribute.id) {
                let message = format!("`{name}` is named twice");
                let why = Diagnostic::new(Code::Duplicate, NOWHERE, message);
                return Err(bad_row(change, at, None, why));
            }
            attributes.push((attribute.id, attribute.ty));
        }
        let is_numbered = question
            .view
            .catalog
            .key()
            .is_some_and(|key| key.name == "key" && key.ty == KeyType::Int);
        if change.key.is_none() && !is_numbered {
            let message = "it has no key, and the customers of this pool are not numbered";
            let why = Diagnostic::new(Code::Missing, NOWHERE, message);
            return Err(bad_row(change, at, None, why));
        }
        Ok(Self {
            names: values.iter().map(|(name, _)| name.clone()).collect(),
            columns: vec![Vec::new(); attributes.len()],
            attributes,
            keys: change.key.as_ref().map(|_| Vec::new()),
            len: 0,
        })
    }

    /// Whether a change names the same attributes in the same order.
    fn takes(&self, change: &BatchChange, values: &[(String, Value)]) -> bool {
        change.key.is_some() == self.keys.is_some()
            && self.names.iter().eq(values.iter().map(|(name, _)| name))
    }

    fn push(
        &mut self,
        change: &BatchChange,
        values: &[(String, Value)],
        at: usize,
        question: &Question<'_>,
    ) -> Result<(), Error> {
        if let Some(keys) = &mut self.keys {
            keys.extend(check_key(change, at, question)?);
        }
        let scope = question.scope();
        let columns = self.columns.iter_mut().zip(&self.attributes);
        for ((column, (_, ty)), (name, value)) in columns.zip(values) {
            let value = bind::host_value(value, *ty, &scope)
                .map_err(|why| bad_row(change, at, Some(name), why))?;
            column.push(value);
        }
        self.len += 1;
        Ok(())
    }

    fn into_rows(self) -> Rows {
        let columns = self.attributes.into_iter().zip(self.columns);
        let columns = columns.map(|((id, ty), values)| (id, rows::column(ty, values))).collect();
        Rows { len: self.len, keys: self.keys.map(rows::keys), columns }
    }
}

/// The key of a change as the pool keeps it.
fn check_key(
    change: &BatchChange,
    at: usize,
    question: &Question<'_>,
) -> Result<Option<Value>, Error> {
    let View { catalog, .. } = &*question.view;
    let (Some(key), Some(column)) = (&change.key, catalog.key()) else { return Ok(None) };
    let value = match key {
        Key::Int(number) => Value::Int(*number),
        Key::Text(text) => Value::Text(text.clone()),
    };
    bind::host_key(&value, column.ty, &question.scope())
        .map(Some)
        .map_err(|why| bad_row(change, at, Some(&column.name), why))
}

/// A batch stands in no text.
const NOWHERE: SourceSpan = SourceSpan { start: 0, end: 0 };

fn bad_row(change: &BatchChange, at: usize, column: Option<&str>, why: Diagnostic) -> Error {
    Error::BadRow {
        row: at as u64 + 1,
        key: change.key.clone(),
        column: column.map(str::to_owned),
        diagnostic: Box::new(why),
    }
}
