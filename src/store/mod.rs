//! What outlives the process: checksummed blobs of columns and one manifest that names them.
//!
//! A [`Store`] keeps **blobs** (chunks of columns, dictionaries, keys) by [`BlobKey`] and a
//! [`Manifest`] that says which version of each blob makes up the pool. Nothing that a manifest
//! names is ever overwritten: a [`Commit`]
//!
//! 1. puts new versions of the blobs that changed, in batches, and flushes them to the disk;
//! 2. writes the new manifest into the older of two slots, and flushes again;
//! 3. replaces the side file `pool.json`, which says what the store must hold at least;
//! 4. deletes the versions that no manifest and no reader names any more.
//!
//! So a kill or a power cut at any point leaves the old manifest or the new one, in full. A write
//! that fails leaves its outcome in doubt: the store then refuses to write until it is opened
//! again, and goes on reading.
//!
//! Between such commits, which are the **checkpoints**, the store takes **records**: one a commit of
//! the layers above, appended to a log and flushed before it is acknowledged. A checkpoint at commit
//! N lets the records up to N go. What the log holds is checked when the store is opened, and
//! replayed by the layers above ([`Store::take_records`]).
//!
//! A **buffered** commit or record leaves out the flushes and the side file, which come with the next commit
//! that is flushed or when the store is closed. What a power cut leaves of such commits is one of
//! them in full, or the last one flushed.
//!
//! On the disk a pool is a directory:
//!
//! ```text
//! pool.json     store id, format, backend and last checkpoint, with a checksum; written first
//! acknowledged  the last commit known to be on the disk; written over after each flush, unsynced
//! LOCK          held while the pool is open; names the process that holds it
//! store/        the backend's own files
//! ```
//!
//! The store is told apart from damage by comparing the two: a store that is empty, older than the
//! side file or another pool's is a typed [`StoreError`], never an empty pool.
//!
//! Only `codec` names bincode, and only `disk` names sled and redb.

mod backend;
mod codec;
mod commit;
mod copy;
mod directory;
mod disk;
mod error;
#[cfg(test)]
mod faulty;
mod garbage;
mod handle;
mod key;
mod kind;
mod lock;
mod log;
mod manifest;
mod mark;
mod memory;
mod open;
mod options;
mod page;
mod pages;
mod salvage;
mod side;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use codec::{CodecError, decode, decode_first, encode};
pub(crate) use commit::{Commit, Durability};
pub use error::{Place, StoreError};
pub(crate) use handle::Store;
pub(crate) use key::{BlobKey, BlobKind, BlobRef};
pub use kind::BackendKind;
pub(crate) use log::{Record, Reread};
pub(crate) use manifest::{Manifest, Settings, State};
pub(crate) use options::{Access, Creation, Salvage, StoreOptions};
pub(crate) use page::FORMAT;
pub(crate) use side::SIDE_FILE;

#[cfg(test)]
pub(crate) use backend::{Backend, Batch};
#[cfg(test)]
pub(crate) use faulty::{Fault, FaultyBackend, Loss, Repeat};
#[cfg(test)]
pub(crate) use mark::Mark;
#[cfg(test)]
pub(crate) use memory::MemoryBackend;
#[cfg(test)]
pub(crate) use side::{Beside, MemoryBeside};
