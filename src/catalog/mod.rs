//! What a pool holds, by name: its key and its attributes. Definitions only, no values.

mod attribute;
mod definitions;

pub use attribute::{Attribute, KeyColumn, KeyType};
pub(crate) use definitions::{Catalog, CatalogError};
