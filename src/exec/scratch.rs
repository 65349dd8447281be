//! What one thread reuses from chunk to chunk.

use super::arithmetic::Blocks;

/// Buffers of one task; chunks are evaluated one after the other in them.
#[derive(Debug)]
pub(super) struct Scratch {
    free: Vec<Box<[u64]>>,
    n_words: usize,
    /// Buffers of arithmetic.
    pub(super) blocks: Blocks,
    /// Decoded units of a block.
    pub(super) units: Vec<i64>,
    /// Decoded codes of the same block.
    pub(super) codes: Vec<i64>,
    /// Sums of a chunk by group, in a form of their maker's.
    pub(super) tallies: Vec<u64>,
    /// The sub-plans evaluated for the chunk at hand, by number.
    pub(super) shared: Vec<Option<Box<[u64]>>>,
}

impl Scratch {
    /// Buffers for chunks of up to `n_words` words and so many shared sub-plans.
    pub(super) fn new(n_words: usize, n_shared: usize) -> Self {
        Self {
            free: Vec::new(),
            n_words,
            blocks: Blocks::default(),
            units: vec![0; super::arithmetic::BLOCK],
            codes: vec![0; super::arithmetic::BLOCK],
            tallies: Vec::new(),
            shared: vec![None; n_shared],
        }
    }

    /// A bit set of any content; [`give`](Self::give) it back.
    pub(super) fn take(&mut self) -> Box<[u64]> {
        self.free.pop().unwrap_or_else(|| vec![0; self.n_words].into_boxed_slice())
    }

    /// Takes a bit set back.
    pub(super) fn give(&mut self, words: Box<[u64]>) {
        self.free.push(words);
    }

    /// Lends a bit set of so many words, of any content.
    pub(super) fn with<T>(&mut self, n_words: usize, work: impl FnOnce(&mut [u64]) -> T) -> T {
        let mut words = self.take();
        let done = work(&mut words[..n_words]);
        self.give(words);
        done
    }

    /// Lends a bit set of so many words, of any content, to work that needs more of this.
    pub(super) fn lent<T>(
        &mut self,
        n_words: usize,
        work: impl FnOnce(&mut [u64], &mut Self) -> T,
    ) -> T {
        let mut words = self.take();
        let done = work(&mut words[..n_words], self);
        self.give(words);
        done
    }

    /// Forgets the sub-plans of the chunk before.
    pub(super) fn next_chunk(&mut self) {
        for shared in &mut self.shared {
            self.free.extend(shared.take());
        }
    }
}
