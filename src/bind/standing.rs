//! The derived attributes of a pool, bound.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::derived::derived;
use super::names::Bound;
use super::{Aggregates, Derived, Parameters, Scope};
use crate::catalog::{Attribute, Catalog, Definition};
use crate::lang::Diagnostic;
use crate::model::{AttributeId, Instant, Zone};

/// Every derived attribute and dynamic group of a catalog, each after those that it reads.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    attributes: Vec<Arc<Derived>>,
}

impl Standing {
    /// Binds the definitions of a catalog.
    ///
    /// # Errors
    ///
    /// When one has no meaning any more, which the pool sees to: what a definition names can be
    /// neither dropped nor renamed.
    pub(crate) fn bind(catalog: &Catalog, now: Instant, zone: &Zone) -> Bound<Self> {
        let bound = catalog
            .derived()
            .map(|(attribute, definition)| bind(attribute, definition, catalog, now, zone));
        let attributes = bound.collect::<Result<Vec<Derived>, _>>()?;
        Ok(Self { attributes: in_order(attributes) })
    }

    /// The same with some definitions more, which the catalog has now, which none of the others reads
    /// yet, and each of which reads only those before it.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub(crate) fn with(
        &self,
        new: &[AttributeId],
        catalog: &Catalog,
        now: Instant,
        zone: &Zone,
    ) -> Bound<Self> {
        let mut attributes = self.attributes.clone();
        for (attribute, definition) in catalog.derived().filter(|(a, _)| new.contains(&a.id)) {
            attributes.push(Arc::new(bind(attribute, definition, catalog, now, zone)?));
        }
        Ok(Self { attributes })
    }

    /// Some of the definitions.
    pub(crate) fn of_some(&self, is_wanted: impl Fn(&Derived) -> bool) -> Self {
        let some = self.attributes.iter().filter(|derived| is_wanted(derived));
        Self { attributes: some.cloned().collect() }
    }

    /// What an attribute, or a group's members, are computed as.
    pub(crate) fn of(&self, id: AttributeId) -> Option<&Derived> {
        self.attributes().find(|derived| derived.attribute.id == id)
    }

    /// The attributes.
    pub(crate) fn attributes(&self) -> impl DoubleEndedIterator<Item = &Derived> + Clone {
        self.attributes.iter().map(|derived| &**derived)
    }
}

fn bind(
    attribute: &Attribute,
    definition: &Definition,
    catalog: &Catalog,
    now: Instant,
    zone: &Zone,
) -> Bound<Derived> {
    let parameters: Parameters = BTreeMap::new();
    let scope = Scope {
        rates: catalog.rates().map(|rates| &**rates),
        catalog,
        parameters: &parameters,
        zone,
        now,
        aggregates: Aggregates::none(),
        events: None,
        step: None,
    };
    derived(attribute, definition, &scope).map_err(|error| {
        let message = format!("the definition of `{}`: {}", attribute.name, error.message);
        Diagnostic { message, ..error }
    })
}

/// Each after those that it reads, and else by number. The catalog sees to it that none reads
/// itself.
fn in_order(attributes: Vec<Derived>) -> Vec<Arc<Derived>> {
    let mut waiting: BTreeMap<AttributeId, (usize, Derived)> = BTreeMap::new();
    let mut readers: BTreeMap<AttributeId, Vec<AttributeId>> = BTreeMap::new();
    let ids: BTreeSet<AttributeId> =
        attributes.iter().map(|derived| derived.attribute.id).collect();
    let mut ready = BTreeSet::new();
    for derived in attributes {
        let id = derived.attribute.id;
        let read = derived.reads.iter().filter(|read| ids.contains(read));
        let n_read = read.map(|read| readers.entry(*read).or_default().push(id)).count();
        if n_read == 0 {
            ready.insert(id);
        }
        waiting.insert(id, (n_read, derived));
    }
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some(id) = ready.pop_first() {
        ordered.extend(waiting.remove(&id).map(|(_, derived)| Arc::new(derived)));
        for reader in readers.remove(&id).unwrap_or_default() {
            if let Some((n_read, _)) = waiting.get_mut(&reader) {
                *n_read -= 1;
                if *n_read == 0 {
                    ready.insert(reader);
                }
            }
        }
    }
    ordered
}
