//! The library's calls.

use std::path::Path;

use super::{Depth, Verification, backup, checkpoint, copy, dump, load, repair, restore, verify};
use crate::pool::{Done, Error, Pool, Written};

impl Pool {
    /// Reads what makes up the last commit from the store, and tells everything that is wrong with
    /// it: the statement `verify`.
    ///
    /// ```
    /// use highsea::{Depth, Options, Pool};
    ///
    /// let pool = Pool::in_memory(Options::default())?;
    /// pool.run("create customers (id text key, age int)")?;
    /// let found = pool.verify(Depth::Deep)?;
    /// assert!(found.is_ok(), "{:?}", found.problems);
    /// # Ok::<(), highsea::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is interrupted. What is damaged is no error but a
    /// [`Problem`](crate::Problem) of the answer.
    pub fn verify(&self, depth: Depth) -> Result<Verification, Error> {
        verify(&self.session(), depth)
    }

    /// Rebuilds what can be made of what is whole, and tells what the pool is like afterwards.
    ///
    /// # Errors
    ///
    /// When the pool is read-only or cannot be written.
    pub fn repair(&self) -> Result<Verification, Error> {
        repair(&mut self.session())
    }

    /// Writes what the log holds into the columns, and lets the log go.
    ///
    /// # Errors
    ///
    /// When the pool is read-only or cannot be written.
    pub fn checkpoint(&self) -> Result<Done, Error> {
        checkpoint(&self.session())
    }

    /// Copies the last commit to a directory that is absent or empty; writers go on meanwhile.
    ///
    /// # Errors
    ///
    /// When the directory holds something, lies within the pool's or cannot be written. Nothing is
    /// left of it then.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<Written, Error> {
        backup(&self.session(), to.as_ref())
    }

    /// Makes this pool, which must have no customers yet, what it was when a backup was made.
    ///
    /// # Errors
    ///
    /// When the pool has customers or is read-only, or the backup is none or damaged. Nothing has
    /// changed then.
    pub fn restore(&self, from: impl AsRef<Path>) -> Result<Written, Error> {
        restore(&mut self.session(), from.as_ref())
    }

    /// Copies the last commit to a directory that is absent or empty, as a pool kept by a backend
    /// of choice; `None` means that of this pool.
    ///
    /// # Errors
    ///
    /// When there is no such backend; and as [`backup`](Self::backup).
    pub fn copy(&self, to: impl AsRef<Path>, backend: Option<&str>) -> Result<Written, Error> {
        copy(&self.session(), to.as_ref(), backend)
    }

    /// Writes the last commit to a directory that is absent or empty, as a script of statements
    /// and a Parquet file: what any other release [`load`](Self::load)s, whatever its format.
    ///
    /// # Errors
    ///
    /// When the pool has no customers, the directory holds something, lies within the pool's or
    /// cannot be written, or this build has no Parquet. Nothing is left of the directory then.
    pub fn dump(&self, to: impl AsRef<Path>) -> Result<Written, Error> {
        dump(&self.session(), to.as_ref())
    }

    /// Makes this pool, which must have no customers yet, what a dump says: in one commit.
    ///
    /// # Errors
    ///
    /// When the pool has customers or is read-only, or the dump is none, has a mistake or cannot
    /// be read. Nothing has changed then.
    pub fn load(&self, from: impl AsRef<Path>) -> Result<Written, Error> {
        load(&mut self.session(), from.as_ref())
    }
}
