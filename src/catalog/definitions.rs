//! The catalog: look-up by name, changes, and its stored form.

use serde::{Deserialize, Serialize};

use super::{Attribute, KeyColumn, KeyType};
use crate::model::{AttributeId, Type};

/// The definitions of one pool at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Catalog {
    key: Option<KeyColumn>,
    attributes: Vec<Attribute>,
    next_id: u32,
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
    /// The key cannot be dropped.
    #[error("`{0}` is the key; it cannot be dropped")]
    IsKey(String),
    /// The customers are defined already.
    #[error("this pool already has customers; change them with `alter customers`")]
    Exists,
    /// The stored definitions cannot be read.
    #[error("the stored definitions are damaged: {0}")]
    Damaged(String),
}

impl Catalog {
    /// No customers defined yet.
    pub(crate) fn empty() -> Self {
        Self { key: None, attributes: Vec::new(), next_id: 0 }
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

    /// The attribute of this number.
    pub(crate) fn by_id(&self, id: AttributeId) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.id == id)
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
        self.attributes.push(Attribute { id, name: name.to_owned(), ty });
        Ok(id)
    }

    /// Removes an attribute; its number is not used again.
    pub(crate) fn drop(&mut self, name: &str) -> Result<Attribute, CatalogError> {
        if self.is_key(name) {
            return Err(CatalogError::IsKey(name.to_owned()));
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
        self.check_free(to)?;
        if let Some(attribute) = self.attributes.iter_mut().find(|a| a.name == from) {
            attribute.name = to.to_owned();
        } else if let Some(key) = &mut self.key {
            key.name = to.to_owned();
        }
        Ok(())
    }

    fn check_free(&self, name: &str) -> Result<(), CatalogError> {
        check_name(name)?;
        let taken = self.find(name).is_some() || self.key.as_ref().is_some_and(|k| k.name == name);
        if taken { Err(CatalogError::Taken(name.to_owned())) } else { Ok(()) }
    }

    /// The stored form.
    pub(crate) fn to_stored(&self) -> StoredCatalog {
        let attribute = |a: &Attribute| (a.id.0, a.name.clone(), a.ty.to_string());
        StoredCatalog {
            key: self.key.clone(),
            attributes: self.attributes.iter().map(attribute).collect(),
            next_id: self.next_id,
        }
    }

    /// Reads the stored form.
    pub(crate) fn from_stored(stored: StoredCatalog) -> Result<Self, CatalogError> {
        let attribute = |(id, name, ty): (u32, String, String)| {
            let ty = ty.parse().map_err(CatalogError::Damaged)?;
            Ok(Attribute { id: AttributeId(id), name, ty })
        };
        let attributes: Vec<Attribute> =
            stored.attributes.into_iter().map(attribute).collect::<Result<_, _>>()?;
        if attributes.iter().any(|attribute| attribute.id.0 >= stored.next_id) {
            return Err(CatalogError::Damaged("an attribute's number is out of order".to_owned()));
        }
        Ok(Self { key: stored.key, attributes, next_id: stored.next_id })
    }
}

/// The catalog as the store keeps it: types as text, since inner types are never persisted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredCatalog {
    key: Option<KeyColumn>,
    attributes: Vec<(u32, String, String)>,
    next_id: u32,
}

fn check_name(name: &str) -> Result<(), CatalogError> {
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
    fn definitions_survive_their_stored_form() {
        let mut catalog = Catalog::empty();
        catalog.define_key("customer_id", KeyType::Text).unwrap();
        catalog.add("spend", Type::Decimal { scale: 2 }).unwrap();
        catalog.add("paid", Type::Money { currency: "USD".parse().unwrap() }).unwrap();
        assert_eq!(Catalog::from_stored(catalog.to_stored()), Ok(catalog));
    }

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
