//! Names to columns, and what to say of names that are none.

use super::{Scope, no_property};
use crate::catalog::{Attribute, Group, KeyColumn, Standard};
use crate::lang::ast::{Binding, Name, standard_of};
use crate::lang::{Code, Diagnostic, SourceSpan, nearest};

/// What binding yields, or what is wrong with the text.
pub(super) type Bound<T> = Result<T, Diagnostic>;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column<'a> {
    /// The customer's key.
    Key(&'a KeyColumn),
    /// An attribute.
    Attribute(&'a Attribute),
}

impl<'a> Scope<'a> {
    /// The column of this name: an attribute, or the key under its own name or as `key`.
    pub(super) fn column(&self, name: &str, span: SourceSpan) -> Bound<Column<'a>> {
        if let Some(attribute) = self.catalog.find(name) {
            return Ok(Column::Attribute(attribute));
        }
        match self.catalog.key() {
            Some(key) if self.catalog.is_key(name) => Ok(Column::Key(key)),
            _ => Err(self.unknown_attribute(name, span)),
        }
    }

    /// The attribute of this name; the key is refused with `purpose`, such as ``after `per` ``.
    pub(super) fn attribute(&self, name: &Name, purpose: &str) -> Bound<&'a Attribute> {
        match self.column(&name.text, name.span)? {
            Column::Attribute(attribute) => Ok(attribute),
            Column::Key(_) => Err(Diagnostic::new(
                Code::Unsupported,
                name.span,
                format!("`{}` is the key, and no attribute can stand for it {purpose}", name.text),
            )),
        }
    }

    /// What a parameter is bound to.
    pub(crate) fn parameter(&self, name: &str, span: SourceSpan) -> Bound<&'a Binding> {
        self.parameters.get(name).ok_or_else(|| {
            let message = format!("the parameter `${name}` has no value");
            let known = nearest(name, self.parameters.keys().map(String::as_str));
            let known = known.into_iter().map(|name| format!("${name}"));
            suggest(Diagnostic::new(Code::UnknownParameter, span, message), known)
        })
    }

    /// No standard's name, with the nearest that are.
    pub(crate) fn unknown_standard(&self, name: &Name) -> Diagnostic {
        let message = format!("unknown standard `{}`", name.text);
        let standards = self.catalog.standards();
        let error = Diagnostic::new(Code::UnknownStandard, name.span, message);
        if standards.is_empty() {
            return error.hint("this pool has no standards; `create standard …` makes one");
        }
        match nearest(&name.text, standards.iter().map(Standard::name)) {
            near if near.is_empty() => error.hint("`show standards` lists the standards"),
            near => suggest(error, near),
        }
    }

    /// No due list, by the name that it would have as a group.
    fn unknown_list(&self, name: &Name, standard: &str) -> Diagnostic {
        if self.catalog.standard(standard).is_some() {
            let message = format!("standard `{standard}` asks for no visits, so that none is due");
            return Diagnostic::new(Code::Unsupported, name.span, message);
        }
        self.unknown_standard(&Name { text: standard.to_owned(), span: name.span })
    }

    /// No group's name, with the nearest that are.
    pub(crate) fn unknown_group(&self, name: &Name) -> Diagnostic {
        if let Some(standard) = standard_of(&name.text) {
            return self.unknown_list(name, standard);
        }
        let message = format!("unknown group `{}`", name.text);
        let groups = self.catalog.groups();
        if groups.is_empty() {
            let message = format!("{message}; this pool has no groups");
            return Diagnostic::new(Code::UnknownGroup, name.span, message);
        }
        let error = Diagnostic::new(Code::UnknownGroup, name.span, message);
        match nearest(&name.text, groups.iter().map(Group::name)) {
            near if near.is_empty() => error.hint("`show groups` lists the groups"),
            near => suggest(error, near),
        }
    }

    /// Nobody's name, with the nearest that are known.
    pub(crate) fn unknown_attribute(&self, name: &str, span: SourceSpan) -> Diagnostic {
        if let Some(table) = self.events {
            return no_property(table, name, span);
        }
        let error =
            Diagnostic::new(Code::UnknownAttribute, span, format!("unknown attribute `{name}`"));
        if self.catalog.key().is_none() && self.catalog.attributes().is_empty() {
            return error.hint("this pool has no customers yet; import or create them first");
        }
        let near = nearest(name, self.catalog.names());
        if near.is_empty() {
            return error.hint("`show schema` lists the attributes");
        }
        suggest(error, near)
    }
}

/// The diagnostic with a hint that offers `names`, when there are any.
pub(super) fn suggest(error: Diagnostic, names: impl IntoIterator<Item = String>) -> Diagnostic {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => error,
        Some((only, [])) => error.hint(format!("did you mean {only}?")),
        Some((last, others)) => {
            error.hint(format!("did you mean {} or {last}?", others.join(", ")))
        }
    }
}
