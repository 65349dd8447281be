//! Rewrites: each takes a plan and returns an equal, cheaper one, each can be switched off.

mod absorb;
mod constant;
mod contradictions;
mod flatten;
mod fold_constants;
mod inverse;
mod merge;
mod merge_equalities;
mod merge_ranges;
mod numbers;
mod order;
mod push_not;
mod share;
mod switches;
mod time_functions;

pub(crate) use inverse::times_where;
pub(crate) use switches::{LOGICAL, PHYSICAL};
pub use switches::{Rewrite, Rewrites};
