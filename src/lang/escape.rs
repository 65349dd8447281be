//! The insides of quotes: escapes of texts, doubled back-quotes of names.

use super::SourceSpan;

/// An escape that does not exist.
pub(super) struct BadEscape {
    /// Where it stands, from the backslash, within the text given.
    pub(super) span: SourceSpan,
    /// Whether it begins with `\u`.
    pub(super) is_unicode: bool,
}

/// The text that a literal means, quotes included in `literal`.
pub(super) fn unescape(literal: &str) -> Result<String, BadEscape> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or("");
    let mut text = String::with_capacity(inner.len());
    let mut at = 0;
    while let Some(length) = inner[at..].find('\\') {
        text.push_str(&inner[at..at + length]);
        at += length;
        let (character, length) = escape(&inner[at..]).ok_or_else(|| bad(inner, at))?;
        text.push(character);
        at += length;
    }
    text.push_str(&inner[at..]);
    Ok(text)
}

/// The character that the escape at the start of `rest` means, and the escape's length.
fn escape(rest: &str) -> Option<(char, usize)> {
    let simple = |character| Some((character, 2));
    match rest.chars().nth(1)? {
        character @ ('"' | '\'' | '\\') => simple(character),
        'n' => simple('\n'),
        't' => simple('\t'),
        'u' => {
            let digits = rest.strip_prefix("\\u{")?.split_once('}')?.0;
            let hexadecimal = (1..=6).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?;
            Some((char::from_u32(code)?, digits.len() + 4))
        }
        _ => None,
    }
}

/// The extent of an escape that does not exist, at `at` of the text within the quotes.
fn bad(inner: &str, at: usize) -> BadEscape {
    let rest = &inner[at..];
    let is_unicode = rest.starts_with("\\u");
    let braced = rest.strip_prefix("\\u{").and_then(|after| after.find('}')).map(|n| n + 4);
    let one = || 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
    let length = braced.filter(|length| *length <= 12).unwrap_or_else(one);
    BadEscape { span: SourceSpan::new(1 + at, 1 + at + length), is_unicode }
}

/// The text in double quotes, as the grammar reads it back.
pub(super) fn quote_text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The name within back-quotes, or the bare name itself.
pub(super) fn unquote_name(name: &str) -> String {
    match name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
        Some(inner) => inner.replace("``", "`"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_characters() {
        let text = unescape(r#""a\"b\'c\\d\n\t\u{1F600}""#).ok().unwrap();
        assert_eq!(text, "a\"b'c\\d\n\t😀");
        assert_eq!(unescape("''").ok().unwrap(), "");
        assert_eq!(unescape(r#""50\\%""#).ok().unwrap(), r"50\%");
    }

    #[test]
    fn unknown_escapes_are_found_where_they_stand() {
        let span = |literal: &str| unescape(literal).err().map(|bad| bad.span);
        assert_eq!(span(r#""a\d""#), Some(SourceSpan::new(2, 4)));
        assert_eq!(span(r#""\é""#), Some(SourceSpan::new(1, 4)));
        assert_eq!(span(r#""\u{110000}""#), Some(SourceSpan::new(1, 11)));
        assert_eq!(span(r#""\u{}""#), Some(SourceSpan::new(1, 5)));
        assert_eq!(span(r#""\u0041""#), Some(SourceSpan::new(1, 3)));
    }
}
