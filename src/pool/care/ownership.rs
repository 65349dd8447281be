//! Who looks after whom: customers are claimed from the pool, let go, and lost to it.
//!
//! Whose a customer is stands in an attribute; each change of it is an event as well, in the same
//! commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bind;
use crate::catalog::{
    ACTION, Attribute, CLAIM, Catalog, EventTable, LAPSE, MOVES, OWNER, Ownership, RELEASE,
    Standard,
};
use crate::exec::MemberSet;
use crate::index::{Applied, Changes, Rows};
use crate::lang::ast::{Expr, ExprKind, List, Literal, Name, Selection};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Comparison, Projection, RowId, Source, Type, Value};
use crate::pool::change::{self, Change, RECORD_BYTES, enqueue, in_bulk, refused, written};
use crate::pool::current::Reach;
use crate::pool::question::Question;
use crate::pool::queue::{Job, Turn};
use crate::pool::writer::Writer;
use crate::pool::{Done, Error, Outcome, Session, Written};

/// `create ownership [owner]`
pub(super) fn create(session: &Session, name: Option<&Name>) -> Result<Outcome, Error> {
    let change = Change::begin(session, "create ownership")?;
    let (catalog, applied) = created(&change, name)?;
    let reach = Reach::Touched(&applied.touched);
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, reach)?;
    Ok(Outcome::Done(Done { commit }))
}

/// The pool once ownership is defined: of an attribute and a table that are there, or new ones.
pub(crate) fn created(
    change: &Change<'_>,
    name: Option<&Name>,
) -> Result<(Catalog, Applied), Error> {
    change.question().check_defined()?;
    let usual = Name { text: OWNER.to_owned(), span: SourceSpan::default() };
    let name = name.unwrap_or(&usual);
    let mut catalog = change.catalog();
    if let Some((owner, _)) = catalog.ownership() {
        let message = format!("`{}` says already who looks after customers", owner.name);
        return Err(Diagnostic::new(Code::Duplicate, name.span, message)
            .hint("`drop ownership` forgets that; the attribute and its events stay")
            .into());
    }
    let mut changes = Changes::default();
    let owner = match catalog.find(&name.text) {
        Some(Attribute { ty: Type::Text, definition: None, id, .. }) => *id,
        Some(_) => {
            let message = format!("`{}` is no text that is given", name.text);
            return Err(Diagnostic::new(Code::TypeMismatch, name.span, message).into());
        }
        None => {
            let id = catalog.add(&name.text, Type::Text).map_err(|error| refused(name, error))?;
            changes.added.push((id, Type::Text));
            id
        }
    };
    let moves = match catalog.table(MOVES) {
        Some(table) => {
            let texts = [ACTION, OWNER].map(|name| {
                table.properties().find(name).is_some_and(|property| property.ty == Type::Text)
            });
            if texts != [true; 2] {
                let message = format!(
                    "there is a table `{MOVES}` already, without the texts `{ACTION}` and `{OWNER}`"
                );
                return Err(Diagnostic::new(Code::Duplicate, name.span, message).into());
            }
            table.id()
        }
        None => {
            let properties = [(ACTION, Type::Text), (OWNER, Type::Text)];
            let table = catalog.add_table(MOVES, &properties);
            let table = table.map_err(|error| refused(name, error))?;
            let made = change::events_creation(table.id(), table.link(), table.columns());
            changes = Changes { added: changes.added, ..made };
            table.id()
        }
    };
    catalog.set_ownership(Some(Ownership { owner, moves }));
    let applied = change.apply(&changes)?;
    Ok((catalog, applied))
}

/// `drop ownership`
pub(super) fn drop(session: &Session) -> Result<Outcome, Error> {
    let change = Change::begin(session, "drop ownership")?;
    let mut catalog = change.catalog();
    if catalog.ownership().is_none() {
        return Err(no_ownership(SourceSpan::default()).into());
    }
    let releases = |standard: &&Standard| standard.clauses().release.is_some();
    let users = catalog.standards().iter().filter(releases);
    let users: Vec<String> = users.map(|s| format!("standard `{}`", s.name())).collect();
    if !users.is_empty() {
        let message = format!("ownership is used by {}", users.join(", "));
        let hint = "drop what uses it first: `drop standard …`";
        let error = Diagnostic::new(Code::InUse, SourceSpan::default(), message);
        return Err(error.hint(hint).into());
    }
    catalog.set_ownership(None);
    let applied = change.apply(&Changes::default())?;
    let nobody = Default::default();
    let reach = Reach::Touched(&nobody);
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, reach)?;
    Ok(Outcome::Done(Done { commit }))
}

/// Who changes hands, and how.
#[derive(Clone)]
enum Moving {
    /// Those who are free, to an owner.
    Claim(Selection, Expr),
    /// Those who have an owner, to nobody.
    Release(Selection),
    /// Those whom their owners have left alone for too long, to nobody.
    Lapse,
}

/// `claim keys ("C1") for "anna"`
pub(super) fn claim(session: &Session, whom: &Selection, owner: &Expr) -> Result<Outcome, Error> {
    moved(session, &Moving::Claim(whom.clone(), owner.clone()), "claim").map(Outcome::Written)
}

/// `release keys ("C1")`
pub(super) fn release(session: &Session, whom: &Selection) -> Result<Outcome, Error> {
    moved(session, &Moving::Release(whom.clone()), "release").map(Outcome::Written)
}

/// `release due`
pub(super) fn release_due(session: &Session) -> Result<Outcome, Error> {
    moved(session, &Moving::Lapse, "release").map(Outcome::Written)
}

/// Releases those whom their owners have left alone for too long; the commit, if there are any.
pub(crate) fn lapse(session: &Session) -> Result<Option<u64>, Error> {
    let view = session.pool.view();
    if view.catalog.standards().iter().all(|standard| standard.idle().is_none()) {
        return Ok(None);
    }
    let written = moved(session, &Moving::Lapse, "release")?;
    Ok(written.commit.filter(|_| written.rows > 0))
}

/// The same as a further step of a writer, so that it becomes durable with what caused it.
pub(crate) fn lapse_with(writer: &mut Writer<'_>, session: &Session) -> Result<(), Error> {
    let view = Arc::clone(writer.view());
    if view.catalog.standards().iter().all(|standard| standard.idle().is_none()) {
        return Ok(());
    }
    let question = Question::current(session, Arc::clone(&view))?;
    let changes = chosen(&question, &Moving::Lapse)?;
    if !changes.upserted.is_empty() {
        writer.step(&changes, view.settings.clone(), session)?;
    }
    Ok(())
}

fn moved(session: &Session, moving: &Moving, words: &'static str) -> Result<Written, Error> {
    session.pool.check_writable(words)?;
    let prepare = |question: &Question<'_>| -> Result<Option<Job>, Error> {
        let question = Question::current(session, Arc::clone(&question.view))?;
        let is_small = chosen(&question, moving)?.n_bytes() <= RECORD_BYTES;
        let catalog = Arc::clone(&question.view.catalog);
        let (session, moving) = (session.clone(), moving.clone());
        Ok(is_small.then(|| {
            Job::Any(Box::new(move |writer: &mut Writer<'_>| {
                let view = Arc::clone(writer.view());
                if !Arc::ptr_eq(&catalog, &view.catalog) {
                    return Ok(Turn::Stale);
                }
                let question = Question::current(&session, Arc::clone(&view))?;
                let changes = chosen(&question, &moving)?;
                let n = changes.upserted.iter().map(|rows| rows.len as u64).sum();
                if n == 0 {
                    return Ok(Turn::Done(written(0, view.snapshot.commit())));
                }
                let step = writer.step(&changes, view.settings.clone(), &session)?;
                Ok(Turn::Done(written(n, step.commit)))
            }))
        }))
    };
    match enqueue(session, prepare)? {
        Some(written) => Ok(written),
        None => {
            let written = in_bulk(session, words, |question| {
                let question = Question::current(session, Arc::clone(&question.view))?;
                chosen(&question, moving)
            })?;
            // Of each customer an event was written as well.
            Ok(Written { rows: written.rows / 2, ..written })
        }
    }
}

/// The new owners, and an event for each.
fn chosen(question: &Question<'_>, moving: &Moving) -> Result<Changes, Error> {
    let place = match moving {
        Moving::Claim(whom, _) | Moving::Release(whom) => place(whom),
        Moving::Lapse => SourceSpan::default(),
    };
    let Some((attribute, table)) = question.view.catalog.ownership() else {
        return Err(no_ownership(place).into());
    };
    let rows = match moving {
        Moving::Claim(whom, _) | Moving::Release(whom) => question.selected(whom)?,
        Moving::Lapse => question.idle()?,
    };
    let shown =
        Projection { name: attribute.name.clone(), source: Source::Attribute(attribute.id) };
    let owners = question.values(&rows, &[shown])?.into_iter().flatten();
    let mut owned: Vec<(RowId, Value)> = rows.into_iter().zip(owners).collect();
    let (action, to) = match moving {
        Moving::Claim(whom, owner) => {
            let to = owner_of(owner, question)?;
            if let Selection::Keys(_) = whom {
                refuse_owned(&owned, &to, question, place)?;
            }
            owned.retain(|(_, of)| of.is_null());
            check_limits(&owned, &to, attribute, question, owner.span)?;
            (CLAIM, to)
        }
        Moving::Release(_) => (RELEASE, Value::Null),
        Moving::Lapse => (LAPSE, Value::Null),
    };
    if to.is_null() {
        owned.retain(|(_, of)| !of.is_null());
    }
    if owned.is_empty() {
        return Ok(Changes::default());
    }
    changes(question, (attribute, table), &owned, action, &to)
}

/// The rows of customers and of events.
fn changes(
    question: &Question<'_>,
    (attribute, table): (&Attribute, &EventTable),
    owned: &[(RowId, Value)],
    action: &str,
    to: &Value,
) -> Result<Changes, Error> {
    let now = Value::Timestamp(question.now);
    bind::check_time(Some(&now), SourceSpan::default(), &question.scope())?;
    let rows: Vec<RowId> = owned.iter().map(|(row, _)| *row).collect();
    let (len, keys) = (rows.len(), Some(question.keys_of(&rows)?));
    let column = |value: &Value| change::column(Type::Text, vec![value.clone(); len]);
    let of = owned.iter().map(|(_, of)| if to.is_null() { of.clone() } else { to.clone() });
    let property = |name: &str| {
        let property = table.properties().find(name).map(|property| property.id);
        property.ok_or_else(|| Error::Inner(format!("`{MOVES}` lacks `{name}`")))
    };
    let columns = vec![
        (table.at(), change::column(Type::Timestamp, vec![now; len])),
        (property(ACTION)?, column(&action.into())),
        (property(OWNER)?, change::column(Type::Text, of.collect())),
    ];
    let events = Rows { len, keys: keys.clone(), columns };
    let customers = Rows { len, keys, columns: vec![(attribute.id, column(to))] };
    let events = Changes { upserted: vec![events], ..Changes::default() };
    Ok(Changes {
        upserted: vec![customers],
        tables: [(table.id(), events)].into(),
        ..Changes::default()
    })
}

/// The name of who claims.
fn owner_of(owner: &Expr, question: &Question<'_>) -> Result<Value, Error> {
    let value = bind::literal(owner, Type::Text, &question.scope())?;
    match &value {
        Value::Text(text) if !text.trim().is_empty() => Ok(value),
        _ => {
            let message = "customers are claimed for somebody";
            Err(Diagnostic::new(Code::Missing, owner.span, message).into())
        }
    }
}

/// Refuses to take customers from somebody.
fn refuse_owned(
    owned: &[(RowId, Value)],
    to: &Value,
    question: &Question<'_>,
    place: SourceSpan,
) -> Result<(), Error> {
    let mut others = owned.iter().filter(|(_, of)| !of.is_null() && of != to);
    let Some((row, of)) = others.next() else { return Ok(()) };
    question.load_keys()?;
    let key = question.view.snapshot.keys()?.key(*row).to_owned();
    let more = match others.count() {
        0 => String::new(),
        n => format!(", and {n} more are not free"),
    };
    let message = format!("customer `{key}` belongs to `{of}`{more}");
    let hint = "`release keys (…)` frees customers; `claim where …` takes those who are free";
    Err(Diagnostic::new(Code::InUse, place, message).hint(hint).into())
}

/// Refuses more customers of a standard than one owner may have.
fn check_limits(
    claimed: &[(RowId, Value)],
    to: &Value,
    attribute: &Attribute,
    question: &Question<'_>,
    place: SourceSpan,
) -> Result<(), Error> {
    let catalog = &question.view.catalog;
    let limited = catalog.standards().iter();
    let limited: Vec<_> =
        limited.filter_map(|standard| Some((standard, standard.clauses().limit?))).collect();
    if limited.is_empty() || claimed.is_empty() {
        return Ok(());
    }
    let expr = |kind| Expr { kind, span: SourceSpan::default() };
    let rule = expr(ExprKind::Compare {
        op: Comparison::Equal,
        left: Box::new(expr(ExprKind::Name(attribute.name.clone()))),
        right: Box::new(expr(ExprKind::Literal(Literal::Text(to.to_string())))),
    });
    let has = question.members_of_rule(Some(&rule))?;
    for (standard, limit) in limited {
        let members = question.cared_for(standard)?;
        let n_had = has.and(&members).len();
        let n_new = claimed.iter().filter(|(row, _)| members.contains(*row)).count() as u64;
        if n_new > 0 && n_had + n_new > limit {
            let message = format!(
                "`{to}` would have {} customers of standard `{}`, which allows {limit}",
                n_had + n_new,
                standard.name()
            );
            let hint = match limit.saturating_sub(n_had) {
                0 => format!("`{to}` has {n_had} already"),
                left => format!("`{to}` has {n_had} already and may claim {left} more"),
            };
            return Err(Diagnostic::new(Code::OutOfBounds, place, message).hint(hint).into());
        }
    }
    Ok(())
}

/// Where customers are named.
fn place(whom: &Selection) -> SourceSpan {
    match whom {
        Selection::Rule(rule) => rule.span,
        Selection::Keys(List::Parameter(name)) => name.span,
        Selection::Keys(List::Values(keys)) => match (keys.first(), keys.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => SourceSpan::default(),
        },
    }
}

fn no_ownership(span: SourceSpan) -> Diagnostic {
    let message = "nobody looks after customers in this pool yet";
    Diagnostic::new(Code::Missing, span, message).hint("`create ownership` says who does")
}

impl Question<'_> {
    /// The customers that a statement names, ascending.
    fn selected(&self, whom: &Selection) -> Result<Vec<RowId>, Error> {
        Ok(match whom {
            Selection::Keys(keys) => self.customers(keys)?,
            Selection::Rule(rule) => self.members_of_rule(Some(rule))?.to_rows(),
        })
    }

    /// Those whom their owners have left alone for too long, by any standard; ascending.
    fn idle(&self) -> Result<Vec<RowId>, Error> {
        let mut idle = BTreeSet::new();
        for standard in self.view.catalog.standards() {
            if let Some(list) = standard.idle() {
                let members: MemberSet = self.listed(Some(&list))?;
                idle.extend(members.iter());
            }
        }
        Ok(idle.into_iter().collect())
    }
}
