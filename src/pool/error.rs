//! What can go wrong, by what the caller can do about it.

use std::fmt;
use std::path::PathBuf;

use super::UpkeepError;
use crate::catalog::CatalogError;
use crate::exec::ExecError;
use crate::index::{IndexError, Key};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Instant, ZoneError};
use crate::parallel::{ExecutorError, OverBudget};
use crate::plan::PlanError;
use crate::store::StoreError;
use crate::transfer::TransferError;

/// Where in the text a mistake stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The bytes of the text.
    pub span: SourceSpan,
    /// The line, from 1.
    pub line: usize,
    /// The column in code points, from 1.
    pub column: usize,
}

/// Why a call failed.
///
/// [`code`](Self::code) names the kind, [`position`](Self::position) the place in the text where
/// there is one, [`hints`](Self::hints) what might help; every cause stays in
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text has a mistake.
    #[error("{}", .diagnostic.message)]
    Language {
        /// What is wrong and what might help.
        diagnostic: Box<Diagnostic>,
        /// Where.
        position: Position,
    },
    /// A change of a batch does not fit the pool; nothing of the batch was written.
    #[error(
        "change {row} of the batch{}{}: {}",
        Named(" for customer", key.as_ref()),
        Named(", column", column.as_ref()),
        .diagnostic.message
    )]
    BadRow {
        /// Which, from 1.
        row: u64,
        /// The customer's key, where it has one.
        key: Option<Key>,
        /// The column, where it is about one.
        column: Option<String>,
        /// What is wrong and what might help; its position means nothing.
        diagnostic: Box<Diagnostic>,
    },
    /// A definition was refused.
    #[error("{0}")]
    Definition(String),
    /// There are no customers to ask yet.
    #[error("this pool has no customers yet")]
    NoCustomers {
        /// What to do about it.
        hints: [String; 1],
    },
    /// The pool was opened for reading.
    #[error("the pool was opened read-only; `{0}` writes")]
    ReadOnly(&'static str),
    /// The clock may not go back.
    #[error("the clock cannot go back to {asked}: the last commit was at {last}")]
    ClockBack {
        /// What was asked for.
        asked: Instant,
        /// The last commit's instant.
        last: Instant,
    },
    /// A time zone nobody knows.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// A span or point of time has no meaning at the statement's instant.
    #[error("{0}")]
    Time(String),
    /// The statement answers no rows.
    #[error("the statement answers no rows; ask with `select`, `summarize` or `show`")]
    NoTable,
    /// Arithmetic left its range for a customer.
    #[error("{what} is too large for customer `{key}`")]
    Overflow {
        /// What overflowed.
        what: &'static str,
        /// The first customer concerned.
        key: Key,
    },
    /// An amount of a day before the first rate was to be converted.
    #[error("there is no rate for the date of an amount of customer `{key}`")]
    NoRate {
        /// The first customer concerned.
        key: Key,
    },
    /// The same of an event of a report.
    #[error("there is no rate for the date of an amount")]
    NoRateOfEvents,
    /// A figure over many events left its range.
    #[error("{what} over the events is too large")]
    OverflowOfEvents {
        /// What overflowed.
        what: &'static str,
    },
    /// What the statement reads and holds does not fit into the memory budget.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// The host or the user ended the statement.
    #[error("interrupted")]
    Interrupted,
    /// A file could not be read or written, or its content does not fit.
    #[error("{0}")]
    Transfer(#[source] Box<dyn std::error::Error + Send + Sync>, &'static str),
    /// An event belongs to a customer, and there is none of its key.
    #[error("there is no customer `{0}`")]
    UnknownCustomer(Key),
    /// Changes of a group were asked for that are not kept any more.
    #[error("what changed before commit {first} is not kept any more")]
    ChangesLetGo {
        /// The first commit of which all changes are kept.
        first: u64,
    },
    /// The same key twice where every customer must come once.
    #[error("the key `{key}` stands in row {first} and again in row {row}")]
    DuplicateKey {
        /// The key.
        key: Key,
        /// The row that had it first, from 1.
        first: u64,
        /// The later row, from 1.
        row: u64,
    },
    /// The pool holds as many customers as it can.
    #[error("a pool holds at most 4,294,901,760 customers")]
    TooManyCustomers,
    /// What the pool keeps is not what was written.
    #[error("the pool is damaged: {what}")]
    Damaged {
        /// Which part, and what is wrong with it.
        what: String,
    },
    /// The store refused to open, read or write.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the user's could not be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A directory could not be written, or a pool made of it.
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
    /// The evaluation threads could not be started.
    #[error(transparent)]
    Threads(#[from] ExecutorError),
    /// The thread that makes checkpoints could not be started.
    #[error("cannot start the thread that makes checkpoints")]
    Thread(#[source] std::io::Error),
    /// Something that cannot happen did; please report it.
    #[error("inner fault: {0}")]
    Inner(String),
}

impl Error {
    /// The same error with its position in `script`, in which the statement starts at `offset`.
    pub(crate) fn placed(self, script: &str, offset: usize) -> Self {
        match self {
            Self::Language { mut diagnostic, .. } => {
                let span = &mut diagnostic.span;
                *span = SourceSpan::new(span.start + offset, span.end + offset);
                let (line, column) = span.line_and_column(script);
                let position = Position { span: *span, line, column };
                Self::Language { diagnostic, position }
            }
            other => other,
        }
    }

    /// There is nobody to ask or change yet.
    pub(crate) fn no_customers() -> Self {
        let hint = "define them with `create customers (…)` or read a file with \
                    `import customers from \"customers.csv\"`";
        Self::NoCustomers { hints: [hint.to_owned()] }
    }

    /// The kind of failure in kebab case, such as `unknown-attribute`; part of the interface.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Language { diagnostic, .. } | Self::BadRow { diagnostic, .. } => {
                Code::name(diagnostic.code)
            }
            Self::Definition(_) => "definition",
            Self::NoCustomers { .. } => "no-customers",
            Self::ReadOnly(_) => "read-only",
            Self::ClockBack { .. } => "clock-back",
            Self::Zone(_) => "unknown-timezone",
            Self::Time(_) => "out-of-bounds",
            Self::NoTable => "no-table",
            Self::Overflow { .. } | Self::OverflowOfEvents { .. } => "overflow",
            Self::NoRate { .. } | Self::NoRateOfEvents => "no-rate",
            Self::OverBudget(_) => "over-budget",
            Self::Interrupted => "interrupted",
            Self::Transfer(_, code) => code,
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::UnknownCustomer(_) => "unknown-customer",
            Self::ChangesLetGo { .. } => "out-of-bounds",
            Self::TooManyCustomers => "too-many-customers",
            Self::Damaged { .. } => "damaged",
            Self::Store(error) => store_code(error),
            Self::File { .. } => "file",
            Self::Upkeep(error) => error.code(),
            Self::Threads(_) | Self::Thread(_) => "threads",
            Self::Inner(_) => "inner-fault",
        }
    }

    /// What might help, each a sentence.
    pub fn hints(&self) -> &[String] {
        match self {
            Self::Language { diagnostic, .. } | Self::BadRow { diagnostic, .. } => {
                &diagnostic.hints
            }
            Self::NoCustomers { hints } => hints,
            Self::Upkeep(error) => error.hints(),
            _ => &[],
        }
    }

    /// Where in the text the mistake stands, when it is the text's.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Language { position, .. } => Some(*position),
            _ => None,
        }
    }

    /// Whether the text, the file or the request is at fault, and the pool is well.
    pub fn is_user_error(&self) -> bool {
        !matches!(
            self,
            Self::Store(_)
                | Self::Damaged { .. }
                | Self::Threads(_)
                | Self::Thread(_)
                | Self::Inner(_)
        )
    }

    /// Whether something stored is not what was written.
    pub fn is_corruption(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Store(error) => error.is_corruption(),
            _ => false,
        }
    }

    /// Whether the pool refuses writes until it is opened again.
    pub fn needs_reopen(&self) -> bool {
        matches!(self, Self::Store(error) if error.needs_reopen())
    }
}

/// What an error is about, within its message.
struct Named<'a, T>(&'static str, Option<&'a T>);

impl<T: fmt::Display> fmt::Display for Named<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(name) => write!(f, "{} `{name}`", self.0),
            None => Ok(()),
        }
    }
}

impl From<Diagnostic> for Error {
    /// The position is that of a text of one line, until `placed` knows the text.
    fn from(diagnostic: Diagnostic) -> Self {
        let span = diagnostic.span;
        let position = Position { span, line: 1, column: span.start + 1 };
        Self::Language { diagnostic: Box::new(diagnostic), position }
    }
}

impl From<IndexError> for Error {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Store(error) => Self::Store(error),
            IndexError::OverBudget(error) => Self::OverBudget(error),
            IndexError::DuplicateKey { key, first, row } => {
                Self::DuplicateKey { key, first: first + 1, row: row + 1 }
            }
            IndexError::TooManyRows => Self::TooManyCustomers,
            IndexError::Damaged { .. } => Self::Damaged { what: error.to_string() },
            IndexError::NoSuchNumber(_) => Self::Definition(error.to_string()),
            IndexError::NoCustomer(key) => Self::UnknownCustomer(key),
            IndexError::NoColumn(_) | IndexError::NoTable(_) | IndexError::Mismatch(_) => {
                Self::Inner(error.to_string())
            }
        }
    }
}

impl From<ExecError> for Error {
    /// An overflow's row is told by its number; [`Question::settle`](super::question::Question)
    /// knows its key.
    fn from(error: ExecError) -> Self {
        match error {
            ExecError::Overflow { row, what } => {
                Self::Overflow { what, key: Key::Int(i64::from(row.0) + 1) }
            }
            ExecError::NoRate { row } => Self::NoRate { key: Key::Int(i64::from(row.0) + 1) },
            ExecError::OverBudget(error) => Self::OverBudget(error),
            ExecError::Interrupted => Self::Interrupted,
            ExecError::Unplanned(_) => Self::Inner(error.to_string()),
            ExecError::Index(error) => error.into(),
        }
    }
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Damaged(what) => Self::Damaged { what },
            other => Self::Definition(other.to_string()),
        }
    }
}

impl From<TransferError> for Error {
    fn from(error: TransferError) -> Self {
        let code = transfer_code(&error);
        Self::Transfer(Box::new(error), code)
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        match error {
            user if user.is_user_error() => Self::Time(user.to_string()),
            PlanError::Index(error) => error.into(),
            other => Self::Inner(other.to_string()),
        }
    }
}

/// The kind of a store's failure in kebab case.
fn store_code(error: &StoreError) -> &'static str {
    match error {
        StoreError::Locked { .. } => "locked",
        StoreError::Missing { .. } => "no-pool",
        StoreError::NotAPool { .. } => "not-a-pool",
        StoreError::Occupied { .. } => "occupied",
        StoreError::UnknownFormat { .. } => "unknown-format",
        StoreError::OtherBackend { .. } => "other-backend",
        StoreError::Damaged { .. } => "damaged",
        StoreError::LogDamaged { .. } => "damaged-log",
        StoreError::Emptied { .. } => "emptied",
        StoreError::LostCommits { .. } => "lost-commits",
        StoreError::DiskFull { .. } => "disk-full",
        StoreError::ReadOnly => "read-only",
        StoreError::NeedsReopen => "needs-reopen",
        StoreError::Unsound { .. } => "inner-fault",
        _ => "store",
    }
}

/// The kind of a transfer's failure in kebab case.
fn transfer_code(error: &TransferError) -> &'static str {
    match error {
        TransferError::NotFound(_) => "no-file",
        TransferError::NotAFile(_) | TransferError::Read { .. } | TransferError::Write { .. } => {
            "file"
        }
        TransferError::BadRow(_) => "bad-row",
        TransferError::UnknownColumn { .. } => "unknown-column",
        TransferError::Interrupted => "interrupted",
        TransferError::Damaged { .. } => "damaged-file",
        _ => "transfer",
    }
}
