//! Tokens for colours.

use super::lexer::{LexemeKind, Lexer};
use super::{SourceSpan, words};

/// What a token is, for highlighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word that is a keyword somewhere; an attribute of the same name looks alike.
    Keyword,
    /// A name, bare or in back-quotes.
    Name,
    /// A text in quotes.
    Text,
    /// A number, with its `%` or its currency when no blank is between.
    Number,
    /// A date, an instant or a short duration.
    Time,
    /// An operator, bracket, comma or semicolon.
    Operator,
    /// A comment.
    Comment,
    /// `$min_spend`
    Parameter,
    /// What belongs nowhere: an open quote, half a date, a foreign sign.
    Error,
}

/// The tokens of any text, in order, blanks left out. It never fails: what belongs nowhere is an
/// [`Error`](TokenKind::Error) token.
pub fn tokenize(text: &str) -> Vec<(SourceSpan, TokenKind)> {
    let word = |span: SourceSpan| text.get(span.start..span.end).unwrap_or("");
    let kind = |kind, span| match kind {
        LexemeKind::Word if words::is_keyword(word(span)) => TokenKind::Keyword,
        LexemeKind::Word | LexemeKind::Quoted => TokenKind::Name,
        LexemeKind::Text => TokenKind::Text,
        LexemeKind::Number => TokenKind::Number,
        LexemeKind::Time => TokenKind::Time,
        LexemeKind::Comment => TokenKind::Comment,
        LexemeKind::Parameter => TokenKind::Parameter,
        LexemeKind::Bad(_) => TokenKind::Error,
        LexemeKind::Operator
        | LexemeKind::Open
        | LexemeKind::Close
        | LexemeKind::Comma
        | LexemeKind::Semicolon => TokenKind::Operator,
    };
    Lexer::new(text).map(|lexeme| (lexeme.span, kind(lexeme.kind, lexeme.span))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_every_kind() {
        let text = "Select `a b` where x >= $min and t within last 30d -- note\n \"open";
        let kinds: Vec<TokenKind> = tokenize(text).into_iter().map(|(_, kind)| kind).collect();
        let (keyword, name) = (TokenKind::Keyword, TokenKind::Name);
        assert_eq!(
            kinds,
            [
                keyword,
                name,
                keyword,
                name,
                TokenKind::Operator,
                TokenKind::Parameter,
                keyword,
                name,
                keyword,
                keyword,
                TokenKind::Time,
                TokenKind::Comment,
                TokenKind::Error
            ]
        );
    }
}
