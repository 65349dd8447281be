//! Messages for signs of other languages and keyboards: `==`, `&&`, `“`, `（`.

use super::{Code, Diagnostic, SourceSpan};

/// Signs of other languages, and what Highsea writes.
const OPERATORS: [(&str, &str); 12] = [
    ("==", "="),
    ("===", "="),
    ("!==", "!="),
    ("<>", "!="),
    ("=<", "<="),
    ("=>", ">="),
    ("&&", "and"),
    ("&", "and"),
    ("||", "or"),
    ("|", "or"),
    ("!", "not"),
    ("**", "*"),
];

/// Characters that word processors and other keyboards write, and what Highsea writes.
const CHARACTERS: [(char, &str); 31] = [
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('«', "\""),
    ('»', "\""),
    ('「', "\""),
    ('」', "\""),
    ('『', "\""),
    ('』', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('‚', "'"),
    ('´', "'"),
    ('、', ","),
    ('。', "."),
    ('《', "<"),
    ('》', ">"),
    ('【', "("),
    ('】', ")"),
    ('≠', "!="),
    ('≤', "<="),
    ('≥', ">="),
    ('−', "-"),
    ('–', "-"),
    ('—', "-"),
    ('×', "*"),
    ('÷', "/"),
    ('∧', "and"),
    ('∨', "or"),
    ('¬', "not"),
    ('∈', "in"),
];

/// The message for an operator of another language.
pub(super) fn operator(slice: &str, span: SourceSpan) -> Diagnostic {
    let known = OPERATORS.iter().find(|(foreign, _)| *foreign == slice);
    let diagnostic =
        Diagnostic::new(Code::Syntax, span, format!("`{slice}` is no operator of the language"));
    match known {
        Some(("**", _)) => diagnostic.hint("there are no powers"),
        Some((_, ours)) => diagnostic.hint(format!("write `{ours}`")),
        None => diagnostic,
    }
}

/// The message for a character that is part of nothing.
pub(super) fn character(slice: &str, span: SourceSpan) -> Diagnostic {
    let character = slice.chars().next().unwrap_or(' ');
    let diagnostic =
        Diagnostic::new(Code::Syntax, span, format!("unexpected {}", described(character)));
    if let Some((_, ours)) = CHARACTERS.iter().find(|(foreign, _)| *foreign == character) {
        return diagnostic.hint(format!("write `{ours}`"));
    }
    match (full_width(character), character) {
        (Some(ascii), _) => diagnostic.hint(format!("write `{ascii}`, of half width")),
        (_, '[' | ']' | '{' | '}') => diagnostic.hint("brackets are round: `(` and `)`"),
        (_, '€' | '£' | '¥') => diagnostic.hint("money has its currency's code: `100 EUR`"),
        _ => diagnostic,
    }
}

/// The ASCII character that a full-width one (U+FF01 to U+FF5E) stands for.
fn full_width(character: char) -> Option<char> {
    let code = u32::from(character);
    (0xFF01..=0xFF5E).contains(&code).then(|| char::from_u32(code - 0xFEE0)).flatten()
}

/// The character, or its code point when it cannot be seen.
fn described(character: char) -> String {
    let unseen = character.is_control()
        || character.is_whitespace()
        || matches!(u32::from(character), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F);
    if unseen {
        return format!("character U+{:04X}", u32::from(character));
    }
    format!("`{character}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_its_hint() {
        let span = SourceSpan::new(0, 1);
        for (sign, _) in OPERATORS {
            assert_eq!(operator(sign, span).hints.len(), 1, "{sign}");
        }
        for (sign, _) in CHARACTERS {
            assert_eq!(character(&sign.to_string(), span).hints.len(), 1, "{sign}");
        }
        assert_eq!(character("（", span).hints, ["write `(`, of half width"]);
        assert_eq!(character("\u{200B}", span).message, "unexpected character U+200B");
    }
}
