//! Reports about groups: what they are made of, and what their members do.

use super::{Expr, Name, SpanExpr, TextLiteral};
use crate::lang::SourceSpan;
use crate::model::CalendarUnit;

/// A report.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a statement has one")]
pub(crate) enum Insight {
    /// `overlap a, b, c`
    Overlap(Overlap),
    /// `rank product in orders …`
    Rank(Rank),
    /// `intervals of orders …`
    Intervals(Intervals),
    /// `transitions of category in orders …`
    Successions(Successions),
    /// `cohorts of orders by month …`
    Cohorts(Cohorts),
    /// `profile where … vs …`
    Profile(Profile),
}

impl Insight {
    /// The rules about customers, in the order in which they stand.
    pub(crate) fn rules(&self) -> Vec<&Expr> {
        match self {
            Self::Overlap(Overlap { sets, rule }) => {
                sets.iter().map(|(set, _)| set).chain(rule).collect()
            }
            Self::Rank(Rank { rule, versus, .. }) | Self::Profile(Profile { rule, versus, .. }) => {
                rule.iter().chain(versus).collect()
            }
            Self::Intervals(Intervals { rule, .. })
            | Self::Successions(Successions { rule, .. })
            | Self::Cohorts(Cohorts { rule, .. }) => rule.iter().collect(),
        }
    }

    /// The events that it is about, when these are of one table.
    pub(crate) fn events(&self) -> Option<&EventSource> {
        match self {
            Self::Rank(Rank { events, .. })
            | Self::Intervals(Intervals { events, .. })
            | Self::Successions(Successions { events, .. })
            | Self::Cohorts(Cohorts { events, .. }) => Some(events),
            Self::Overlap(_) | Self::Profile(_) => None,
        }
    }
}

/// The events that a report is about: `orders`, `(orders where amount > 10 over last 90 days)`.
/// Where its span stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct EventSource {
    /// The table.
    pub table: Name,
    /// The rule over the events' own properties.
    pub filter: Option<Expr>,
    /// The span after `over`, in the brackets or behind them; absent for all time up to now.
    pub span: Option<SpanExpr>,
    /// Where the span stands; the table's name when there is none.
    pub span_at: SourceSpan,
}

impl PartialEq for EventSource {
    fn eq(&self, other: &Self) -> bool {
        self.table == other.table && self.filter == other.filter && self.span == other.span
    }
}

/// `overlap a, b, spend > 100 as rich where region = "US"`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Overlap {
    /// The sets: a group's name or a rule, and what it is called; at least one.
    pub sets: Vec<(Expr, Option<Name>)>,
    /// Among which customers; absent for all.
    pub rule: Option<Expr>,
}

/// `rank product in orders where RULE over last 90 days by sum(amount) vs RULE limit 20`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rank {
    /// What is ranked.
    pub property: Name,
    /// Of which events.
    pub events: EventSource,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
    /// By what.
    pub by: RankedBy,
    /// Customers to compare with.
    pub versus: Option<Expr>,
    /// At most so many rows.
    pub limit: Option<u64>,
}

/// What a ranking of values goes by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RankedBy {
    /// How many events.
    Count,
    /// How many customers have one.
    Customers,
    /// The sum over the events.
    Sum(Expr),
}

/// `intervals of orders by category where RULE`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intervals {
    /// Between which events.
    pub events: EventSource,
    /// The property whose pairs of values are told apart.
    pub by: Option<Name>,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
}

/// `transitions of category in orders where RULE`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Successions {
    /// Of what.
    pub property: Name,
    /// Of which events.
    pub events: EventSource,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
    /// At most so many pairs.
    pub limit: Option<u64>,
}

/// `cohorts of orders by month where RULE`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cohorts {
    /// Of which events.
    pub events: EventSource,
    /// How long a period is.
    pub unit: CalendarUnit,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
}

/// `profile where RULE vs RULE to "vip.html"`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Profile {
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
    /// Customers to compare with; absent for all.
    pub versus: Option<Expr>,
    /// The page to write.
    pub path: Option<TextLiteral>,
}
