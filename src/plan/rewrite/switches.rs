//! The rewrites by name, in the order they run, each with its switch.

use super::{
    absorb, contradictions, flatten, fold_constants, merge_equalities, merge_ranges, order,
    push_not, share, time_functions,
};
use crate::plan::{Context, LogicalPlan, PhysicalPlan};

type LogicalRewrite = fn(LogicalPlan, &Context<'_>) -> LogicalPlan;
type PhysicalRewrite = fn(PhysicalPlan, &Context<'_>) -> PhysicalPlan;

/// Rewrites of logical plans, in the order of a round.
pub(crate) const LOGICAL: [(Rewrite, LogicalRewrite); 8] = [
    (Rewrite::FoldConstants, fold_constants::apply),
    (Rewrite::TimeFunctions, time_functions::apply),
    (Rewrite::PushNot, push_not::apply),
    (Rewrite::Flatten, flatten::apply),
    (Rewrite::MergeRanges, merge_ranges::apply),
    (Rewrite::MergeEqualities, merge_equalities::apply),
    (Rewrite::Absorb, absorb::apply),
    (Rewrite::Contradictions, contradictions::apply),
];

/// Rewrites of physical plans, in order.
pub(crate) const PHYSICAL: [(Rewrite, PhysicalRewrite); 2] =
    [(Rewrite::Order, order::apply), (Rewrite::Share, share::apply)];

/// A step from a plan to an equal, cheaper one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rewrite {
    /// Constants swallow what they decide and vanish where they decide nothing.
    FoldConstants,
    /// Comparisons of `year(x)`, `days_since(x)` and their like become ranges of `x`.
    TimeFunctions,
    /// `not` goes into leaves, where it becomes another range.
    PushNot,
    /// An `and` in an `and` is one `and`; so is `or`.
    Flatten,
    /// Clauses of one attribute within an `and` become one range.
    MergeRanges,
    /// Clauses of one attribute within an `or` become one list.
    MergeEqualities,
    /// Repeated clauses go, and those that another implies: `a or (a and b)` is `a`.
    Absorb,
    /// Clauses that hold of nobody, or of everybody, become constants.
    Contradictions,
    /// Cheap and telling clauses come first, whatever the order they were written in.
    Order,
    /// Parts that stand in several places are evaluated once.
    Share,
}

/// Which rewrites run; all by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrites(u16);

impl Rewrite {
    /// Every rewrite.
    pub const ALL: [Self; 10] = [
        Self::FoldConstants,
        Self::TimeFunctions,
        Self::PushNot,
        Self::Flatten,
        Self::MergeRanges,
        Self::MergeEqualities,
        Self::Absorb,
        Self::Contradictions,
        Self::Order,
        Self::Share,
    ];

    /// What `explain` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FoldConstants => "fold constants",
            Self::TimeFunctions => "turn time functions into ranges",
            Self::PushNot => "push `not` into leaves",
            Self::Flatten => "flatten",
            Self::MergeRanges => "merge ranges within `and`",
            Self::MergeEqualities => "merge equalities within `or`",
            Self::Absorb => "drop duplicates and absorbed clauses",
            Self::Contradictions => "spot contradictions and tautologies",
            Self::Share => "share common parts",
            Self::Order => "order by cost and selectivity",
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl Rewrites {
    /// All of them.
    pub fn all() -> Self {
        Rewrite::ALL.into_iter().fold(Self::none(), Self::with)
    }

    /// None: the plan follows the rule as written.
    pub fn none() -> Self {
        Self(0)
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, rewrite: Rewrite) -> Self {
        Self(self.0 | rewrite.bit())
    }

    /// These but one.
    #[must_use]
    pub fn without(self, rewrite: Rewrite) -> Self {
        Self(self.0 & !rewrite.bit())
    }

    /// Whether a rewrite runs.
    pub fn has(self, rewrite: Rewrite) -> bool {
        self.0 & rewrite.bit() != 0
    }
}

impl Default for Rewrites {
    fn default() -> Self {
        Self::all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rewrite_has_a_switch_of_its_own() {
        for rewrite in Rewrite::ALL {
            let others = Rewrites::all().without(rewrite);
            assert!(!others.has(rewrite));
            assert!(Rewrite::ALL.iter().all(|other| *other == rewrite || others.has(*other)));
            assert_eq!(others.with(rewrite), Rewrites::default());
        }
        let listed = LOGICAL.map(|(r, _)| r).into_iter().chain(PHYSICAL.map(|(r, _)| r));
        assert!(listed.eq(Rewrite::ALL));
    }
}
