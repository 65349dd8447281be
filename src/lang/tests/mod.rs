//! Tests of the layer as a whole.

mod care_strategy;
mod derived_strategy;
mod event_strategy;
mod events;
mod fuzz;
mod group_strategy;
mod insight_strategy;
mod limits;
mod messages;
mod round_trip;
mod rules;
mod statement_strategy;
mod statements;
mod strategy;
mod vocabulary;
