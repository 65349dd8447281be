//! Tests of sets. A set is never missing, so that `not` of a test is its complement.

use super::comparison::refuse_null;
use super::list::elements;
use super::names::Bound;
use super::term::{Term, TermKind};
use super::{Predicate, Scope, mismatch, units};
use crate::catalog::Attribute;
use crate::lang::Diagnostic;
use crate::lang::ast::{List, Quantifier};
use crate::model::{AttributeId, Comparison, RangeSet, Type};

/// `= ("a", "b")`: the set holds these and no others; one text stands for a set of one.
pub(super) fn compare(
    op: Comparison,
    set: &Attribute,
    subject: &Term<'_>,
    constant: &Term<'_>,
) -> Bound<Predicate> {
    let negated = match op {
        Comparison::Equal => false,
        Comparison::NotEqual => true,
        _ => return Err(units::no_order(op, subject, constant)),
    };
    let mut elements = match &constant.kind {
        TermKind::List(items) => {
            items.iter().map(|item| element(subject, item)).collect::<Bound<Vec<_>>>()?
        }
        _ => vec![element(subject, constant)?],
    };
    elements.sort_unstable();
    elements.dedup();
    Ok(not(negated, Predicate::SetEquals { attribute: set.id, elements }))
}

/// `contains "a"`
pub(super) fn contains(set: &Attribute, item: &Term<'_>, negated: bool) -> Bound<Predicate> {
    refuse_null(item)?;
    let TermKind::Text(text) = &item.kind else {
        return Err(not_an_element(item));
    };
    Ok(not(negated, any_of(set.id, vec![text.clone().into_owned()])))
}

/// `contains any ("a", "b")`, `contains all`, `contains none`
pub(super) fn contains_many<'a>(
    quantifier: Quantifier,
    subject: &Term<'a>,
    list: &'a List,
    negated: bool,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let attribute = match subject.kind {
        TermKind::Attribute(attribute) if attribute.ty == Type::Set => attribute.id,
        _ => return Err(no_set(quantifier, subject)),
    };
    let mut texts = Vec::new();
    for item in elements(list, scope)? {
        texts.push(text_of(&item?)?);
    }
    texts.sort_unstable();
    texts.dedup();
    Ok(match quantifier {
        Quantifier::Any => not(negated, any_of(attribute, texts)),
        Quantifier::None => not(!negated, any_of(attribute, texts)),
        Quantifier::All => not(negated, all_of(attribute, texts)),
    })
}

/// `is empty`
pub(super) fn empty(subject: &Term<'_>, negated: bool) -> Bound<Predicate> {
    match subject.kind {
        TermKind::Attribute(attribute) if attribute.ty == Type::Set => {
            let empty = RangeSet::point(0);
            let ranges = if negated { empty.complement() } else { empty };
            Ok(Predicate::Size { attribute: attribute.id, ranges })
        }
        _ => {
            let error = mismatch::test(subject, "`is empty` tests sets");
            Err(error.hint("an empty text is `= \"\"`, a missing value `is null`"))
        }
    }
}

fn any_of(attribute: AttributeId, elements: Vec<String>) -> Predicate {
    if elements.is_empty() {
        return Predicate::Constant(false);
    }
    Predicate::AnyElement { attribute, elements }
}

fn all_of(attribute: AttributeId, elements: Vec<String>) -> Predicate {
    let one = |element| Predicate::AnyElement { attribute, elements: vec![element] };
    let mut all: Vec<Predicate> = elements.into_iter().map(one).collect();
    match all.len() {
        0 => Predicate::Constant(true),
        1 => all.swap_remove(0),
        _ => Predicate::And(all),
    }
}

fn not(negated: bool, predicate: Predicate) -> Predicate {
    if negated { Predicate::Not(Box::new(predicate)) } else { predicate }
}

fn element(subject: &Term<'_>, item: &Term<'_>) -> Bound<String> {
    refuse_null(item)?;
    match &item.kind {
        TermKind::Text(text) => Ok(text.clone().into_owned()),
        _ => Err(mismatch::between(subject, item)),
    }
}

fn text_of(item: &Term<'_>) -> Bound<String> {
    refuse_null(item)?;
    match &item.kind {
        TermKind::Text(text) => Ok(text.clone().into_owned()),
        _ => Err(not_an_element(item)),
    }
}

fn not_an_element(item: &Term<'_>) -> Diagnostic {
    let error = mismatch::test(item, "a set holds texts");
    match item.kind {
        TermKind::List(_) => error.hint("write `contains any`, `contains all` or `contains none`"),
        TermKind::Number(number) => error.hint(format!("write the text in quotes: `\"{number}\"`")),
        _ => error,
    }
}

fn no_set(quantifier: Quantifier, subject: &Term<'_>) -> Diagnostic {
    let (name, instead) = match quantifier {
        Quantifier::Any => ("any", "or"),
        Quantifier::All => ("all", "and"),
        Quantifier::None => ("none", "and not"),
    };
    let error = mismatch::test(subject, &format!("`contains {name}` tests sets"));
    error.hint(format!("join tests of text with `{instead}`"))
}
