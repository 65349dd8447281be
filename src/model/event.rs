//! Functions over a customer's events.

/// `count(orders)`, `sum(orders.amount)` and their like: one value from a customer's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventFunction {
    /// How many events; 0 of none.
    Count,
    /// The sum of a property; 0 of none.
    Sum,
    /// The mean of a property.
    Avg,
    /// The smallest value of a property.
    Min,
    /// The largest value of a property.
    Max,
    /// The middle value of a property.
    Median,
    /// How many different values a property has.
    Distinct,
    /// A property of the earliest event, missing or not.
    First,
    /// A property of the latest event, missing or not.
    Last,
    /// Whether there is an event.
    Any,
    /// Whether there is none: the exact complement of [`Any`](Self::Any).
    No,
}

impl EventFunction {
    /// Every function.
    pub const ALL: [Self; 11] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Median,
        Self::Distinct,
        Self::First,
        Self::Last,
        Self::Any,
        Self::No,
    ];

    /// The function of this name in the language, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name().eq_ignore_ascii_case(name))
    }

    /// The name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Distinct => "distinct",
            Self::First => "first",
            Self::Last => "last",
            Self::Any => "any",
            Self::No => "no",
        }
    }

    /// Whether it is of whole events, such as `count(orders)`, rather than of a property of theirs.
    pub fn is_of_events(self) -> bool {
        matches!(self, Self::Count | Self::Any | Self::No)
    }
}
