//! The front door over a store that fails.

mod faults;
#[cfg(not(feature = "parquet"))]
mod no_parquet;
mod repair;
mod verify;
