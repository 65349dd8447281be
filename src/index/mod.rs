//! Columns cut into chunks: containers, dictionaries, bitmaps, bit slices, forward values, keys,
//! statistics, and the [`Snapshot`] that holds one consistent view of them all.
//!
//! Only forward values, dictionaries, keys and which rows are alive are ever stored; every index is
//! derived from them when a chunk is built or loaded.

mod algebra;
mod alive;
mod among;
mod apply;
mod automaton;
mod builder;
mod bytes;
mod changes;
mod changes_codec;
mod check;
mod check_chunk;
mod chunk;
mod chunk_build;
mod codec;
mod column;
mod column_builder;
mod compare;
mod container;
mod derived;
mod dictionary;
mod edits;
mod error;
mod events;
mod flags;
mod gather;
mod interner;
pub(crate) mod kernel;
mod key;
mod key_edits;
mod key_table;
mod keys;
mod offsets;
mod packed;
mod patch;
mod picked;
mod positions;
mod postings;
mod reread;
mod resident;
mod rows;
mod search;
mod set_chunk;
mod slices;
mod snapshot;
mod statistics;
mod stored;
mod targets;
mod texts;

pub(crate) use alive::Alive;
pub(crate) use builder::{Builder, RepeatedKey};
pub(crate) use changes::{Applied, Changes, Dirty, DirtyColumn, DirtyDictionary, Touched};
pub(crate) use changes_codec::{decode_changes, encode_changes};
pub(crate) use check::{CheckDepth, Violation};
pub(crate) use chunk::{Layout, UnitsChunk, UnitsIndex};
pub(crate) use column::{Column, SetColumn, TextColumn, UnitsColumn};
pub(crate) use container::Container;
pub(crate) use derived::{FlagEdit, Others};
pub(crate) use dictionary::Dictionary;
pub(crate) use error::IndexError;
pub use key::Key;
pub(crate) use keys::{IntKeys, KeyChunk, KeyRef, KeyValues, Keys, sample_hash};
pub(crate) use offsets::Offsets;
pub(crate) use packed::Packed;
pub(crate) use positions::Positions;
pub(crate) use postings::Postings;
pub(crate) use reread::StoredSnapshot;
pub(crate) use resident::{Part, Resident};
pub(crate) use rows::{ColumnData, KeyData, Rows};
pub(crate) use set_chunk::SetChunk;
pub(crate) use snapshot::{Events, Snapshot};
pub(crate) use statistics::{Counted, Statistics};
pub(crate) use texts::Texts;
