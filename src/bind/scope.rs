//! What names, literals and parameters are looked up in.

use std::collections::BTreeMap;

use super::Aggregates;
use crate::catalog::{Catalog, EventTable};
use crate::lang::ast::Binding;
use crate::model::{Instant, Rates, Zone};

/// The values of `$name` parameters, by name without the dollar sign.
pub(crate) type Parameters = BTreeMap<String, Binding>;

/// Everything that binding one statement may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The names and their types.
    pub(crate) catalog: &'a Catalog,
    /// The values of parameters.
    pub(crate) parameters: &'a Parameters,
    /// The zone in which days begin and instants without an offset are read.
    pub(crate) zone: &'a Zone,
    /// The statement's instant. Rules keep it symbolic; stored and shown values take it from here.
    pub(crate) now: Instant,
    /// What the statement asks of events.
    pub(crate) aggregates: &'a Aggregates,
    /// The table whose events a rule is about; absent when it is about customers.
    pub(crate) events: Option<&'a EventTable>,
    /// What currencies were worth, where that is known.
    pub(crate) rates: Option<&'a Rates>,
    /// What the step of a sequence that a rule is about is called.
    pub(crate) step: Option<&'a str>,
}
