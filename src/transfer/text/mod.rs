//! Text to values: numbers, days and instants, sets, and the guess of a column's type.

mod guess;
mod number;
mod parser;
mod set;
mod time;

pub(super) use guess::{Guess, Seen};
pub(super) use parser::ValueParser;
pub(super) use set::{read_set, write_set};

/// The text without the blanks and tabs around it.
pub(super) fn trim_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
