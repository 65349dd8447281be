//! `create customers` and `alter customers`.

use super::commit::Change;
use crate::catalog::{Catalog, CatalogError, KeyType};
use crate::index::{Applied, Changes, Snapshot};
use crate::lang::ast::{Alteration, ColumnDefinition, Name, TypeName};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, Type};
use crate::pool::current::Reach;
use crate::pool::{Done, Error, Outcome, Session};

/// `create customers (…)`
pub(crate) fn create(session: &Session, columns: &[ColumnDefinition]) -> Result<Outcome, Error> {
    let change = Change::begin(session, "create customers")?;
    let (catalog, applied) = defined(&change, columns)?;
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, Reach::Everybody)?;
    Ok(Outcome::Done(Done { commit }))
}

/// The pool once its customers are defined.
pub(crate) fn defined(
    change: &Change<'_>,
    columns: &[ColumnDefinition],
) -> Result<(Catalog, Applied), Error> {
    let mut catalog = change.catalog();
    define_key(&mut catalog, columns)?;
    let mut changes = Changes::default();
    for column in columns.iter().filter(|column| !column.is_key) {
        changes.added.push(add(&mut catalog, &column.name, column.ty.ty)?);
    }
    let key = catalog.key().map(|key| key.ty);
    let empty = Snapshot::empty(change.view.snapshot.size(), key);
    let applied = empty.apply(&changes, change.number(), &change.session.executor())?;
    Ok((catalog, applied))
}

fn define_key(catalog: &mut Catalog, columns: &[ColumnDefinition]) -> Result<(), Error> {
    let mut keys = columns.iter().filter(|column| column.is_key);
    let Some(key) = keys.next() else {
        return Ok(catalog.define_key("key", KeyType::Int)?);
    };
    if let Some(second) = keys.next() {
        let message = format!("customers have one key, and `{}` is it already", key.name.text);
        return Err(Diagnostic::new(Code::Duplicate, second.name.span, message).into());
    }
    let ty = match key.ty.ty {
        Type::Int => KeyType::Int,
        Type::Text => KeyType::Text,
        other => {
            let message = format!("a key is `int` or `text`, and `{other}` is neither");
            return Err(Diagnostic::new(Code::TypeMismatch, key.ty.span, message).into());
        }
    };
    catalog.define_key(&key.name.text, ty).map_err(|error| at(&key.name, error))
}

fn add(catalog: &mut Catalog, name: &Name, ty: Type) -> Result<(AttributeId, Type), Error> {
    let id = catalog.add(&name.text, ty).map_err(|error| at(name, error))?;
    Ok((id, ty))
}

/// `alter customers …`
pub(crate) fn alter(session: &Session, alteration: &Alteration) -> Result<Outcome, Error> {
    let change = Change::begin(session, "alter customers")?;
    change.question().check_defined()?;
    let mut catalog = change.catalog();
    let mut changes = Changes::default();
    match alteration {
        Alteration::Add(name, TypeName { ty, .. }) => {
            changes.added.push(add(&mut catalog, name, *ty)?);
        }
        Alteration::Drop(name) => {
            let gone = catalog.drop(&name.text).map_err(|error| known(&change, name, error))?;
            changes.dropped.push(gone.id);
        }
        Alteration::Rename(from, to) => {
            if !catalog.is_key(&from.text) && catalog.find(&from.text).is_none() {
                let error = CatalogError::Unknown(from.text.clone());
                return Err(known(&change, from, error));
            }
            catalog.rename(&from.text, &to.text).map_err(|error| {
                let place = if matches!(error, CatalogError::Used(..)) { from } else { to };
                at(place, error)
            })?;
        }
    }
    let applied = change.apply(&changes)?;
    let reach = Reach::Touched(&applied.touched);
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, reach)?;
    Ok(Outcome::Done(Done { commit }))
}

/// A refused definition, at the name it is about.
pub(crate) fn at(name: &Name, error: CatalogError) -> Error {
    let code = match error {
        CatalogError::Taken(_)
        | CatalogError::TableTaken(_)
        | CatalogError::GroupTaken(_)
        | CatalogError::StandardTaken(_)
        | CatalogError::Exists => Code::Duplicate,
        CatalogError::Used(_, ref users) => {
            let message = format!("`{}` is used by {users}", name.text);
            let hint = match users.contains("standard `") {
                true => "drop what uses it first: `drop standard …`",
                false => "drop what uses it first: `drop attribute …`, `drop group …`",
            };
            return Diagnostic::new(Code::InUse, name.span, message).hint(hint).into();
        }
        CatalogError::Derived(_) => {
            let hint = format!("`drop attribute {name}` drops it");
            return Diagnostic::new(Code::Unsupported, name.span, error.to_string())
                .hint(hint)
                .into();
        }
        CatalogError::NotDerived(_) => {
            let hint = format!("`alter customers drop column {name}` drops it");
            return Diagnostic::new(Code::Unsupported, name.span, error.to_string())
                .hint(hint)
                .into();
        }
        CatalogError::Fixed(_) => {
            let hint = format!("`add … to {name}` and `remove … from {name}` change its members");
            let message = format!("`{}` is a fixed group, which has no rule", name.text);
            return Diagnostic::new(Code::Unsupported, name.span, message).hint(hint).into();
        }
        CatalogError::OwnProperty(..) => Code::Unsupported,
        CatalogError::UnknownGroup(_) => Code::UnknownGroup,
        CatalogError::UnknownStandard(_) => Code::UnknownStandard,
        CatalogError::NoOwnership => Code::Missing,
        CatalogError::Unknown(_) => Code::UnknownAttribute,
        CatalogError::BadName(..) | CatalogError::IsKey(_) => Code::Unsupported,
        CatalogError::Damaged(_) => return error.into(),
    };
    Diagnostic::new(code, name.span, error.to_string()).into()
}

/// As [`at`], with the nearest names offered when there is none such.
pub(super) fn known(change: &Change<'_>, name: &Name, error: CatalogError) -> Error {
    match error {
        CatalogError::Unknown(_) => {
            change.question().scope().unknown_attribute(&name.text, name.span).into()
        }
        other => at(name, other),
    }
}
