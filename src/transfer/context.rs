//! What a transfer runs with: threads, zone, somebody who watches.

use super::TransferError;
use super::source::{Block, Blocks};
use crate::index::Rows;
use crate::model::Zone;
use crate::parallel::Executor;

/// Blocks read ahead for each thread, so that none waits for the slowest.
const BLOCKS_A_THREAD: usize = 2;

/// What a transfer runs with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Threads, and the interrupt that is asked between blocks.
    pub(crate) executor: &'a Executor,
    /// The zone of instants written without an offset.
    pub(crate) zone: &'a Zone,
    /// Told now and then how far the transfer is.
    pub(crate) progress: &'a dyn Fn(Progress),
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Which pass over the file.
    pub(crate) stage: Stage,
    /// Bytes of the file read, or rows written.
    pub(crate) done: u64,
    /// Bytes of the file; 0 where nobody knows the number of rows to be written.
    pub(crate) total: u64,
}

/// The passes over a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Guessing types.
    Inspecting,
    /// Reading rows.
    Reading,
    /// Writing rows.
    Writing,
}

/// The rule after `where`: which rows of a batch to keep, one flag a row.
///
/// The batch has a column for every [`SchemaColumn`](super::SchemaColumn), in the schema's order and
/// under the column's id, the key's among them (with missing ones as missing); it has no keys. It
/// is called from several threads at once.
pub(crate) type RowFilter<'a, E> = dyn Fn(&Rows) -> Result<Vec<bool>, E> + Sync + 'a;

impl Context<'_> {
    /// The next blocks to work on at once, none at the end of the file; tells how far the pass is.
    pub(super) fn next_blocks(
        &self,
        blocks: &mut Blocks,
        stage: Stage,
    ) -> Result<Vec<Block>, TransferError> {
        self.check()?;
        let (done, total) = blocks.progress();
        (self.progress)(Progress { stage, done, total });
        let mut group = Vec::new();
        while group.len() < self.executor.n_threads() * BLOCKS_A_THREAD {
            let Some(block) = blocks.next()? else { break };
            group.push(block);
        }
        Ok(group)
    }

    /// An error once the statement is interrupted.
    pub(super) fn check(&self) -> Result<(), TransferError> {
        if self.executor.interrupted() { Err(TransferError::Interrupted) } else { Ok(()) }
    }
}
