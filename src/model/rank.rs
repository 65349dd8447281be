//! Rankings: which end, and how many.

use super::Decimal;

/// Which end of a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The largest values.
    Top,
    /// The smallest values.
    Bottom,
}

/// How many of a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RankAmount {
    /// A number of customers.
    Count(u64),
    /// A share, in percent.
    Percent(Decimal),
}
