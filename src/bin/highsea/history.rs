//! Where the prompt's history is kept.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The history's file, its folder made; `None` where there is no place for it.
pub(crate) fn file() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local").join("state")))?;
    let folder = state.join("highsea");
    make(&folder)?;
    Some(folder.join("history"))
}

fn make(folder: &Path) -> Option<()> {
    fs::create_dir_all(folder).ok()
}
