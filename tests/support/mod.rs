//! The oracle: customers as plain rows, rules as plain trees, evaluated one row at a time with
//! nothing of the engine's: no parser, no bitmap, no calendar of its own.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod calendar;
pub mod evaluate;
pub mod generate;
pub mod number;
pub mod rule;
pub mod world;
