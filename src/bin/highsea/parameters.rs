//! `--param NAME=VALUE`.

use std::str::FromStr;

use highsea::{Decimal, Money, Parameters, TokenKind, Type, Value, tokenize};

/// A parameter of the command line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binding {
    name: String,
    bound: Bound,
}

#[derive(Clone, Debug, PartialEq)]
enum Bound {
    Value(Value),
    List(Vec<Value>),
}

impl Binding {
    /// The same parameters with this one bound.
    pub(crate) fn add_to(&self, parameters: Parameters) -> Parameters {
        match &self.bound {
            Bound::Value(value) => parameters.with(&self.name, value.clone()),
            Bound::List(values) => parameters.with_list(&self.name, values.clone()),
        }
    }
}

impl FromStr for Binding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once('=').ok_or("a parameter is written NAME=VALUE".to_owned())?;
        let name = name.strip_prefix('$').unwrap_or(name);
        if !is_name(name) {
            return Err(format!("`{name}` is no name for a parameter"));
        }
        let bound = match list(value) {
            Some(values) => Bound::List(values),
            None => Bound::Value(value_of(value)),
        };
        Ok(Self { name: name.to_owned(), bound })
    }
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|next| next == '_' || next.is_alphanumeric())
}

/// The elements of `("US", "CA")`; `None` when the text is no list.
fn list(text: &str) -> Option<Vec<Value>> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let comma = |kind, token: &str| kind != TokenKind::Text && token == ",";
    let mut values = Vec::new();
    let mut start = 0;
    for (span, kind) in tokenize(inside) {
        if comma(kind, &inside[span.start..span.end]) {
            values.push(value_of(&inside[start..span.start]));
            start = span.end;
        }
    }
    if !inside[start..].trim().is_empty() {
        values.push(value_of(&inside[start..]));
    }
    Some(values)
}

/// What a host would bind for the text: quotes make it text whatever it looks like, and what looks
/// like nothing else is text too.
fn value_of(text: &str) -> Value {
    let text = text.trim();
    if let Some(inside) = unquoted(text) {
        return inside.into();
    }
    match text {
        "true" => return true.into(),
        "false" => return false.into(),
        "null" => return Value::Null,
        _ => {}
    }
    number(text)
        .or_else(|| text.parse().ok().map(Value::Date))
        .or_else(|| money(text))
        .unwrap_or_else(|| text.into())
}

fn unquoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].strip_suffix(quote)
}

/// A number without leading zeros, which codes and telephone numbers have.
fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if padded || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse::<i64>()
        .map(Value::Int)
        .or_else(|_| text.parse::<Decimal>().map(Value::Decimal))
        .ok()
}

/// `100 USD`.
fn money(text: &str) -> Option<Value> {
    let (amount, currency) = text.split_once(' ')?;
    let Ok(Type::Money { currency }) = format!("money({currency})").parse() else { return None };
    Some(Value::Money(Money { amount: amount.parse().ok()?, currency }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> Bound {
        text.parse::<Binding>().unwrap().bound
    }

    #[test]
    fn values_are_what_they_look_like() {
        assert_eq!(bound("n=3"), Bound::Value(Value::Int(3)));
        assert_eq!(bound("n=-2.50"), Bound::Value(Value::Decimal("-2.5".parse().unwrap())));
        assert_eq!(bound("n=true"), Bound::Value(Value::Bool(true)));
        assert_eq!(bound("n=US"), Bound::Value("US".into()));
        assert_eq!(bound("n=\"3\""), Bound::Value("3".into()));
        assert_eq!(bound("n=007"), Bound::Value("007".into()));
        assert_eq!(bound("n=a=b"), Bound::Value("a=b".into()));
        assert_eq!(bound("n="), Bound::Value("".into()));
        assert_eq!(bound("n=2026-06-30"), Bound::Value(Value::Date("2026-06-30".parse().unwrap())));
        assert!(matches!(bound("n=100 USD"), Bound::Value(Value::Money(_))));
    }

    #[test]
    fn lists_keep_commas_within_quotes() {
        let expected = vec![Value::from("a,b"), Value::Int(3)];
        assert_eq!(bound("n=(\"a,b\", 3)"), Bound::List(expected));
        assert_eq!(bound("n=()"), Bound::List(vec![]));
    }

    #[test]
    fn names_are_names() {
        assert!("3=1".parse::<Binding>().is_err());
        assert!("n".parse::<Binding>().is_err());
        assert_eq!("$n=1".parse::<Binding>().unwrap().name, "n");
        assert!("地区=1".parse::<Binding>().is_ok());
    }
}
