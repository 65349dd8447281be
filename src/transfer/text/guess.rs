//! The guess of a column's type from all its values.

use super::time::Written;
use super::trim_blanks;
use crate::model::Type;

/// Digits after the point that still make a decimal; more make a float.
const MAX_SCALE: u32 = 9;

/// Significant digits that every double keeps.
const SAFE_DIGITS: u32 = 15;

/// One unit of the exact bounds is a 10⁻⁹th.
const BOUND_UNIT: i128 = 1_000_000_000;

/// What kinds of value a column has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guess {
    kinds: u16,
    /// Most digits after the point of an exact number.
    scale: u32,
    /// Most significant digits of an exact number.
    digits: u32,
    /// Bounds of the exact numbers, in 10⁻⁹ths.
    min: i128,
    max: i128,
    /// Whether an exact number has a digit other than 0 after its point.
    has_fraction: bool,
}

/// The kinds of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Seen {
    /// `true` or `false`.
    Bool = 1,
    /// A whole number.
    Int = 2,
    /// A number with a point.
    Decimal = 4,
    /// A number with an exponent or more than nine digits after the point.
    Float = 8,
    /// A day.
    Date = 16,
    /// An instant.
    Timestamp = 32,
    /// Anything else.
    Text = 64,
    /// A list of texts.
    Set = 128,
}

impl Guess {
    /// Takes a field of a delimited file into account; blanks alone tell nothing.
    pub(crate) fn see(&mut self, text: &str) {
        if !self.has(Seen::Text) {
            let text = trim_blanks(text);
            if !text.is_empty() {
                self.see_value(text);
            }
        }
    }

    /// Takes a number of a JSON file into account.
    pub(crate) fn see_number(&mut self, text: &str) {
        match Number::read(text.as_bytes()) {
            Some(number) => self.see_exact(&number),
            None => self.note(Seen::Text),
        }
    }

    /// Takes a text of a JSON file into account: a day, an instant, or text whatever it looks like.
    pub(crate) fn see_text(&mut self, text: &str) {
        if !self.has(Seen::Text) && !trim_blanks(text).is_empty() {
            self.note(time_kind(text).unwrap_or(Seen::Text));
        }
    }

    /// Takes a value of a kind into account.
    pub(crate) fn note(&mut self, kind: Seen) {
        self.kinds |= kind as u16;
    }

    /// Whether a value of a kind was seen.
    pub(crate) fn has(&self, kind: Seen) -> bool {
        self.kinds & kind as u16 != 0
    }

    /// Takes what another part of the file has shown into account.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.kinds |= other.kinds;
        self.scale = self.scale.max(other.scale);
        self.digits = self.digits.max(other.digits);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.has_fraction |= other.has_fraction;
    }

    /// The type that takes every value seen; text when none was.
    pub(crate) fn to_type(&self) -> Type {
        const INT: u16 = Seen::Int as u16;
        const DECIMAL: u16 = Seen::Decimal as u16 | INT;
        const FLOAT: u16 = Seen::Float as u16 | DECIMAL;
        const TIMESTAMP: u16 = Seen::Timestamp as u16 | Seen::Date as u16;
        let only = |kinds: u16| self.kinds & !kinds == 0;
        if self.kinds == 0 {
            Type::Text
        } else if self.has(Seen::Set) {
            Type::Set
        } else if only(Seen::Bool as u16) {
            Type::Bool
        } else if only(INT) {
            if self.fits(0) { Type::Int } else { Type::Text }
        } else if only(DECIMAL) && self.fits(self.scale) {
            Type::Decimal { scale: self.scale as u8 }
        } else if only(FLOAT) {
            // A double may round what an exact number says; text never does.
            if self.digits <= SAFE_DIGITS { Type::Float } else { Type::Text }
        } else if only(Seen::Date as u16) {
            Type::Date
        } else if only(TIMESTAMP) {
            Type::Timestamp
        } else {
            Type::Text
        }
    }

    /// The type of a key with these values: a whole number where every value is one, `17850.0`
    /// among them, and text as written otherwise.
    pub(crate) fn to_key_type(&self) -> Type {
        let exact = self.kinds & !(Seen::Int as u16 | Seen::Decimal as u16) == 0;
        let whole = self.kinds != 0 && exact && !self.has_fraction && self.fits(0);
        if whole { Type::Int } else { Type::Text }
    }

    fn see_value(&mut self, text: &str) {
        match text.as_bytes()[0] {
            b'0'..=b'9' | b'-' | b'.' => match Number::read(text.as_bytes()) {
                Some(number) => self.see_exact(&number),
                None => self.note(time_kind(text).unwrap_or(Seen::Text)),
            },
            b't' | b'T' | b'f' | b'F' if is_bool(text) => self.note(Seen::Bool),
            _ => self.note(Seen::Text),
        }
    }

    fn see_exact(&mut self, number: &Number) {
        self.note(number.kind);
        if number.kind == Seen::Float {
            return;
        }
        self.scale = self.scale.max(number.scale);
        self.digits = self.digits.max(number.digits);
        self.min = self.min.min(number.bound);
        self.max = self.max.max(number.bound);
        self.has_fraction |= number.bound % BOUND_UNIT != 0;
    }

    /// Whether every exact number fits an `i64` at a scale that loses none of its digits.
    fn fits(&self, scale: u32) -> bool {
        let unit = 10i128.pow(MAX_SCALE - scale.min(MAX_SCALE));
        let fits = |bound: i128| i64::try_from(bound / unit).is_ok();
        fits(self.min) && fits(self.max)
    }
}

/// A number as written.
struct Number {
    kind: Seen,
    scale: u32,
    digits: u32,
    /// In 10⁻⁹ths; beyond every `i64` where it has more digits than one.
    bound: i128,
}

impl Number {
    /// `None` where the text is no number, has a leading zero or a sign `+`, as codes and
    /// telephone numbers do.
    fn read(text: &[u8]) -> Option<Self> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (whole, rest) = split_digits(rest);
        let (after, rest) = match rest {
            [b'.', rest @ ..] => split_digits(rest),
            rest => (&b""[..], rest),
        };
        let pointed = text.contains(&b'.');
        let ended = if pointed { !after.is_empty() } else { !whole.is_empty() };
        if !ended || (whole.len() > 1 && whole[0] == b'0') {
            return None;
        }
        let float = !rest.is_empty() || after.len() > MAX_SCALE as usize;
        if !is_exponent(rest) || (float && !is_finite(text)) {
            return None;
        }
        let kind = match (float, pointed) {
            (true, _) => Seen::Float,
            (false, true) => Seen::Decimal,
            (false, false) => Seen::Int,
        };
        let bound = if float { 0 } else { bound(whole, after, negative) };
        let digits = significant(whole, after);
        Some(Self { kind, scale: after.len() as u32, digits, bound })
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// Nothing, or `e-7`.
fn is_exponent(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => {
            !rest.is_empty() && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn is_finite(text: &[u8]) -> bool {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    number.is_some_and(f64::is_finite)
}

fn significant(whole: &[u8], after: &[u8]) -> u32 {
    let zeros = if whole == b"0" || whole.is_empty() {
        whole.len() + after.iter().take_while(|byte| **byte == b'0').count()
    } else {
        0
    };
    (whole.len() + after.len() - zeros) as u32
}

fn bound(whole: &[u8], after: &[u8], negative: bool) -> i128 {
    // Twenty digits before the point are beyond every i64 at every scale.
    if whole.len() > 19 {
        return if negative { i128::MIN } else { i128::MAX };
    }
    let number = |digits: &[u8]| digits.iter().fold(0i128, |n, d| n * 10 + i128::from(d - b'0'));
    let padding = 10i128.pow(MAX_SCALE - after.len() as u32);
    let bound = number(whole) * BOUND_UNIT + number(after) * padding;
    if negative { -bound } else { bound }
}

fn time_kind(text: &str) -> Option<Seen> {
    let written = Written::read(text)?;
    Some(if written.has_time() { Seen::Timestamp } else { Seen::Date })
}

/// `true` and `false` as languages print them; `yes`, `no`, `t` and `f` are text.
fn is_bool(text: &str) -> bool {
    matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(values: &[&str]) -> Guess {
        let mut guess = Guess::default();
        for value in values {
            guess.see(value);
        }
        guess
    }

    #[test]
    fn types_by_the_book() {
        let decimal = |scale| Type::Decimal { scale };
        let cases: &[(&[&str], Type)] = &[
            (&[], Type::Text),
            (&["", " ", "\t"], Type::Text),
            (&["true", "false"], Type::Bool),
            (&["yes", "no"], Type::Text),
            (&["0", "1"], Type::Int),
            (&["true", "1"], Type::Text),
            (&["0", "-12", "7"], Type::Int),
            (&["007", "1"], Type::Text),
            (&["-01"], Type::Text),
            (&["+49"], Type::Text),
            (&["9223372036854775807", "-9223372036854775808"], Type::Int),
            (&["9223372036854775808"], Type::Text),
            (&["123456789012345678901234567890"], Type::Text),
            (&["1.5", "2", "3.25"], decimal(2)),
            (&["0.123456789"], decimal(9)),
            (&["0.1234567891"], Type::Float),
            (&["-.5"], decimal(1)),
            (&["5."], Type::Text),
            (&["1e5", "2"], Type::Float),
            (&["1e999"], Type::Text),
            (&["1e"], Type::Text),
            (&["NaN"], Type::Text),
            (&["92233720368547758.07"], decimal(2)),
            (&["92233720368547758.08"], Type::Text),
            (&["12345678901.5", "0.000000001"], Type::Float),
            (&["1234567890123456789", "1e5"], Type::Text),
            (&["2026-01-01", ""], Type::Date),
            (&["2026-02-30"], Type::Text),
            (&["01/02/2026"], Type::Text),
            (&["2026-01-01 10:00:00"], Type::Timestamp),
            (&["2026-01-01", "2026-01-01T10:00:00Z"], Type::Timestamp),
            (&["2026-01-01", "5"], Type::Text),
            (&[" 42 ", "7"], Type::Int),
            (&["29.85", " ", "1889.5"], decimal(2)),
        ];
        for (values, expected) in cases {
            assert_eq!(guess(values).to_type(), *expected, "{values:?}");
        }
    }

    #[test]
    fn whole_keys_are_whole_numbers() {
        assert_eq!(guess(&["17850.0", "12", "13.00"]).to_key_type(), Type::Int);
        assert_eq!(guess(&["17850.5"]).to_key_type(), Type::Text);
        assert_eq!(guess(&["007"]).to_key_type(), Type::Text);
        assert_eq!(guess(&[]).to_key_type(), Type::Text);
    }

    #[test]
    fn parts_merge_to_the_whole() {
        let values = ["1.5", "2", "-3.25", "12345678901", ""];
        for cut in 0..values.len() {
            let mut merged = guess(&values[..cut]);
            merged.merge(&guess(&values[cut..]));
            assert_eq!(merged, guess(&values));
        }
    }
}
