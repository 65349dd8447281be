//! Colours of what is typed.

use highsea::{TokenKind, tokenize};

/// The text with colours, from byte `from` on; what comes before only tells what it means.
pub(crate) fn coloured(text: &str, from: usize) -> String {
    let mut shown = String::with_capacity(2 * text.len());
    let mut at = from;
    for (span, kind) in tokenize(text) {
        let Some(colour) = colour(kind) else { continue };
        let (start, end) = (span.start.max(at), span.end.max(at));
        shown.push_str(&text[at..start]);
        if start < end {
            shown.push_str(colour);
            shown.push_str(&text[start..end]);
            shown.push_str(PLAIN);
        }
        at = end;
    }
    shown.push_str(&text[at..]);
    shown
}

const PLAIN: &str = "\x1b[0m";

fn colour(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Keyword => Some("\x1b[1;34m"),
        TokenKind::Text => Some("\x1b[32m"),
        TokenKind::Number | TokenKind::Time => Some("\x1b[36m"),
        TokenKind::Parameter => Some("\x1b[35m"),
        TokenKind::Comment => Some("\x1b[2m"),
        TokenKind::Error => Some("\x1b[31m"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_colours(mut text: &str) -> String {
        let mut plain = String::new();
        while let Some((before, rest)) = text.split_once('\x1b') {
            plain.push_str(before);
            text = rest.split_once('m').map_or("", |(_, after)| after);
        }
        plain + text
    }

    #[test]
    fn colours_change_no_character() {
        for text in ["region = \"深圳\" and age >= 3 -- done", "\"open", "day(", "", "a ; /* x"] {
            assert_eq!(without_colours(&coloured(text, 0)), text);
        }
        let (before, after) = ("region = \"two\n", "lines\" or x");
        let shown = coloured(&format!("{before}{after}"), before.len());
        assert_eq!(without_colours(&shown), after);
        assert!(shown.starts_with("\x1b[32mlines\"\x1b[0m"));
    }
}
