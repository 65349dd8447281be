//! A backend that fails as told, for tests: the n-th write fails, is torn or lost, the power is
//! cut, bits flip.

use std::sync::{Arc, Mutex, MutexGuard};

use super::backend::{Backend, Batch, Op, Visit};
use super::mark::Mark;
use super::side::{Beside, MemoryBeside};
use super::{MemoryBackend, Place, StoreError};

/// What happens to a write: to an `apply`, a `flush` or a replacement of the side file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done, and an error returned.
    Fail,
    /// The first half of it is done, and an error returned.
    Tear,
    /// Nothing is done, and success claimed.
    Drop,
    /// All is done, and an error returned.
    FailAfter,
    /// As [`Fail`](Self::Fail), with every later call failing, reads among them.
    PowerCut,
}

/// How often it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// To that write alone.
    Once,
    /// To that write and all after it.
    ForGood,
}

/// What a power cut leaves of the batches that were applied and not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All of them: the process was killed, the system went on.
    Nothing,
    /// None.
    Everything,
    /// Those whose bit is set; bit 0 is the first batch.
    Keep(u64),
    /// So many of the first.
    First(usize),
    /// All, the last one by half.
    TornLast,
}

/// A backend over another, which holds only what was flushed.
pub(crate) struct FaultyBackend {
    durable: Arc<dyn Backend>,
    durable_side: MemoryBeside,
    seen: MemoryBackend,
    state: Mutex<Faults>,
}

#[derive(Default)]
struct Faults {
    n_writes: u64,
    n_reads: u64,
    plan: Option<(u64, Fault, Repeat)>,
    pending: Vec<Batch>,
    pending_side: Option<Vec<u8>>,
    is_off: bool,
    flips: Vec<(Vec<u8>, usize)>,
}

impl FaultyBackend {
    /// Over `durable` and the side file that belongs to it, without faults as yet.
    pub(crate) fn new(durable: Arc<dyn Backend>, durable_side: MemoryBeside) -> Arc<Self> {
        let seen = MemoryBackend::new();
        let mut all = Batch::default();
        durable
            .scan(&[], &mut |key, value| {
                all.put(key, value.to_vec());
                Ok(())
            })
            .unwrap();
        seen.apply(all).unwrap();
        Arc::new(Self { durable, durable_side, seen, state: Mutex::default() })
    }

    /// The side file, whose replacements count as writes.
    pub(crate) fn beside(self: &Arc<Self>) -> Box<dyn Beside> {
        Box::new(FaultyBeside(Arc::clone(self)))
    }

    /// Lets `fault` befall the write that follows `n` others from now.
    pub(crate) fn plan(&self, n: u64, fault: Fault, repeat: Repeat) {
        let mut state = self.state();
        state.plan = Some((state.n_writes + n, fault, repeat));
    }

    /// Flips a bit of a value whenever it is read.
    pub(crate) fn flip(&self, key: &[u8], bit: usize) {
        self.state().flips.push((key.to_vec(), bit));
    }

    /// Writes so far.
    pub(crate) fn n_writes(&self) -> u64 {
        self.state().n_writes
    }

    /// Values read one by one so far.
    pub(crate) fn n_reads(&self) -> u64 {
        self.state().n_reads
    }

    /// Cuts the power, if it was not cut before, and leaves in the backend below, and in the side
    /// file, what the medium holds then.
    pub(crate) fn cut(&self, loss: Loss) {
        let mut state = self.state();
        state.is_off = true;
        let pending = std::mem::take(&mut state.pending);
        kept(pending, loss).for_each(|batch| self.durable.apply(batch).unwrap());
        if let (Some(side), Loss::Nothing) = (state.pending_side.take(), loss) {
            self.durable_side.write(&side).unwrap();
        }
    }

    /// Batches that were applied and not flushed.
    pub(crate) fn n_pending(&self) -> usize {
        self.state().pending.len()
    }

    /// What the medium would hold after a power cut, and the side file: copies.
    pub(crate) fn left(&self, loss: Loss) -> (Arc<MemoryBackend>, MemoryBeside) {
        let (backend, side) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
        let mut all = Batch::default();
        let mut visit = |key: &[u8], value: &[u8]| {
            all.put(key, value.to_vec());
            Ok(())
        };
        self.durable.scan(&[], &mut visit).unwrap();
        backend.apply(all).unwrap();
        let state = self.state();
        kept(state.pending.clone(), loss).for_each(|batch| backend.apply(batch).unwrap());
        let unsynced = state.pending_side.clone().filter(|_| loss == Loss::Nothing);
        let bytes = unsynced.or_else(|| self.durable_side.read().unwrap());
        bytes.into_iter().for_each(|bytes| side.write(&bytes).unwrap());
        self.durable_side.mark().into_iter().for_each(|mark| side.set_mark(mark));
        (backend, side)
    }

    fn state(&self) -> MutexGuard<'_, Faults> {
        self.state.lock().unwrap()
    }

    /// Counts a write and says what befalls it.
    fn next(&self) -> Result<Option<Fault>, StoreError> {
        let mut state = self.state();
        if state.is_off {
            return Err(failure());
        }
        let n = state.n_writes;
        state.n_writes += 1;
        let fault = state.plan.and_then(|(at, fault, repeat)| {
            let strikes = n == at || n > at && repeat == Repeat::ForGood;
            strikes.then_some(fault)
        });
        if fault == Some(Fault::PowerCut) {
            state.is_off = true;
        }
        Ok(fault)
    }

    fn check_power(&self) -> Result<(), StoreError> {
        if self.state().is_off { Err(failure()) } else { Ok(()) }
    }

    fn keep(&self, batch: Batch) {
        self.seen.apply(batch.clone()).unwrap();
        self.state().pending.push(batch);
    }

    fn make_durable(&self) -> Result<(), StoreError> {
        for batch in std::mem::take(&mut self.state().pending) {
            self.durable.apply(batch)?;
        }
        self.durable.flush()
    }

    fn flipped(&self, key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
        for (_, bit) in self.state().flips.iter().filter(|(at, _)| at == key) {
            if let Some(byte) = value.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
        }
        value
    }
}

impl Backend for FaultyBackend {
    fn name(&self) -> &'static str {
        self.durable.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_power()?;
        self.state().n_reads += 1;
        Ok(self.seen.get(key)?.map(|value| self.flipped(key, value)))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.check_power()?;
        self.seen.scan(prefix, &mut |key, value| visit(key, &self.flipped(key, value.to_vec())))
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        match self.next()? {
            None => self.keep(batch),
            Some(Fault::Drop) => {}
            Some(Fault::Fail) => return Err(failure()),
            Some(Fault::Tear) => {
                self.keep(half(batch));
                return Err(failure());
            }
            Some(Fault::FailAfter | Fault::PowerCut) => {
                self.keep(batch);
                return Err(failure());
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        match self.next()? {
            None => self.make_durable(),
            Some(Fault::Drop) => Ok(()),
            Some(Fault::Fail | Fault::PowerCut | Fault::Tear) => Err(failure()),
            Some(Fault::FailAfter) => self.make_durable().and(Err(failure())),
        }
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.durable.size_on_disk()
    }
}

/// The side file of a faulty backend; its replacements are durable when they return.
struct FaultyBeside(Arc<FaultyBackend>);

impl Beside for FaultyBeside {
    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.check_power()?;
        self.0.durable_side.read()
    }

    fn write(&self, bytes: &[u8]) -> Result<(), StoreError> {
        match self.0.next()? {
            None => self.0.durable_side.write(bytes),
            Some(Fault::Drop) => Ok(()),
            Some(Fault::Fail | Fault::Tear) => Err(failure()),
            Some(Fault::FailAfter) => self.0.durable_side.write(bytes).and(Err(failure())),
            Some(Fault::PowerCut) => {
                self.0.state().pending_side = Some(bytes.to_vec());
                Err(failure())
            }
        }
    }

    fn mark(&self) -> Option<Mark> {
        self.0.durable_side.mark()
    }

    fn set_mark(&self, mark: Mark) {
        if !self.0.state().is_off {
            self.0.durable_side.set_mark(mark);
        }
    }

    fn place(&self) -> Place {
        Place::Memory
    }
}

/// Those of the batches that a loss leaves.
fn kept(pending: Vec<Batch>, loss: Loss) -> impl Iterator<Item = Batch> {
    let last = pending.len().saturating_sub(1);
    let left = move |(at, batch): (usize, Batch)| match loss {
        Loss::Nothing => Some(batch),
        Loss::Everything => None,
        Loss::Keep(mask) => (mask >> (at % 64) & 1 == 1).then_some(batch),
        Loss::First(n) => (at < n).then_some(batch),
        Loss::TornLast if at == last => Some(half(batch)),
        Loss::TornLast => Some(batch),
    };
    pending.into_iter().enumerate().filter_map(left)
}

fn half(batch: Batch) -> Batch {
    let ops: Vec<Op> = batch.into_ops();
    let n = ops.len().div_ceil(2);
    ops.into_iter().take(n).collect()
}

fn failure() -> StoreError {
    let source = std::io::Error::other("a fault was planned here");
    StoreError::Io { action: "write", path: "faulty".into(), source }
}
