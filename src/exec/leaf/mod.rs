//! Leaves of a plan with their columns found: tests of one chunk after the other.
//!
//! A test answers a chunk with bitmaps of the index where there are any, and by computing over
//! candidate rows elsewhere. Answers hold living rows only.

mod answer;
mod codes;
mod compile;
mod elements;
mod fixed;
mod instants;
mod keys;
mod lookup;
mod ranged;
mod test;
mod texts;
mod units;

pub(super) use answer::Answer;
pub(super) use codes::CodeSet;
pub(super) use compile::leaf;
pub(super) use elements::Elements;
pub(super) use fixed::Fixed;
pub(super) use instants::Instants;
pub(super) use keys::{KeyTest, int_keys, text_keys};
pub(super) use lookup::Lookup;
use ranged::Ranged;
pub(super) use test::Test;
pub(super) use texts::{TextComparison, ranks};
pub(super) use units::{Chunks, UnitsTest};
