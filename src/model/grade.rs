//! Classes of customers: the values that a case or tiers give, and where one ends.

use super::{RangeSet, RankCut, Side, Source, Ties};

/// A value that is the same for everybody who has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// Units of a number, a bool, a date or a timestamp.
    Units(i64),
    /// A text.
    Text(String),
}

/// What a customer gets for whom a rule is the first that holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// No value.
    Missing,
    /// This value.
    Label(Label),
    /// A value of their own.
    Source(Source),
}

/// Classes of those who are ranked: each is in the first whose cut takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Grades {
    /// The classes, first first.
    pub grades: Vec<Grade>,
    /// What those have who are ranked with nobody: no value of what they are ranked by, or none of
    /// the attribute within whose values they are.
    pub missing: Option<Label>,
    /// Whether equal values stand together.
    pub ties: Ties,
}

/// One class.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// What those have who are in it.
    pub label: Label,
    /// Whom it takes.
    pub cut: GradeCut,
}

/// Whom a class takes, of those that no class before it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GradeCut {
    /// The first or the last of the ranking.
    Rank(Side, RankCut),
    /// Those whose value lies in a set of units.
    Within(RangeSet),
    /// All of them.
    Rest,
}
