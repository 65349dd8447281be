//! The front door over a store that fails, and under many hands.

mod clocks;
mod damage;
mod deciding;
mod disk;
mod faults;
mod memory;
#[cfg(not(feature = "parquet"))]
mod no_parquet;
mod random;
mod readers;
mod repair;
mod verify;
