//! Figures and texts as the page shows them.

use crate::model::Value;

/// What stands for nothing.
const NOTHING: &str = "–";

/// A text that HTML takes for nothing but text, in elements and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Other control characters have no place in HTML.
            '\n' | '\t' => safe.push(' '),
            c if c.is_control() => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    safe
}

/// A number with its thousands apart.
pub(super) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in hundredths.
pub(super) fn percent(share: Option<f64>) -> String {
    match share {
        None => NOTHING.to_owned(),
        Some(share) if share > 0.0 && share < 0.000_5 => "< 0.1 %".to_owned(),
        Some(share) => format!("{:.1} %", share * 100.0),
    }
}

/// An index.
pub(super) fn times(index: Option<f64>) -> String {
    index.map_or_else(|| NOTHING.to_owned(), |index| format!("{index:.0}"))
}

/// So many for each.
pub(super) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| NOTHING.to_owned(), |ratio| format!("{ratio:.2}"))
}

/// A value that something is told of.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "(missing)".to_owned(),
        Value::Text(text) if text.is_empty() => "(empty)".to_owned(),
        other => other.to_string(),
    }
}

/// A figure to about four digits, its thousands apart; dates without their time.
pub(super) fn figure(figure: &Value) -> String {
    match figure {
        Value::Null => NOTHING.to_owned(),
        Value::Timestamp(instant) => instant.to_string().chars().take(10).collect(),
        Value::Money(money) => format!("{} {}", rounded(money.amount.to_f64()), money.currency),
        other => match other.to_f64() {
            Some(number) => rounded(number),
            None => other.to_string(),
        },
    }
}

fn rounded(number: f64) -> String {
    let digits = match number.abs() {
        1_000.0.. => 0,
        1.0.. => 2,
        _ => 4,
    };
    let text = format!("{:.digits$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let is_zero = whole == "0" && fraction.is_empty();
    let sign = if number < 0.0 && !is_zero { "−" } else { "" };
    // Doubles of hundreds of digits are told by their power.
    match whole.len() {
        0..=18 => format!("{sign}{}{point}{fraction}", grouped(whole)),
        _ => format!("{number:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_text() {
        assert_eq!(
            escaped("<b a='x' b=\"y\">&\u{7}\n"),
            "&lt;b a=&#39;x&#39; b=&quot;y&quot;&gt;&amp;\\u{7} "
        );
    }

    #[test]
    fn figures_are_short() {
        let shown = |number: f64| figure(&Value::Float(number));
        assert_eq!(
            [1234567.8, -0.5, 12.3456, 0.00001, -0.000001].map(shown),
            ["1,234,568", "−0.5", "12.35", "0", "0"]
        );
        assert_eq!(shown(1e300), "1.000e300");
        assert_eq!([Some(0.0001), Some(0.5), None].map(percent), ["< 0.1 %", "50.0 %", "–"]);
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
