//! Reports about any set of customers, one a file: what they are made of, what they buy, and what
//! they buy next.
//!
//! A report about events is told of a [`Study`]: some customers, and those of their events that
//! count. Reports collect chunk by chunk and merge; shares of nothing are `None`, never NaN.

mod cells;
mod cohorts;
mod intervals;
mod overlap;
mod page;
mod profile;
mod rank;
mod spread;
mod study;
mod successions;

pub(crate) use cohorts::cohorts;
pub use cohorts::{Cohort, Cohorts};
pub(crate) use intervals::intervals;
pub use intervals::{Again, Intervals, IntervalsBucket, PairIntervals};
pub(crate) use overlap::overlap;
pub use overlap::{Overlap, OverlapPair, OverlapPart, OverlapSet};
pub use profile::{
    Bin, CategoryProfile, EventProfile, Mark, MonthProfile, NumberProfile, Profile, SumProfile,
    TopProfile, ValueShare,
};
pub(crate) use profile::{EventParts, apart, categories, counted, events, numbers, tells};
pub(crate) use rank::{Ranked, RankedBy, rank};
pub use spread::Spread;
pub(crate) use study::{Study, occasions};
pub(crate) use successions::successions;
pub use successions::{Succession, Successions};
