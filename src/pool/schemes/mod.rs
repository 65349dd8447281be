//! Ready-made schemes: each a few derived attributes that are made by one statement, plainly readable
//! and from then on as any other.

mod written;

use std::sync::Arc;

use super::change::{Change, created_attribute};
use super::current::Reach;
use super::{Done, Error, Outcome, Session};
use crate::index::{Dirty, Snapshot};
use crate::lang::ast::{Name, Scheme};
use crate::lang::{self, Diagnostic, SourceSpan};
use written::Written;

/// `create scheme rfm on orders (amount) over last 365 days`
pub(crate) fn create(session: &Session, scheme: &Scheme) -> Result<Outcome, Error> {
    let attributes = written::attributes(scheme)?;
    let mut change = Change::begin(session, "create scheme")?;
    change.question().check_defined()?;
    let before = Arc::clone(&change.view);
    let (mut ids, mut dirty) = (Vec::with_capacity(attributes.len()), Dirty::default());
    let last = attributes.len().saturating_sub(1);
    for (at, Written { name, definition }) in attributes.into_iter().enumerate() {
        let name = Name { text: name, span: scheme.name.span };
        let definition = lang::parse_rule(&definition)
            .map_err(|error| Error::Inner(format!("a scheme's definition: {}", error.message)))?;
        let history = scheme.history && at == last;
        let created = created_attribute(&change, &name, &definition, history);
        let (catalog, applied, id) = created.map_err(|error| told(error, &name, scheme))?;
        let settings = change.view.settings.clone();
        change.stage(catalog, applied.snapshot, settings);
        ids.push(id);
        dirty.merge(&applied.dirty);
    }
    let (catalog, snapshot) = (change.catalog(), Snapshot::clone(&change.view.snapshot));
    change.view = before;
    let commit = change.finish(catalog, snapshot, &dirty, Reach::New(&ids))?;
    Ok(Outcome::Done(Done { commit }))
}

/// `show scheme rfm`
pub(crate) fn show(scheme: &Scheme) -> Result<Outcome, Error> {
    let attributes = written::attributes(&written::with_example(scheme))?;
    let last = attributes.len().saturating_sub(1);
    let row = |(at, Written { name, definition }): (usize, Written)| {
        let name = Name { text: name, span: SourceSpan::default() };
        let history = if scheme.history && at == last { " with history" } else { "" };
        format!("create attribute {name} as {definition}{history};")
    };
    Ok(Outcome::Statements(attributes.into_iter().enumerate().map(row).collect()))
}

/// What is wrong with one of a scheme's attributes, told at what the scheme was asked for.
fn told(error: Error, name: &Name, scheme: &Scheme) -> Error {
    let Error::Language { diagnostic: error, .. } = error else { return error };
    let first = scheme.on.first().map(|source| source.name.span);
    let last = scheme.on.last();
    let last = last.map(|source| source.of.as_ref().map_or(source.name.span, |of| of.span));
    let on = first.zip(last).map_or(scheme.name.span, |(first, last)| first.to(last));
    if error.code == lang::Code::Duplicate {
        let hint = "`create scheme … as other` gives its attributes names that begin with `other`";
        return Diagnostic::new(error.code, scheme.name.span, error.message.clone())
            .hint(hint)
            .into();
    }
    let message = format!("attribute `{}` of this scheme: {}", name.text, error.message);
    let told = Diagnostic { span: on, message, ..(*error).clone() };
    told.into()
}
