//! Arithmetic over columns: exact numbers as whole units at scales known beforehand, doubles as
//! they are.
//!
//! A term is evaluated a block of rows at a time where the chunk's bounds prove that nothing can
//! overflow, and row by row, checked, elsewhere. Whether a rule overflows therefore depends on the
//! values alone, never on the order of clauses or on what else a rule says: chunks without proof
//! are checked whole before anything is evaluated.

mod bounds;
mod calendar;
mod comparison;
mod exact;
mod float;
mod number;
mod term;
mod values;
mod vector;

pub(super) use bounds::Mode;
pub(super) use calendar::Calendar;
pub(super) use comparison::{Blocks, Comparable};
pub(super) use exact::ExactTerm;
pub(super) use float::FloatTerm;
pub(super) use number::{Number, divide_rounded};
pub(super) use term::{Compiler, Term};
pub(super) use values::ScalarValues;
pub(super) use vector::{BLOCK, Block};
