//! What a pool holds, by name: its key, its attributes and its event tables. Definitions only, no
//! values.

mod attribute;
mod care;
mod definitions;
mod group;
mod groups;
mod stored;
mod table;

pub use attribute::{Attribute, Definition, KeyColumn, KeyType};
pub use care::Standard;
pub(crate) use care::{ACTION, CLAIM, LAPSE, MOVES, OWNER, Ownership, RELEASE};
pub(crate) use definitions::{Catalog, CatalogError};
pub use group::Group;
pub(crate) use group::{Created, User, told};
pub(crate) use groups::Groups;
pub(crate) use stored::Extent;
pub(crate) use table::{AT, CUSTOMER, EventTable};
