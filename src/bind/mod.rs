//! Names to attributes, literals to types: syntax tree and catalog become a [`Predicate`].
//!
//! One function a statement: [`rule`], [`select`], [`export`], [`summarize`], [`insert`]. An
//! expression is first bound to a *term* (a constant, a column, or arithmetic), and the predicate
//! round it then decides what the term means beside it: every comparison of a scalar attribute
//! with a constant becomes a set of units, exactly. Spans of time stay symbolic here; `plan`
//! resolves them against the statement's `now`. Every error says where in the text it arose.

mod aggregate;
mod aggregates;
mod case;
mod clauses;
mod derived;
mod grading;
mod having;
mod predicate;
mod scope;

mod elapsed;
mod events;
mod insert;
mod insight;
mod literal;
mod rule;
mod select;
mod sequence;
mod standing;
mod summarize;

mod comparison;
mod known;
mod list;
mod rank;
mod set;
mod span;
mod text;
mod timing;
mod units;

mod arithmetic;
mod call;
mod convert;
mod cut;
mod moment;
mod names;
mod shift;
mod source;
mod subject;
mod term;

mod mentions;
mod mismatch;

#[cfg(test)]
mod tests;

pub(crate) use aggregate::{Aggregate, Asked};
pub(crate) use aggregates::{Aggregates, Later};
pub(crate) use case::Case;
pub(crate) use clauses::clauses_before_events;
pub(crate) use derived::{Computed, Derived, check_group_rule, definition_type};
pub(crate) use elapsed::function_beside_number;
pub(crate) use events::{
    InsertEvents, Table, check_time, event_rule, event_table, insert_events, no_property, table,
};
pub(crate) use grading::Grading;
pub(crate) use insert::{Insert, check_given, insert};
pub(crate) use insight::{asked, property, ranked_sum};
pub(crate) use literal::{host_key, host_value, key, literal};
pub(crate) use mentions::{attributes, reads_keys};
pub(crate) use predicate::{KeyTest, Predicate, RankBy, RankSpec};
pub(crate) use rule::rule;
pub(crate) use scope::{Parameters, Scope};
pub(crate) use select::{export, select};
pub(crate) use sequence::{Sequence, Step};
pub(crate) use span::span_of_instants;
pub(crate) use standing::Standing;
pub(crate) use summarize::summarize;
pub(crate) use timing::{Timed, Timing};
