//! Both executors against a row-by-row evaluator that knows nothing of chunks or bitmaps.

mod agreement;
mod boundaries;
mod classes;
mod figures;
mod limits;
mod oracle;
mod orders;
mod plans;
mod pool;
mod rng;
