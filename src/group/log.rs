//! The log of membership changes: what no page holds yet in memory, the rest in the store.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Entry;
use super::page::Page;
use crate::model::Instant;
use crate::store::{BlobKey, BlobKind, BlobRef, Manifest, Store, StoreError};

/// Bytes of a page from which on another one is begun.
const PAGE_BYTES: usize = 256 << 10;

/// Pages that are kept as they were read, so that many who follow groups do not read the same again.
const PAGES_READ: usize = 8;

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// For how many days.
    pub(crate) days: u32,
    /// In how many bytes on the disk.
    pub(crate) bytes: u64,
}

/// Who entered groups and who left them, commit by commit.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Entries that no stored page holds yet, ascending.
    fresh: VecDeque<Arc<Entry>>,
    /// About how many bytes they take.
    n_bytes: u64,
    /// The first commit of which everything is told, while no page is stored.
    since: u64,
    /// The last commit that is published.
    published: u64,
    /// The last commits of stored pages that were read or written, with the versions of the pages:
    /// a reader of a page that a checkpoint has replaced meanwhile tells nothing of the new one.
    ends: HashMap<BlobKey, (u64, u64)>,
    /// Pages that were read last, the latest at the end.
    pages: VecDeque<(BlobRef, Arc<Opened>)>,
    is_closed: bool,
}

/// A page as it was read.
#[derive(Debug)]
struct Opened {
    since: u64,
    entries: Vec<Arc<Entry>>,
}

/// What is kept from a commit on.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The first commit of which everything is told.
    pub(crate) since: u64,
    /// The entries, ascending, from the commit on that was asked for.
    pub(crate) entries: Vec<Arc<Entry>>,
}

/// What a checkpoint does to the stored pages.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// Pages to be put.
    pub(crate) put: Vec<(BlobKey, Vec<u8>)>,
    /// Pages to be let go.
    pub(crate) gone: Vec<BlobKey>,
    ends: Vec<(BlobKey, u64)>,
    /// The last commit whose entry is in a page.
    through: u64,
}

impl ChangeLog {
    /// A log that tells of the commits from one on.
    pub(crate) fn from(since: u64) -> Self {
        let log = Self::default();
        log.state().since = since;
        log
    }

    /// Adds an entry, before the commit is published.
    pub(crate) fn add(&self, entry: Arc<Entry>) {
        let mut state = self.state();
        state.n_bytes += entry.n_bytes() as u64;
        state.fresh.push_back(entry);
    }

    /// Lets go of the oldest entries beyond so many bytes, where no store takes them.
    pub(crate) fn bound(&self, bytes: u64) {
        let mut state = self.state();
        while state.n_bytes > bytes && state.fresh.len() > 1 {
            let Some(gone) = state.fresh.pop_front() else { break };
            state.n_bytes -= gone.n_bytes() as u64;
            state.since = gone.commit + 1;
        }
    }

    /// Takes back the entry of a commit that came to nothing.
    pub(crate) fn take_back(&self, commit: u64) {
        self.state().retain(|entry| entry.commit != commit);
    }

    /// Notes that a commit is published, and wakes those who wait for changes.
    pub(crate) fn publish(&self, commit: u64) {
        let mut state = self.state();
        state.published = state.published.max(commit);
        drop(state);
        self.bell.notify_all();
    }

    /// Forgets all, and tells of the commits from one on and what a store's pages hold.
    pub(crate) fn reset(&self, since: u64) {
        let mut state = self.state();
        (state.fresh, state.n_bytes, state.ends, state.pages) = Default::default();
        (state.since, state.published) = (since, since.saturating_sub(1));
        drop(state);
        self.bell.notify_all();
    }

    /// Wakes those who wait, for good.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.bell.notify_all();
    }

    /// Waits until a commit of this number or a later one is published, the log is closed or the
    /// time is over: the last one published.
    pub(crate) fn wait(&self, commit: u64, time: Duration) -> u64 {
        let state = self.state();
        let waits = |state: &mut State| state.published < commit && !state.is_closed;
        let waited = self.bell.wait_timeout_while(state, time, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.published
    }

    /// The entries of commits from one on up to another.
    ///
    /// # Errors
    ///
    /// When a page cannot be read.
    pub(crate) fn read(&self, store: &Store, from: u64, to: u64) -> Result<Kept, StoreError> {
        // What leaves memory for a page meanwhile is found in one of them.
        let fresh = self.fresh(from, to);
        self.read_with(store, &store.manifest(), fresh, from, to)
    }

    /// The entries in memory of commits from one on up to another, the latest first.
    fn fresh(&self, from: u64, to: u64) -> Vec<Arc<Entry>> {
        let state = self.state();
        let wanted = state.fresh.iter().rev().take_while(|entry| entry.commit >= from);
        wanted.filter(|entry| entry.commit <= to).cloned().collect()
    }

    /// Some entries from memory and what the pages of a manifest hold, which is the store's of
    /// that moment or of a later one.
    fn read_with(
        &self,
        store: &Store,
        manifest: &Manifest,
        fresh: Vec<Arc<Entry>>,
        from: u64,
        to: u64,
    ) -> Result<Kept, StoreError> {
        let mut since = None;
        let mut entries: BTreeMap<u64, Arc<Entry>> = BTreeMap::new();
        for (at, key) in pages(manifest).into_iter().enumerate() {
            let blob = *found(manifest, key)?;
            let known = self.state().ends.get(&key).copied();
            let is_before = known.is_some_and(|(of, end)| of == blob.version && end < from);
            if is_before && at > 0 {
                continue;
            }
            let page = self.opened(store, blob)?;
            since.get_or_insert(page.since);
            if let Some(last) = page.entries.last() {
                self.state().ends.insert(key, (blob.version, last.commit));
            }
            let first = page.entries.partition_point(|entry| entry.commit < from);
            let wanted = page.entries[first..].iter().take_while(|entry| entry.commit <= to);
            entries.extend(wanted.map(|entry| (entry.commit, Arc::clone(entry))));
        }
        entries.extend(fresh.into_iter().map(|entry| (entry.commit, entry)));
        let since = since.unwrap_or_else(|| self.state().since);
        Ok(Kept { since, entries: entries.into_values().collect() })
    }

    /// A stored page, read unless it is one of those that were read last.
    fn opened(&self, store: &Store, blob: BlobRef) -> Result<Arc<Opened>, StoreError> {
        let kept = {
            let mut state = self.state();
            let at = state.pages.iter().position(|(of, _)| *of == blob);
            at.and_then(|at| state.pages.remove(at))
        };
        let page = match kept {
            Some((_, page)) => page,
            None => {
                let Page { since, entries } = read(store, &blob)?;
                let entries = entries.into_iter().map(Arc::new).collect();
                Arc::new(Opened { since, entries })
            }
        };
        let mut state = self.state();
        if state.pages.len() == PAGES_READ {
            state.pages.pop_front();
        }
        state.pages.push_back((blob, Arc::clone(&page)));
        Ok(page)
    }

    /// What a checkpoint at a commit and an instant has to do.
    ///
    /// # Errors
    ///
    /// When the last page cannot be read.
    pub(crate) fn stage(
        &self,
        store: &Store,
        commit: u64,
        now: Instant,
        retention: Retention,
    ) -> Result<Staged, StoreError> {
        let (fresh, mut since) = {
            let state = self.state();
            let taken = state.fresh.iter().filter(|entry| entry.commit <= commit);
            (taken.cloned().collect::<Vec<_>>(), state.since)
        };
        let mut staged = Staged { through: commit, ..Staged::default() };
        if fresh.is_empty() {
            return Ok(staged);
        }
        let manifest = store.manifest();
        let known = pages(&manifest);
        let mut part = known.last().map_or(0, |key| key.part + 1);
        let mut entries: Vec<Entry> = Vec::new();
        if let Some(last) = known.last() {
            let blob = found(&manifest, *last)?;
            let is_open = (blob.len as usize) < PAGE_BYTES;
            match read(store, blob) {
                Ok(page) if is_open => {
                    (entries, since) = (page.entries, page.since);
                    staged.gone.push(*last);
                    part = last.part;
                }
                Ok(page) => {
                    since = page.entries.last().map_or(page.since, |entry| entry.commit + 1);
                }
                // It stays a problem until it is repaired; what comes later is told after it.
                Err(error) if error.is_corruption() => since = fresh[0].commit,
                Err(error) => return Err(error),
            }
        }
        let mut n_bytes: usize = entries.iter().map(Entry::n_bytes).sum();
        for entry in fresh {
            if n_bytes >= PAGE_BYTES {
                since = staged.page(part, since, std::mem::take(&mut entries))?;
                (part, n_bytes) = (part + 1, 0);
            }
            n_bytes += entry.n_bytes();
            entries.push(Entry::clone(&entry));
        }
        staged.page(part, since, entries)?;
        staged.let_go(&known, &manifest, now, retention);
        // A page that is put again under its own name is not let go.
        let put: Vec<BlobKey> = staged.put.iter().map(|(key, _)| *key).collect();
        staged.gone.retain(|key| !put.contains(key));
        Ok(staged)
    }

    /// Notes that a checkpoint did what was staged, and made a manifest of it.
    pub(crate) fn settle(&self, staged: Staged, manifest: &Manifest) {
        let mut state = self.state();
        state.retain(|entry| entry.commit > staged.through);
        state.ends.retain(|key, _| manifest.find(*key).is_some());
        for (key, end) in staged.ends {
            if let Some(blob) = manifest.find(key) {
                state.ends.insert(key, (blob.version, end));
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps those fresh entries of which something holds.
    fn retain(&mut self, holds: impl Fn(&Entry) -> bool) {
        self.fresh.retain(|entry| holds(entry));
        self.n_bytes = self.fresh.iter().map(|entry| entry.n_bytes() as u64).sum();
    }
}

impl Staged {
    /// Puts a page; the first commit that the next one tells of.
    fn page(&mut self, part: u32, since: u64, entries: Vec<Entry>) -> Result<u64, StoreError> {
        let Some(last) = entries.last() else { return Ok(since) };
        let (end, day) = (last.commit, day_of(last.at));
        let key = BlobKey::new(BlobKind::Group, day, part);
        let bytes = Page { since, entries }.encode();
        let bytes = bytes.map_err(|what| StoreError::damaged(key.place(), what))?;
        self.put.push((key, bytes));
        self.ends.push((key, end));
        Ok(end + 1)
    }

    /// Lets go of whole pages that are older or more than what is to be kept; never of the last.
    fn let_go(
        &mut self,
        known: &[BlobKey],
        manifest: &Manifest,
        now: Instant,
        retention: Retention,
    ) {
        let put: u64 = self.put.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let len = |key: &BlobKey| manifest.find(*key).map_or(0, |blob| u64::from(blob.len));
        let mut total: u64 = known.iter().map(len).sum::<u64>() + put;
        let oldest = day_of(now).saturating_sub(retention.days);
        for key in known {
            if self.gone.contains(key) {
                continue;
            }
            if key.column >= oldest && total <= retention.bytes {
                break;
            }
            total -= len(key);
            self.gone.push(*key);
        }
    }
}

/// The stored pages, oldest first.
fn pages(manifest: &Manifest) -> Vec<BlobKey> {
    let of_groups = manifest.of_kind(BlobKind::Group);
    let mut keys: Vec<BlobKey> = of_groups.iter().map(|blob| blob.key).collect();
    keys.sort_unstable_by_key(|key| key.part);
    keys
}

fn found(manifest: &Manifest, key: BlobKey) -> Result<&BlobRef, StoreError> {
    manifest.find(key).ok_or_else(|| StoreError::damaged(key.place(), "it is not there"))
}

fn read(store: &Store, blob: &BlobRef) -> Result<Page, StoreError> {
    let bytes = store.read(blob)?;
    Page::decode(&bytes).map_err(|what| StoreError::damaged(blob.key.place(), what))
}

/// Days since 1 January of the year 1: what orders pages by age.
fn day_of(at: Instant) -> u32 {
    const BEFORE_1970: i64 = 719_162;
    const DAY: i64 = 24 * 3_600_000_000;
    u32::try_from(at.micros().div_euclid(DAY) + BEFORE_1970).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Key;
    use crate::model::RowId;
    use crate::store::State;

    const RETENTION: Retention = Retention { days: 100_000, bytes: u64::MAX };

    /// An entry of about so many bytes.
    fn entry(commit: u64, n_bytes: usize) -> Entry {
        let gone = vec![(RowId(3), Key::Text("C".repeat(n_bytes)))];
        let at = Instant::from_micros(7).unwrap();
        Entry { commit, at, moved: Vec::new(), gone, turned: Vec::new() }
    }

    fn checkpoint(log: &ChangeLog, store: &Store, commit: u64) {
        let at = Instant::from_micros(7).unwrap();
        let staged = log.stage(store, commit, at, RETENTION).unwrap();
        let mut saved = store.begin().unwrap();
        for (key, bytes) in &staged.put {
            saved.put(*key, bytes).unwrap();
        }
        staged.gone.iter().for_each(|key| saved.retire(*key));
        let manifest = saved.finish(State { commit, ..State::default() }).unwrap();
        log.settle(staged, &manifest);
    }

    fn commits(kept: &Kept) -> Vec<u64> {
        kept.entries.iter().map(|entry| entry.commit).collect()
    }

    #[test]
    fn a_reader_during_a_checkpoint_hides_nothing_from_those_after_it() {
        let store = Store::in_memory().unwrap();
        let log = ChangeLog::from(1);
        log.add(Arc::new(entry(1, PAGE_BYTES + 1)));
        log.add(Arc::new(entry(2, 10)));
        checkpoint(&log, &store, 2);
        assert_eq!(pages(&store.manifest()).len(), 2);
        log.add(Arc::new(entry(3, 10)));
        // The reader has seen what is in memory and which pages there are; then the last page is
        // written anew, under its own name, and only after that the reader reads its pages.
        let (fresh, before) = (log.fresh(2, 3), store.manifest());
        checkpoint(&log, &store, 3);
        let seen = log.read_with(&store, &before, fresh, 2, 3).unwrap();
        assert_eq!(commits(&seen), [2, 3]);
        assert_eq!(log.fresh(0, 3).len(), 0);
        for from in 1..=3 {
            let kept = log.read(&store, from, 3).unwrap();
            assert_eq!((kept.since, commits(&kept)), (1, (from..=3).collect()), "from {from}");
        }
        // What a checkpoint notes of a page is of the page that it wrote.
        log.add(Arc::new(entry(4, 10)));
        checkpoint(&log, &store, 4);
        assert_eq!(commits(&log.read(&store, 4, 4).unwrap()), [4]);
        assert!(log.read(&store, 5, 9).unwrap().entries.is_empty());
    }
}
