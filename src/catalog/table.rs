//! Event tables.

use super::Attribute;
use super::definitions::{Catalog, CatalogError};
use crate::model::{AttributeId, TableId, Type};

/// The name of the property that links an event to its customer.
pub(crate) const CUSTOMER: &str = "customer";
/// The name of an event's time.
pub(crate) const AT: &str = "at";

/// A table of events: orders, visits, searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventTable {
    pub(super) id: TableId,
    pub(super) name: String,
    /// The column of customers' row ids, which no rule names.
    pub(super) link: AttributeId,
    /// The events' time.
    pub(super) at: AttributeId,
    /// The properties that rules name, the time among them.
    pub(super) properties: Catalog,
}

impl EventTable {
    /// A table whose columns take numbers from `next` on.
    pub(super) fn define(
        id: TableId,
        name: &str,
        properties: &[(&str, Type)],
        next: &mut u32,
    ) -> Result<Self, CatalogError> {
        let link = AttributeId(*next);
        let mut own = Catalog { next_id: *next + 1, ..Catalog::empty() };
        if !properties.iter().any(|(name, _)| *name == AT) {
            own.add(AT, Type::Timestamp)?;
        }
        for (name, ty) in properties {
            match (*name, ty) {
                (CUSTOMER, _) => {
                    let what = "the link to its customer";
                    return Err(CatalogError::OwnProperty(CUSTOMER.to_owned(), what));
                }
                (AT, ty) if *ty != Type::Timestamp => {
                    let what = "the instant it happened: a timestamp";
                    return Err(CatalogError::OwnProperty(AT.to_owned(), what));
                }
                (name, ty) => own.add(name, *ty)?,
            };
        }
        // What numbers come next is the pool's to say.
        *next = std::mem::take(&mut own.next_id);
        let at = own.find(AT).map_or(link, |at| at.id);
        Ok(Self { id, name: name.to_owned(), link, at, properties: own })
    }

    /// Its number.
    pub(crate) fn id(&self) -> TableId {
        self.id
    }

    /// Its name, case-sensitive.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The column of its customers' row ids.
    pub(crate) fn link(&self) -> AttributeId {
        self.link
    }

    /// The column of its events' times.
    pub(crate) fn at(&self) -> AttributeId {
        self.at
    }

    /// What rules over its events may name: the time and the other properties, in the order of
    /// their definition.
    pub(crate) fn properties(&self) -> &Catalog {
        &self.properties
    }

    /// Every column, the link first.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (AttributeId, Type)> + '_ {
        let properties = self.properties.attributes();
        [(self.link, Type::Int)].into_iter().chain(properties.iter().map(property))
    }
}

fn property(attribute: &Attribute) -> (AttributeId, Type) {
    (attribute.id, attribute.ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_customer_and_a_time() {
        let mut catalog = Catalog::empty();
        catalog.add("spend", Type::Int).unwrap();
        let orders = catalog.add_table("orders", &[("amount", Type::Int)]).unwrap().clone();
        assert_eq!(orders.properties().find(AT).map(|at| (at.id, at.ty)), {
            Some((orders.at(), Type::Timestamp))
        });
        let columns: Vec<AttributeId> = orders.columns().map(|(id, _)| id).collect();
        assert_eq!(columns, [AttributeId(1), AttributeId(2), AttributeId(3)]);
        assert_eq!(columns[0], orders.link());
        assert_eq!(catalog.add("city", Type::Text), Ok(AttributeId(4)));
        let dated = [("at", Type::Date)];
        assert!(matches!(catalog.add_table("a", &dated), Err(CatalogError::OwnProperty(..))));
        let linked = [("customer", Type::Int)];
        assert!(matches!(catalog.add_table("a", &linked), Err(CatalogError::OwnProperty(..))));
        for name in ["orders", "customers", "customer"] {
            let taken = CatalogError::TableTaken(name.to_owned());
            assert_eq!(catalog.add_table(name, &[]).err(), Some(taken));
        }
    }
}
