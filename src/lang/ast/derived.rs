//! What derived attributes are computed as beside arithmetic: cases, tiers, and ready-made schemes.

use super::{Expr, Moment, Name, SpanExpr};
use crate::lang::SourceSpan;
use crate::model::{Comparison, Decimal, RankAmount, Side};

/// `case when no(orders) then "prospect" else "customer" end`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Case {
    /// A rule and the value of those for whom it is the first that holds; at least one.
    pub arms: Vec<(Expr, Expr)>,
    /// The value of all others; absent, they have none.
    pub otherwise: Option<Expr>,
}

/// `tiers of spend (vip: top 1%, small: rest)`, `shares of spend (A: 80%, C: rest)`, `ntile(5) of
/// last_order`: a class of each customer, by how a value of theirs compares with the others'.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grading {
    /// The value.
    pub of: Expr,
    /// The classes.
    pub grades: Grades,
    /// The attribute after `per`.
    pub per: Option<Name>,
    /// The rule after `among`.
    pub among: Option<Expr>,
}

/// The classes of a [`Grading`].
#[derive(Clone, Debug)]
pub(crate) enum Grades {
    /// `tiers of`: the first whose cut holds; at least one.
    Tiers(Vec<Tier>),
    /// `shares of`: the first whose share of the total is not reached; at least one.
    Shares(Vec<Tier>),
    /// `ntile(5) of`: as many classes of about the same size.
    Tiles {
        /// How many; as written, so that it may be none.
        n: u64,
        /// `ties by key`: equal values are told apart, and sizes differ by one at most.
        by_key: bool,
        /// Where the number stands.
        at: SourceSpan,
    },
}

impl PartialEq for Grades {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tiers(a), Self::Tiers(b)) | (Self::Shares(a), Self::Shares(b)) => a == b,
            (Self::Tiles { n, by_key, .. }, Self::Tiles { n: m, by_key: other, .. }) => {
                (n, by_key) == (m, other)
            }
            _ => false,
        }
    }
}

/// `vip: top 1%`. Where it stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct Tier {
    /// What those are called who are in it.
    pub label: Label,
    /// Who is in it, of those whom no tier before it took.
    pub cut: Cut,
    /// Where the label stands.
    pub at: SourceSpan,
    /// Where the cut stands.
    pub cut_at: SourceSpan,
}

impl PartialEq for Tier {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label && self.cut == other.cut
    }
}

/// What a tier is called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Label {
    /// A text, written as a name or in quotes.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// Who is in a tier.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cut {
    /// `top 1%`, `bottom 100`
    Rank(Side, RankAmount),
    /// `>= 200`
    Bound(Comparison, Expr),
    /// `80%`
    Share(Decimal),
    /// `rest`, `rest and missing`
    Rest {
        /// Whether those are in it who have no value.
        missing: bool,
    },
}

/// `rfm on orders (amount) over last 365 days as x with history`: what a ready-made scheme is asked
/// for. Where the span stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    /// Which scheme.
    pub name: Name,
    /// What stands after `on`.
    pub on: Vec<SchemeSource>,
    /// The span after `over`.
    pub over: Option<SpanExpr>,
    /// The name after `as`, with which its attributes' names begin.
    pub prefix: Option<Name>,
    /// Whether the last attribute, the one that the others are for, is `with history`.
    pub history: bool,
}

impl PartialEq for Scheme {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.on == other.on
            && self.over == other.over
            && self.prefix == other.prefix
            && self.history == other.history
    }
}

/// `orders (amount)`, `spend`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchemeSource {
    /// A table of events, or an attribute.
    pub name: Name,
    /// What stands in brackets behind it: a property, or arithmetic over properties.
    pub of: Option<Expr>,
}

/// `transitions of value_tier between D and E`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transitions {
    /// The attribute.
    pub attribute: Name,
    /// The earlier moment.
    pub from: Moment,
    /// The later moment.
    pub to: Moment,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
    /// Pairs at most.
    pub limit: Option<u64>,
}
