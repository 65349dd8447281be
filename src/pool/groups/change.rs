//! `add keys … to g`, `remove where … from g`: members of fixed groups, by hand.

use std::sync::Arc;

use crate::index::{Changes, ColumnData, Rows};
use crate::lang::ast::{Name, Selection};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, RowId};
use crate::pool::change::{RECORD_BYTES, enqueue, in_bulk, written};
use crate::pool::question::Question;
use crate::pool::queue::{Job, Turn};
use crate::pool::writer::Writer;
use crate::pool::{Error, Outcome, Session};

/// `add …`
pub(super) fn add(session: &Session, members: &Selection, group: &Name) -> Result<Outcome, Error> {
    changed(session, members, group, true)
}

/// `remove …`
pub(super) fn remove(
    session: &Session,
    members: &Selection,
    group: &Name,
) -> Result<Outcome, Error> {
    changed(session, members, group, false)
}

fn changed(
    session: &Session,
    members: &Selection,
    group: &Name,
    joins: bool,
) -> Result<Outcome, Error> {
    session.pool.check_writable(if joins { "add" } else { "remove" })?;
    let prepare = |question: &Question<'_>| -> Result<Option<Job>, Error> {
        fixed(question, group)?;
        if joins {
            check_open(question, group)?;
        }
        if let Selection::Rule(rule) = members {
            question.check(rule)?;
        }
        let is_small = chosen(question, members, group, joins)?.n_bytes() <= RECORD_BYTES;
        let catalog = Arc::clone(&question.view.catalog);
        let (session, members, group) = (session.clone(), members.clone(), group.clone());
        Ok(is_small.then(|| {
            Job::Any(Box::new(move |writer: &mut Writer<'_>| {
                let view = Arc::clone(writer.view());
                if !Arc::ptr_eq(&catalog, &view.catalog) {
                    return Ok(Turn::Stale);
                }
                let question = Question::current(&session, Arc::clone(&view))?;
                let changes = chosen(&question, &members, &group, joins)?;
                let n = changes.upserted.iter().map(|rows| rows.len as u64).sum();
                if n == 0 {
                    return Ok(Turn::Done(written(0, view.snapshot.commit())));
                }
                let step = writer.step(&changes, view.settings.clone(), &session)?;
                Ok(Turn::Done(written(n, step.commit)))
            }))
        }))
    };
    let written = match enqueue(session, prepare)? {
        Some(written) => written,
        None => in_bulk(session, "add", |question| {
            let question = Question::current(session, Arc::clone(&question.view))?;
            chosen(&question, members, group, joins)
        })?,
    };
    Ok(Outcome::Written(written))
}

/// Those who are to enter or leave, and would: members enter no more, and others do not leave.
fn chosen(
    question: &Question<'_>,
    members: &Selection,
    group: &Name,
    joins: bool,
) -> Result<Changes, Error> {
    let id = fixed(question, group)?;
    if joins {
        check_open(question, group)?;
    }
    let rows = match members {
        Selection::Keys(keys) => question.customers(keys)?,
        Selection::Rule(rule) => {
            let question = Question::current(question.session, Arc::clone(&question.view))?;
            let asked = question.asking_members(&[], Some(rule))?;
            asked.member_set(&asked.bind(Some(rule))?)?.to_rows()
        }
    };
    question.load(&[id])?;
    let mut moving: Vec<RowId> = Vec::new();
    for row in rows {
        if question.view.snapshot.is_flagged(id, row)? != joins {
            moving.push(row);
        }
    }
    if moving.is_empty() {
        return Ok(Changes::default());
    }
    let (len, keys) = (moving.len(), Some(question.keys_of(&moving)?));
    let columns = vec![(id, ColumnData::Units(vec![joins.then_some(1); len]))];
    Ok(Changes { upserted: vec![Rows { len, keys, columns }], ..Changes::default() })
}

/// The column of a fixed group's members.
fn fixed(question: &Question<'_>, name: &Name) -> Result<AttributeId, Error> {
    let group = question.group(name)?;
    if !group.is_dynamic() {
        return Ok(group.id());
    }
    let message = format!("`{}` is a dynamic group: its rule says who is in it", group.name());
    let hint = format!(
        "`alter group {name} as …` changes the rule, `freeze {name} as …` makes a fixed group of it"
    );
    Err(Diagnostic::new(Code::Unsupported, name.span, message).hint(hint).into())
}

/// Refuses to add to a group that has ended.
fn check_open(question: &Question<'_>, name: &Name) -> Result<(), Error> {
    let group = question.group(name)?;
    let Some(end) = group.ends().filter(|end| *end <= question.now) else { return Ok(()) };
    let at = question.view.settings.zone.format(end);
    let message = format!("`{}` has ended, at {at}", group.name());
    let hint = format!("`alter group {name} expire never` opens it again, with nobody in it");
    Err(Diagnostic::new(Code::Unsupported, name.span, message).hint(hint).into())
}
