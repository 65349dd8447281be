//! Figures over many customers: counts, sums, means.

use super::{Decimal, Source};

/// One figure of a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its column's name, as written: `sum(spend)`.
    pub name: String,
    /// Which figure.
    pub function: MeasureFunction,
    /// Over what; absent for a plain `count`, which counts customers. Sums, means and medians have
    /// numbers here, the smallest and the largest anything with an order, `distinct` no set.
    pub source: Option<Source>,
}

/// The figures of a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureFunction {
    /// How many; with an argument, how many have a value.
    Count,
    /// The sum.
    Sum,
    /// The mean.
    Avg,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The middle.
    Median,
    /// How many different values.
    Distinct,
    /// The value so far of the way, 0 to 1, from the smallest to the largest.
    Quantile(Decimal),
}

impl MeasureFunction {
    /// As the language writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Distinct => "distinct",
            Self::Quantile(_) => "quantile",
        }
    }
}
