//! Figures over groups of members: chunk by chunk, then merged in the chunks' order, so that sums
//! of doubles do not depend on how many threads there are.

mod bag;
mod figure;
mod grouping;
mod masked;
mod measured;
mod partial;
mod summarize;
mod tally;

pub(crate) use summarize::Group;
