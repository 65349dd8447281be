//! Why the shell stops.

use std::io;
use std::process::ExitCode;

use crate::errors;

/// `Ok` goes on to the next statement.
pub(crate) type Flow<T = ()> = Result<T, Stop>;

/// Why no further statement is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// `.quit`.
    Quit,
    /// A statement failed, and the user has been told.
    Failed,
    /// The command line asked for something that cannot be, and the user has been told.
    Usage,
    /// Nobody reads the results any more.
    BrokenPipe,
    /// Ctrl-C.
    Interrupted,
}

impl Stop {
    /// The process's exit status.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Quit | Self::BrokenPipe => ExitCode::SUCCESS,
            Self::Failed => ExitCode::from(1),
            Self::Usage => ExitCode::from(2),
            Self::Interrupted => ExitCode::from(130),
        }
    }
}

/// A write to standard output failed: quietly when the reader has gone, with a message else.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        errors::tell(&format!("error: cannot write to standard output: {error}"));
        Self::Failed
    }
}

/// An answer could not be written as JSON.
impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        errors::tell(&format!("error: cannot write the answer as JSON: {error}"));
        Self::Failed
    }
}
