//! The demonstration: customers of an invented cross-border merchant, made from a seed.

mod columns;
mod customer;
mod demo;
mod person;
mod places;
mod random;
mod taste;
mod trade;
mod words;

pub use demo::Demo;
