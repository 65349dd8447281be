//! Lengths of time as the language writes them: `90 days`, `3mo`.

use std::fmt;

/// A unit of a [`Duration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours for instants, one whole day for dates.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Twelve calendar months.
    Year,
}

impl Duration {
    /// Microseconds between instants that lie so far apart; `None` for calendar units, of which
    /// some are longer than others.
    pub fn fixed_length(self) -> Option<i64> {
        let minutes = match self.unit {
            Unit::Minute => 1,
            Unit::Hour => 60,
            Unit::Day => 1_440,
            Unit::Week => 10_080,
            Unit::Month | Unit::Quarter | Unit::Year => return None,
        };
        self.amount.checked_mul(minutes * 60_000_000)
    }
}

impl Unit {
    /// Every unit, smallest first.
    pub const ALL: [Self; 7] =
        [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The long name, singular.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The short name, as in `90d`.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
            Self::Month => "mo",
            Self::Quarter => "q",
            Self::Year => "y",
        }
    }
}

/// A length of time: a number of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duration {
    /// How many; negative in `2026-01-01 + -3 days` only.
    pub amount: i64,
    /// Of what.
    pub unit: Unit,
}

/// A duration in the two kinds of step that time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Steps {
    /// Calendar months.
    Months(i64),
    /// Days, 24 hours each for instants.
    Days(i64),
    /// Microseconds: units shorter than a day.
    Micros(i64),
}

impl Duration {
    /// The opposite length, or `None` on overflow.
    pub fn checked_neg(self) -> Option<Self> {
        Some(Self { amount: self.amount.checked_neg()?, unit: self.unit })
    }

    /// Whether the unit is shorter than a day, which dates cannot count.
    pub fn is_within_day(self) -> bool {
        matches!(self.unit, Unit::Minute | Unit::Hour)
    }

    /// The duration in steps, or `None` on overflow.
    pub(crate) fn steps(self) -> Option<Steps> {
        let times = |factor: i64| self.amount.checked_mul(factor);
        Some(match self.unit {
            Unit::Minute => Steps::Micros(times(60_000_000)?),
            Unit::Hour => Steps::Micros(times(3_600_000_000)?),
            Unit::Day => Steps::Days(self.amount),
            Unit::Week => Steps::Days(times(7)?),
            Unit::Month => Steps::Months(self.amount),
            Unit::Quarter => Steps::Months(times(3)?),
            Unit::Year => Steps::Months(times(12)?),
        })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.amount == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.amount, self.unit.name())
    }
}
