//! Plans in the user's words, as text and as data.

mod clause;
mod describe;
mod explanation;
mod leaf;
mod scalar;
mod tell;
mod trace;

pub(crate) use describe::Describer;
pub use explanation::{Explanation, MissingValues, PlanNode, PlanStage, SpanBounds};
pub(crate) use tell::explain;
pub(crate) use trace::{Recorder, Trace};
