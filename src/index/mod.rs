//! Columns cut into chunks: containers, dictionaries, bitmaps, bit slices, forward values, keys,
//! statistics, and the [`Snapshot`] that holds one consistent view of them all.

mod chunk;
mod column;
mod container;
mod key;
mod rows;

pub(crate) use chunk::{Packed, SetChunk, UnitsChunk, UnitsIndex};
pub(crate) use column::{Column, SetColumn, TextColumn, UnitsColumn};
pub(crate) use container::Container;
pub use key::Key;
pub(crate) use rows::{ColumnData, KeyData, Rows};
