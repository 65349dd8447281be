//! Creating groups, and changing what they are.

use std::path::Path;

use crate::bind;
use crate::catalog::{Catalog, CatalogError, Definition, Group, User, told};
use crate::exec::MemberSet;
use crate::index::{Applied, Changes, Dirty, Others};
use crate::lang::ast::{Expr, ExprKind, GroupSource, Literal, Name};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, Comparison, Instant, RowId, Type};
use crate::pool::change::{Change, catch_up, refused};
use crate::pool::current::Reach;
use crate::pool::question::Question;
use crate::pool::{Done, Error, Outcome, Session};

/// `create dynamic group …`, `create fixed group …`
pub(super) fn create(
    session: &Session,
    name: &Name,
    source: &GroupSource,
    expires: Option<&Expr>,
) -> Result<Outcome, Error> {
    let change = Change::begin(session, "create group")?;
    let question = Question::current(session, change.view.clone())?;
    question.check_defined()?;
    match source {
        GroupSource::Dynamic(rule) => {
            let end = end(&question, expires)?;
            let rule = until(&question, rule, end);
            let (catalog, applied, id) = created(&change, name, &rule)?;
            finish(change, catalog, applied, Reach::New(&[id]))
        }
        GroupSource::Fixed(rule) => {
            let (members, end) = (members(&question, rule)?, end(&question, expires)?);
            create_fixed(change, name, &members, end)
        }
        GroupSource::Keys(keys) => {
            let (rows, end) = (question.customers(keys)?, end(&question, expires)?);
            create_fixed(change, name, &set_of(&rows, &question), end)
        }
        GroupSource::File { path, key } => {
            let end = end(&question, expires)?;
            let rows = question.customers_in(path, key, Path::new(""))?;
            create_fixed(change, name, &set_of(&rows, &question), end)
        }
    }
}

/// The instant that is written after `expire at`, which is yet to come.
fn end(question: &Question<'_>, expires: Option<&Expr>) -> Result<Option<Instant>, Error> {
    let Some(moment) = expires else { return Ok(None) };
    let end = question.instant(moment)?;
    if end <= question.now {
        let now = question.view.settings.zone.format(question.now);
        let message = format!("the group would have ended: it is {now}");
        return Err(Diagnostic::new(Code::OutOfBounds, moment.span, message).into());
    }
    Ok(Some(end))
}

/// A rule that holds of nobody any more from an instant on.
fn until(question: &Question<'_>, rule: &Expr, end: Option<Instant>) -> Expr {
    let Some(end) = end else { return rule.clone() };
    let expr = |kind| Expr { kind, span: rule.span };
    let instant = question.view.settings.zone.format(end);
    let end = ExprKind::Compare {
        op: Comparison::Less,
        left: Box::new(expr(ExprKind::Literal(Literal::Now))),
        right: Box::new(expr(ExprKind::Literal(Literal::Instant(instant)))),
    };
    let mut clauses = match &rule.kind {
        ExprKind::And(clauses) => clauses.clone(),
        _ => vec![rule.clone()],
    };
    clauses.push(expr(end));
    expr(ExprKind::And(clauses))
}

/// What `expire at` made of a rule: the rule without it, and the instant; `None` when it is a rule
/// that does not end.
fn ending(rule: &Expr) -> Option<(Expr, &Expr)> {
    let ExprKind::And(clauses) = &rule.kind else { return None };
    let (last, others) = clauses.split_last()?;
    let ExprKind::Compare { op: Comparison::Less, left, right } = &last.kind else { return None };
    let is_now = matches!(left.kind, ExprKind::Literal(Literal::Now));
    let is_instant = matches!(right.kind, ExprKind::Literal(Literal::Instant(_)));
    if !is_now || !is_instant || others.is_empty() {
        return None;
    }
    let rule = match others {
        [only] => only.clone(),
        _ => Expr { kind: ExprKind::And(others.to_vec()), span: rule.span },
    };
    Some((rule, right))
}

/// The pool once a dynamic group is defined, which nobody is in yet.
pub(crate) fn created(
    change: &Change<'_>,
    name: &Name,
    rule: &Expr,
) -> Result<(Catalog, Applied, AttributeId), Error> {
    let question = change.question();
    question.check_defined()?;
    refuse_itself(name, rule)?;
    bind::check_group_rule(rule, None, &question.scope())?;
    let mut catalog = change.catalog();
    let definition = Definition::new(rule.clone());
    let id = catalog
        .add_group(&name.text, Some(definition), change.created())
        .map_err(|error| refused(name, error))?;
    let changes = Changes { added: vec![(id, Type::Bool)], ..Changes::default() };
    let applied = change.apply(&changes)?;
    Ok((catalog, applied, id))
}

/// The pool once a fixed group is defined of the customers whose keys a file in a folder holds.
pub(crate) fn fixed_in_file(
    change: &Change<'_>,
    name: &Name,
    source: &GroupSource,
    expires: Option<&Expr>,
    folder: &Path,
) -> Result<Option<(Catalog, Applied)>, Error> {
    let GroupSource::File { path, key } = source else { return Ok(None) };
    let question = change.question();
    question.check_defined()?;
    let rows = question.customers_in(path, key, folder)?;
    // It may have ended already; nobody is in the file then.
    let end = expires.map(|moment| question.instant(moment)).transpose()?;
    fixed(change, name, &set_of(&rows, &question), end).map(Some)
}

fn fixed(
    change: &Change<'_>,
    name: &Name,
    members: &MemberSet,
    end: Option<Instant>,
) -> Result<(Catalog, Applied), Error> {
    let mut catalog = change.catalog();
    let id = catalog
        .add_group(&name.text, None, change.created())
        .and_then(|id| catalog.end_group(&name.text, end).map(|()| id))
        .map_err(|error| refused(name, error))?;
    let changes = Changes { added: vec![(id, Type::Bool)], ..Changes::default() };
    let mut applied = change.apply(&changes)?;
    let executor = change.session.executor();
    let (snapshot, dirty) =
        applied.snapshot.with_flags(id, members.chunks(), Others::Missing, &executor)?;
    applied.snapshot = snapshot;
    applied.dirty.merge(&Dirty { columns: [(id, dirty)].into(), ..Dirty::default() });
    Ok((catalog, applied))
}

fn create_fixed(
    change: Change<'_>,
    name: &Name,
    members: &MemberSet,
    end: Option<Instant>,
) -> Result<Outcome, Error> {
    let (catalog, applied) = fixed(&change, name, members, end)?;
    finish(change, catalog, applied, Reach::Touched(&Default::default()))
}

/// `freeze g as h [expire at T]`
pub(super) fn freeze(
    session: &Session,
    group: &Name,
    name: &Name,
    expires: Option<&Expr>,
) -> Result<Outcome, Error> {
    let change = Change::begin(session, "freeze")?;
    let question = Question::current(session, change.view.clone())?;
    let id = question.group(group)?.id();
    let (members, end) = (question.members_now(id)?, end(&question, expires)?);
    create_fixed(change, name, &members, end)
}

/// `alter group g as RULE`
pub(super) fn alter(
    session: &Session,
    name: &Name,
    rule: &Expr,
    expires: Option<&Expr>,
) -> Result<Outcome, Error> {
    let change = Change::begin(session, "alter group")?;
    let question = change.question();
    check_rule(&question, name, rule)?;
    let rule = until(&question, rule, end(&question, expires)?);
    with_rule(change, name, rule)
}

/// `alter group g expire at T`, `alter group g expire never`
pub(super) fn expire(session: &Session, name: &Name, at: Option<&Expr>) -> Result<Outcome, Error> {
    session.pool.check_writable("alter group")?;
    let view = session.pool.view();
    let old = view.catalog.group(&name.text).and_then(Group::ends);
    let now = session.pool.now(&view, session.now);
    if old.is_some_and(|old| view.as_of.is_none_or(|as_of| as_of < old) && old <= now) {
        // It has ended, and no commit was made of that yet: nobody comes back.
        catch_up(session)?;
    }
    let change = Change::begin(session, "alter group")?;
    let question = change.question();
    let (group, end) = (question.group(name)?, end(&question, at)?);
    if let Some(definition) = &group.members().definition {
        check_unkept(&question, group, name)?;
        let rule = definition.expr();
        let rule = ending(rule).map_or_else(|| rule.clone(), |(rule, _)| rule);
        let rule = until(&question, &rule, end);
        return with_rule(change, name, rule);
    }
    let mut catalog = change.catalog();
    catalog.end_group(&name.text, end).map_err(|error| refused(name, error))?;
    let applied = change.apply(&Changes::default())?;
    finish(change, catalog, applied, Reach::Touched(&Default::default()))
}

fn with_rule(change: Change<'_>, name: &Name, rule: Expr) -> Result<Outcome, Error> {
    let mut catalog = change.catalog();
    let id = catalog
        .alter_group(&name.text, Definition::new(rule))
        .map_err(|error| refused(name, error))?;
    let applied = change.apply(&Changes::default())?;
    finish(change, catalog, applied, Reach::New(&[id]))
}

/// Refuses a rule that a group cannot be given.
pub(super) fn check_rule(question: &Question<'_>, name: &Name, rule: &Expr) -> Result<(), Error> {
    let group = question.group(name)?;
    if !group.is_dynamic() {
        let error = CatalogError::Fixed(group.name().to_owned());
        return Err(refused(name, error));
    }
    check_unkept(question, group, name)?;
    bind::check_group_rule(rule, Some(group.id()), &question.scope())?;
    let Some(path) = question.view.catalog.path_to_group(rule, group.name()) else {
        return Ok(());
    };
    let itself = User { name: group.name().to_owned(), is_group: true };
    let path = [vec![itself], path].concat();
    let path: Vec<String> = path.iter().map(|user| told(std::slice::from_ref(user))).collect();
    let message = format!("a group cannot go by itself: {}", path.join(" → "));
    Err(Diagnostic::new(Code::Unsupported, rule.span, message).into())
}

/// Refuses a group whose rule a standard says.
fn check_unkept(question: &Question<'_>, group: &Group, name: &Name) -> Result<(), Error> {
    let Some(keeper) = question.view.catalog.keeper(group.name()) else { return Ok(()) };
    let keeper = keeper.name();
    let message = format!("`{}` is kept by standard `{keeper}`", group.name());
    let hint = "`alter standard …` changes what it asks for";
    Err(Diagnostic::new(Code::InUse, name.span, message).hint(hint).into())
}

/// `rename group a to b`
pub(super) fn rename(session: &Session, from: &Name, to: &Name) -> Result<Outcome, Error> {
    let change = Change::begin(session, "rename group")?;
    change.question().group(from)?;
    let mut catalog = change.catalog();
    catalog.rename_group(&from.text, &to.text).map_err(|error| {
        let place = if matches!(error, CatalogError::Used(..)) { from } else { to };
        refused(place, error)
    })?;
    let applied = change.apply(&Changes::default())?;
    finish(change, catalog, applied, Reach::Touched(&Default::default()))
}

/// `drop group g [cascade]`
pub(super) fn drop(session: &Session, name: &Name, cascade: bool) -> Result<Outcome, Error> {
    let change = Change::begin(session, "drop group")?;
    change.question().group(name)?;
    let mut catalog = change.catalog();
    let dropped = match cascade {
        true => catalog.drop_group_with_users(&name.text),
        false => catalog.drop_group(&name.text).map(|id| vec![id]),
    };
    let dropped = dropped.map_err(|error| match refused(name, error) {
        Error::Language { diagnostic, position } if diagnostic.code == Code::InUse => {
            let hint = format!("`drop group {name} cascade` drops them too");
            Error::Language { diagnostic: Box::new(diagnostic.hint(hint)), position }
        }
        other => other,
    })?;
    let applied = change.apply(&Changes { dropped, ..Changes::default() })?;
    finish(change, catalog, applied, Reach::Touched(&Default::default()))
}

fn finish(
    change: Change<'_>,
    catalog: Catalog,
    applied: Applied,
    reach: Reach<'_>,
) -> Result<Outcome, Error> {
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, reach)?;
    Ok(Outcome::Done(Done { commit }))
}

fn refuse_itself(name: &Name, rule: &Expr) -> Result<(), Error> {
    if !rule.groups().contains(&name.text) {
        return Ok(());
    }
    let message = format!("a group cannot go by itself: group `{}`", name.text);
    Err(Diagnostic::new(Code::Unsupported, rule.span, message).into())
}

fn members(question: &Question<'_>, rule: &Expr) -> Result<MemberSet, Error> {
    let asked = question.asking_members(&[], Some(rule))?;
    asked.member_set(&asked.bind(Some(rule))?)
}

fn set_of(rows: &[RowId], question: &Question<'_>) -> MemberSet {
    let snapshot = &question.view.snapshot;
    MemberSet::of_rows(snapshot.size(), snapshot.n_rows(), rows)
}

impl Question<'_> {
    /// The members of a group, by the column that holds them.
    pub(crate) fn members_now(&self, id: AttributeId) -> Result<MemberSet, Error> {
        self.load(&[id])?;
        let snapshot = &self.view.snapshot;
        let chunks = snapshot.flagged(id, &self.executor)?;
        Ok(MemberSet::new(snapshot.size(), snapshot.n_rows(), chunks))
    }

    /// When a group ends, or has ended.
    pub(super) fn end_of(&self, group: &Group) -> Option<Instant> {
        let rule = group.members().definition.as_ref().map(Definition::expr);
        let at = rule.and_then(ending).and_then(|(_, at)| self.instant(at).ok());
        at.or(group.ends())
    }

    /// The size of a group.
    pub(super) fn size_of(&self, group: &Group) -> Result<u64, Error> {
        self.members_now(group.id()).map(|members| members.len())
    }
}
