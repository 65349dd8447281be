//! The published view, and the budget of what it and statements hold in memory.
//!
//! Columns and keys of the newest view are charged once, however many views share them. When
//! something does not fit, those are let go that the store holds as they are, the least recently
//! used first: a view without them is published in place of the last one. Statements under way
//! keep the view that they have, and what it holds is not counted any more.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use super::Error;
use super::view::{Settings, View};
use crate::catalog::Catalog;
use crate::index::{Part, Resident, Snapshot};
use crate::model::{ChunkSize, Instant, Zone};
use crate::parallel::{Budget, OverBudget, Reclaim, Usage};

/// The published view and the account of its memory.
pub(crate) struct Memory {
    budget: Budget,
    view: RwLock<Arc<View>>,
    /// The view to which the clock brought the published one last, and that one.
    brought: Mutex<Option<(Arc<View>, Arc<View>)>>,
    me: Weak<Self>,
}

/// The parts that one statement reads, which are not let go for its own sake.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    parts: Mutex<BTreeSet<Part>>,
}

impl Memory {
    /// A budget of so many bytes, and an empty view until the first is published.
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        let (catalog, settings) = (Catalog::empty(), Settings::new(Zone::utc()));
        let view = View::new(catalog, Snapshot::empty(ChunkSize::FULL, None), settings);
        let (budget, view) = (Budget::new(limit), RwLock::new(Arc::new(view)));
        Arc::new_cyclic(|me| Self { budget, view, brought: Mutex::default(), me: Weak::clone(me) })
    }

    /// The budget of whoever is not a statement.
    pub(crate) fn budget(&self) -> Budget {
        self.budget_of(&Arc::default())
    }

    /// The budget of a statement: what does not fit into it has other parts let go.
    pub(crate) fn budget_of(&self, reading: &Arc<Reading>) -> Budget {
        let (memory, reading) = (Weak::clone(&self.me), Arc::clone(reading));
        self.budget.with_reclaim(Arc::new(Reclaimer { memory, reading }))
    }

    /// The view of the last commit.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The view to which a view was brought before, at an instant or before it.
    pub(crate) fn brought(&self, view: &Arc<View>, now: Instant) -> Option<Arc<View>> {
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, to) = brought.as_ref()?;
        let is_of = Arc::ptr_eq(from, view) && to.as_of.is_some_and(|as_of| as_of <= now);
        is_of.then(|| Arc::clone(to))
    }

    /// Keeps a view to which the clock has brought another, as long as that is the published one.
    pub(crate) fn bring(&self, view: &Arc<View>, to: &Arc<View>) {
        if Arc::ptr_eq(view, &self.view()) {
            let pair = Some((Arc::clone(view), Arc::clone(to)));
            drop(self.replace_brought(pair));
        }
    }

    fn replace_brought(
        &self,
        pair: Option<(Arc<View>, Arc<View>)>,
    ) -> Option<(Arc<View>, Arc<View>)> {
        let mut brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *brought, pair)
    }

    /// Makes a view the one that later statements see. The caller has the right to write.
    pub(crate) fn publish(&self, view: Arc<View>) {
        let before = {
            let mut place = self.view.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *place, Arc::clone(&view))
        };
        view.snapshot.settle_after(&before.snapshot);
        view.snapshot.account_after(&before.snapshot, &self.budget);
        drop((before, view, self.replace_brought(None)));
        if self.is_over() {
            self.let_go(self.excess(), &BTreeSet::new(), Extent::AsMuchAsThereIs);
        }
    }

    /// Whether more is held than the budget allows.
    pub(crate) fn is_over(&self) -> bool {
        self.excess() > 0
    }

    /// Refuses a view whose columns would not fit, where nothing can be let go; one that takes no
    /// more than the view before it passes.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    pub(crate) fn check_fits(&self, before: &View, after: &Snapshot) -> Result<(), OverBudget> {
        // What both share is charged already.
        let came = after.bytes_apart_from(&before.snapshot);
        let went = before.snapshot.bytes_apart_from(after);
        let (held, budget) = (self.budget.held(), self.budget.limit());
        let needed = held.saturating_add(came).saturating_sub(went);
        if needed > budget && came > went {
            return Err(OverBudget { needed, budget });
        }
        Ok(())
    }

    /// Bytes allowed.
    pub(crate) fn limit(&self) -> u64 {
        self.budget.limit()
    }

    /// Bytes held now for a usage; automata and tables by key that came to be meanwhile included.
    pub(crate) fn held_for(&self, usage: Usage) -> Result<i64, Error> {
        self.view().snapshot.account(&self.budget);
        i64::try_from(self.budget.held_for(usage)).map_err(|error| Error::Inner(error.to_string()))
    }

    fn excess(&self) -> u64 {
        self.budget.held().saturating_sub(self.budget.limit())
    }

    /// Publishes the view without parts that take `bytes` together, and without the reference
    /// executor's bitmaps; whether so much was let go.
    fn let_go(&self, bytes: u64, keep: &BTreeSet<Part>, extent: Extent) -> bool {
        let mut place = self.view.write().unwrap_or_else(PoisonError::into_inner);
        let chosen = chosen(place.snapshot.evictable(), bytes, keep);
        let found: u64 = chosen.iter().map(|resident| resident.bytes).sum();
        let caches = place.roaring.bytes();
        let is_enough = found.saturating_add(caches) >= bytes;
        if !is_enough && extent == Extent::AllOrNothing || chosen.is_empty() && caches == 0 {
            return false;
        }
        let parts: Vec<Part> = chosen.iter().map(|resident| resident.part).collect();
        let lighter = Arc::new(place.without(&parts));
        let before = std::mem::replace(&mut *place, lighter);
        drop(place);
        // What is freed is freed after the lock.
        drop((before, self.replace_brought(None)));
        is_enough
    }
}

/// How much is let go when there is less than was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    AllOrNothing,
    AsMuchAsThereIs,
}

/// The least recently used parts that take so many bytes together, or all there are.
fn chosen(mut parts: Vec<Resident>, bytes: u64, keep: &BTreeSet<Part>) -> Vec<Resident> {
    parts.retain(|resident| resident.bytes > 0 && !keep.contains(&resident.part));
    parts.sort_unstable_by_key(|resident| resident.used);
    let mut sum = 0;
    let is_needed = |resident: &Resident| {
        let is_short = sum < bytes;
        sum += resident.bytes;
        is_short
    };
    parts.into_iter().take_while(is_needed).collect()
}

impl Reading {
    /// Notes parts that the statement reads.
    pub(crate) fn add(&self, parts: impl IntoIterator<Item = Part>) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).extend(parts);
    }
}

/// Makes room for one statement.
struct Reclaimer {
    memory: Weak<Memory>,
    reading: Arc<Reading>,
}

impl Reclaim for Reclaimer {
    fn reclaim(&self, bytes: u64) -> bool {
        let Some(memory) = self.memory.upgrade() else { return false };
        let keep = self.reading.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        memory.let_go(bytes, &keep, Extent::AllOrNothing)
    }
}
