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

/// Where a ranking is cut: who of it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RankCut {
    /// So many, or such a share of those ranked, rounded up.
    Amount(RankAmount),
    /// `part / of` of those ranked, rounded up: the first tiles of so many.
    Fraction {
        /// Tiles that are in.
        part: u64,
        /// Tiles in all, at least one.
        of: u64,
    },
    /// Those before whom less than this percentage of the total of all positive values lies, and
    /// whose own value is positive.
    Share(Decimal),
}

impl From<RankAmount> for RankCut {
    fn from(amount: RankAmount) -> Self {
        Self::Amount(amount)
    }
}

/// What becomes of those whose value equals that of the last one who is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ties {
    /// All of them are in.
    #[default]
    In,
    /// They come by their keys, the smallest first from the bottom and last from the top, so that no
    /// more are in than were asked for.
    ByKey,
}
