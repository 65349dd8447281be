//! Progress bars of long statements, on standard error and only where it is a terminal.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use highsea::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// The bar of the running statement, drawn once there is something to tell.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Option<ProgressBar>>>);

impl Meter {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What a session calls with its progress.
    pub(crate) fn reporter(&self) -> Arc<dyn Fn(Progress) + Send + Sync> {
        let meter = self.clone();
        Arc::new(move |progress| meter.show(progress))
    }

    /// Shows how far the statement has come.
    pub(crate) fn show(&self, progress: Progress) {
        if !io::stderr().is_terminal() {
            return;
        }
        let mut bar = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.get_or_insert_with(|| bar_of(progress));
        if bar.length() != Some(progress.total) && progress.total > 0 {
            bar.set_length(progress.total);
        }
        if bar.message() != progress.phase {
            bar.set_message(progress.phase);
        }
        bar.set_position(progress.done);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

fn bar_of(progress: Progress) -> ProgressBar {
    if progress.total == 0 {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(120));
        return bar;
    }
    let bar = ProgressBar::new(progress.total);
    let template = "{msg:12} {wide_bar:.cyan/dim} {percent:>3} %  {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━ "));
    }
    bar
}
