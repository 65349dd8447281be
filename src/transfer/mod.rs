//! Layer transfer.

mod demo;

pub use demo::Demo;
