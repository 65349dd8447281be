//! The backend on redb 4: one file, one table.
//!
//! A batch is a transaction that redb keeps in memory, and a flush one that it syncs, so that many
//! batches cost one sync. What a batch puts is flushed half a second later at the latest, by a
//! thread, as sled does of its own accord.
//!
//! The checksum of every page is looked at when the file is opened: a plain opening would trust a
//! file that was closed in order. A pool opened for reading leaves the file as it is, and so may
//! lie on a medium that cannot be written.
//!
//! After a write that failed, redb reads on, from the file and from what it kept in memory.

mod backend;
mod flusher;
mod layer;
mod medium;
mod opening;
#[cfg(test)]
mod tests;

pub(in crate::store) use backend::RedbBackend;
