//! Many rules decided for few customers.
//!
//! Rules that keep groups share most of their predicates. Equal ones are one here, and each
//! attribute's values are cut into truth classes by the constants of all predicates about it: within
//! a class the same predicates hold. For every class there is a mask of the rules that it does not
//! rule out. So a few operations over words tell which rules of a customer turn: those that the
//! masks of the values that changed leave before and not now, or the other way round, and that the
//! masks of the other values do not rule out. Few rules have clauses about several attributes and
//! are looked at one by one.
//! (Predicate indexes of this kind: Fabret et al., SIGMOD 2001; Whang et al., VLDB 2009.)

mod deciders;
mod formula;
mod known;
mod masks;
mod row;
mod sieve;
mod units;
mod values;

pub(crate) use deciders::Deciders;
pub(super) use deciders::Phase;
pub(super) use row::{Decided, Row};
pub(super) use sieve::Times;
pub(super) use values::Values;
