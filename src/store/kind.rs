//! The libraries that can keep a pool's files.

use std::path::{Path, PathBuf};

/// Which library keeps the files of a pool that is created.
///
/// A pool stays with the backend it was created with: what is chosen is heeded for new pools alone,
/// and every other one opens with its own. All variants are there in every build, so that a host
/// can read one from its settings and be told when its build lacks it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BackendKind {
    /// sled, which every build has.
    #[default]
    Sled,
    /// redb, which builds with the feature `redb` have: one file that is checked in full when the
    /// pool is opened, and that can be read on a medium that cannot be written.
    Redb,
}

impl BackendKind {
    /// All, whether this build has them or not.
    pub const ALL: [Self; 2] = [Self::Sled, Self::Redb];

    /// The names of all.
    pub const NAMES: &[&str] = &["sled", "redb"];

    /// Its name in lower case, as `show settings` tells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sled => "sled",
            Self::Redb => "redb",
        }
    }

    /// The backend of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether this build has it; where it has not, pools that need it are refused.
    pub fn is_available(self) -> bool {
        match self {
            Self::Sled => true,
            Self::Redb => cfg!(feature = "redb"),
        }
    }

    /// Its data file within the store's directory.
    pub(super) fn file(self, directory: &Path) -> PathBuf {
        directory.join(match self {
            Self::Sled => "db",
            Self::Redb => "data.redb",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for kind in BackendKind::ALL {
            assert_eq!(BackendKind::from_name(kind.name()), Some(kind));
            assert!(BackendKind::NAMES.contains(&kind.name()));
        }
        assert_eq!(BackendKind::from_name("Sled"), None);
        assert!(BackendKind::default().is_available());
    }
}
