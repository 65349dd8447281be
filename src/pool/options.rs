//! How a pool is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::group::Retention;
use crate::model::{Clock, SystemClock, Zone};
use crate::store::{BackendKind, Salvage};
use crate::transfer::{self, Stage};

/// How a pool is opened; [`Options::default`] suits most hosts.
///
/// ```
/// use highsea::Options;
///
/// let options = Options::default().threads(2).memory_budget(1 << 30);
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) threads: Option<usize>,
    pub(crate) memory_budget: u64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) zone: Zone,
    pub(crate) durability: Durability,
    pub(crate) access: Access,
    pub(crate) chunk_bits: u8,
    pub(crate) salvage: Salvage,
    pub(crate) checkpoint_bytes: u64,
    pub(crate) checkpoint_after: Duration,
    pub(crate) backend: BackendKind,
    pub(crate) retention: Retention,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// After it has reached the disk: nothing acknowledged is lost by a power cut.
    #[default]
    Flush,
    /// After it has been handed to the store, which writes it out within about half a second and
    /// when the pool is closed: for bulk work that can be done again. A process that is killed, or
    /// a power cut, may lose the latest commits, though never a part of one.
    Buffered,
}

/// Whether writes are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    #[default]
    ReadWrite,
    ReadOnly,
}

/// How far an import or export has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, such as `reading`.
    pub phase: &'static str,
    /// Bytes or rows done.
    pub done: u64,
    /// Of how many, 0 when unknown.
    pub total: u64,
}

impl From<transfer::Progress> for Progress {
    fn from(progress: transfer::Progress) -> Self {
        let phase = match progress.stage {
            Stage::Inspecting => "guessing types",
            Stage::Reading => "reading",
            Stage::Writing => "writing",
        };
        Self { phase, done: progress.done, total: progress.total }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: None,
            memory_budget: 4 << 30,
            clock: Arc::new(SystemClock),
            zone: Zone::utc(),
            durability: Durability::Flush,
            access: Access::ReadWrite,
            chunk_bits: 16,
            salvage: Salvage::Refuse,
            checkpoint_bytes: 32 << 20,
            checkpoint_after: Duration::from_secs(60),
            backend: BackendKind::Sled,
            retention: Retention { days: 400, bytes: 256 << 20 },
        }
    }
}

impl Options {
    /// Evaluation threads; all cores when not given, at least one.
    #[must_use]
    pub fn threads(mut self, n_threads: usize) -> Self {
        self.threads = Some(n_threads.max(1));
        self
    }

    /// Bytes that columns, keys, caches and the working memory of statements may take together,
    /// 4 GiB when not given. Columns that were not used lately are let go and read again when
    /// needed; a statement for which that does not suffice fails, and the pool goes on working.
    ///
    /// A pool in memory lets go of nothing: a write that would exceed the budget fails. What
    /// statements under way still read is theirs until they end, counted or not.
    #[must_use]
    pub fn memory_budget(mut self, bytes: u64) -> Self {
        self.memory_budget = bytes;
        self
    }

    /// Where the pool's time comes from while no `set now` fixes it; the system when not given.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The zone of a pool that is created; `UTC` when not given. An existing pool keeps its own.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// When a write is acknowledged.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Opens a damaged pool at the last commit that can be trusted, and gives up what follows: for
    /// [`Pool::repair`](crate::Pool::repair), which tells what that was. A copy of the directory
    /// should be kept first.
    #[must_use]
    pub fn salvage(mut self) -> Self {
        self.salvage = Salvage::GiveUp;
        self
    }

    /// When the log of commits is written into the columns: once it has so many bytes, 32 MiB when
    /// not given, or its first commit is so old, a minute when not given.
    ///
    /// The longer the log, the longer an opening after a crash, and the less often a chunk is
    /// written that changes often. Writers that outrun this by four times wait for it.
    #[must_use]
    pub fn checkpoint(mut self, bytes: u64, after: Duration) -> Self {
        (self.checkpoint_bytes, self.checkpoint_after) = (bytes, after);
        self
    }

    /// How much is kept of who entered groups and who left them: for so many days, 400 when not
    /// given, and in so many bytes on the disk, 256 MiB when not given. What is older, or more, is
    /// let go at checkpoints, in pieces of 256 KiB; whoever asks for it is told so.
    #[must_use]
    pub fn keep_changes(mut self, days: u32, bytes: u64) -> Self {
        self.retention = Retention { days, bytes };
        self
    }

    /// Refuses every statement that writes.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// What keeps the files of a pool that is created on disk; sled when not given. An existing pool
    /// opens with its own, whatever is said here.
    #[must_use]
    pub fn backend(mut self, backend: BackendKind) -> Self {
        self.backend = backend;
        self
    }

    /// Rows a chunk has in a pool that is created: `1 << bits`, 6 to 16, 16 when not given.
    ///
    /// Smaller chunks make the boundaries between them cheap to reach in tests; nothing else
    /// gains by them.
    #[must_use]
    pub fn chunk_bits(mut self, bits: u8) -> Self {
        self.chunk_bits = bits.clamp(6, 16);
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("threads", &self.threads)
            .field("memory_budget", &self.memory_budget)
            .field("zone", &self.zone)
            .field("durability", &self.durability)
            .field("access", &self.access)
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}
