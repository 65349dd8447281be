//! The front door over a store that fails.

mod faults;
mod verify;
