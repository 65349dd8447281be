//! The front door over a store that fails.

mod faults;
mod memory;
#[cfg(not(feature = "parquet"))]
mod no_parquet;
mod verify;
