//! Figures of one customer's events.

use super::{Source, Type};

/// What is computed of the events of each customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FoldFunction {
    /// How many events there are.
    Count,
    /// Of how many events the value is known.
    Known,
    /// How many different values are known.
    Distinct,
    /// The sum of the known values; 0 of none.
    Sum,
    /// The least known value.
    Min,
    /// The greatest known value.
    Max,
    /// The sum of the two middle ones of the known values, of an odd number of them twice the
    /// middle one: the median, doubled.
    Middles,
    /// The value of the earliest event, missing or not; of equal times, of the one that came first.
    First,
    /// The value of the latest event, missing or not; of equal times, of the one that came last.
    Last,
    /// The mean time from one instant with events to the next, in days to six digits rounded half
    /// away from zero: of at least two instants.
    Interval,
    /// The latest instant and that mean time, to the microsecond: when the next event is to be
    /// expected.
    Expected,
}

/// A figure of each customer's events, and its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// What is computed.
    pub function: FoldFunction,
    /// Of which value; absent for what is of the events themselves.
    pub argument: Option<Source>,
    /// What it is.
    pub ty: Type,
}

impl FoldFunction {
    /// Whether customers without events have the figure, which is 0 then.
    pub fn is_zero_of_nothing(self) -> bool {
        matches!(self, Self::Count | Self::Known | Self::Distinct | Self::Sum)
    }
}
