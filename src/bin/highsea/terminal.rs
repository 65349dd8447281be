//! What the terminal can do.

use std::io::{self, IsTerminal};

use rustyline::DefaultEditor;

/// Where the shell's two streams go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Whether standard output is a terminal.
    pub(crate) shows_results: bool,
    /// Whether standard error is a terminal.
    pub(crate) shows_diagnostics: bool,
}

/// Columns of a terminal that does not tell.
const WIDTH: usize = 80;

impl Terminal {
    pub(crate) fn new() -> Self {
        Self {
            shows_results: io::stdout().is_terminal(),
            shows_diagnostics: io::stderr().is_terminal(),
        }
    }

    /// Columns for results; `None` when they do not go to a terminal, and may be as wide as they
    /// like.
    pub(crate) fn width(self) -> Option<usize> {
        self.shows_results.then(|| measured().unwrap_or(WIDTH))
    }
}

/// Whether diagnostics may have colours.
pub(crate) fn has_colour() -> bool {
    io::stderr().is_terminal() && is_colour_wanted()
}

/// Whether the user has not refused colours (<https://no-color.org>).
pub(crate) fn is_colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Columns for diagnostics.
pub(crate) fn diagnostic_width() -> usize {
    if io::stderr().is_terminal() { measured().unwrap_or(WIDTH) } else { 100 }
}

fn measured() -> Option<usize> {
    let (columns, _) = DefaultEditor::new().ok()?.dimensions()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}
