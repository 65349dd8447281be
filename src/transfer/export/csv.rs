//! CSV: commas, quotes where they are needed, an empty text quoted and a missing value not.

use std::fmt::{Display, Write};

use super::ExportColumn;
use crate::model::Value;
use crate::transfer::text::write_set;

/// Appends the header.
pub(super) fn write_header(columns: &[ExportColumn], out: &mut String) {
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_field(&column.name, out);
    }
    out.push('\n');
}

/// Appends one row: row `at` of the columns.
///
/// A record of one missing value is written as quotes, since an empty line is no record; a reader
/// takes it as missing in every column that is not text.
pub(super) fn write_row(columns: &[Vec<Value>], at: usize, out: &mut String) {
    let start = out.len();
    for (position, column) in columns.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_value(&column[at], out);
    }
    if out.len() == start {
        out.push_str("\"\"");
    }
    out.push('\n');
}

/// Appends a value.
fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => {}
        Value::Text(text) => write_field(text, out),
        Value::Set(elements) if elements.is_empty() => {}
        Value::Set(elements) => {
            let mut text = String::new();
            write_set(elements, &mut text);
            write_field(&text, out);
        }
        // With a point or an exponent, so that it is read as a float again.
        Value::Float(number) => write_plain(format_args!("{number:?}"), out),
        other => write_plain(other, out),
    }
}

/// Appends a text, quoted where it must be.
pub(crate) fn write_field(text: &str, out: &mut String) {
    if !needs_quotes(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

/// Appends what never needs quotes: a number, a date.
pub(crate) fn write_plain(value: impl Display, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
}

/// Blanks at the ends are quoted too, and other tools' delimiters, so that nobody trims or splits.
fn needs_quotes(text: &str) -> bool {
    text.is_empty()
        || text.starts_with([' ', '\t'])
        || text.ends_with([' ', '\t'])
        || text.contains([',', '"', '\n', '\r', ';', '\t', '\u{feff}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stand_where_they_must() {
        let row = [
            Value::Null,
            Value::Text(String::new()),
            Value::Text("a,\"b\"\n".to_owned()),
            Value::Text("plain text".to_owned()),
            Value::Decimal("19.90".parse().unwrap()),
            Value::Float(5.0),
            Value::Set(vec!["a|b".to_owned(), "c".to_owned()]),
            Value::Set(Vec::new()),
            Value::Bool(true),
        ];
        let columns: Vec<Vec<Value>> = row.into_iter().map(|value| vec![value]).collect();
        let mut out = String::new();
        write_row(&columns, 0, &mut out);
        assert_eq!(out, ",\"\",\"a,\"\"b\"\"\n\",plain text,19.90,5.0,a\\|b|c,,true\n");
    }
}
