//! `is null`, `is not null`: whether there is a value.

use super::Predicate;
use super::names::Bound;
use super::term::{Term, TermKind};
use crate::model::Type;

/// `x is not null` when `known`, else `x is null`. Sets and keys are never missing.
pub(super) fn test(subject: &Term<'_>, known: bool) -> Bound<Predicate> {
    let predicate = match &subject.kind {
        TermKind::Attribute(attribute) if attribute.ty != Type::Set => {
            Predicate::Known(attribute.id)
        }
        TermKind::Scalar(scalar) => Predicate::ScalarKnown(scalar.clone()),
        TermKind::Null => return Ok(Predicate::Constant(!known)),
        _ => return Ok(Predicate::Constant(known)),
    };
    Ok(if known { predicate } else { Predicate::Not(Box::new(predicate)) })
}
