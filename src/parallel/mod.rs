//! Work over chunks, inline or on a pool of threads: the only place that names rayon.

mod executor;

pub use executor::{Executor, ExecutorError};
