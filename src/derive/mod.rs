//! Attributes that are computed: what a statement asks of events, as columns of customers.

mod customers;
mod events;

pub(crate) use events::{DeriveError, Deriving, EventRule};
