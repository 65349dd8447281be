//! The catalog's stored form: types as text, since inner types are never persisted.

use serde::{Deserialize, Serialize};

use super::care::StoredCare;
use super::definitions::{Catalog, CatalogError};
use super::{Attribute, Created, Definition, EventTable, Group, Groups, KeyColumn};
use crate::lang;
use crate::model::{AttributeId, Instant, TableId, Type};
use crate::store::{self, CodecError};

/// The definitions of customers; all there is in a pool without event tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCustomers {
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

/// The attributes that are computed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct StoredDerived {
    /// The number of each, and its definition as text.
    definitions: Vec<(u32, String)>,
    /// The instant, in microseconds, for which their values are right.
    as_of: Option<i64>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredGroup {
    id: u32,
    name: String,
    /// The rule of a dynamic one.
    rule: Option<String>,
    created: u64,
    created_at: i64,
}

/// An instant in microseconds at which something changes, `None` where nothing does any more; `None`
/// where it is not known.
type StoredNext = Option<Option<i64>>;

/// What is stored of a pool beside its customers and events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredCatalog {
    /// The definitions.
    pub(crate) catalog: Catalog,
    /// How many events each table holds.
    pub(crate) extents: Vec<Extent>,
    /// The instant for which the values of derived attributes are right.
    pub(crate) as_of: Option<Instant>,
    /// When the clock changes one of them next, where that was known.
    pub(crate) next: Option<Option<Instant>>,
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
    /// The bytes of the definitions, of how many events each table holds, of the instant for which
    /// the values of derived attributes are right, and of that at which the clock changes one next,
    /// where it is known.
    ///
    /// # Errors
    ///
    /// When they are beyond all bounds, or a table has no extent.
    pub(crate) fn encode(
        &self,
        extents: &[Extent],
        as_of: Option<Instant>,
        next: Option<Option<Instant>>,
    ) -> Result<Vec<u8>, CatalogError> {
        let customers = StoredCustomers {
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
        let derived = |(attribute, definition): (&Attribute, &Definition)| {
            (attribute.id.0, definition.text().to_owned())
        };
        let own = self.derived().filter(|(a, _)| self.group_by_id(a.id).is_none());
        let definitions: Vec<(u32, String)> = own.map(derived).collect();
        let groups: Vec<StoredGroup> = self.groups.iter().map(StoredGroup::of).collect();
        let kept = |definitions| StoredDerived { definitions, as_of: as_of.map(Instant::micros) };
        let history = |(attribute, definition): (&Attribute, &Definition)| {
            let Created { commit, at } = definition.created()?;
            Some((attribute.id.0, commit, at.micros()))
        };
        let histories: Vec<(u32, u64, i64)> = self.derived().filter_map(history).collect();
        let care = StoredCare::of(self);
        let ends: Vec<(u32, i64)> = self.endings().map(|(id, at)| (id.0, at.micros())).collect();
        let next = next.filter(|_| self.keeps_itself());
        let bytes = match (&tables[..], &definitions[..], &groups[..]) {
            _ if next.is_some() => {
                let next: StoredNext = next.map(|next| next.map(Instant::micros));
                let derived = kept(definitions);
                store::encode(&(customers, tables, derived, groups, histories, care, ends, next))
            }
            _ if !ends.is_empty() => {
                let derived = kept(definitions);
                store::encode(&(customers, tables, derived, groups, histories, care, ends))
            }
            _ if !care.is_empty() => {
                let derived = kept(definitions);
                store::encode(&(customers, tables, derived, groups, histories, care))
            }
            ([], [], []) => store::encode(&customers),
            (_, [], []) => store::encode(&(customers, tables)),
            (_, _, []) if histories.is_empty() => {
                store::encode(&(customers, tables, kept(definitions)))
            }
            _ if histories.is_empty() => {
                store::encode(&(customers, tables, kept(definitions), groups))
            }
            _ => store::encode(&(customers, tables, kept(definitions), groups, histories)),
        };
        bytes.map_err(|error| CatalogError::Damaged(error.to_string()))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Result<StoredCatalog, CatalogError> {
        let Parts { customers, tables, derived, groups, histories, care, ends, next } =
            Parts::decode(bytes)?;
        let next_id = customers.next_id;
        let mut attributes = from_stored(customers.attributes, next_id)?;
        for (id, text) in derived.definitions {
            let attribute = attributes.iter_mut().find(|attribute| attribute.id.0 == id);
            let expr = lang::parse_rule(&text).map_err(|error| damaged(&error.message));
            match attribute {
                Some(attribute) => {
                    let history = histories.iter().find(|(of, ..)| *of == id);
                    let history = history.map(created).transpose()?;
                    attribute.definition = Some(Definition::kept(expr?, history));
                }
                None => return Err(damaged("a definition is of no attribute")),
            }
        }
        let extents = tables.iter().map(StoredTable::extent).collect();
        let tables = tables.into_iter().map(|t| t.read(next_id)).collect::<Result<Vec<_>, _>>()?;
        let next_table = tables.iter().map(|table| table.id.0 + 1).max().unwrap_or(1);
        let groups = groups.into_iter().map(|g| g.read(next_id, &ends));
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        if !groups.is_sorted_by(|a, b| a.id() < b.id()) {
            return Err(damaged("groups are out of order"));
        }
        let instant = |micros: i64| {
            let instant = Instant::from_micros(micros);
            instant.ok_or_else(|| damaged("its clock is outside all time"))
        };
        let as_of = derived.as_of.map(instant).transpose()?;
        let next = next.map(|next| next.map(instant).transpose()).transpose()?;
        let key = customers.key;
        let empty = Self::empty();
        let groups: Groups = groups.into_iter().collect();
        let mut catalog = Self { key, attributes, tables, groups, next_id, next_table, ..empty };
        care.read(&mut catalog)?;
        Ok(StoredCatalog { catalog, extents, as_of, next })
    }

    /// How many events each table holds, of what [`encode`](Self::encode) wrote: nothing else of it
    /// is read, however many groups there are.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is anything else.
    pub(crate) fn decode_extents(bytes: &[u8]) -> Result<Vec<Extent>, CatalogError> {
        if whole(store::decode::<StoredCustomers>(bytes))?.is_some() {
            return Ok(Vec::new());
        }
        let first = store::decode_first::<(StoredCustomers, Vec<StoredTable>)>(bytes);
        let (_, tables) = first.map_err(|error| CatalogError::Damaged(error.to_string()))?;
        Ok(tables.iter().map(StoredTable::extent).collect())
    }
}

/// What the stored form is made of; what a pool does not have of it is not stored.
#[derive(Default)]
struct Parts {
    customers: StoredCustomers,
    tables: Vec<StoredTable>,
    derived: StoredDerived,
    groups: Vec<StoredGroup>,
    /// The attributes whose changes are kept, since which commit and instant.
    histories: Vec<(u32, u64, i64)>,
    care: StoredCare,
    /// The fixed groups that end, and when.
    ends: Vec<(u32, i64)>,
    /// When the clock changes something next, where that was known.
    next: StoredNext,
}

impl Parts {
    fn decode(bytes: &[u8]) -> Result<Self, CatalogError> {
        if let Some(customers) = whole(store::decode(bytes))? {
            return Ok(Self { customers, ..Self::default() });
        }
        if let Some((customers, tables)) = whole(store::decode(bytes))? {
            return Ok(Self { customers, tables, ..Self::default() });
        }
        if let Some((customers, tables, derived)) = whole(store::decode(bytes))? {
            return Ok(Self { customers, tables, derived, ..Self::default() });
        }
        if let Some((customers, tables, derived, groups)) = whole(store::decode(bytes))? {
            return Ok(Self { customers, tables, derived, groups, ..Self::default() });
        }
        if let Some((customers, tables, derived, groups, histories)) = whole(store::decode(bytes))?
        {
            return Ok(Self { customers, tables, derived, groups, histories, ..Self::default() });
        }
        if let Some((customers, tables, derived, groups, histories, care)) =
            whole(store::decode(bytes))?
        {
            let (ends, next) = Default::default();
            return Ok(Self { customers, tables, derived, groups, histories, care, ends, next });
        }
        if let Some((customers, tables, derived, groups, histories, care, ends)) =
            whole(store::decode(bytes))?
        {
            let next = None;
            return Ok(Self { customers, tables, derived, groups, histories, care, ends, next });
        }
        let wrong = |error: CodecError| CatalogError::Damaged(error.to_string());
        let (customers, tables, derived, groups, histories, care, ends, next) =
            store::decode(bytes).map_err(wrong)?;
        Ok(Self { customers, tables, derived, groups, histories, care, ends, next })
    }
}

fn created((_, commit, at): &(u32, u64, i64)) -> Result<Created, CatalogError> {
    let at = Instant::from_micros(*at);
    let at = at.ok_or_else(|| damaged("a history began outside all time"))?;
    Ok(Created { commit: *commit, at })
}

/// A form that was read to its end; `None` when more follows.
fn whole<T>(read: Result<T, CodecError>) -> Result<Option<T>, CatalogError> {
    match read {
        Ok(form) => Ok(Some(form)),
        Err(CodecError::Trailing(_)) => Ok(None),
        Err(error) => Err(CatalogError::Damaged(error.to_string())),
    }
}

impl StoredGroup {
    fn of(group: &Group) -> Self {
        Self {
            id: group.id().0,
            name: group.name().to_owned(),
            rule: group.rule().map(str::to_owned),
            created: group.created.commit,
            created_at: group.created.at.micros(),
        }
    }

    fn read(self, next_id: u32, ends: &[(u32, i64)]) -> Result<Group, CatalogError> {
        let end = ends.binary_search_by_key(&self.id, |(of, _)| *of).ok();
        let instant = |at: usize| {
            let at = Instant::from_micros(ends[at].1);
            at.ok_or_else(|| damaged("a group ends outside all time"))
        };
        let ends = end.map(instant).transpose()?;
        let rule = self.rule.map(|text| lang::parse_rule(&text)).transpose();
        let rule = rule.map_err(|error| damaged(&error.message))?;
        let at = Instant::from_micros(self.created_at);
        let at = at.ok_or_else(|| damaged("a group was created outside all time"))?;
        if self.id >= next_id {
            return Err(damaged("a group's number is out of order"));
        }
        let members = Attribute {
            definition: rule.map(Definition::new),
            ..Attribute::given(AttributeId(self.id), self.name, Type::Bool)
        };
        Ok(Group { members, created: Created { commit: self.created, at }, ends })
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
        Ok(Attribute::given(AttributeId(id), name, ty))
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

    fn stored(catalog: &Catalog, as_of: Option<Instant>) -> Result<StoredCatalog, CatalogError> {
        Ok(StoredCatalog { catalog: catalog.clone(), extents: extents(catalog), as_of, next: None })
    }

    fn check(catalog: &Catalog) {
        let extents = extents(catalog);
        let bytes = catalog.encode(&extents, None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(catalog, None));
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
        let bytes = catalog.encode(&extents, None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(&catalog, None));
        assert_eq!(Catalog::decode_extents(&bytes), Ok(extents));
        assert_eq!(
            Catalog::decode_extents(&Catalog::empty().encode(&[], None, None).unwrap()),
            Ok(vec![])
        );
        assert!(catalog.encode(&[], None, None).is_err());
    }

    #[test]
    fn derived_attributes_survive_it_too() {
        let mut catalog = Catalog::empty();
        catalog.define_key("id", KeyType::Int).unwrap();
        catalog.add("spend", Type::Int).unwrap();
        let definition = Definition::new(lang::parse_rule("spend * 2").unwrap());
        catalog.add_derived("double", Type::Int, definition.clone()).unwrap();
        let bytes = catalog.encode(&[], None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(&catalog, None));
        catalog.add_table("orders", &[("amount", Type::Int)]).unwrap();
        catalog.add_derived("twice", Type::Int, definition).unwrap();
        let as_of = Instant::from_micros(7);
        let bytes = catalog.encode(&extents(&catalog), as_of, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(&catalog, as_of));
        for next in [Some(None), Some(Instant::from_micros(11))] {
            let bytes = catalog.encode(&extents(&catalog), as_of, next).unwrap();
            let expected = stored(&catalog, as_of).map(|read| StoredCatalog { next, ..read });
            assert_eq!(Catalog::decode(&bytes), expected);
            assert_eq!(Catalog::decode_extents(&bytes), Ok(extents(&catalog)));
        }
    }

    #[test]
    fn groups_survive_it_too() {
        let mut catalog = Catalog::empty();
        catalog.define_key("id", KeyType::Int).unwrap();
        catalog.add("spend", Type::Int).unwrap();
        let created = Created { commit: 3, at: Instant::from_micros(9).unwrap() };
        catalog.add_group("hand picked", None, created).unwrap();
        let bytes = catalog.encode(&[], None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(&catalog, None));
        let rule = Definition::new(lang::parse_rule("spend > 2").unwrap());
        catalog.add_group("big", Some(rule), created).unwrap();
        catalog.add_table("orders", &[("amount", Type::Int)]).unwrap();
        let bytes = catalog.encode(&extents(&catalog), None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(&catalog, None));
        catalog.end_group("hand picked", Instant::from_micros(11)).unwrap();
        let bytes = catalog.encode(&extents(&catalog), None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(&catalog, None));
    }

    #[test]
    fn standards_and_ownership_survive_it_too() {
        let mut catalog = Catalog::empty();
        catalog.define_key("id", KeyType::Int).unwrap();
        let owner = catalog.add("owner", Type::Text).unwrap();
        let moves = catalog.add_table("ownership", &[("action", Type::Text)]).unwrap().id();
        catalog.set_ownership(Some(crate::catalog::Ownership { owner, moves }));
        check_with_tables(&catalog);
        let created = Created { commit: 3, at: Instant::from_micros(9).unwrap() };
        catalog.add_group("big", None, created).unwrap();
        let text = "create standard care for group big (visit every 30 days by contacts, \
                    release after 90 days by contacts, protect 2 weeks, limit 9, note \"a\")";
        let lang::ast::StatementKind::Care(lang::ast::Care::Create(standard)) =
            lang::parse_statement(text).unwrap().kind
        else {
            panic!("{text}")
        };
        catalog.put_standard(crate::catalog::Standard::new(standard), created).unwrap();
        check_with_tables(&catalog);
        assert_eq!(catalog.groups().len(), 3);
        let bytes = catalog.encode(&extents(&catalog), None, None).unwrap();
        let last = catalog.groups.iter().next_back().unwrap().name().to_owned();
        catalog.groups.remove(&last);
        let damaged = catalog.encode(&extents(&catalog), None, None).unwrap();
        assert!(matches!(Catalog::decode(&damaged), Err(CatalogError::Damaged(_))));
        let mut whole = Catalog::decode(&bytes).unwrap().catalog;
        assert!(matches!(whole.drop_group("due care"), Err(CatalogError::Used(..))));
        assert!(matches!(whole.drop_group("big"), Err(CatalogError::Used(..))));
        assert_eq!(whole.drop_group_with_users("big").unwrap().len(), 3);
        assert!(whole.standards().is_empty());
    }

    fn check_with_tables(catalog: &Catalog) {
        let bytes = catalog.encode(&extents(catalog), None, None).unwrap();
        assert_eq!(Catalog::decode(&bytes), stored(catalog, None));
        assert_eq!(Catalog::decode_extents(&bytes), Ok(extents(catalog)));
    }

    #[test]
    fn a_table_without_its_time_is_damage() {
        let mut catalog = Catalog::empty();
        catalog.add_table("orders", &[("amount", Type::Int)]).unwrap();
        catalog.tables[0].at = AttributeId(2);
        let bytes = catalog.encode(&extents(&catalog), None, None).unwrap();
        let read = Catalog::decode(&bytes);
        assert!(matches!(read, Err(CatalogError::Damaged(_))), "{read:?}");
    }
}
