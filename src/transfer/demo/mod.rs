//! The demonstration: customers of an invented cross-border merchant, made from a seed.

mod columns;
mod customer;
#[expect(
    clippy::module_inception,
    reason = "the folder is the demonstration, the file its front door"
)]
mod demo;
mod person;
mod places;
mod random;
mod taste;
mod trade;
mod words;

pub use demo::Demo;
