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

/// What is shown of the line of a mistake.
#[derive(Debug, PartialEq)]
struct Excerpt {
    line: String,
    /// The mistake's bytes in it.
    span: Range<usize>,
    /// Whether nothing was cut at the left, so that columns can be counted in it.
    is_beginning: bool,
}

/// Characters kept before a mistake in a very long line; the renderer cuts what is too wide.
const BEFORE: usize = 4_096;
/// Characters kept of a mistake, and after it.
const AFTER: usize = 200;

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
        let text = |value: &str| json!(value).to_string();
        let place = |part: fn(&Place<'_>) -> usize| json!(self.place.as_ref().map(part));
        format!(
            r#"{{"error":{{"code":{},"message":{},"line":{},"column":{},"hints":{}}}}}"#,
            text(&self.code),
            text(&self.message),
            place(|place| place.line),
            place(|place| place.column),
            json!(self.hints),
        )
    }

    fn to_text(&self) -> String {
        let renderer = if terminal::has_colour() { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(terminal::diagnostic_width());
        let message = printable(&self.message);
        let title = Level::ERROR.primary_title(message).id(self.code.as_str());
        let mut group = Group::with_title(title);
        if let Some(place) = &self.place {
            let Excerpt { line, span, is_beginning } = place.excerpt();
            let annotation = AnnotationKind::Primary.span(span);
            let mut snippet = Snippet::source(line).line_start(place.line).annotation(annotation);
            if let Some(name) = &place.script.name {
                if is_beginning {
                    snippet = snippet.path(name);
                } else {
                    let origin = Origin::path(name).line(place.line).char_column(place.column);
                    group = group.element(origin);
                }
            }
            group = group.element(snippet);
        }
        let hint = Level::HELP.with_name("hint");
        let hints = self.hints.iter().map(|text| hint.clone().message(printable(text)));
        renderer.render(&[group.elements(hints)])
    }
}

impl Place<'_> {
    /// The line of the mistake, cut when it is very long.
    fn excerpt(&self) -> Excerpt {
        let text = &self.script.text;
        let start = floor(text, self.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor(text, self.span.end).clamp(start, line_end);
        let (before, is_beginning) = last(&text[line_start..start], BEFORE);
        let (mistake, _) = first(&text[start..end], AFTER);
        let (after, is_end) = first(&text[end..line_end], AFTER);
        let left = if is_beginning { "" } else { "…" };
        let right = if is_end { "" } else { "…" };
        let at = left.len() + before.len();
        let line = format!("{left}{before}{mistake}{after}{right}");
        Excerpt { line, span: at..at + mistake.len(), is_beginning }
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

/// The first `n` characters, and whether they are all.
fn first(text: &str, n: usize) -> (&str, bool) {
    text.char_indices().nth(n).map_or((text, true), |(at, _)| (&text[..at], false))
}

/// The last `n` characters, and whether they are all.
fn last(text: &str, n: usize) -> (&str, bool) {
    let start = text.char_indices().rev().nth(n);
    start.map_or((text, true), |(at, c)| (&text[at + c.len_utf8()..], false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, span: Range<usize>) -> Excerpt {
        let script = Script::typed(text.to_owned());
        Place { script: &script, span, line: 1, column: 1 }.excerpt()
    }

    #[test]
    fn an_excerpt_is_the_line_of_the_mistake() {
        let whole = |line: &str, span| Excerpt { line: line.to_owned(), span, is_beginning: true };
        assert_eq!(excerpt("a\nbcd\ne", 3..4), whole("bcd", 1..2));
        assert_eq!(excerpt("a\nbcd\ne", 3..7), whole("bcd", 1..3));
        assert_eq!(excerpt("ab", 2..2), whole("ab", 2..2));
        assert_eq!(excerpt("", 0..0), whole("", 0..0));
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides() {
        let text = "地".repeat(10_000);
        let Excerpt { line, span, is_beginning } = excerpt(&text, 15_000..15_003);
        assert_eq!(&line[span], "地");
        assert_eq!(line.chars().count(), BEFORE + 1 + AFTER + 2);
        assert!(line.starts_with('…') && line.ends_with('…') && !is_beginning);
    }

    #[test]
    fn a_document_has_its_keys_in_order() {
        let failure = Failure::new("some-code", "a \"b\"").hint("c");
        let expected = r#"{"error":{"code":"some-code","message":"a \"b\"","line":null,"column":null,"hints":["c"]}}"#;
        assert_eq!(failure.to_json(), expected);
    }
}
