//! What `verify` found.

use serde::Serialize;

/// How far `verify` goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Every stored part and every record of the log is read and held against its checksum: at the
    /// speed of the disk.
    #[default]
    Checksums,
    /// Every part is decoded as well, and held against what the pool says of itself; the log is
    /// replayed over the checkpoint, and every index in memory is derived again.
    Deep,
}

/// What was checked, in the order in which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// The checksums of every stored part and of every record of the log.
    Checksums,
    /// Which rows are customers, and that they are as many as the pool says.
    Customers,
    /// The customers' keys, and that none stands twice.
    Keys,
    /// The values of every attribute.
    Attributes,
    /// The values of every property of events, and that each event belongs to a customer.
    Events,
    /// That the log leads from the last checkpoint to what is in memory.
    Log,
    /// That what is in memory follows from its values: every index, statistic and key.
    Memory,
    /// That derived attributes are what they are defined as.
    Derived,
}

/// What `verify` read, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The last commit that was checked.
    pub commit: u64,
    /// The last checkpoint, which the log goes on from; 0 for a pool in memory.
    pub checkpoint: u64,
    /// Customers the last commit has.
    pub customers: u64,
    /// Stored parts that were read.
    pub blobs: u64,
    /// Records of the log that were read.
    pub records: u64,
    /// The bytes of both.
    pub bytes: u64,
    /// What was checked.
    pub checked: Vec<Check>,
    /// What is wrong; empty when all is well.
    pub problems: Vec<Problem>,
    /// What `repair` did before, where it had to do anything.
    pub repaired: Vec<Problem>,
}

/// Something stored that is not what was written, or what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which part of the pool.
    pub place: String,
    /// What is wrong with it, or what was done about it.
    pub what: String,
}

impl Check {
    /// The name in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checksums => "checksums",
            Self::Customers => "customers",
            Self::Keys => "keys",
            Self::Attributes => "attributes",
            Self::Events => "events",
            Self::Log => "log",
            Self::Memory => "memory",
            Self::Derived => "derived",
        }
    }
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}
