//! Questions about a customer's events: aggregates and sequences.

use super::{Expr, Name, SpanExpr};
use crate::lang::SourceSpan;
use crate::model::{Duration, EventFunction};

/// What filters of events call the customer: `customer.region`.
pub(crate) const CUSTOMER: &str = "customer";

/// `count(orders where category = "shoes" over last 90 days)`. Where its parts stand is no part of
/// its equality.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    /// Which function.
    pub function: EventFunction,
    /// The table's name for `count`, `any` and `no`; for the others an expression over properties
    /// of one table, one of them at least written with the table's name.
    pub argument: Expr,
    /// The rule after `where`, over the event's own properties.
    pub filter: Option<Expr>,
    /// The span after `over`; absent for all time up to now.
    pub span: Option<SpanExpr>,
    /// Where the span stands; the whole aggregate when there is none.
    pub span_at: SourceSpan,
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function
            && self.argument == other.argument
            && self.filter == other.filter
            && self.span == other.span
    }
}

/// `sequence(visits where page = "checkout" then no orders within 7 days)`. Where the span stands
/// is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// The steps, at least two; the first is not negated.
    pub steps: Vec<Step>,
    /// The span after `over`, in which every step lies; absent for all time up to now.
    pub span: Option<SpanExpr>,
    /// Where the span stands; the whole sequence when there is none.
    pub span_at: SourceSpan,
}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        self.steps == other.steps && self.span == other.span
    }
}

/// One step of a sequence. Where it stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// `no orders`: that there is no such event.
    pub negated: bool,
    /// The event table.
    pub table: Name,
    /// The rule after `where`.
    pub filter: Option<Expr>,
    /// The name after `as`, by which later steps' filters call the event.
    pub alias: Option<Name>,
    /// The longest gap to the step before; absent for any.
    pub within: Option<Duration>,
    /// Where the step stands.
    pub at: SourceSpan,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.negated == other.negated
            && self.table == other.table
            && self.filter == other.filter
            && self.alias == other.alias
            && self.within == other.within
    }
}
