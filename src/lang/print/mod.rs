//! The canonical text of rules and statements: what is printed parses to what was printed.

mod care;
mod derived;
mod event;
mod expression;
mod group;
mod insight;
mod statement;
mod upkeep;

use std::fmt;

use super::ast::Name;
use super::escape::quote_text;
use super::lexer::{is_name_char, is_name_start};
use super::words;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, &self.text)
    }
}

/// Prints a name, in back-quotes unless it is plain and no keyword where it may stand.
fn name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let plain = name.starts_with(is_name_start) && name.chars().all(is_name_char);
    if plain && !words::must_be_quoted(name) {
        return f.write_str(name);
    }
    quoted(f, name)
}

/// Prints a name in back-quotes.
fn quoted(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    write!(f, "`{}`", name.replace('`', "``"))
}

/// Prints a text in double quotes.
fn text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&quote_text(text))
}

/// Prints the items with a separator between them.
fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    separator: &str,
    print: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(separator)?;
        }
        print(f, item)?;
    }
    Ok(())
}
