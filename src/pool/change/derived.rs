//! `create attribute … as …` and `drop attribute …`.

use super::commit::Change;
use super::define::{at, known};
use crate::bind;
use crate::catalog::{Catalog, Definition};
use crate::index::{Applied, Changes};
use crate::lang::ast::{Expr, Name};
use crate::model::AttributeId;
use crate::pool::current::Reach;
use crate::pool::{Done, Error, Outcome, Session};

/// `create attribute orders_90d as count(orders over last 90 days)`
pub(crate) fn create(
    session: &Session,
    name: &Name,
    definition: &Expr,
    history: bool,
) -> Result<Outcome, Error> {
    let change = Change::begin(session, "create attribute")?;
    let (catalog, applied, id) = created(&change, name, definition, history)?;
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, Reach::New(&[id]))?;
    Ok(Outcome::Done(Done { commit }))
}

/// The pool once an attribute is defined, which nobody has a value of yet.
pub(crate) fn created(
    change: &Change<'_>,
    name: &Name,
    definition: &Expr,
    history: bool,
) -> Result<(Catalog, Applied, AttributeId), Error> {
    let question = change.question();
    question.check_defined()?;
    let ty = bind::definition_type(definition, &question.scope())?;
    let mut catalog = change.catalog();
    let id = catalog
        .add_derived(
            &name.text,
            ty,
            Definition::kept(definition.clone(), history.then(|| change.created())),
        )
        .map_err(|error| at(name, error))?;
    let changes = Changes { added: vec![(id, ty)], ..Changes::default() };
    let applied = change.apply(&changes)?;
    Ok((catalog, applied, id))
}

/// `drop attribute orders_90d`
pub(crate) fn drop(session: &Session, name: &Name) -> Result<Outcome, Error> {
    let change = Change::begin(session, "drop attribute")?;
    change.question().check_defined()?;
    let mut catalog = change.catalog();
    let gone = catalog.drop_derived(&name.text).map_err(|error| known(&change, name, error))?;
    let applied = change.apply(&Changes { dropped: vec![gone.id], ..Changes::default() })?;
    let reach = Reach::Touched(&applied.touched);
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, reach)?;
    Ok(Outcome::Done(Done { commit }))
}
