//! Attributes that are computed: what a statement asks of events, and derived attributes, which are
//! kept current, as columns of customers.

mod classes;
mod crossing;
mod customers;
mod decide;
mod due;
mod dues;
mod effects;
mod ending;
mod events;
mod horizon;
mod rankings;
mod refresh;
mod sequence;
mod stops;
mod together;

pub(crate) use decide::Deciders;
pub(crate) use due::Watch;
pub(crate) use events::{CutOffs, DeriveError, Deriving, EventRule};
pub(crate) use horizon::Horizons;
pub(crate) use rankings::Rankings;
pub(crate) use refresh::{Refresh, Refreshed};
pub(crate) use stops::Stops;
