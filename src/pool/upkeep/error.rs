//! Why a pool could not be kept elsewhere, or made of what was kept.

use std::io;
use std::path::{Path, PathBuf};

use crate::lang::{Code, Diagnostic};
use crate::pool::Position;

/// Why a directory cannot be written or made a pool of, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpkeepError {
    /// The directory to write holds something already.
    #[error("`{}` is not empty; name a directory that is absent or empty", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// What is to be written as a directory is a file.
    #[error("`{}` is no directory; name one that is absent or empty", path.display())]
    NotADirectory {
        /// The file.
        path: PathBuf,
    },
    /// The directory to write lies where the pool itself does.
    #[error("`{}` lies inside the pool's own directory; name one elsewhere", path.display())]
    InsidePool {
        /// The directory.
        path: PathBuf,
    },
    /// The directory above the one to write is not there.
    #[error(
        "cannot write `{}`: there is no directory `{}`; make it first",
        path.display(),
        parent.display()
    )]
    NoParent {
        /// The directory to write.
        path: PathBuf,
        /// The directory above it.
        parent: PathBuf,
    },
    /// The system refused to write the directory.
    #[error("cannot write `{}`", path.display())]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing was kept at the path.
    #[error("there is no {what} at `{}`: it holds no `{file}`", path.display())]
    NoSource {
        /// What was looked for: `dump`, `backup`.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// The file that every such directory holds.
        file: &'static str,
    },
    /// What was kept at the path is of another kind.
    #[error("`{}` holds a {what}; write `{statement}`", path.display())]
    OtherSource {
        /// The path.
        path: PathBuf,
        /// What it holds: `dump`, `pool`.
        what: &'static str,
        /// The statement that takes such a thing.
        statement: &'static str,
    },
    /// Only a pool without customers is filled.
    #[error("this pool already has customers; `{0}` fills a pool that has none yet")]
    HasCustomers(&'static str),
    /// No backend has the name.
    #[error("there is no backend `{name}`; there are {}", quoted(known))]
    UnknownBackend {
        /// The name.
        name: String,
        /// The names there are.
        known: &'static [&'static str],
    },
    /// The script of a dump has a mistake.
    #[error("line {} of `{}`: {}", position.line, path.display(), diagnostic.message)]
    Script {
        /// The script.
        path: PathBuf,
        /// Where in it.
        position: Position,
        /// What is wrong and what might help.
        diagnostic: Box<Diagnostic>,
    },
}

impl UpkeepError {
    /// The kind of failure in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty { .. } => "not-empty",
            Self::NotADirectory { .. } => "not-a-directory",
            Self::InsidePool { .. } => "inside-pool",
            Self::NoParent { .. } => "no-directory",
            Self::Unwritable { .. } => "file",
            Self::NoSource { what: "backup", .. } => "no-backup",
            Self::NoSource { .. } => "no-dump",
            Self::OtherSource { .. } => "other-source",
            Self::HasCustomers(_) => "has-customers",
            Self::UnknownBackend { .. } => "unknown-backend",
            Self::Script { diagnostic, .. } => Code::name(diagnostic.code),
        }
    }

    /// What might help, each a sentence.
    pub fn hints(&self) -> &[String] {
        match self {
            Self::Script { diagnostic, .. } => &diagnostic.hints,
            _ => &[],
        }
    }

    /// The system refused to write `path`.
    pub(super) fn unwritable(path: &Path, source: io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), source }
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}
