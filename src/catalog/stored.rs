//! The catalog's stored form: types as text, since inner types are never persisted.

use serde::{Deserialize, Serialize};

use super::definitions::{Catalog, CatalogError};
use super::{Attribute, EventTable, KeyColumn};
use crate::model::{AttributeId, TableId, Type};
use crate::store::{self, CodecError};

/// The definitions of customers; all there is in a pool without event tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCatalog {
    key: Option<KeyColumn>,
    attributes: Vec<(u32, String, String)>,
    next_id: u32,
}

/// The definition of an event table, and how many events it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredTable {
    id: u32,
    name: String,
    link: u32,
    at: u32,
    properties: Vec<(u32, String, String)>,
    n_rows: u32,
    n_events: u32,
}

/// How many rows an event table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The table.
    pub(crate) table: TableId,
    /// Rows, those of deleted events included.
    pub(crate) n_rows: u32,
    /// Events.
    pub(crate) n_events: u32,
}

impl Catalog {
    /// The bytes of the definitions, and of how many events each table holds.
    ///
    /// # Errors
    ///
    /// When they are beyond all bounds, or a table has no extent.
    pub(crate) fn encode(&self, extents: &[Extent]) -> Result<Vec<u8>, CatalogError> {
        let customers = StoredCatalog {
            key: self.key.clone(),
            attributes: to_stored(&self.attributes),
            next_id: self.next_id,
        };
        let table = |table: &EventTable| {
            let extent = extents.iter().find(|extent| extent.table == table.id);
            let extent = extent.ok_or_else(|| damaged("an event table has no events"))?;
            Ok(StoredTable {
                id: table.id.0,
                name: table.name.clone(),
                link: table.link.0,
                at: table.at.0,
                properties: to_stored(table.properties.attributes()),
                n_rows: extent.n_rows,
                n_events: extent.n_events,
            })
        };
        let tables: Vec<StoredTable> = self.tables.iter().map(table).collect::<Result<_, _>>()?;
        let bytes = match tables[..] {
            [] => store::encode(&customers),
            _ => store::encode(&(customers, tables)),
        };
        bytes.map_err(|error| CatalogError::Damaged(error.to_string()))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, Vec<Extent>), CatalogError> {
        let (customers, tables) = match store::decode::<StoredCatalog>(bytes) {
            Ok(customers) => (customers, Vec::new()),
            Err(CodecError::Trailing(_)) => {
                store::decode::<(StoredCatalog, Vec<StoredTable>)>(bytes)
                    .map_err(|error| CatalogError::Damaged(error.to_string()))?
            }
            Err(error) => return Err(CatalogError::Damaged(error.to_string())),
        };
        let next_id = customers.next_id;
        let attributes = from_stored(customers.attributes, next_id)?;
        let extents = tables.iter().map(StoredTable::extent).collect();
        let tables = tables.into_iter().map(|t| t.read(next_id)).collect::<Result<Vec<_>, _>>()?;
        let next_table = tables.iter().map(|table| table.id.0 + 1).max().unwrap_or(1);
        Ok((Self { key: customers.key, attributes, tables, next_id, next_table }, extents))
    }
}

impl StoredTable {
    fn extent(&self) -> Extent {
        Extent { table: TableId(self.id), n_rows: self.n_rows, n_events: self.n_events }
    }

    fn read(self, next_id: u32) -> Result<EventTable, CatalogError> {
        let attributes = from_stored(self.properties, next_id)?;
        let properties = Catalog { attributes, ..Catalog::empty() };
        let at = AttributeId(self.at);
        let is_whole = self.id > 0
            && self.link < next_id
            && properties.by_id(at).is_some_and(|at| at.ty == Type::Timestamp);
        if !is_whole {
            return Err(damaged("an event table has no time or no customers"));
        }
        let (id, link) = (TableId(self.id), AttributeId(self.link));
        Ok(EventTable { id, name: self.name, link, at, properties })
    }
}

fn to_stored(attributes: &[Attribute]) -> Vec<(u32, String, String)> {
    attributes.iter().map(|a| (a.id.0, a.name.clone(), a.ty.to_string())).collect()
}

fn from_stored(
    stored: Vec<(u32, String, String)>,
    next_id: u32,
) -> Result<Vec<Attribute>, CatalogError> {
    let attribute = |(id, name, ty): (u32, String, String)| {
        let ty = ty.parse().map_err(CatalogError::Damaged)?;
        Ok(Attribute { id: AttributeId(id), name, ty })
    };
    let attributes: Vec<Attribute> = stored.into_iter().map(attribute).collect::<Result<_, _>>()?;
    if attributes.iter().any(|attribute| attribute.id.0 >= next_id) {
        return Err(damaged("an attribute's number is out of order"));
    }
    Ok(attributes)
}

fn damaged(what: &str) -> CatalogError {
    CatalogError::Damaged(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::KeyType;

    fn extents(catalog: &Catalog) -> Vec<Extent> {
        let extent = |t: &EventTable| Extent { table: t.id(), n_rows: 9, n_events: t.id().0 };
        catalog.tables().iter().map(extent).collect()
    }

    fn check(catalog: &Catalog) {
        let extents = extents(catalog);
        let bytes = catalog.encode(&extents).unwrap();
        assert_eq!(Catalog::decode(&bytes), Ok((catalog.clone(), extents)));
        for len in 0..bytes.len() {
            assert!(Catalog::decode(&bytes[..len]).is_err(), "{len} of {} bytes", bytes.len());
        }
    }

    #[test]
    fn definitions_survive_their_stored_form() {
        let mut catalog = Catalog::empty();
        catalog.define_key("customer_id", KeyType::Text).unwrap();
        catalog.add("spend", Type::Decimal { scale: 2 }).unwrap();
        catalog.add("paid", Type::Money { currency: "USD".parse().unwrap() }).unwrap();
        check(&catalog);
    }

    #[test]
    fn event_tables_survive_it_too() {
        let mut catalog = Catalog::empty();
        catalog.define_key("id", KeyType::Int).unwrap();
        catalog.add_table("orders", &[("amount", Type::Decimal { scale: 2 })]).unwrap();
        catalog.add_table("visits", &[("page", Type::Text), ("at", Type::Timestamp)]).unwrap();
        catalog.add("city", Type::Text).unwrap();
        let extents = extents(&catalog);
        let bytes = catalog.encode(&extents).unwrap();
        assert_eq!(Catalog::decode(&bytes), Ok((catalog.clone(), extents)));
        assert!(catalog.encode(&[]).is_err());
    }

    #[test]
    fn a_table_without_its_time_is_damage() {
        let mut catalog = Catalog::empty();
        catalog.add_table("orders", &[("amount", Type::Int)]).unwrap();
        catalog.tables[0].at = AttributeId(2);
        let bytes = catalog.encode(&extents(&catalog)).unwrap();
        let read = Catalog::decode(&bytes);
        assert!(matches!(read, Err(CatalogError::Damaged(_))), "{read:?}");
    }
}
