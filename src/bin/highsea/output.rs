//! Answers on standard output, timing on standard error.

use std::io::{self, Write};
use std::time::Duration;

use highsea::{Answer, Outcome};

use crate::args::Format;
use crate::errors::tell;
use crate::flow::{Flow, Stop};
use crate::interrupt;
use crate::render::{self, Page};
use crate::terminal::Terminal;

/// How and where answers are written.
pub(crate) struct Output {
    /// The form of answers.
    pub(crate) format: Format,
    /// Whether each answer is followed by its time.
    pub(crate) timing: bool,
    terminal: Terminal,
}

impl Output {
    /// Times are told to people, not to files.
    pub(crate) fn new(format: Format) -> Self {
        let terminal = Terminal::new();
        let timing = terminal.shows_diagnostics && !format.is_json();
        Self { format, timing, terminal }
    }

    /// Writes a statement's answer, whole and flushed.
    pub(crate) fn answer(&self, answer: &Answer) -> Flow {
        match self.format {
            Format::Table => self.page(answer)?,
            Format::Csv => write_out(&render::csv(&answer.outcome))?,
            Format::Json => write_out(&render::json(answer)?)?,
            Format::Jsonl => write_out(&render::json_lines(answer)?)?,
        }
        if self.timing && self.format != Format::Table {
            tell(&duration(answer.elapsed));
        }
        self.reasons(&answer.outcome);
        Ok(())
    }

    /// The time stands beside the answer's summary where both meet on one screen.
    fn page(&self, answer: &Answer) -> Flow {
        let page = render::page(&answer.outcome, self.terminal.width());
        let shares_screen = self.terminal.shows_results && self.terminal.shows_diagnostics;
        let Page { before, summary, after } = page;
        if self.timing && shares_screen {
            write_out(&format!("{before}{summary}"))?;
            let gap = if summary.is_empty() { "" } else { "  " };
            let _ = write!(io::stderr().lock(), "{gap}{}", duration(answer.elapsed));
            write_out(&format!("\n{after}"))?;
        } else {
            let line_end = if summary.is_empty() { "" } else { "\n" };
            write_out(&format!("{before}{summary}{line_end}{after}"))?;
            if self.timing {
                tell(&duration(answer.elapsed));
            }
        }
        Ok(())
    }

    /// Why rows were left out.
    fn reasons(&self, outcome: &Outcome) {
        let Outcome::Written(written) = outcome else { return };
        if self.format.is_json() {
            return;
        }
        for reason in &written.reasons {
            tell(&format!("left out: {reason}"));
        }
        let more = written.rejected.saturating_sub(written.reasons.len() as u64);
        if more > 0 {
            let more = render::grouped(more);
            tell(&format!("left out: {more} more (`rejects \"bad.csv\"` writes them all)"));
        }
    }
}

/// Bytes written between two looks at whether the user has had enough.
const BLOCK: usize = 1 << 16;

/// Writes text to standard output and flushes it.
pub(crate) fn write_out(text: &str) -> Flow {
    let mut out = io::stdout().lock();
    for block in text.as_bytes().chunks(BLOCK) {
        if interrupt::is_raised() {
            return Err(Stop::Interrupted);
        }
        out.write_all(block)?;
    }
    out.flush()?;
    Ok(())
}

/// A time for people: `0.184 ms`, `2.41 s`.
pub(crate) fn duration(elapsed: Duration) -> String {
    let millis = elapsed.as_micros() as f64 / 1_000.0;
    match millis {
        ..100.0 => format!("{millis:.3} ms"),
        ..1_000.0 => format!("{millis:.1} ms"),
        _ => format!("{:.2} s", millis / 1_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_about_three_digits() {
        let shown = |micros| duration(Duration::from_micros(micros));
        assert_eq!(shown(184), "0.184 ms");
        assert_eq!(shown(123_456), "123.5 ms");
        assert_eq!(shown(2_412_000), "2.41 s");
    }
}
