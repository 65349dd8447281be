//! What a file holds: its columns, as guessed or declared.

use crate::catalog::KeyType;
use crate::model::{AttributeId, Type};

/// The columns of a file that an import reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    /// The columns read, in the file's order.
    pub(crate) columns: Vec<SchemaColumn>,
    /// The names of all the file's columns, those not read among them.
    pub(crate) file_columns: Vec<String>,
    /// How many records the file holds, bad ones among them, where the first pass counted them.
    pub(crate) n_rows: Option<u64>,
}

/// One column that an import reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaColumn {
    /// Its name in the file.
    pub(crate) name: String,
    /// Its type; the key's is `int` or `text`.
    pub(crate) ty: Type,
    /// The number its values carry in [`Rows`](crate::index::Rows): one of the schema's own, from
    /// the largest downward, unless the caller puts the pool's number in its place before reading.
    pub(crate) id: AttributeId,
    /// What it is read for.
    pub(crate) role: Role,
    /// Where it stands among the file's columns.
    pub(crate) position: usize,
    /// A strptime pattern for dates and timestamps.
    pub(crate) format: Option<String>,
}

/// What a column is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It holds the customer's key.
    Key,
    /// It becomes an attribute.
    Attribute,
    /// The rule after `where` reads it.
    Filter,
}

impl Schema {
    /// The column that holds the key.
    pub(crate) fn key(&self) -> Option<&SchemaColumn> {
        self.columns.iter().find(|column| column.role == Role::Key)
    }

    /// The key's type; absent when row numbers are keys.
    pub(crate) fn key_type(&self) -> Option<KeyType> {
        self.key().map(|key| if key.ty == Type::Int { KeyType::Int } else { KeyType::Text })
    }

    /// The columns that become attributes.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &SchemaColumn> {
        self.columns.iter().filter(|column| column.role == Role::Attribute)
    }
}
