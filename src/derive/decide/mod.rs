//! Many rules decided for few customers.
//!
//! Rules that keep groups share most of their predicates. Equal ones are one here, a bit each, and
//! each attribute's values are cut into truth classes by the constants of all predicates about it:
//! within a class the same predicates hold. So one search among the classes answers all predicates
//! about an attribute, and what a change of a value means is told by the bits in which the classes
//! of the old and the new value differ: only rules that hold one of these predicates are looked at.
//! (Predicate indexes of this kind: Fabret et al., SIGMOD 2001; Whang et al., VLDB 2009.)

mod deciders;
mod formula;
mod masks;
mod row;
mod sieve;
mod values;

pub(crate) use deciders::Deciders;
pub(super) use deciders::Phase;
pub(super) use row::{Decided, Row};
pub(super) use sieve::Times;
pub(super) use values::Values;
