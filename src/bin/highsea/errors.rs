//! Diagnostics on standard error: a caret under the user's text, or a JSON document.

use std::error::Error as _;
use std::io::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use highsea::Error;
use serde_json::json;

use crate::args::Format;
use crate::script::Script;
use crate::terminal;

/// A failure as the shell tells it.
pub(crate) struct Failure<'a> {
    code: String,
    message: String,
    hints: Vec<String>,
    place: Option<Place<'a>>,
}

/// Where in a script the mistake stands.
struct Place<'a> {
    script: &'a Script,
    span: Range<usize>,
    line: usize,
    column: usize,
}

/// Characters shown on either side of a mistake in a very long line.
const CONTEXT: usize = 160;

impl<'a> Failure<'a> {
    /// A failure that is not about a text.
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), hints: Vec::new(), place: None }
    }

    /// The same with a hint more.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The engine's error.
    pub(crate) fn from_error(error: &Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let text = inner.to_string();
            // Transparent errors repeat their cause.
            if !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            cause = inner.source();
        }
        Self { hints: error.hints().to_vec(), ..Self::new(error.code(), message) }
    }

    /// The engine's error about a part of a script.
    pub(crate) fn in_script(error: &Error, script: &'a Script) -> Self {
        let place = error.position().map(|position| Place {
            script,
            span: position.span.start..position.span.end,
            line: script.lines_before + position.line,
            column: position.column,
        });
        Self { place, ..Self::from_error(error) }
    }

    /// Whether the user ended the statement.
    pub(crate) fn is_interruption(&self) -> bool {
        self.code == "interrupted"
    }

    fn to_json(&self) -> String {
        let place = |part: fn(&Place<'_>) -> usize| self.place.as_ref().map(part);
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "line": place(|place| place.line),
            "column": place(|place| place.column),
            "hints": self.hints,
        }})
        .to_string()
    }

    fn to_text(&self) -> String {
        let renderer = if terminal::has_colour() { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(terminal::diagnostic_width());
        let message = printable(&self.message);
        let title = Level::ERROR.primary_title(message).id(self.code.as_str());
        let mut group = Group::with_title(title);
        if let Some(place) = &self.place {
            if let Some(name) = &place.script.name {
                let origin = Origin::path(name).line(place.line).char_column(place.column);
                group = group.element(origin);
            }
            let (line, span) = place.excerpt();
            let annotation = AnnotationKind::Primary.span(span);
            let snippet = Snippet::source(line).line_start(place.line).annotation(annotation);
            group = group.element(snippet);
        }
        let hint = Level::HELP.with_name("hint");
        let hints = self.hints.iter().map(|text| hint.clone().message(printable(text)));
        renderer.render(&[group.elements(hints)])
    }
}

impl Place<'_> {
    /// The line of the mistake, cut when it is very long, and the mistake's bytes in it.
    fn excerpt(&self) -> (String, Range<usize>) {
        let text = &self.script.text;
        let start = floor(text, self.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor(text, self.span.end).clamp(start, line_end);
        let (before, after) = (&text[line_start..start], &text[end..line_end]);
        let (before, cut_before) = last(before, CONTEXT);
        let mistake = first(&text[start..end], CONTEXT).0;
        let (after, cut_after) = first(after, CONTEXT);
        let left = if cut_before { "…" } else { "" };
        let right = if cut_after { "…" } else { "" };
        let at = left.len() + before.len();
        (format!("{left}{before}{mistake}{after}{right}"), at..at + mistake.len())
    }
}

/// Tells of a failure.
pub(crate) fn report(failure: &Failure<'_>, format: Format) {
    if format.is_json() {
        tell(&failure.to_json());
    } else {
        tell(&failure.to_text());
    }
}

/// Writes a line to standard error; nobody is left to tell when that fails.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Control characters shown by name, so that no text can steer the terminal.
fn printable(text: &str) -> String {
    let plain = |c: char| !c.is_control() || c == '\n';
    if text.chars().all(plain) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| if plain(c) { vec![c] } else { c.escape_default().collect() })
        .collect()
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn first(text: &str, n: usize) -> (&str, bool) {
    text.char_indices().nth(n).map_or((text, false), |(at, _)| (&text[..at], true))
}

fn last(text: &str, n: usize) -> (&str, bool) {
    let start = text.char_indices().rev().nth(n);
    start.map_or((text, false), |(at, c)| (&text[at + c.len_utf8()..], true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, span: Range<usize>) -> (String, Range<usize>) {
        let script = Script::typed(text.to_owned());
        Place { script: &script, span, line: 1, column: 1 }.excerpt()
    }

    #[test]
    fn an_excerpt_is_the_line_of_the_mistake() {
        assert_eq!(excerpt("a\nbcd\ne", 3..4), ("bcd".to_owned(), 1..2));
        assert_eq!(excerpt("a\nbcd\ne", 3..7), ("bcd".to_owned(), 1..3));
        assert_eq!(excerpt("ab", 2..2), ("ab".to_owned(), 2..2));
        assert_eq!(excerpt("", 0..0), (String::new(), 0..0));
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides() {
        let text = "地".repeat(1_000);
        let (line, span) = excerpt(&text, 1_500..1_503);
        assert_eq!(&line[span], "地");
        assert_eq!(line.chars().count(), 2 * CONTEXT + 3);
        assert!(line.starts_with('…') && line.ends_with('…'));
    }
}
