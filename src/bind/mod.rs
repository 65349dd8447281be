//! Names to attributes, literals to types: syntax tree and catalog become a [`Predicate`].
//!
//! Spans of time stay symbolic here; `plan` resolves them against the statement's `now`.

mod predicate;
mod scope;
mod select;
mod summarize;

pub(crate) use predicate::{KeyTest, Predicate, RankBy, RankSpec};
pub(crate) use scope::{Parameters, Scope};
pub(crate) use select::{Export, Select};
pub(crate) use summarize::Summarize;
