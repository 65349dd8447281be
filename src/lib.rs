//! Highsea: an embedded engine for customer groups.

mod bind;
mod catalog;
mod exec;
mod index;
mod lang;
mod model;
mod parallel;
mod plan;
mod pool;
mod store;
mod transfer;
