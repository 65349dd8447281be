//! Highsea: an embedded engine for customer groups.
//!
//! A merchant's whole customer pool lies in one directory; rules such as
//! `region = "US" and orders_90d >= 3` are answered exactly, in about a millisecond for ten million
//! customers. There is no server and nothing to install.
//!
//! ```
//! use highsea::{Options, Parameters, Pool};
//!
//! let pool = Pool::in_memory(Options::default())?;
//! pool.run("create customers (id text key, region text, orders_90d int)")?;
//! pool.run("insert into customers (id, region, orders_90d) values (\"C1\", \"US\", 4)")?;
//!
//! let loyal = pool.prepare("region = $region and orders_90d >= 3")?;
//! assert_eq!(loyal.count(&Parameters::new().with("region", "US"))?, 1);
//! # Ok::<(), highsea::Error>(())
//! ```
//!
//! [`Pool`] is the way in; [`Session`] runs statements of the language; [`Prepared`] asks one rule
//! often; [`Members`] are the customers a rule yields.

// The layers, in the order in which a rule passes them.
mod bind;
mod care;
mod catalog;
mod derive;
mod exec;
mod group;
mod index;
mod insight;
mod lang;
mod model;
mod parallel;
mod plan;
mod pool;
mod store;
mod transfer;

pub use care::{
    AnswersKept, NextStage, StandardReport, StandardsReport, StoreReport, StoreStage, VisitsKept,
};
pub use catalog::{Attribute, Definition, Group, KeyColumn, KeyType, Standard};
pub use exec::Engine;
pub use index::Key;
pub use insight::{Again, Cohort, Cohorts, Intervals, IntervalsBucket, Overlap, OverlapPair};
pub use insight::{
    Bin, CategoryProfile, EventProfile, Mark, MonthProfile, NumberProfile, Profile, SumProfile,
    TopProfile, ValueShare,
};
pub use insight::{OverlapPart, OverlapSet, PairIntervals, Spread, Succession, Successions};
pub use lang::{Code, Completeness, Diagnostic, SourceSpan, TokenKind};
pub use lang::{completeness, keywords, split, tokenize};
pub use model::{AttributeId, Clock, Currency, Day, Decimal, DecimalError, FixedClock, Instant};
pub use model::{Money, RowId, SystemClock, TimeError, Type, Value, Zone, ZoneError};
pub use parallel::{ExecutorError, Interrupt, OverBudget};
pub use plan::{Explanation, MissingValues, PlanNode, PlanStage, Rewrite, SpanBounds};
pub use pool::{
    Answer, Batch, Class, Counted, Cursor, Description, Done, Durability, Error, EventTable,
    Follower, Import, Members, Options, Outcome,
};
pub use pool::{Check, Depth, Problem, UpkeepError, Verification};
pub use pool::{
    CountedEvents, Difference, GroupChange, GroupChanges, GroupDescription, History, Listener,
    Reason, SizeAt, Subscription, Why,
};
pub use pool::{Page, Parameters, Pool, Position, Prepared, Progress, Session, Table, Written};
pub use pool::{StandardDescription, Totalled, Transition, Transitions};
pub use store::{BackendKind as Backend, StoreError};
pub use transfer::{BadReason, BadRow, Demo, Flaw};

/// The README's program runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
