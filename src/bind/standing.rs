//! The derived attributes of a pool, bound.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::derived::derived;
use super::names::Bound;
use super::{Aggregates, Derived, Parameters, Scope};
use crate::catalog::{Attribute, Catalog, Definition};
use crate::lang::Diagnostic;
use crate::model::{AttributeId, Blocks, Instant, Moves, Zone};

/// Every derived attribute and dynamic group of a catalog, each after those that it reads.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    attributes: Blocks<Arc<Derived>>,
    moving: Moving,
}

/// The definitions that the clock may change, short of those that it changes only together with
/// others before them.
#[derive(Clone, Debug, Default)]
struct Moving {
    places: Vec<usize>,
    /// The dates and timestamps, and how these read them.
    timings: HashSet<(AttributeId, String)>,
}

impl Moving {
    /// Notes the definition at a place, which follows those noted.
    fn note(&mut self, place: usize, derived: &Derived) {
        let is_of_times = derived.moves == Moves::Never
            && derived.turns.is_empty()
            && derived.tables.is_empty()
            && derived.aggregates.asked().is_empty()
            && derived.aggregates.sequences().is_empty();
        let n = self.timings.len();
        let timings =
            derived.timed.iter().map(|timed| (timed.attribute, format!("{:?}", timed.timing)));
        self.timings.extend(timings);
        if !is_of_times || self.timings.len() > n {
            self.places.push(place);
        }
    }
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
        let (attributes, mut moving) = (in_order(attributes), Moving::default());
        for (place, derived) in attributes.iter().enumerate() {
            moving.note(place, derived);
        }
        Ok(Self { attributes, moving })
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
        let (mut attributes, mut moving) = (self.attributes.clone(), self.moving.clone());
        let new: BTreeSet<AttributeId> = new.iter().copied().collect();
        for attribute in new.into_iter().filter_map(|id| catalog.by_id(id)) {
            let Some(definition) = &attribute.definition else { continue };
            let derived = bind(attribute, definition, catalog, now, zone)?;
            moving.note(attributes.len(), &derived);
            attributes.push(Arc::new(derived));
        }
        Ok(Self { attributes, moving })
    }

    /// Some of the definitions.
    pub(crate) fn of_some(&self, is_wanted: impl Fn(&Derived) -> bool) -> Self {
        let mut some = Self::default();
        for derived in self.attributes.iter().filter(|derived| is_wanted(derived)) {
            some.moving.note(some.attributes.len(), derived);
            some.attributes.push(Arc::clone(derived));
        }
        some
    }

    /// What an attribute, or a group's members, are computed as.
    pub(crate) fn of(&self, id: AttributeId) -> Option<&Derived> {
        // What came last is asked for most.
        self.attributes().rev().find(|derived| derived.attribute.id == id)
    }

    /// Attributes enough to tell when the clock changes any of them next.
    pub(crate) fn moving(&self) -> impl Iterator<Item = &Derived> {
        self.moving.places.iter().filter_map(|place| self.at(*place))
    }

    /// The attribute at a place in their order.
    pub(crate) fn at(&self, place: usize) -> Option<&Derived> {
        self.attributes.get(place).map(|derived| &**derived)
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
fn in_order(attributes: Vec<Derived>) -> Blocks<Arc<Derived>> {
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
    let mut ordered = Blocks::default();
    while let Some(id) = ready.pop_first() {
        if let Some((_, derived)) = waiting.remove(&id) {
            ordered.push(Arc::new(derived));
        }
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
