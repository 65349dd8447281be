//! From pest's pairs to the syntax tree.
//!
//! Recursion follows brackets only, whose depth is checked before parsing; chains are loops.

mod argument;
mod care;
mod derived;
mod event;
mod expression;
mod group;
mod import;
mod insight;
mod literal;
mod parts;
mod question;
mod span;
mod statement;
mod table;
mod test;
mod upkeep;

pub(super) use event::{meant, not_of_events};
pub(super) use expression::expression;
pub(super) use statement::statement;
