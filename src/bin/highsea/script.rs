//! A script cut into statements and dot commands.

use std::collections::VecDeque;
use std::ops::Range;

use highsea::{TokenKind, tokenize};

/// Text that may hold several statements, and where it comes from.
pub(crate) struct Script {
    /// What diagnostics call it; `None` at the prompt, where the text stands just above.
    pub(crate) name: Option<String>,
    /// The text.
    pub(crate) text: String,
    /// Lines that came before it.
    pub(crate) lines_before: usize,
}

impl Script {
    pub(crate) fn new(name: impl Into<String>, text: String) -> Self {
        Self { name: Some(name.into()), text, lines_before: 0 }
    }

    /// What was typed at the prompt.
    pub(crate) fn typed(text: String) -> Self {
        Self { name: None, text, lines_before: 0 }
    }
}

/// A piece of a script, in bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A line that starts with a dot: the shell's own.
    Command(Range<usize>),
    /// A statement, without its `;`.
    Statement(Range<usize>),
}

/// The pieces of a text, in order.
pub(crate) struct Pieces<'a> {
    text: &'a str,
    tokens: VecDeque<Token>,
    /// Where the pieces not yet given begin.
    at: usize,
}

struct Token {
    span: Range<usize>,
    kind: TokenKind,
}

impl<'a> Pieces<'a> {
    /// The pieces of `text` from byte `at` on.
    pub(crate) fn from(text: &'a str, at: usize) -> Self {
        let token = |(span, kind): (highsea::SourceSpan, TokenKind)| Token {
            span: at + span.start..at + span.end,
            kind,
        };
        let tokens = tokenize(&text[at..]).into_iter().map(token).collect();
        Self { text, tokens, at }
    }

    /// Where the rest begins: after the last piece given, and its `;` or line.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next piece; one that reaches the end of the text without a `;` or a line's end only
    /// when `end` says that no more text comes.
    pub(crate) fn next(&mut self, end: End) -> Option<Piece> {
        self.skip_comments(end)?;
        let first = self.tokens.front()?.span.start;
        if self.text[first..].starts_with('.') {
            return self.command(first, end);
        }
        let close = self.tokens.iter().position(|token| self.is_close(token));
        match (close, end) {
            (Some(close), _) => {
                let close = self.tokens.drain(..=close).next_back()?.span;
                self.at = close.end;
                Some(Piece::Statement(first..self.text[..close.start].trim_end().len()))
            }
            (None, End::Reached) => {
                self.tokens.clear();
                self.at = self.text.len();
                Some(Piece::Statement(first..self.text.trim_end().len()))
            }
            (None, End::Open) => None,
        }
    }

    fn command(&mut self, first: usize, end: End) -> Option<Piece> {
        let rest = &self.text[first..];
        let len = match (rest.find('\n'), end) {
            (Some(len), _) => len,
            (None, End::Reached) => rest.len(),
            (None, End::Open) => return None,
        };
        // What follows the line is cut afresh, since quotes within it mean nothing.
        *self = Self::from(self.text, (first + len + 1).min(self.text.len()));
        Some(Piece::Command(first..first + rest[..len].trim_end().len()))
    }

    /// Leaves out comments and empty statements before the next piece; `None` at a comment that
    /// may go on.
    fn skip_comments(&mut self, end: End) -> Option<()> {
        while let Some(token) = self.tokens.front() {
            let is_comment = token.kind == TokenKind::Comment;
            if is_comment && token.span.end == self.text.len() && end == End::Open {
                return None;
            }
            if !is_comment && !self.is_close(token) {
                break;
            }
            self.at = token.span.end;
            self.tokens.pop_front();
        }
        Some(())
    }

    fn is_close(&self, token: &Token) -> bool {
        token.kind != TokenKind::Text && &self.text[token.span.clone()] == ";"
    }
}

/// Whether more text may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It may: a piece without its `;` is not whole yet.
    Open,
    /// It may not: what is left is the last piece.
    Reached,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, end: End) -> Vec<(char, &str)> {
        let mut pieces = Pieces::from(text, 0);
        std::iter::from_fn(|| pieces.next(end))
            .map(|piece| match piece {
                Piece::Command(range) => ('.', &text[range]),
                Piece::Statement(range) => ('s', &text[range]),
            })
            .collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        let text = "count a = \"x;y\" ; -- no; not here\n;; count /* ; */ b";
        let expected = [('s', "count a = \"x;y\""), ('s', "count /* ; */ b")];
        assert_eq!(pieces(text, End::Reached), expected);
        assert_eq!(pieces(text, End::Open), expected[..1]);
        assert_eq!(pieces(" -- nothing\n", End::Reached), []);
        let mut open = Pieces::from("count; -- to be contin", 0);
        assert_eq!(open.next(End::Open), Some(Piece::Statement(0..5)));
        assert_eq!((open.next(End::Open), open.at()), (None, 6));
    }

    #[test]
    fn dot_lines_stand_between_statements() {
        let text = "-- first\n.read it's.hs\ncount a;\n .mode csv\n count\n .b";
        let expected =
            [('.', ".read it's.hs"), ('s', "count a"), ('.', ".mode csv"), ('s', "count\n .b")];
        assert_eq!(pieces(text, End::Reached), expected);
        assert_eq!(pieces(".quit", End::Open), []);
        assert_eq!(pieces(".quit", End::Reached), [('.', ".quit")]);
    }
}
