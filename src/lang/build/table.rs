//! Tables: their columns, their types, their rows.

use std::collections::HashSet;

use crate::lang::ast::{ColumnDefinition, Expr, Name, StatementKind, TypeName};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic, SourceSpan, nearest};
use crate::model::Type;

use super::expression::expression;
use super::literal::whole;
use super::parts::{Built, Parts, extent, name};

/// The types, and how they are written.
const TYPES: [(&str, &str); 9] = [
    ("text", "text"),
    ("int", "int"),
    ("decimal", "decimal(2)"),
    ("float", "float"),
    ("money", "money(USD)"),
    ("date", "date"),
    ("timestamp", "timestamp"),
    ("bool", "bool"),
    ("set", "set"),
];

/// Names that types have elsewhere, and what Highsea calls them.
const FOREIGN_TYPES: [(&str, &str); 19] = [
    ("string", "text"),
    ("str", "text"),
    ("varchar", "text"),
    ("char", "text"),
    ("integer", "int"),
    ("bigint", "int"),
    ("smallint", "int"),
    ("long", "int"),
    ("number", "decimal(2)"),
    ("numeric", "decimal(2)"),
    ("double", "float"),
    ("real", "float"),
    ("currency", "money(USD)"),
    ("datetime", "timestamp"),
    ("time", "timestamp"),
    ("instant", "timestamp"),
    ("boolean", "bool"),
    ("array", "set"),
    ("list", "set"),
];

/// Digits after the point of a bare `decimal`: hundredths, as prices have them.
const DECIMAL_SCALE: u8 = 2;
/// The most digits after the point that a decimal may have.
const MAX_DECIMAL_SCALE: u8 = 18;

/// `create customers (…)`, `create events orders (…)`
pub(super) fn create(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::CreateWord);
    let is_events = parts.next()?.as_rule() == Rule::EventsWord;
    let table = parts.take(Rule::Name).map(|pair| name(&pair));
    let columns = parts.all(Rule::ColumnDefinition).map(column);
    let columns: Vec<ColumnDefinition> = columns.collect::<Built<_>>()?;
    check_distinct(columns.iter().map(|column| &column.name))?;
    match table.filter(|_| is_events) {
        Some(table) => {
            check_events(&columns)?;
            Ok(StatementKind::CreateEvents { table, columns })
        }
        None => {
            check_keys(&columns)?;
            Ok(StatementKind::CreateCustomers(columns))
        }
    }
}

/// Refuses a second key of customers.
fn check_keys(columns: &[ColumnDefinition]) -> Built<()> {
    let keys = columns.iter().filter(|column| column.is_key);
    match keys.map(|column| column.name.span).nth(1) {
        Some(span) => {
            Err(Diagnostic::new(Code::Duplicate, span, "there is one `key` column only").into())
        }
        None => Ok(()),
    }
}

/// Refuses a key of events.
fn check_events(columns: &[ColumnDefinition]) -> Built<()> {
    match columns.iter().find(|column| column.is_key) {
        Some(column) => {
            let message = "events have no key of their own";
            let error = Diagnostic::new(Code::Unsupported, column.name.span, message);
            Err(error.hint("each belongs to a customer by itself: `customer`").into())
        }
        None => Ok(()),
    }
}

fn column(pair: Pair<'_>) -> Built<ColumnDefinition> {
    let mut parts = Parts::of(pair);
    let name = name(&parts.next()?);
    let ty = type_name(parts.next()?)?;
    Ok(ColumnDefinition { name, ty, is_key: parts.take(Rule::KeyWord).is_some() })
}

/// `insert into …`
pub(super) fn insert(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    let table = name(&parts.find(Rule::Name)?);
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for part in parts.rest() {
        match part.as_rule() {
            Rule::Name => columns.push(name(&part)),
            Rule::Row => rows.push(row(part, columns.len())?),
            _ => {}
        }
    }
    check_distinct(columns.iter())?;
    Ok(StatementKind::Insert { table, columns, rows })
}

fn row(pair: Pair<'_>, n_columns: usize) -> Built<Vec<Expr>> {
    let span = extent(&pair);
    let values = pair.into_inner().filter(|part| part.as_rule() != Rule::ListEnd);
    let values: Vec<Expr> = values.map(expression).collect::<Built<_>>()?;
    if values.len() == n_columns {
        return Ok(values);
    }
    let code = if values.len() < n_columns { Code::Missing } else { Code::Syntax };
    let named = counted(n_columns, "column is", "columns are");
    let given = counted(values.len(), "value", "values");
    Err(Diagnostic::new(code, span, format!("{named} named, and this row has {given}")).into())
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Refuses a name that stands twice among columns.
#[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
pub(super) fn check_distinct<'a>(names: impl Iterator<Item = &'a Name>) -> Built<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.text.as_str()) {
            let message = format!("the column `{}` is named twice", name.text);
            return Err(Diagnostic::new(Code::Duplicate, name.span, message).into());
        }
    }
    Ok(())
}

/// `text`, `decimal(2)`, `money(USD)`.
pub(super) fn type_name(pair: Pair<'_>) -> Built<TypeName> {
    let span = extent(&pair);
    let mut parts = Parts::of(pair);
    let head = parts.next()?;
    parts.take(Rule::Open);
    let argument = parts.next_if_any();
    let folded = head.as_str().to_lowercase();
    let ty = match (folded.as_str(), argument) {
        ("text", None) => Type::Text,
        ("int", None) => Type::Int,
        ("float", None) => Type::Float,
        ("date", None) => Type::Date,
        ("timestamp", None) => Type::Timestamp,
        ("bool", None) => Type::Bool,
        ("set", None) => Type::Set,
        ("decimal", None) => Type::Decimal { scale: DECIMAL_SCALE },
        ("decimal", Some(digits)) => decimal(&digits)?,
        ("money", Some(code)) => money(&code)?,
        ("money", None) => {
            let message = "`money` needs its currency";
            return Err(Diagnostic::new(Code::Missing, span, message)
                .hint("write `money(USD)`")
                .into());
        }
        (known, Some(argument)) if TYPES.iter().any(|(name, _)| *name == known) => {
            let message = format!("`{known}` has nothing in brackets");
            return Err(Diagnostic::new(Code::Syntax, extent(&argument), message).into());
        }
        _ => return Err(unknown_type(head.as_str(), extent(&head)).into()),
    };
    Ok(TypeName { ty, span })
}

fn decimal(digits: &Pair<'_>) -> Built<Type> {
    let scale = whole(digits).ok().and_then(|digits| u8::try_from(digits).ok());
    match scale.filter(|scale| *scale <= MAX_DECIMAL_SCALE) {
        Some(scale) => Ok(Type::Decimal { scale }),
        None => {
            let message = format!("a decimal has 0 to {MAX_DECIMAL_SCALE} digits after the point");
            let diagnostic = Diagnostic::new(Code::OutOfBounds, extent(digits), message);
            Err(diagnostic.hint("write `decimal(2)`").into())
        }
    }
}

fn money(code: &Pair<'_>) -> Built<Type> {
    let currency = code.as_str().parse();
    let unknown = |message| Diagnostic::new(Code::UnknownCurrency, extent(code), message);
    Ok(Type::Money { currency: currency.map_err(unknown)? })
}

fn unknown_type(word: &str, span: SourceSpan) -> Diagnostic {
    let folded = word.to_lowercase();
    let foreign = FOREIGN_TYPES.iter().find(|(name, _)| *name == folded).map(|(_, ours)| *ours);
    let near = || nearest(&folded, TYPES.iter().map(|(name, _)| *name)).into_iter().next();
    let diagnostic = Diagnostic::new(Code::Syntax, span, format!("there is no type `{word}`"));
    match foreign.map(str::to_owned).or_else(near) {
        Some(ours) => diagnostic.hint(format!("did you mean `{ours}`?")),
        None => {
            let all: Vec<String> = TYPES.iter().map(|(_, form)| format!("`{form}`")).collect();
            diagnostic.hint(format!("the types are {}", all.join(", ")))
        }
    }
}
