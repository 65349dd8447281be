//! JSON lines: an object a row.

use crate::model::{Decimal, Value};

/// Significant digits that every double keeps.
const SAFE_UNITS: u128 = 1_000_000_000_000_000;

/// Appends one row: row `at` of the columns, under names that are JSON texts already.
pub(super) fn write_row(names: &[String], columns: &[Vec<Value>], at: usize, out: &mut String) {
    out.push('{');
    for (position, (name, column)) in names.iter().zip(columns).enumerate() {
        if position > 0 {
            out.push(',');
        }
        out.push_str(name);
        out.push(':');
        write_value(&column[at], out);
    }
    out.push_str("}\n");
}

/// Appends a text in quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A decimal is a number unless a double would lose digits of it, then a text.
fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(_) | Value::Int(_) => out.push_str(&value.to_string()),
        Value::Float(number) => out.push_str(&format!("{number:?}")),
        Value::Decimal(number) if is_safe(*number) => out.push_str(&number.to_string()),
        Value::Set(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(element, out);
            }
            out.push(']');
        }
        Value::Text(text) => write_text(text, out),
        Value::Decimal(_) | Value::Money(_) | Value::Date(_) | Value::Timestamp(_) => {
            write_text(&value.to_string(), out);
        }
    }
}

fn is_safe(number: Decimal) -> bool {
    number.normalized().units().unsigned_abs() < SAFE_UNITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_objects() {
        let names = ["\"a\"", "\"b\"", "\"c\"", "\"d\""].map(str::to_owned);
        let columns = [
            vec![Value::Decimal("19.90".parse().unwrap())],
            vec![Value::Decimal("12345678901234567.89".parse().unwrap())],
            vec![Value::Set(vec!["x\"".to_owned()])],
            vec![Value::Text("\u{1}\n😀".to_owned())],
        ];
        let mut out = String::new();
        write_row(&names, &columns, 0, &mut out);
        let expected = "{\"a\":19.90,\"b\":\"12345678901234567.89\",\"c\":[\"x\\\"\"],\
                        \"d\":\"\\u0001\\n😀\"}\n";
        assert_eq!(out, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok());
    }
}
