//! Why a plan could not be run to its end.

use crate::index::IndexError;
use crate::model::RowId;
use crate::parallel::OverBudget;

/// What arithmetic says of a day without a rate, where it says of others what overflowed.
pub(super) const NO_RATE: &str = "a date without a rate";

impl ExecError {
    /// Why arithmetic gave no value for a customer: what overflowed, or [`NO_RATE`].
    pub(super) fn of_row(row: RowId, what: &'static str) -> Self {
        if what == NO_RATE { Self::NoRate { row } } else { Self::Overflow { row, what } }
    }

    /// The same of another row, where it is about one.
    pub(crate) fn with_row(self, other: impl FnOnce(RowId) -> RowId) -> Self {
        match self {
            Self::Overflow { row, what } => Self::Overflow { row: other(row), what },
            Self::NoRate { row } => Self::NoRate { row: other(row) },
            error => error,
        }
    }
}

/// Why a plan could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecError {
    /// Arithmetic left the range of its type for a customer; the first such row of the pool.
    #[error("{what} is too large for row {}", row.0)]
    Overflow {
        /// The first customer concerned.
        row: RowId,
        /// What overflowed, in the user's words: `a product`.
        what: &'static str,
    },
    /// An amount of a day before the first rate was to be converted, for a customer.
    #[error("there is no rate for a date of row {}", row.0)]
    NoRate {
        /// The first customer concerned.
        row: RowId,
    },
    /// The statement's temporaries would take more than its budget.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// A plan that `plan` does not make: a type or a form that nothing here evaluates.
    #[error("the plan holds {0}, which cannot be evaluated")]
    Unplanned(&'static str),
    /// The host or the user ended the statement.
    #[error("the statement was interrupted")]
    Interrupted,
    /// A column could not be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}
