//! `insert into customers`: the columns named and a value for each.

use super::Scope;
use super::literal::{key, literal};
use super::names::{Bound, Column};
use crate::catalog::{Attribute, KeyColumn};
use crate::lang::ast::{Expr, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, Value};

/// A bound `insert`: an upsert of the attributes named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Insert {
    /// The attributes named, in the order written, none twice.
    pub(crate) attributes: Vec<AttributeId>,
    /// A key and a value for each attribute, row by row.
    pub(crate) rows: Vec<(Value, Vec<Value>)>,
}

/// Binds an `insert`; `whole` is where the statement stands.
///
/// # Errors
///
/// A diagnostic for an unknown or repeated column, a missing key, a row of another length than the
/// columns, or a value that [`literal`] or [`key`] refuses.
pub(crate) fn insert(
    columns: &[Name],
    rows: &[Vec<Expr>],
    whole: SourceSpan,
    scope: &Scope<'_>,
) -> Bound<Insert> {
    let targets = Targets::new(columns, whole, scope)?;
    let rows = rows.iter().map(|row| targets.row(row, whole, scope));
    Ok(Insert {
        rows: rows.collect::<Bound<_>>()?,
        attributes: targets.attributes.iter().map(|(_, attribute)| attribute.id).collect(),
    })
}

/// Where the values of a row go.
struct Targets<'a> {
    n_columns: usize,
    key: (usize, &'a KeyColumn),
    attributes: Vec<(usize, &'a Attribute)>,
}

impl<'a> Targets<'a> {
    fn new(columns: &[Name], whole: SourceSpan, scope: &Scope<'a>) -> Bound<Self> {
        let (mut key, mut attributes) = (None, Vec::new());
        for (index, name) in columns.iter().enumerate() {
            let repeated = match scope.column(&name.text, name.span)? {
                Column::Key(column) => key.replace((index, column)).is_some(),
                Column::Attribute(attribute) => {
                    check_given(attribute, name.span)?;
                    let repeats = |(_, other): &(usize, &Attribute)| other.id == attribute.id;
                    let repeated = attributes.iter().any(repeats);
                    attributes.push((index, attribute));
                    repeated
                }
            };
            if repeated {
                let message = format!("the column `{}` is named twice", name.text);
                return Err(Diagnostic::new(Code::Duplicate, name.span, message));
            }
        }
        let key = key.ok_or_else(|| no_key(columns, whole, scope))?;
        Ok(Self { n_columns: columns.len(), key, attributes })
    }

    fn row(
        &self,
        row: &[Expr],
        whole: SourceSpan,
        scope: &Scope<'_>,
    ) -> Bound<(Value, Vec<Value>)> {
        let (at, column) = self.key;
        let Some(key_expr) = row.get(at).filter(|_| row.len() == self.n_columns) else {
            return Err(wrong_length(row, self.n_columns, whole));
        };
        let key = key(key_expr, column.ty, scope)?;
        let value =
            |(index, attribute): &(usize, &Attribute)| literal(&row[*index], attribute.ty, scope);
        Ok((key, self.attributes.iter().map(value).collect::<Bound<_>>()?))
    }
}

/// Refuses values of an attribute that is computed.
///
/// # Errors
///
/// `unsupported`.
pub(crate) fn check_given(attribute: &Attribute, span: SourceSpan) -> Bound<()> {
    let Some(definition) = &attribute.definition else { return Ok(()) };
    let message = format!("`{}` takes no values: it is `{}`", attribute.name, definition.text());
    Err(Diagnostic::new(Code::Unsupported, span, message))
}

fn no_key(columns: &[Name], whole: SourceSpan, scope: &Scope<'_>) -> Diagnostic {
    let ends = columns.first().zip(columns.last());
    let span = ends.map_or(whole, |(first, last)| first.span.to(last.span));
    match scope.catalog.key() {
        Some(key) => {
            let message = format!("the key `{}` is not among the columns", key.name);
            Diagnostic::new(Code::Missing, span, message)
        }
        None => Diagnostic::new(Code::Missing, span, "this pool has no customers yet")
            .hint("import or create them first"),
    }
}

pub(super) fn wrong_length(row: &[Expr], n_columns: usize, whole: SourceSpan) -> Diagnostic {
    let ends = row.first().zip(row.last());
    let span = ends.map_or(whole, |(first, last)| first.span.to(last.span));
    let plural = if row.len() == 1 { "" } else { "s" };
    let message =
        format!("{n_columns} columns are named, and this row has {} value{plural}", row.len());
    Diagnostic::new(Code::Missing, span, message)
}
