//! Statements about the pool as a whole.

use std::fmt::{self, Display, Formatter};

use super::text;
use crate::lang::ast::{TextLiteral, Upkeep};

impl Display for Upkeep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verify { deep: false } => f.write_str("verify"),
            Self::Verify { deep: true } => f.write_str("verify deep"),
            Self::Repair => f.write_str("repair"),
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Backup(to) => directory(f, "backup to", to),
            Self::Restore(from) => directory(f, "restore from", from),
            Self::Copy { to, backend } => {
                directory(f, "copy to", to)?;
                backend.iter().try_for_each(|backend| write!(f, " with backend {backend}"))
            }
            Self::Dump(to) => directory(f, "dump to", to),
            Self::Load(from) => directory(f, "load from", from),
        }
    }
}

fn directory(f: &mut Formatter<'_>, words: &str, path: &TextLiteral) -> fmt::Result {
    write!(f, "{words} ")?;
    text(f, &path.text)
}
