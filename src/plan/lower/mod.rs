//! From a bound rule to a logical plan: time resolved, texts turned into dictionary codes.

mod anniversary;
mod lowering;
mod moments;
mod span;

pub(crate) use anniversary::month_days;
pub(crate) use lowering::Lowering;
pub(crate) use moments::resolved;
pub(crate) use span::ResolvedSpan;
