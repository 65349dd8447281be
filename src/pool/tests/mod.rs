//! The front door over a store that fails.

mod faults;
