//! Work over chunks, inline or on a pool of threads: the only place that names rayon.

mod budget;
mod executor;
mod interrupt;

pub use budget::{Budget, Charge, Holding, OverBudget, Reclaim, Usage};
pub use executor::{Executor, ExecutorError};
pub use interrupt::Interrupt;
