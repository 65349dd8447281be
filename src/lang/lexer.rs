//! A scanner that cuts any text into lexemes: for colours, for splitting scripts, and for what must
//! be said before the grammar is asked (open quotes, half dates, nesting).
//!
//! It is total and allocates nothing. What the lexemes mean together is the grammar's business.

use crate::model::{Day, Unit, Zone};

use super::SourceSpan;

/// A lexeme and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub kind: LexemeKind,
    pub span: SourceSpan,
}

/// The kinds of lexeme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LexemeKind {
    /// A keyword or a bare name.
    Word,
    /// A name in back-quotes.
    Quoted,
    /// `"US"`, its escapes not checked.
    Text,
    /// `3`, `19.99`, `5%`, `100USD`.
    Number,
    /// `2026-11-22`, `2026-11-22T10:30:00`, `90d`.
    Time,
    /// `$min_spend`
    Parameter,
    /// `= != < <= > >= + - * / % . :`
    Operator,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `-- …` and `/* … */`
    Comment,
    /// What belongs nowhere.
    Bad(Trouble),
}

/// What is wrong with a lexeme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A quote that is never closed.
    OpenText,
    /// A back-quote that is never closed.
    OpenName,
    /// A `/*` that is never closed.
    OpenComment,
    /// Back-quotes round nothing.
    EmptyName,
    /// A date or instant that does not exist, or half of one.
    Time,
    /// A number run into letters: `3m`, `5x`, `1e5`.
    Suffix,
    /// `1_`, `1__0`.
    Underscore,
    /// A `$` without a name.
    Parameter,
    /// An operator of other languages: `==`, `<>`, `&&`.
    Operator,
    /// A character that is part of nothing.
    Character,
}

/// Whether a name may begin with the character.
pub(super) fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Whether a name may go on with the character.
pub(super) fn is_name_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Whether the character is a blank, as the grammar has it.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{3000}' | '\u{A0}' | '\u{FEFF}')
}

/// The lexemes of a text, blanks left out.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    /// The lexemes of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Moves past the characters that satisfy `test` and returns them.
    fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = rest.find(|c| !test(c)).map_or(rest, |end| &rest[..end]);
        self.at += taken.len();
        taken
    }

    fn take_if(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.at += if found { prefix.len() } else { 0 };
        found
    }

    fn lexeme(&mut self, first: char) -> LexemeKind {
        match first {
            '"' | '\'' => self.quoted_text(first),
            '`' => self.quoted_name(),
            '0'..='9' => self.number(),
            '$' => self.parameter(),
            '-' if self.take_if("--") => {
                self.take_while(|c| c != '\n');
                LexemeKind::Comment
            }
            '/' if self.take_if("/*") => self.block_comment(),
            c if is_name_start(c) => {
                self.take_while(is_name_char);
                LexemeKind::Word
            }
            c => self.sign(c),
        }
    }

    fn quoted_text(&mut self, quote: char) -> LexemeKind {
        self.at += 1;
        loop {
            self.take_while(|c| c != quote && c != '\\');
            match self.peek() {
                None => return LexemeKind::Bad(Trouble::OpenText),
                Some('\\') => {
                    self.at += 1;
                    self.at += self.peek().map_or(0, char::len_utf8);
                }
                Some(_) => {
                    self.at += 1;
                    return LexemeKind::Text;
                }
            }
        }
    }

    fn quoted_name(&mut self) -> LexemeKind {
        let start = self.at;
        self.at += 1;
        loop {
            self.take_while(|c| c != '`');
            if self.peek().is_none() {
                return LexemeKind::Bad(Trouble::OpenName);
            }
            self.at += 1;
            if !self.take_if("`") {
                let empty = self.at - start == 2;
                return if empty {
                    LexemeKind::Bad(Trouble::EmptyName)
                } else {
                    LexemeKind::Quoted
                };
            }
        }
    }

    fn block_comment(&mut self) -> LexemeKind {
        if let Some(length) = self.rest().find("*/") {
            self.at += length + 2;
            return LexemeKind::Comment;
        }
        self.at = self.text.len();
        LexemeKind::Bad(Trouble::OpenComment)
    }

    fn parameter(&mut self) -> LexemeKind {
        self.at += 1;
        let named = self.peek().is_some_and(is_name_start);
        self.take_while(is_name_char);
        if named { LexemeKind::Parameter } else { LexemeKind::Bad(Trouble::Parameter) }
    }

    fn number(&mut self) -> LexemeKind {
        let start = self.at;
        let whole = self.take_while(is_digit_or_underscore);
        if !whole.contains('_') && is_date_like(whole.len(), self.rest()) {
            return self.time(start);
        }
        let mut bad = has_loose_underscore(whole);
        if self.rest().starts_with('.')
            && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            self.at += 1;
            bad |= has_loose_underscore(self.take_while(is_digit_or_underscore));
        }
        match self.take_while(is_name_char) {
            _ if bad => LexemeKind::Bad(Trouble::Underscore),
            "" => {
                self.take_if("%");
                LexemeKind::Number
            }
            suffix if unit(suffix).is_some() => LexemeKind::Time,
            suffix if is_currency_like(suffix) => LexemeKind::Number,
            _ => LexemeKind::Bad(Trouble::Suffix),
        }
    }

    /// A date or an instant; `self` stands after the year.
    fn time(&mut self, start: usize) -> LexemeKind {
        self.take_while(|c| c.is_ascii_digit() || c == '-');
        if self.peek().is_some_and(|c| c.eq_ignore_ascii_case(&'t')) {
            self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '+' | '-'));
        }
        self.take_while(is_name_char);
        let text = self.text.get(start..self.at).unwrap_or("");
        if is_time(text) { LexemeKind::Time } else { LexemeKind::Bad(Trouble::Time) }
    }

    fn sign(&mut self, first: char) -> LexemeKind {
        const FOREIGN: [&str; 9] = ["===", "!==", "==", "<>", "=<", "=>", "&&", "||", "**"];
        if FOREIGN.iter().any(|sign| self.take_if(sign)) {
            return LexemeKind::Bad(Trouble::Operator);
        }
        if ["!=", "<=", ">="].iter().any(|sign| self.take_if(sign)) {
            return LexemeKind::Operator;
        }
        self.at += first.len_utf8();
        match first {
            '(' => LexemeKind::Open,
            ')' => LexemeKind::Close,
            ',' => LexemeKind::Comma,
            ';' => LexemeKind::Semicolon,
            '=' | '<' | '>' | '+' | '-' | '*' | '/' | '%' | '.' | ':' => LexemeKind::Operator,
            '!' | '&' | '|' => LexemeKind::Bad(Trouble::Operator),
            _ => LexemeKind::Bad(Trouble::Character),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        self.take_while(is_blank);
        let start = self.at;
        let kind = self.lexeme(self.peek()?);
        Some(Lexeme { kind, span: SourceSpan::new(start, self.at) })
    }
}

/// The unit that a word names, long or short, in any case; not `m`.
pub(super) fn unit(word: &str) -> Option<Unit> {
    let named = |unit: &Unit| {
        let long = word.strip_suffix(['s', 'S']).filter(|stem| stem.len() > 2).unwrap_or(word);
        long.eq_ignore_ascii_case(unit.name()) || word.eq_ignore_ascii_case(unit.short_name())
    };
    Unit::ALL.into_iter().find(named)
}

/// Whether a word after a number has a currency's shape.
pub(super) fn is_currency_like(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase())
}

/// Whether a date, or an instant with or without an offset, exists.
fn is_time(text: &str) -> bool {
    if text.len() == 10 {
        return text.parse::<Day>().is_ok();
    }
    let date = text.get(..10).is_some_and(|date| date.parse::<Day>().is_ok());
    date && Zone::utc().parse_instant(text).is_ok()
}

/// Whether digits and what follows them are meant as a date: four digits or more and a minus and a
/// digit, or three numbers joined by minuses. Other numbers so joined are a subtraction.
fn is_date_like(digits: usize, rest: &str) -> bool {
    let Some(after) = rest.strip_prefix('-') else { return false };
    let second = after.bytes().take_while(u8::is_ascii_digit).count();
    let third = after.as_bytes().get(second..second + 2);
    second > 0 && (digits >= 4 || third.is_some_and(|t| t[0] == b'-' && t[1].is_ascii_digit()))
}

fn is_digit_or_underscore(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

/// Whether an underscore is not between two digits.
fn has_loose_underscore(digits: &str) -> bool {
    digits.starts_with('_') || digits.ends_with('_') || digits.contains("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str) -> Vec<(&str, LexemeKind)> {
        Lexer::new(text).map(|l| (&text[l.span.start..l.span.end], l.kind)).collect()
    }

    fn one(text: &str) -> LexemeKind {
        let lexemes = lex(text);
        assert_eq!(lexemes.len(), 1, "{text}: {lexemes:?}");
        assert_eq!(lexemes[0].0, text);
        lexemes[0].1
    }

    #[test]
    fn each_kind_is_told_apart() {
        for (text, kind) in [
            ("spend_90d", LexemeKind::Word),
            ("地区", LexemeKind::Word),
            ("`Total Spend`", LexemeKind::Quoted),
            ("`a``b`", LexemeKind::Quoted),
            (r#""a \" b""#, LexemeKind::Text),
            ("'don\\'t'", LexemeKind::Text),
            ("1_000_000", LexemeKind::Number),
            ("19.99", LexemeKind::Number),
            ("5%", LexemeKind::Number),
            ("100USD", LexemeKind::Number),
            ("2026-11-22", LexemeKind::Time),
            ("2026-11-22T10:30:00+08:00", LexemeKind::Time),
            ("2026-11-22T10:30:00Z", LexemeKind::Time),
            ("90d", LexemeKind::Time),
            ("3MO", LexemeKind::Time),
            ("$min_spend", LexemeKind::Parameter),
            ("<=", LexemeKind::Operator),
            ("-- to the end", LexemeKind::Comment),
            ("/* a * b / c */", LexemeKind::Comment),
        ] {
            assert_eq!(one(text), kind, "{text}");
        }
    }

    #[test]
    fn each_trouble_is_told_apart() {
        for (text, trouble) in [
            ("\"open", Trouble::OpenText),
            ("'", Trouble::OpenText),
            ("'\\", Trouble::OpenText),
            ("`open", Trouble::OpenName),
            ("``", Trouble::EmptyName),
            ("/* open", Trouble::OpenComment),
            ("2026-11", Trouble::Time),
            ("2026-02-30", Trouble::Time),
            ("26-01-01", Trouble::Time),
            ("12345-01-01", Trouble::Time),
            ("2026-11-22T25:00:00", Trouble::Time),
            ("2026-11-22x", Trouble::Time),
            ("3m", Trouble::Suffix),
            ("1e5", Trouble::Suffix),
            ("1_", Trouble::Underscore),
            ("1__0", Trouble::Underscore),
            ("$", Trouble::Parameter),
            ("$1", Trouble::Parameter),
            ("==", Trouble::Operator),
            ("&", Trouble::Operator),
            ("“", Trouble::Character),
            ("🙂", Trouble::Character),
            ("\u{0}", Trouble::Character),
        ] {
            assert_eq!(one(text), LexemeKind::Bad(trouble), "{text}");
        }
    }

    #[test]
    fn a_minus_between_numbers_is_a_subtraction_unless_it_looks_like_a_date() {
        assert_eq!(lex("10-5").len(), 3);
        assert_eq!(lex("2026 - 11").len(), 3);
        assert_eq!(lex("spend-5").len(), 3);
        assert_eq!(lex("1_000-50").len(), 3);
        assert_eq!(lex("- - -x").len(), 4);
    }

    #[test]
    fn units_are_known_by_both_names() {
        for word in ["day", "days", "DAYS", "d", "mo", "months", "min", "minutes", "q", "years"] {
            assert!(unit(word).is_some(), "{word}");
        }
        for word in ["m", "s", "ds", "mos", "mins", "second", ""] {
            assert!(unit(word).is_none(), "{word}");
        }
    }
}
