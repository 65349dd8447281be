//! What groups were: their members at an earlier commit, and their sizes over time.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{Entry, Kept};
use crate::index::{Key, Keys};
use crate::model::{AttributeId, Instant, RowId};

/// The past of one group, from a commit on to the present.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    /// What is kept.
    pub(crate) kept: &'a Kept,
    /// The group.
    pub(crate) group: AttributeId,
    /// The commit that created it.
    pub(crate) created: u64,
}

/// How large a group was after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// The commit.
    pub(crate) commit: u64,
    /// Its instant.
    pub(crate) at: Instant,
    /// Members after it.
    pub(crate) size: u64,
    /// Customers who entered.
    pub(crate) entered: u64,
    /// Customers who left.
    pub(crate) left: u64,
}

/// Why the past does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PastError {
    /// It was let go: the first commit of which everything is told.
    LetGo(u64),
    /// The group was not there yet.
    Before(u64),
}

impl Past<'_> {
    /// Refuses to tell of changes from a commit on when some of them were let go.
    pub(crate) fn check(&self, from: u64) -> Result<(), PastError> {
        let first = self.kept.since.max(1);
        match from.max(self.created) < first {
            true => Err(PastError::LetGo(first)),
            false => Ok(()),
        }
    }

    /// The members after a commit, from those now.
    pub(crate) fn members(
        &self,
        now: RoaringBitmap,
        commit: u64,
    ) -> Result<RoaringBitmap, PastError> {
        if commit < self.created {
            return Err(PastError::Before(self.created));
        }
        self.check(commit + 1)?;
        let mut members = now;
        for moved in self.later(commit).rev().filter_map(|entry| entry.of(self.group)) {
            members -= &moved.entered;
            members |= &moved.left;
        }
        Ok(members)
    }

    /// The sizes after each commit that changed it, oldest first, from the size now.
    pub(crate) fn sizes(&self, now: u64) -> Vec<Size> {
        let mut size = now;
        let mut sizes = Vec::new();
        for entry in self.kept.entries.iter().rev() {
            let Some(moved) = entry.of(self.group) else { continue };
            let (entered, left) = (moved.entered.len(), moved.left.len());
            sizes.push(Size { commit: entry.commit, at: entry.at, size, entered, left });
            size = (size + left).saturating_sub(entered);
        }
        sizes.reverse();
        sizes
    }

    /// The last commit at an instant or before; `None` when there was none that is kept.
    pub(crate) fn commit_at(&self, at: Instant) -> Option<u64> {
        let entries = self.kept.entries.iter().rev();
        entries.filter(|entry| entry.at <= at).map(|entry| entry.commit).next()
    }

    fn later(&self, commit: u64) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        self.kept.entries.iter().filter(move |entry| entry.commit > commit)
    }
}

/// The keys of rows at earlier commits, whoever has taken the rows since.
pub(crate) struct PastKeys<'a> {
    keys: &'a Keys,
    gone: HashMap<RowId, Vec<(u64, &'a Key)>>,
}

impl<'a> PastKeys<'a> {
    /// The keys as far back as entries go.
    pub(crate) fn new(keys: &'a Keys, entries: &'a [Arc<Entry>]) -> Self {
        let mut gone: HashMap<RowId, Vec<(u64, &'a Key)>> = HashMap::new();
        for entry in entries {
            for (row, key) in &entry.gone {
                gone.entry(*row).or_default().push((entry.commit, key));
            }
        }
        Self { keys, gone }
    }

    /// Whose row it was right before a commit.
    pub(crate) fn before(&self, row: RowId, commit: u64) -> Key {
        self.of(row, |gone| gone >= commit)
    }

    /// Whose row it was right after a commit.
    pub(crate) fn after(&self, row: RowId, commit: u64) -> Key {
        self.of(row, |gone| gone > commit)
    }

    /// The key of the first customer who went at a commit that counts, or of the one who is there.
    fn of(&self, row: RowId, counts: impl Fn(u64) -> bool) -> Key {
        let gone = self.gone.get(&row).into_iter().flatten();
        let first =
            gone.filter(|(commit, _)| counts(*commit)).map(|(_, key)| (*key).clone()).next();
        first.unwrap_or_else(|| self.keys.key(row).to_owned())
    }
}
