//! One line: the members of its object, with numbers as they are written.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::transfer::column::JsonValue;

/// A member: its name, and its value as written.
pub(super) type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// Reads the members of the object that a line holds into `members`.
///
/// # Errors
///
/// What is wrong with the line, in the JSON parser's words.
pub(super) fn read_members<'a>(line: &'a str, members: &mut Vec<Member<'a>>) -> Result<(), String> {
    members.clear();
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let read = deserializer.deserialize_map(Members(members)).and_then(|()| deserializer.end());
    read.map_err(|error| {
        let text = error.to_string();
        // The parser's own line is always 1; the column is kept.
        text.replace(" at line 1 column", " at column")
    })
}

struct Members<'m, 'a>(&'m mut Vec<Member<'a>>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key::<Name<'a>>()? {
            self.0.push((name, map.next_value()?));
        }
        Ok(())
    }
}

/// The lines of a text and where each begins; blank ones left out.
pub(super) fn lines(text: &str, from: usize) -> impl Iterator<Item = (usize, u64, &str)> {
    let mut at = from;
    let numbered = text[from..].split('\n').enumerate().map(move |(number, line)| {
        let start = at;
        at += line.len() + 1;
        (start, number as u64, line)
    });
    numbered.filter(|(_, _, line)| !line.trim().is_empty())
}

/// A value as columns take it.
pub(super) fn to_value(raw: &RawValue) -> JsonValue<'_> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'n') => JsonValue::Null,
        Some(b't') => JsonValue::Bool(true),
        Some(b'f') => JsonValue::Bool(false),
        Some(b'"') => to_text(text).map_or(JsonValue::Nested, JsonValue::Text),
        Some(b'[') => match serde_json::from_str::<Vec<Name<'_>>>(text) {
            Ok(names) => JsonValue::Texts(names.into_iter().map(|Name(text)| text).collect()),
            Err(_) => JsonValue::Nested,
        },
        Some(b'{') | None => JsonValue::Nested,
        Some(_) => JsonValue::Number(text),
    }
}

/// What a value is, for a message that refuses it.
pub(super) fn describe(raw: &RawValue) -> &'static str {
    if raw.get().starts_with('[') { "a list of more than texts" } else { "a nested object" }
}

fn to_text(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    if inner.contains('\\') {
        return serde_json::from_str(text).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(line: &str) -> Result<Vec<(String, String)>, String> {
        let mut members = Vec::new();
        read_members(line, &mut members)?;
        Ok(members.iter().map(|(name, raw)| (name.to_string(), raw.get().to_owned())).collect())
    }

    #[test]
    fn numbers_keep_their_digits() {
        let line = r#"{"a": 1.10, "b\u00e9": 12345678901234567890.5, "c": null}"#;
        let found = members(line).unwrap();
        assert_eq!(found[0], ("a".to_owned(), "1.10".to_owned()));
        assert_eq!(found[1], ("bé".to_owned(), "12345678901234567890.5".to_owned()));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for line in ["[1]", "1", "{", "{\"a\":}", "{\"a\":1} x", "{\"a\":1}{\"a\":1}"] {
            assert!(members(line).is_err(), "{line}");
        }
        let error = members("{\"a\" 1}").unwrap_err();
        assert!(error.contains("at column 6"), "{error}");
    }

    #[test]
    fn values_of_every_kind() {
        let line = r#"{"a":"x\n","b":["p","q\""],"c":[1],"d":{"e":1},"f":true,"g":-1e5,"h":[]}"#;
        let mut found = Vec::new();
        read_members(line, &mut found).unwrap();
        let values: Vec<JsonValue<'_>> = found.iter().map(|(_, raw)| to_value(raw)).collect();
        let texts = |texts: &[&'static str]| {
            JsonValue::Texts(texts.iter().map(|text| Cow::Borrowed(*text)).collect())
        };
        let expected = [
            JsonValue::Text("x\n".into()),
            texts(&["p", "q\""]),
            JsonValue::Nested,
            JsonValue::Nested,
            JsonValue::Bool(true),
            JsonValue::Number("-1e5"),
            texts(&[]),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn lines_know_where_they_begin() {
        let found: Vec<_> = lines("{}\n\n \r\n{\"a\":1}\r\n", 0).collect();
        assert_eq!(found, [(0, 0, "{}"), (7, 3, "{\"a\":1}\r")]);
    }
}
