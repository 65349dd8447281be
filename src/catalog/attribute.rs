//! Attributes and the key.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Created;
use crate::lang::ast::Expr;
use crate::model::{AttributeId, Type};

/// A named, typed property of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its number; never reused within a pool.
    pub id: AttributeId,
    /// Its name, case-sensitive.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it is computed as; `None` when its values are given.
    pub definition: Option<Definition>,
}

/// What a derived attribute is computed as: `count(orders over last 90 days)`.
#[derive(Clone)]
pub struct Definition(Arc<Parsed>);

struct Parsed {
    text: String,
    expr: Expr,
    mentions: Vec<String>,
    groups: Vec<String>,
    history: Option<Created>,
}

impl Definition {
    pub(crate) fn new(expr: Expr) -> Self {
        Self::kept(expr, None)
    }

    /// A definition, and since when changes of what it gives are kept, if they are: `with history`.
    pub(crate) fn kept(expr: Expr, history: Option<Created>) -> Self {
        let (mentions, groups) = (expr.mentions(), expr.groups());
        Self(Arc::new(Parsed { text: expr.to_string(), mentions, groups, history, expr }))
    }

    /// Whether changes of the values are kept.
    pub fn has_history(&self) -> bool {
        self.0.history.is_some()
    }

    /// Since when they are.
    pub(crate) fn created(&self) -> Option<Created> {
        self.0.history
    }

    /// The names of the attributes that it mentions; see [`Expr::mentions`].
    pub(crate) fn mentions(&self) -> &[String] {
        &self.0.mentions
    }

    /// The names of the groups that it mentions.
    pub(crate) fn groups(&self) -> &[String] {
        &self.0.groups
    }

    /// The expression in canonical form.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    pub(crate) fn expr(&self) -> &Expr {
        &self.0.expr
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Definition").field(&self.0.text).finish()
    }
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        (&self.0.text, self.0.history) == (&other.0.text, other.0.history)
    }
}

impl Eq for Definition {}

impl Attribute {
    /// An attribute whose values are given.
    pub(crate) fn given(id: AttributeId, name: String, ty: Type) -> Self {
        Self { id, name, ty, definition: None }
    }
}

/// The column that names customers to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyColumn {
    /// Its name; in rules it may be written so or as `key`.
    pub name: String,
    /// Its type.
    pub ty: KeyType,
}

/// The types a key may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyType {
    /// A whole number.
    Int,
    /// Text of 1 to 1,024 bytes.
    Text,
}

impl KeyType {
    /// The type of the key as a read-only attribute.
    pub fn as_type(self) -> Type {
        match self {
            Self::Int => Type::Int,
            Self::Text => Type::Text,
        }
    }
}
