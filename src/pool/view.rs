//! What one statement sees: catalog, snapshot and settings of one commit.

use std::sync::{Arc, OnceLock};

use super::Error;
use crate::bind::Standing;
use crate::catalog::Catalog;
use crate::derive::{Deciders, Horizons, Rankings};
use crate::exec::RoaringCache;
use crate::index::{Part, Snapshot};
use crate::model::{Instant, Zone};
use crate::parallel::Budget;
use crate::store::{self, Manifest, State, Store};

/// One commit's state; never changes.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) settings: Settings,
    /// What the reference executor has made of this snapshot.
    pub(crate) roaring: Arc<RoaringCache>,
    /// The instant for which derived attributes are right: the commit's, or that to which the clock
    /// has come since.
    pub(in crate::pool) as_of: Option<Instant>,
    /// The definitions of derived attributes, bound when first needed.
    pub(super) standing: Arc<OnceLock<Standing>>,
    /// Those of them that are decided together.
    pub(super) deciders: Arc<OnceLock<Deciders>>,
    /// The events that the clock comes to.
    pub(super) horizons: Arc<Horizons>,
    /// What is known of the rankings of derived attributes and groups.
    pub(super) rankings: Arc<Rankings>,
    /// When the clock changes a derived attribute next.
    pub(super) next_change: OnceLock<Option<Instant>>,
}

impl View {
    /// A commit's state, of which the reference executor has made nothing yet.
    pub(crate) fn new(catalog: Catalog, snapshot: Snapshot, settings: Settings) -> Self {
        Self {
            catalog: Arc::new(catalog),
            snapshot: Arc::new(snapshot),
            as_of: settings.last_commit,
            settings,
            roaring: Arc::default(),
            standing: Arc::default(),
            deciders: Arc::default(),
            horizons: Arc::default(),
            rankings: Arc::default(),
            next_change: OnceLock::new(),
        }
    }

    /// The state after a commit of rows or settings.
    pub(crate) fn next(&self, snapshot: Snapshot, settings: Settings) -> Self {
        let is_same_zone = self.settings.zone.name() == settings.zone.name();
        Self {
            catalog: Arc::clone(&self.catalog),
            snapshot: Arc::new(snapshot),
            as_of: settings.last_commit,
            settings,
            roaring: Arc::default(),
            standing: if is_same_zone { Arc::clone(&self.standing) } else { Arc::default() },
            deciders: if is_same_zone { Arc::clone(&self.deciders) } else { Arc::default() },
            horizons: Arc::default(),
            rankings: Arc::default(),
            next_change: OnceLock::new(),
        }
    }

    /// What the store keeps of it beside the parts of the snapshot.
    pub(crate) fn state(&self) -> Result<State, Error> {
        let snapshot = &self.snapshot;
        Ok(State {
            commit: snapshot.commit(),
            n_rows: snapshot.n_rows(),
            n_customers: snapshot.n_customers(),
            chunk_bits: snapshot.size().bits(),
            catalog: self.catalog.encode(
                &snapshot.extents(),
                self.as_of,
                self.next_change.get().copied(),
            )?,
            settings: self.settings.to_stored(),
        })
    }

    /// The same state, now that the store holds it: what is not in memory is read from this
    /// manifest, within a budget.
    pub(crate) fn stored(
        &self,
        store: &Arc<Store>,
        manifest: Arc<Manifest>,
        budget: &Budget,
    ) -> Arc<Self> {
        let snapshot = Snapshot::clone(&self.snapshot).stored(store, manifest, budget);
        // The reference executor knows columns by their place, which is another snapshot's now.
        let (snapshot, roaring) = (Arc::new(snapshot), Arc::default());
        Arc::new(Self { snapshot, roaring, ..self.clone() })
    }

    /// The same state, of which what is read from now on is charged to another budget.
    pub(crate) fn within(self, budget: &Budget) -> Self {
        let mut snapshot = Snapshot::clone(&self.snapshot);
        snapshot.within(budget);
        Self { snapshot: Arc::new(snapshot), ..self }
    }

    /// The same state with parts of the snapshot not in memory, and nothing that the reference
    /// executor made.
    pub(crate) fn without(&self, parts: &[Part]) -> Self {
        let (snapshot, roaring) = (Arc::new(self.snapshot.without(parts)), Arc::default());
        Self { snapshot, roaring, ..self.clone() }
    }
}

/// The pool's own settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The zone of all calendar work.
    pub(crate) zone: Zone,
    /// Where `set now` has fixed the clock; `None` while it follows the host's.
    pub(crate) fixed_now: Option<Instant>,
    /// The instant of the last commit, before which the clock never goes.
    pub(crate) last_commit: Option<Instant>,
}

impl Settings {
    /// A new pool's: its zone, and the host's clock.
    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, fixed_now: None, last_commit: None }
    }

    /// As the store keeps them.
    pub(crate) fn to_stored(&self) -> store::Settings {
        store::Settings {
            zone: self.zone.name().to_owned(),
            now: self.fixed_now.map(Instant::micros),
            committed_at: self.last_commit.map(Instant::micros),
        }
    }

    /// What the store kept.
    pub(crate) fn from_stored(stored: &store::Settings) -> Result<Self, Error> {
        let instant = |micros: Option<i64>| match micros.map(Instant::from_micros) {
            None => Ok(None),
            Some(Some(instant)) => Ok(Some(instant)),
            Some(None) => Err(Error::Damaged { what: "its clock is outside all time".to_owned() }),
        };
        Ok(Self {
            zone: Zone::named(&stored.zone)?,
            fixed_now: instant(stored.now)?,
            last_commit: instant(stored.committed_at)?,
        })
    }
}
