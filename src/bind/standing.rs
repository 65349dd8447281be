//! The derived attributes of a pool, bound.

use std::collections::BTreeMap;

use super::derived::derived;
use super::names::Bound;
use super::{Aggregates, Derived, Parameters, Scope};
use crate::catalog::Catalog;
use crate::lang::Diagnostic;
use crate::model::{Instant, Zone};

/// Every derived attribute of a catalog, each after those that it reads.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    attributes: Vec<Derived>,
}

impl Standing {
    /// Binds the definitions of a catalog.
    ///
    /// # Errors
    ///
    /// When one has no meaning any more, which the pool sees to: what a definition names can be
    /// neither dropped nor renamed.
    pub(crate) fn bind(catalog: &Catalog, now: Instant, zone: &Zone) -> Bound<Self> {
        let parameters: Parameters = BTreeMap::new();
        let scope = Scope {
            catalog,
            parameters: &parameters,
            zone,
            now,
            aggregates: Aggregates::none(),
            events: None,
            step: None,
        };
        let bound = catalog.derived().map(|(attribute, definition)| {
            let bound = derived(attribute, definition, &scope);
            bound.map_err(|error| {
                let message = format!("the definition of `{}`: {}", attribute.name, error.message);
                Diagnostic { message, ..error }
            })
        });
        Ok(Self { attributes: bound.collect::<Result<_, _>>()? })
    }

    /// The attributes.
    pub(crate) fn attributes(&self) -> &[Derived] {
        &self.attributes
    }
}
