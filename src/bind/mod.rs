//! Names to attributes, literals to types: syntax tree and catalog become a [`Predicate`].
//!
//! Spans of time stay symbolic here; `plan` resolves them against the statement's `now`.

mod predicate;

pub(crate) use predicate::{KeyTest, Predicate, RankBy, RankSpec};
