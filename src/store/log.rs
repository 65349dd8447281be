//! The log: one record a commit, from the checkpoint on.
//!
//! A record is cut into pages like a blob, under keys of its own. Each also says which commit was
//! known to be on the medium when it was written. So an opening can tell what a power cut left
//! unfinished, which is dropped, from what was acknowledged and is damaged, which is an error.

use std::collections::VecDeque;

use super::Store;
use super::backend::{Backend, Batch};
use super::key::{BlobKey, BlobKind, LOG_PREFIX, log_key, parse_log_key};
use super::page;
use super::pages::{self, Join};
use super::{Place, StoreError};

/// What one commit changed, as the layers above wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The commit's number, one more than that of the record before.
    pub(crate) commit: u64,
    /// What it changed.
    pub(crate) bytes: Vec<u8>,
}

/// The records that the store holds.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Commit and pages of each, ascending.
    records: VecDeque<(u64, u32)>,
}

/// What the log held when the store was opened.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The records to be replayed, one commit after the other.
    pub(super) records: Vec<Record>,
    /// Keys of records that a checkpoint took in.
    pub(super) old: Vec<Vec<u8>>,
    /// Keys of records that were never acknowledged and cannot be replayed.
    pub(super) unfinished: Vec<Vec<u8>>,
    /// The first record that is missing or damaged although it was acknowledged.
    pub(super) damage: Option<StoreError>,
}

/// Bytes before a record's own: the commit known to be on the medium.
const FLOOR_LEN: usize = 8;

impl Log {
    /// The records found by an opening.
    pub(super) fn of(found: &Found) -> Self {
        let pages = |record: &Record| page::n_pages((record.bytes.len() + FLOOR_LEN) as u32);
        Self { records: found.records.iter().map(|r| (r.commit, pages(r))).collect() }
    }

    /// The commit of the last record.
    pub(super) fn last(&self) -> Option<u64> {
        self.records.back().map(|(commit, _)| *commit)
    }

    /// Adds the puts of a record to a batch; `floor` is the commit known to be on the medium.
    ///
    /// # Errors
    ///
    /// `TooLarge` beyond the longest blob.
    pub(super) fn put(
        &mut self,
        record: &Record,
        floor: u64,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let bytes = [&floor.to_le_bytes(), &record.bytes[..]].concat();
        let blob = pages::describe(LOG, record.commit, &bytes)?;
        for (page, value) in pages::split(&blob, &bytes).enumerate() {
            batch.put(&log_key(record.commit, page as u32), value?);
        }
        self.records.push_back((record.commit, page::n_pages(blob.len)));
        Ok(())
    }

    /// Adds to a batch the deletion of all records up to a commit.
    pub(super) fn forget(&mut self, commit: u64, batch: &mut Batch) {
        while let Some((number, n_pages)) = self.records.front().copied() {
            if number > commit {
                break;
            }
            (0..n_pages).for_each(|page| batch.delete(&log_key(number, page)));
            self.records.pop_front();
        }
    }
}

/// The key that pages of records carry; their version is the commit.
const LOG: BlobKey = BlobKey { kind: BlobKind::Log, column: 0, part: 0 };

/// One record as it lies in the store.
struct Stored {
    commit: u64,
    keys: Vec<Vec<u8>>,
    /// The floor and the record's bytes, or what is wrong with it.
    content: Result<(u64, Vec<u8>), String>,
}

/// Reads the log after a checkpoint; `acknowledged` is the last commit known to have been on the
/// medium.
///
/// # Errors
///
/// What the backend says; a damaged record is told in [`Found::damage`].
pub(super) fn read(
    backend: &dyn Backend,
    checkpoint: u64,
    acknowledged: u64,
) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut old = Vec::new();
    let after = stored(backend, checkpoint, u64::MAX, &mut |key| old.push(key.to_vec()))?;
    found.old = old;
    found.sort_out(after, checkpoint, acknowledged);
    Ok(found)
}

/// The records of the commits after one, up to another, each as it lies in the store; `old` is
/// called with the keys of those before.
fn stored(
    backend: &dyn Backend,
    after: u64,
    last: u64,
    old: &mut dyn FnMut(&[u8]),
) -> Result<Vec<Stored>, StoreError> {
    let mut found: Vec<Stored> = Vec::new();
    let mut reading: Option<Reading> = None;
    backend.scan(&[LOG_PREFIX], &mut |key, value| {
        let (commit, _) = parse_log_key(key)?;
        if commit <= after {
            old(key);
            return Ok(());
        }
        if commit > last {
            return Ok(());
        }
        if reading.as_ref().is_some_and(|reading| reading.commit != commit) {
            found.extend(reading.take().map(Reading::finish));
        }
        reading.get_or_insert_with(|| Reading::new(commit)).push(key, value)
    })?;
    found.extend(reading.take().map(Reading::finish));
    Ok(found)
}

/// The log between two commits, read again.
#[derive(Debug, Default)]
pub(crate) struct Reread {
    /// The records that are whole, ascending.
    pub(crate) records: Vec<Record>,
    /// The commits whose records are damaged or missing, ascending, and what is wrong.
    pub(crate) problems: Vec<(u64, String)>,
}

impl Store {
    /// Reads the log's records of the commits after one, up to another, and changes nothing. Each
    /// must be there: no checkpoint may have let it go.
    ///
    /// # Errors
    ///
    /// What the backend says; `Damaged` for a key that no record has.
    pub(crate) fn reread_log(&self, after: u64, last: u64) -> Result<Reread, StoreError> {
        let mut found = Reread::default();
        let mut next = after + 1;
        for one in stored(&*self.backend, after, last, &mut |_| {})? {
            let missing = (next..one.commit).map(|commit| (commit, "it is missing".to_owned()));
            found.problems.extend(missing);
            next = one.commit + 1;
            match one.content {
                Ok((_, bytes)) => found.records.push(Record { commit: one.commit, bytes }),
                Err(what) => found.problems.push((one.commit, what)),
            }
        }
        found.problems.extend((next..=last).map(|commit| (commit, "it is missing".to_owned())));
        Ok(found)
    }
}

impl Found {
    /// The number of the last commit that can be replayed.
    pub(super) fn last(&self, checkpoint: u64) -> u64 {
        self.records.last().map_or(checkpoint, |record| record.commit)
    }

    /// Takes records while they follow each other; what comes after the first that is missing or
    /// damaged is unfinished work, or damage if anything says that it was once whole.
    fn sort_out(&mut self, stored: Vec<Stored>, checkpoint: u64, acknowledged: u64) {
        let mut stored = VecDeque::from(stored);
        let mut next = checkpoint + 1;
        while stored.front().is_some_and(|one| one.commit == next && one.content.is_ok()) {
            if let Some(Stored { commit, content: Ok((_, bytes)), .. }) = stored.pop_front() {
                self.records.push(Record { commit, bytes });
                next += 1;
            }
        }
        let floors = stored.iter().filter_map(|one| one.content.as_ref().ok()).map(|one| one.0);
        let floor = floors.fold(acknowledged, u64::max);
        if next <= floor {
            let what = match stored.front() {
                Some(Stored { commit, content: Err(what), .. }) if *commit == next => what.clone(),
                _ => "it is missing".to_owned(),
            };
            self.damage = Some(StoreError::LogDamaged { commit: next, what, trusted: next - 1 });
        }
        self.unfinished.extend(stored.into_iter().flat_map(|one| one.keys));
    }
}

/// The pages of one record, as they come.
struct Reading {
    commit: u64,
    keys: Vec<Vec<u8>>,
    pages: Result<Option<Join>, StoreError>,
}

impl Reading {
    fn new(commit: u64) -> Self {
        Self { commit, keys: Vec::new(), pages: Ok(None) }
    }

    fn push(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.keys.push(key.to_vec());
        let Ok(pages) = &mut self.pages else { return Ok(()) };
        let pushed = match pages {
            Some(join) => join.push(value),
            None => self.first(value).map(|join| self.pages = Ok(Some(join))),
        };
        match pushed {
            Err(error @ StoreError::UnknownFormat { .. }) => return Err(error),
            Err(error) => self.pages = Err(error),
            Ok(()) => {}
        }
        Ok(())
    }

    fn first(&self, value: &[u8]) -> Result<Join, StoreError> {
        let place = Place::Log { commit: self.commit };
        let blob = page::blob_of(LOG, value, &place)?;
        let mut join = Join::new(blob).at(place);
        join.push(value)?;
        Ok(join)
    }

    fn finish(self) -> Stored {
        let content = match self.pages {
            Ok(Some(join)) => join.finish(),
            Ok(None) => Err(StoreError::damaged(Place::Log { commit: self.commit }, "it is empty")),
            Err(error) => Err(error),
        };
        let content = content.map_err(reason).and_then(|bytes| match bytes.split_first_chunk() {
            Some((floor, bytes)) => {
                let floor: &[u8; FLOOR_LEN] = floor;
                Ok((u64::from_le_bytes(*floor), bytes.to_vec()))
            }
            None => Err("it is too short".to_owned()),
        });
        Stored { commit: self.commit, keys: self.keys, content }
    }
}

/// What is wrong with a record, without saying again where.
fn reason(error: StoreError) -> String {
    match error {
        StoreError::Damaged { what, .. } => what,
        other => other.to_string(),
    }
}
