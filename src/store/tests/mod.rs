//! The store as a whole, over every backend, and through every fault that can be simulated.

mod backends;
mod commits;
mod damage;
mod faults;
mod files;
mod log;
mod model;
mod processes;
