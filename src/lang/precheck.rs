//! What is checked before the grammar is asked: that every word is one, and how deep the text nests.

use super::lexer::{Lexeme, LexemeKind, Lexer};
use super::{Code, Diagnostic, trouble, words};

/// How deep brackets, `case`, `not` and minus signs may nest. The parser and every walk over a syntax tree
/// recurse so deep and no deeper; 200 levels fit a thread's 2 MiB of stack several times over.
pub(super) const MAX_DEPTH: usize = 200;

/// The words before which a rule ends and after which another may begin.
const BETWEEN_RULES: [&str; 7] = ["and", "or", "where", "then", "over", "when", "else"];

/// Checks the text's words and its nesting.
pub(super) fn check(text: &str) -> Result<(), Diagnostic> {
    let mut nesting = Nesting::default();
    for lexeme in Lexer::new(text).filter(|lexeme| lexeme.kind != LexemeKind::Comment) {
        let word = text.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
        trouble::check(text, lexeme)?;
        nesting.enter(word, lexeme.kind);
        if nesting.depth() > MAX_DEPTH {
            return Err(too_deep(lexeme));
        }
    }
    Ok(())
}

/// The nesting counted so far.
#[derive(Default)]
struct Nesting {
    /// The levels within the innermost bracket: its `not`s and minus signs so far.
    here: Level,
    /// The levels of the brackets around it.
    around: Vec<Level>,
    /// The depth of all in `around`, their brackets included.
    depth_around: usize,
    /// Whether a value has just ended, so that a minus is a subtraction.
    after_value: bool,
}

/// The operators before a value that are still open.
#[derive(Clone, Copy, Default)]
struct Level {
    nots: usize,
    minuses: usize,
}

impl Nesting {
    fn depth(&self) -> usize {
        self.depth_around + self.here.nots + self.here.minuses
    }

    fn enter(&mut self, word: &str, kind: LexemeKind) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        match kind {
            LexemeKind::Open => self.open(),
            LexemeKind::Close => self.close(),
            LexemeKind::Word if is("case") => self.open(),
            LexemeKind::Word if is("end") => self.close(),
            LexemeKind::Operator if word == "-" && !self.after_value => self.here.minuses += 1,
            LexemeKind::Operator => self.here.minuses = 0,
            LexemeKind::Word if is("not") => self.here.nots += 1,
            LexemeKind::Word if BETWEEN_RULES.iter().any(|word| is(word)) => {
                self.here = Level::default();
            }
            LexemeKind::Comma | LexemeKind::Semicolon => self.here = Level::default(),
            _ => {}
        }
        self.after_value = match kind {
            LexemeKind::Word => {
                !words::is_reserved(word) || is("null") || is("true") || is("false") || is("end")
            }
            LexemeKind::Operator => word == "%",
            LexemeKind::Open | LexemeKind::Comma | LexemeKind::Semicolon => false,
            _ => true,
        };
    }

    fn open(&mut self) {
        self.depth_around = self.depth() + 1;
        self.around.push(self.here);
        self.here = Level::default();
    }

    fn close(&mut self) {
        if let Some(level) = self.around.pop() {
            self.here = level;
            self.depth_around -= level.nots + level.minuses + 1;
            self.here.minuses = 0;
        }
    }
}

fn too_deep(lexeme: Lexeme) -> Diagnostic {
    let message =
        format!("brackets, `case`, `not` and minus signs nest more than {MAX_DEPTH} levels deep");
    Diagnostic::new(Code::TooDeep, lexeme.span, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<Code> {
        check(text).err().map(|diagnostic| diagnostic.code)
    }

    fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    }

    #[test]
    fn the_limit_is_exact_for_each_kind_of_nesting() {
        for (open, close) in [
            ("(", ")"),
            ("not ", ""),
            ("- ", ""),
            ("f(", ")"),
            ("not(", ")"),
            ("case when ", " then 1 end"),
        ] {
            let each = if open == "not(" { 2 } else { 1 };
            assert_eq!(code(&nested(open, "x", close, MAX_DEPTH / each)), None, "{open}");
            let deeper = nested(open, "x", close, MAX_DEPTH / each + 1);
            assert_eq!(code(&deeper), Some(Code::TooDeep), "{open}");
        }
    }

    #[test]
    fn what_stands_side_by_side_does_not_nest() {
        for part in [
            "not x and ",
            "(x) or ",
            "- x + ",
            "x - ",
            "not (not x) and ",
            "f(-x) < 1 or ",
            "t where not x then ",
            "sum(-a.b where not x over last 3 days) + ",
        ] {
            assert_eq!(code(&format!("{}y", part.repeat(1000))), None, "{part}");
        }
        assert_eq!(code(&format!("x in ({}1)", "-1, ".repeat(1000))), None);
    }

    #[test]
    fn quotes_and_comments_do_not_nest() {
        assert_eq!(code(&format!("x = \"{}\" -- {0}", "(".repeat(300))), None);
    }

    #[test]
    fn the_position_is_where_it_gets_too_deep() {
        let diagnostic = check(&"(".repeat(100_000)).unwrap_err();
        assert_eq!((diagnostic.span.start, diagnostic.span.end), (200, 201));
    }
}
