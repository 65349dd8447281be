//! Tests of text values.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A test of one text value; missing values satisfy none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// One of these, sorted and without repeats.
    In(Vec<String>),
    /// Between two texts by code point; an absent bound is open, the flag says "bound included".
    Range {
        /// The lower bound.
        low: Option<(String, bool)>,
        /// The upper bound.
        high: Option<(String, bool)>,
    },
    /// Begins with this.
    StartsWith(String),
    /// Ends with this.
    EndsWith(String),
    /// Holds this.
    Contains(String),
    /// `like`, `ilike`.
    Like(LikePattern),
    /// A regular expression found anywhere.
    Matches(Pattern),
}

/// A compiled regular expression; equal when written alike.
#[derive(Clone, Debug)]
pub struct Pattern(regex::Regex);

/// A `like` pattern: literal code points, `_` (one code point) and `%` (any number).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern {
    tokens: Vec<LikeToken>,
    folds_case: bool,
}

/// A piece of a [`LikePattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LikeToken {
    /// This code point.
    Literal(char),
    /// Any one code point.
    One,
    /// Any number of code points.
    Many,
}

impl TextTest {
    /// A test for any of the texts, in any order, repeats allowed.
    pub fn any_of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = texts.into_iter().collect();
        texts.sort_unstable();
        texts.dedup();
        Self::In(texts)
    }

    /// A test for a regular expression.
    ///
    /// # Errors
    ///
    /// When the expression is not of the regex crate's syntax, or compiles to more than 10 MiB.
    pub fn matching(pattern: &str) -> Result<Self, regex::Error> {
        Ok(Self::Matches(Pattern(regex::Regex::new(pattern)?)))
    }

    /// Whether `text` satisfies the test.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::In(texts) => texts.binary_search_by(|t| t.as_str().cmp(text)).is_ok(),
            Self::Range { low, high } => {
                low.as_ref()
                    .is_none_or(|(low, included)| text > low.as_str() || (*included && text == low))
                    && high.as_ref().is_none_or(|(high, included)| {
                        text < high.as_str() || (*included && text == high)
                    })
            }
            Self::StartsWith(prefix) => text.starts_with(prefix.as_str()),
            Self::EndsWith(suffix) => text.ends_with(suffix.as_str()),
            Self::Contains(part) => text.contains(part.as_str()),
            Self::Like(pattern) => pattern.matches(text),
            Self::Matches(pattern) => pattern.0.is_match(text),
        }
    }
}

impl Pattern {
    /// The expression as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl LikePattern {
    /// Reads a pattern: `%` any number, `_` one, `\%`, `\_` and `\\` themselves.
    pub fn new(pattern: &str, folds_case: bool) -> Self {
        let mut tokens = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(c) = rest.next() {
            tokens.push(match c {
                '%' => LikeToken::Many,
                '_' => LikeToken::One,
                '\\' => match rest.next_if(|next| matches!(next, '%' | '_' | '\\')) {
                    Some(escaped) => LikeToken::Literal(escaped),
                    None => LikeToken::Literal('\\'),
                },
                other if folds_case => LikeToken::Literal(fold(other)),
                other => LikeToken::Literal(other),
            });
        }
        tokens.dedup_by(|a, b| *a == LikeToken::Many && *b == LikeToken::Many);
        Self { tokens, folds_case }
    }

    /// The pieces; literals are folded when the pattern ignores case.
    pub fn tokens(&self) -> &[LikeToken] {
        &self.tokens
    }

    /// Whether case is ignored (`ilike`).
    pub fn folds_case(&self) -> bool {
        self.folds_case
    }

    /// A code point as the pattern compares it.
    pub(crate) fn folded(&self, c: char) -> char {
        if self.folds_case { fold(c) } else { c }
    }

    /// The literal text every match begins with; empty when case is ignored.
    pub fn prefix(&self) -> String {
        if self.folds_case {
            return String::new();
        }
        let literal = |token: &LikeToken| match token {
            LikeToken::Literal(c) => Some(*c),
            LikeToken::One | LikeToken::Many => None,
        };
        self.tokens.iter().map_while(literal).collect()
    }

    /// Whether the whole of `text` fits the pattern, in time proportional to both lengths' product.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> =
            text.chars().map(|c| if self.folds_case { fold(c) } else { c }).collect();
        let (mut at, mut token) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.tokens.get(token) {
                Some(LikeToken::Many) => {
                    retry = Some((at, token + 1));
                    token += 1;
                }
                Some(LikeToken::One) => (at, token) = (at + 1, token + 1),
                Some(LikeToken::Literal(c)) if *c == text[at] => (at, token) = (at + 1, token + 1),
                _ => match retry.as_mut() {
                    Some((from, after)) => {
                        *from += 1;
                        (at, token) = (*from, *after);
                    }
                    None => return false,
                },
            }
        }
        self.tokens[token..].iter().all(|token| *token == LikeToken::Many)
    }
}

/// Simple case folding of one code point, by way of its one-to-one lower case.
///
/// Code points whose lower case is several keep themselves; the final sigma folds to the other.
pub(crate) fn fold(c: char) -> char {
    // Upper first, so that letters with two lower forms (σ, ς) meet.
    let upper = single_of(c.to_uppercase()).unwrap_or(c);
    single_of(upper.to_lowercase()).unwrap_or(upper)
}

fn single_of(mut folded: impl Iterator<Item = char>) -> Option<char> {
    let first = folded.next()?;
    folded.next().is_none().then_some(first)
}

impl fmt::Display for LikePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.tokens {
            match token {
                LikeToken::Many => f.write_str("%")?,
                LikeToken::One => f.write_str("_")?,
                LikeToken::Literal(c @ ('%' | '_' | '\\')) => write!(f, "\\{c}")?,
                LikeToken::Literal(c) => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_follows_sql() {
        let like = |pattern: &str, text: &str| LikePattern::new(pattern, false).matches(text);
        assert!(like("San%", "Santa"));
        assert!(!like("San%", "santa"));
        assert!(like("%a%b%", "xxaxxbxx"));
        assert!(!like("%a%b", "xxaxxbxx"));
        assert!(like("_", "地"));
        assert!(!like("_", ""));
        assert!(like("100\\%", "100%"));
        assert!(!like("100\\%", "1000"));
        assert!(like("", ""));
        assert!(like("%", ""));
    }

    #[test]
    fn ilike_folds_simple_case() {
        let ilike = |pattern: &str, text: &str| LikePattern::new(pattern, true).matches(text);
        assert!(ilike("ÄPFEL%", "äpfelsaft"));
        assert!(ilike("ΟΔΟΣ", "οδος"));
        assert!(!ilike("strasse", "straße"));
    }
}
