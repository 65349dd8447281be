//! Creating standards, and changing what they ask for.

use super::answers::{StandardDescription, count};
use crate::bind;
use crate::catalog::{Catalog, CatalogError, Standard};
use crate::index::{Applied, Changes};
use crate::lang::ast::{self, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, Type, Value};
use crate::pool::change::{Change, refused};
use crate::pool::current::Reach;
use crate::pool::question::Question;
use crate::pool::{Done, Error, Outcome, Session, Table};

/// `create standard …`
pub(super) fn create(session: &Session, standard: &ast::Standard) -> Result<Outcome, Error> {
    let change = Change::begin(session, "create standard")?;
    let (catalog, applied, ids) = created(&change, standard)?;
    finish(change, catalog, &applied, &ids)
}

/// The pool once a standard is defined, whose groups nobody is in yet.
pub(crate) fn created(
    change: &Change<'_>,
    standard: &ast::Standard,
) -> Result<(Catalog, Applied, Vec<AttributeId>), Error> {
    change.question().check_defined()?;
    if change.view.catalog.standard(&standard.name.text).is_some() {
        let error = CatalogError::StandardTaken(standard.name.text.clone());
        return Err(refused(&standard.name, error));
    }
    put(change, standard)
}

/// `alter standard …`: other clauses, and perhaps for another group.
pub(super) fn alter(session: &Session, standard: &ast::Standard) -> Result<Outcome, Error> {
    let change = Change::begin(session, "alter standard")?;
    change.question().standard(&standard.name)?;
    let (catalog, applied, ids) = put(&change, standard)?;
    finish(change, catalog, &applied, &ids)
}

fn put(
    change: &Change<'_>,
    standard: &ast::Standard,
) -> Result<(Catalog, Applied, Vec<AttributeId>), Error> {
    check(&change.question(), standard)?;
    let mut catalog = change.catalog();
    let kept = catalog
        .put_standard(Standard::new(standard.clone()), change.created())
        .map_err(|error| told(&standard.name, error))?;
    let added = kept.added.iter().map(|id| (*id, Type::Bool)).collect();
    let changes = Changes { added, dropped: kept.gone, ..Changes::default() };
    let applied = change.apply(&changes)?;
    Ok((catalog, applied, [kept.added, kept.altered].concat()))
}

/// `drop standard s [cascade]`
pub(super) fn drop(session: &Session, name: &Name, cascade: bool) -> Result<Outcome, Error> {
    let change = Change::begin(session, "drop standard")?;
    change.question().standard(name)?;
    let mut catalog = change.catalog();
    let dropped = catalog.drop_standard(&name.text, cascade).map_err(|error| told(name, error))?;
    let applied = change.apply(&Changes { dropped, ..Changes::default() })?;
    finish(change, catalog, &applied, &[])
}

fn finish(
    change: Change<'_>,
    catalog: Catalog,
    applied: &Applied,
    ids: &[AttributeId],
) -> Result<Outcome, Error> {
    let nobody = Default::default();
    let reach = if ids.is_empty() { Reach::Touched(&nobody) } else { Reach::New(ids) };
    let commit = change.finish(catalog, applied.snapshot.clone(), &applied.dirty, reach)?;
    Ok(Outcome::Done(Done { commit }))
}

/// What keeps a standard from being defined or dropped, at its name.
fn told(name: &Name, error: CatalogError) -> Error {
    match error {
        CatalogError::Used(list, users) => {
            let message = format!("`{list}` is used by {users}");
            let hint = format!("`drop standard {name} cascade` drops them too");
            Diagnostic::new(Code::InUse, name.span, message).hint(hint).into()
        }
        CatalogError::NoOwnership => {
            let message = "nobody looks after customers in this pool, so none can be released";
            let hint = "`create ownership` says who does";
            Diagnostic::new(Code::Missing, name.span, message).hint(hint).into()
        }
        CatalogError::GroupTaken(list) => {
            let message = format!("there is already a group `{list}`, as the standard's would be");
            Diagnostic::new(Code::Duplicate, name.span, message).into()
        }
        other => refused(name, other),
    }
}

/// Refuses a standard whose names mean nothing, each at its place.
fn check(question: &Question<'_>, standard: &ast::Standard) -> Result<(), Error> {
    let catalog = &question.view.catalog;
    if let Some(group) = &standard.group {
        question.group(group)?;
        if let Some(keeper) = catalog.keeper(&group.text)
            && keeper.name() == standard.name.text
        {
            let message = "a standard cannot be for a group that it keeps";
            return Err(Diagnostic::new(Code::Unsupported, group.span, message).into());
        }
    }
    for cadence in standard.visit.iter().chain(&standard.release) {
        bind::event_table(&cadence.table, catalog)?;
    }
    if let Some(answer) = &standard.answer {
        answered(answer, catalog)?;
    }
    let lists = Standard::new(standard.clone());
    if let (Some(group), Some(_)) = (&standard.group, lists.lists().next())
        && let Some(rule) = catalog.group(&group.text).and_then(|group| group.rule())
        && let Ok(rule) = crate::lang::parse_rule(rule)
        && let Some(list) = lists.lists().find(|list| catalog.path_to_group(&rule, list).is_some())
    {
        let message = format!("group `{}` goes by `{list}`, which would go by it", group.text);
        return Err(Diagnostic::new(Code::Unsupported, group.span, message).into());
    }
    Ok(())
}

/// The property that says when something was answered.
pub(super) fn answered(answer: &ast::Answer, catalog: &Catalog) -> Result<AttributeId, Error> {
    let table = bind::event_table(&answer.table, catalog)?;
    if let Some(name) = &answer.property {
        let property = bind::property(name, table, None)?;
        if property.ty == Type::Timestamp && property.id != table.at() {
            return Ok(property.id);
        }
        let message = match property.ty {
            Type::Timestamp => "it is when something was asked, and not when it was answered",
            _ => "when something was answered is a timestamp",
        };
        return Err(Diagnostic::new(Code::TypeMismatch, name.span, message).into());
    }
    let properties = table.properties().attributes().iter();
    let mut instants = properties.filter(|a| a.ty == Type::Timestamp && a.id != table.at());
    let at = answer.table.span;
    match (instants.next(), instants.next()) {
        (Some(only), None) => Ok(only.id),
        (None, _) => {
            let message = format!("`{}` does not say when it was answered", table.name());
            let hint = "a property of type `timestamp` beside `at` would";
            Err(Diagnostic::new(Code::Missing, at, message).hint(hint).into())
        }
        (Some(one), Some(_)) => {
            let message = format!("`{}` has several timestamps", table.name());
            let name = Name { text: one.name.clone(), span: SourceSpan::default() };
            let hint = format!("say which: `by {}.{name}`", answer.table);
            Err(Diagnostic::new(Code::Missing, at, message).hint(hint).into())
        }
    }
}

impl Question<'_> {
    /// `show standards`: a row a standard.
    pub(super) fn show_standards(&self) -> Result<Table, Error> {
        self.check_defined()?;
        let mut rows = Vec::new();
        for standard in self.view.catalog.standards() {
            let due = match standard.due() {
                Some(list) => count(self.listed(Some(&list))?.len()),
                None => Value::Null,
            };
            rows.push(vec![
                standard.name().into(),
                standard.group().map_or(Value::Null, Value::from),
                count(self.cared_for(standard)?.len()),
                due,
                standard.statement().into(),
            ]);
        }
        let columns = ["standard", "group", "customers", "due", "statement"];
        Ok(Table { columns: columns.map(str::to_owned).to_vec(), rows })
    }

    /// `describe standard s`
    pub(super) fn describe_standard(&self, name: &Name) -> Result<StandardDescription, Error> {
        let standard = self.standard(name)?;
        let clauses = standard.clauses();
        let text = |text: &Option<ast::TextLiteral>| text.as_ref().map(|text| text.text.clone());
        let list = |list: Option<String>| -> Result<Option<u64>, Error> {
            list.map(|list| Ok(self.listed(Some(&list))?.len())).transpose()
        };
        let cadence = |cadence: &ast::Cadence, words: &str| {
            format!("{words} {} by {}", cadence.every, cadence.table)
        };
        let answer = clauses.answer.as_ref().map(|answer| {
            let property = answer.property.as_ref();
            let property = property.map_or_else(String::new, |name| format!(".{name}"));
            format!("within {} by {}{property}", answer.within, answer.table)
        });
        Ok(StandardDescription {
            name: standard.name().to_owned(),
            group: standard.group().map(str::to_owned),
            customers: self.cared_for(standard)?.len(),
            visit: clauses.visit.as_ref().map(|visit| cadence(visit, "every")),
            answer,
            offer: text(&clauses.offer),
            owner: text(&clauses.owner),
            note: text(&clauses.note),
            release: clauses.release.as_ref().map(|release| cadence(release, "after")),
            protect: clauses.protect.map(|length| length.to_string()),
            limit: clauses.limit,
            due: list(standard.due())?,
            idle: list(standard.idle())?,
            statement: standard.statement(),
        })
    }
}
