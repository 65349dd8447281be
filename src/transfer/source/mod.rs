//! A file as a stream of UTF-8: opened, unpacked, decoded, and cut into blocks of whole records.

mod block;
mod encoding;
mod file;
mod format;
mod scan;
mod zstd;

pub(super) use block::{Block, Blocks, Cut};
#[cfg(feature = "parquet")]
pub(super) use file::open_plain;
pub(super) use format::{Compression, Format};
pub(super) use scan::find_byte;
