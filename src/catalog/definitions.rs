//! The catalog: look-up by name, and changes.

use super::{
    Attribute, CUSTOMER, Definition, EventTable, Group, Groups, KeyColumn, KeyType, Ownership,
    Standard,
};
use crate::model::{AttributeId, Rates, TableId, Type};
use std::sync::Arc;

/// The definitions of one pool at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Catalog {
    pub(super) key: Option<KeyColumn>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) tables: Vec<EventTable>,
    /// Ascending by the numbers of their columns.
    pub(super) groups: Groups,
    pub(super) standards: Vec<Standard>,
    pub(super) ownership: Option<Ownership>,
    pub(super) rates: Option<Arc<Rates>>,
    /// The next attribute's number, of customers and events alike.
    pub(super) next_id: u32,
    /// The next event table's number.
    pub(super) next_table: u32,
}

/// Why a definition was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CatalogError {
    /// The name is taken.
    #[error("there is already an attribute `{0}`")]
    Taken(String),
    /// No attribute has the name.
    #[error("unknown attribute `{0}`")]
    Unknown(String),
    /// The name cannot be an attribute's.
    #[error("`{0}` cannot name an attribute: {1}")]
    BadName(String, &'static str),
    /// Others are computed of it.
    #[error("`{0}` is used by {1}")]
    Used(String, String),
    /// It is computed, and dropped with another statement.
    #[error("`{0}` is derived")]
    Derived(String),
    /// It is not computed.
    #[error("`{0}` is not derived")]
    NotDerived(String),
    /// The key cannot be dropped.
    #[error("`{0}` is the key; it cannot be dropped")]
    IsKey(String),
    /// A group has the name.
    #[error("there is already a group `{0}`")]
    GroupTaken(String),
    /// No group has the name.
    #[error("unknown group `{0}`")]
    UnknownGroup(String),
    /// No standard has the name.
    #[error("unknown standard `{0}`")]
    UnknownStandard(String),
    /// A standard has the name.
    #[error("there is already a standard `{0}`")]
    StandardTaken(String),
    /// Nobody looks after customers.
    #[error("this pool has no ownership")]
    NoOwnership,
    /// The group has no rule.
    #[error("`{0}` is a fixed group")]
    Fixed(String),
    /// The name is an event table's, or that of the customers.
    #[error("there is already a table `{0}`")]
    TableTaken(String),
    /// A property that every event has by itself.
    #[error("`{0}` is every event's own, {1}")]
    OwnProperty(String, &'static str),
    /// The customers are defined already.
    #[error("this pool already has customers; change them with `alter customers`")]
    Exists,
    /// The stored definitions cannot be read.
    #[error("the stored definitions are damaged: {0}")]
    Damaged(String),
}

impl CatalogError {
    /// The name that is refused.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Taken(name)
            | Self::Unknown(name)
            | Self::BadName(name, _)
            | Self::Used(name, _)
            | Self::Derived(name)
            | Self::NotDerived(name)
            | Self::IsKey(name)
            | Self::TableTaken(name)
            | Self::GroupTaken(name)
            | Self::UnknownGroup(name)
            | Self::Fixed(name)
            | Self::UnknownStandard(name)
            | Self::StandardTaken(name)
            | Self::OwnProperty(name, _) => Some(name),
            Self::Exists | Self::NoOwnership | Self::Damaged(_) => None,
        }
    }
}

impl Catalog {
    /// No customers defined yet.
    pub(crate) fn empty() -> Self {
        Self {
            key: None,
            attributes: Vec::new(),
            tables: Vec::new(),
            groups: Groups::default(),
            standards: Vec::new(),
            ownership: None,
            rates: None,
            next_id: 0,
            next_table: 1,
        }
    }

    /// The key, once customers are defined.
    pub(crate) fn key(&self) -> Option<&KeyColumn> {
        self.key.as_ref()
    }

    /// The attributes in the order of their definition, the key not among them.
    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The attribute of this very name.
    pub(crate) fn find(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The attribute of this number; a property of events too, and the members of a group.
    pub(crate) fn by_id(&self, id: AttributeId) -> Option<&Attribute> {
        let own = self.attributes.iter().find(|attribute| attribute.id == id);
        let own = own.or_else(|| self.group_by_id(id).map(Group::members));
        own.or_else(|| self.tables.iter().find_map(|table| table.properties().by_id(id)))
    }

    /// The event tables in the order of their definition.
    pub(crate) fn tables(&self) -> &[EventTable] {
        &self.tables
    }

    /// The event table of this very name.
    pub(crate) fn table(&self, name: &str) -> Option<&EventTable> {
        self.tables.iter().find(|table| table.name() == name)
    }

    /// The event table of this number.
    pub(crate) fn table_by_id(&self, id: TableId) -> Option<&EventTable> {
        self.tables.iter().find(|table| table.id() == id)
    }

    /// Whether `name` is the key: its own name, or `key` when no attribute is called so.
    pub(crate) fn is_key(&self, name: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.name == name)
            || (self.key.is_some() && name == "key" && self.find("key").is_none())
    }

    /// Every name a rule may use, each once.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.key.iter().map(|key| key.name.as_str());
        let generic = ["key"].into_iter().filter(|name| self.is_key(name));
        let generic = generic.filter(|name| self.key.as_ref().is_some_and(|k| k.name != *name));
        own.chain(generic).chain(self.attributes.iter().map(|attribute| attribute.name.as_str()))
    }

    /// Defines the key.
    pub(crate) fn define_key(&mut self, name: &str, ty: KeyType) -> Result<(), CatalogError> {
        if self.key.is_some() {
            return Err(CatalogError::Exists);
        }
        check_name(name)?;
        self.key = Some(KeyColumn { name: name.to_owned(), ty });
        Ok(())
    }

    /// Defines an attribute.
    pub(crate) fn add(&mut self, name: &str, ty: Type) -> Result<AttributeId, CatalogError> {
        self.check_free(name)?;
        let id = AttributeId(self.next_id);
        self.next_id += 1;
        self.attributes.push(Attribute::given(id, name.to_owned(), ty));
        Ok(id)
    }

    /// Defines an attribute that is computed.
    pub(crate) fn add_derived(
        &mut self,
        name: &str,
        ty: Type,
        definition: Definition,
    ) -> Result<AttributeId, CatalogError> {
        let id = self.add(name, ty)?;
        if let Some(attribute) = self.attributes.last_mut() {
            attribute.definition = Some(definition);
        }
        Ok(id)
    }

    /// What is computed: attributes, and the members of dynamic groups.
    pub(crate) fn derived(&self) -> impl Iterator<Item = (&Attribute, &Definition)> {
        self.columns().filter_map(|a| Some((a, a.definition.as_ref()?)))
    }

    /// Whether changes are kept of anything: of groups, or of attributes `with history`.
    pub(crate) fn keeps_changes(&self) -> bool {
        let has_history = |(_, definition): (&Attribute, &Definition)| definition.has_history();
        !self.groups.is_empty() || self.derived().any(has_history)
    }

    /// Whether a definition mentions an attribute or the key.
    pub(super) fn is_mentioned(&self, name: &str, definition: &Definition) -> bool {
        let mentions = definition.mentions();
        mentions.iter().any(|mention| mention == name)
            || self.is_key(name) && mentions.iter().any(|mention| self.is_key(mention))
    }

    /// Defines an event table with these properties beside those that every event has: the link to
    /// its customer, and its time, which may be among them as a date or a timestamp.
    pub(crate) fn add_table(
        &mut self,
        name: &str,
        properties: &[(&str, Type)],
    ) -> Result<&EventTable, CatalogError> {
        check_name(name)?;
        if name == "customers" || name == CUSTOMER || self.table(name).is_some() {
            return Err(CatalogError::TableTaken(name.to_owned()));
        }
        let id = TableId(self.next_table);
        let mut next = self.next_id;
        let table = EventTable::define(id, name, properties, &mut next)?;
        (self.next_id, self.next_table) = (next, self.next_table + 1);
        self.tables.push(table);
        self.tables.last().ok_or_else(|| CatalogError::TableTaken(name.to_owned()))
    }

    /// The definitions with one more attribute, which has its values for the length of a statement
    /// alone.
    pub(crate) fn with_passing(mut self, attribute: Attribute) -> Self {
        self.pass(attribute);
        self
    }

    /// Adds an attribute that has its values for the length of a statement alone.
    pub(crate) fn pass(&mut self, attribute: Attribute) {
        self.next_id = self.next_id.max(attribute.id.0 + 1);
        self.attributes.push(attribute);
    }

    /// The number that the next attribute would get.
    pub(crate) fn next_attribute(&self) -> AttributeId {
        AttributeId(self.next_id)
    }

    /// Removes an attribute whose values are given; its number is not used again.
    pub(crate) fn drop(&mut self, name: &str) -> Result<Attribute, CatalogError> {
        if self.is_key(name) {
            return Err(CatalogError::IsKey(name.to_owned()));
        }
        if self.find(name).is_some_and(|attribute| attribute.definition.is_some()) {
            return Err(CatalogError::Derived(name.to_owned()));
        }
        self.remove(name)
    }

    /// Removes an attribute that is computed.
    pub(crate) fn drop_derived(&mut self, name: &str) -> Result<Attribute, CatalogError> {
        match self.find(name) {
            Some(attribute) if attribute.definition.is_none() => {
                Err(CatalogError::NotDerived(name.to_owned()))
            }
            _ => self.remove(name),
        }
    }

    fn remove(&mut self, name: &str) -> Result<Attribute, CatalogError> {
        self.check_unused(name)?;
        let owner = self.ownership.map(|ownership| ownership.owner);
        if self.find(name).is_some_and(|attribute| Some(attribute.id) == owner) {
            return Err(CatalogError::Used(name.to_owned(), "ownership".to_owned()));
        }
        let at = self.attributes.iter().position(|attribute| attribute.name == name);
        at.map(|at| self.attributes.remove(at))
            .ok_or_else(|| CatalogError::Unknown(name.to_owned()))
    }

    /// Renames an attribute, or the key.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), CatalogError> {
        let unknown = || CatalogError::Unknown(from.to_owned());
        if !self.is_key(from) && self.find(from).is_none() {
            return Err(unknown());
        }
        self.check_unused(from)?;
        self.check_free(to)?;
        if let Some(attribute) = self.attributes.iter_mut().find(|a| a.name == from) {
            attribute.name = to.to_owned();
        } else if let Some(key) = &mut self.key {
            key.name = to.to_owned();
        }
        Ok(())
    }

    /// Refuses to change what others are computed of.
    fn check_unused(&self, name: &str) -> Result<(), CatalogError> {
        match &self.told_users(self.users(name, false), &[])[..] {
            "" => Ok(()),
            users => Err(CatalogError::Used(name.to_owned(), users.to_owned())),
        }
    }

    fn check_free(&self, name: &str) -> Result<(), CatalogError> {
        check_name(name)?;
        let taken = self.find(name).is_some() || self.key.as_ref().is_some_and(|k| k.name == name);
        if taken { Err(CatalogError::Taken(name.to_owned())) } else { Ok(()) }
    }
}

pub(super) fn check_name(name: &str) -> Result<(), CatalogError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > 255 {
        "it is longer than 255 bytes"
    } else if name.contains(['`', '\n', '\0']) {
        "it holds a back-quote, a line end or a zero byte"
    } else {
        return Ok(());
    };
    Err(CatalogError::BadName(name.to_owned(), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let mut catalog = Catalog::empty();
        catalog.define_key("id", KeyType::Int).unwrap();
        let id = catalog.add("a", Type::Int).unwrap();
        assert_eq!(catalog.add("a", Type::Int), Err(CatalogError::Taken("a".to_owned())));
        assert_eq!(catalog.add("id", Type::Int), Err(CatalogError::Taken("id".to_owned())));
        assert!(matches!(catalog.add("", Type::Int), Err(CatalogError::BadName(..))));
        assert!(matches!(catalog.drop("id"), Err(CatalogError::IsKey(_))));
        catalog.drop("a").unwrap();
        assert_ne!(catalog.add("a", Type::Int), Ok(id));
        catalog.rename("id", "customer").unwrap();
        assert!(catalog.is_key("customer") && catalog.is_key("key") && !catalog.is_key("id"));
    }
}
