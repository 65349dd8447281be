//! Attributes and the key.

use serde::{Deserialize, Serialize};

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
