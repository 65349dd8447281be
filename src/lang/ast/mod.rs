//! The syntax tree: what was written, with where it was written, before any name is looked up.
//!
//! One expression type holds rules and values alike; `bind` decides which is which. Chains of one
//! operator are flat lists, so a rule of 10,000 clauses is one node deep and dropping or walking a
//! tree never recurses deeper than the nesting limit that was checked before parsing.

mod care;
mod derived;
mod event;
mod expression;
mod group;
mod insight;
mod statement;
mod upkeep;
mod walk;

pub(crate) use crate::model::MeasureFunction;
pub(crate) use care::{Answer, Cadence, Care, Due, Over, Stage, Standard, Store};
pub(crate) use care::{due_list, standard_of};
pub(crate) use derived::{
    Case, Cut, Grades, Grading, Label, Scheme, SchemeSource, Tier, Transitions,
};
pub(crate) use event::{Aggregate, CUSTOMER, Sequence, Step};
pub(crate) use expression::{
    Binding, Expr, ExprKind, Factor, List, Literal, Name, Quantifier, Sign, SpanExpr, Test, TextOp,
};
pub(crate) use group::{GroupSource, GroupStatement, Moment, Selection};
pub(crate) use insight::{
    Cohorts, EventSource, Insight, Intervals, Overlap, Profile, Rank, RankedBy, Successions,
};
pub(crate) use statement::{
    Alteration, ColumnDefinition, Delimiter, Export, Having, Import, ImportType, Measure, OrderKey,
    Projection, Select, Setting, Showing, Statement, StatementKind, Summarize, TextLiteral,
    TypeName,
};
pub(crate) use upkeep::Upkeep;
