//! Why a plan could not be run to its end.

use crate::index::IndexError;
use crate::model::RowId;
use crate::parallel::OverBudget;

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
