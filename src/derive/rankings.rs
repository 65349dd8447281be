//! The rankings that definitions have classes of, kept from commit to commit.
//!
//! A ranking knows its cut-offs, who stands near them, and how many between. When some customers
//! change, it is told where they stood and where they stand; it finds the cut-offs again and says
//! whom a moved one put in another class. Nobody else is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::events::DeriveError;
use super::refresh::{Refresh, Refreshed};
use crate::bind::Derived;
use crate::exec::{Place, Ranks, Rivals};
use crate::index::{Snapshot, Touched};
use crate::model::{AttributeId, Instant, RowId};
use crate::parallel::{Budget, Charge};

/// The rankings of one snapshot's definitions, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rankings {
    kept: BTreeMap<AttributeId, Arc<Kept>>,
}

/// The rankings of one definition, in the order in which it names them.
#[derive(Clone, Debug)]
struct Kept {
    rivals: Vec<Rivals>,
    /// One for all forms that commits make of it.
    _charge: Arc<Charge>,
}

impl Rankings {
    /// Keeps what is known of the rankings of a definition, when all of them can be kept current
    /// and the budget has room.
    pub(super) fn keep(&mut self, id: AttributeId, ranks: Vec<Ranks>, budget: &Budget) {
        self.kept.remove(&id);
        let rivals = ranks.into_iter().map(|ranks| match ranks {
            Ranks::Kept(rivals) => Some(rivals),
            Ranks::Bounds(_) | Ranks::Rows(_) => None,
        });
        let Some(rivals) = rivals.collect::<Option<Vec<Rivals>>>() else { return };
        let n_bytes = rivals.iter().map(Rivals::bytes).sum();
        if let Ok(charge) = budget.charge(n_bytes) {
            self.kept.insert(id, Arc::new(Kept { rivals, _charge: Arc::new(charge) }));
        }
    }

    /// Forgets those of definitions that are no more.
    pub(super) fn retain(&mut self, is_defined: impl Fn(AttributeId) -> bool) {
        self.kept.retain(|id, _| is_defined(*id));
    }

    /// The rankings of a definition, in the order in which it names them.
    pub(super) fn of(&self, id: AttributeId) -> Option<&[Rivals]> {
        self.kept.get(&id).map(|kept| &kept.rivals[..])
    }
}

impl Refresh<'_> {
    /// Brings a definition with classes up to the instant, after what it reads.
    ///
    /// # Errors
    ///
    /// As [`after`](Refresh::after).
    pub(super) fn graded(
        &self,
        derived: &Derived,
        touched: &Touched,
        was: &Snapshot,
        done: &mut Refreshed,
    ) -> Result<(), DeriveError> {
        let Some(mut rows) = self.rows_of(derived, touched, done)? else {
            return self.whole(derived, done);
        };
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_unstable();
        rows.dedup();
        let id = derived.attribute.id;
        let is_few = rows.len() <= self.few();
        let Some(kept) = done.rankings.kept.get(&id).filter(|_| is_few).map(Arc::clone) else {
            return self.whole(derived, done);
        };
        let mut kept = Kept::clone(&kept);
        let before = self.places(derived, was, self.from, &rows)?;
        let after = self.places(derived, &done.snapshot, self.to, &rows)?;
        let mut displaced = Vec::new();
        let gradings = derived.aggregates.gradings().zip(&mut kept.rivals);
        for ((grading, rivals), (before, after)) in gradings.zip(before.into_iter().zip(after)) {
            let moves = rows.iter().zip(before.into_iter().zip(after));
            let moves = moves.map(|(row, (before, after))| (*row, before, after));
            match rivals.changed(moves, &grading.grades.grades) {
                Ok(moved) => displaced.extend(moved),
                Err(_) => return self.whole(derived, done),
            }
        }
        rows.append(&mut displaced);
        let rows = done.snapshot.living(&rows);
        if rows.len() > self.few() {
            return self.whole(derived, done);
        }
        done.rankings.kept.insert(id, Arc::new(kept));
        self.some_of(derived, rows, done)
    }

    /// Where each of some rows of a snapshot stands at an instant, in each of the rankings of a
    /// definition; `None` for those who are not ranked, or are no customers.
    fn places(
        &self,
        derived: &Derived,
        snapshot: &Snapshot,
        at: Instant,
        rows: &[RowId],
    ) -> Result<Vec<Vec<Option<Place>>>, DeriveError> {
        let living = snapshot.living(rows);
        let n_gradings = derived.aggregates.gradings().count();
        let mut all = vec![vec![None; rows.len()]; n_gradings];
        if living.is_empty() {
            return Ok(all);
        }
        let executor = self.executor(living.len());
        let (attributes, tables) = self.needs(&[derived]);
        let few = snapshot.picked(&living, &attributes, &tables, derived.keys, executor)?;
        let time = self.time_at(at);
        let places = self.deriving(&few, &time, executor).places(&derived.aggregates);
        let places = places.map_err(|error| super::refresh::placed(error, &living))?;
        for (all, found) in all.iter_mut().zip(places) {
            let mut found = living.iter().zip(found).peekable();
            for (row, place) in rows.iter().zip(all) {
                if let Some((_, found)) = found.next_if(|(living, _)| *living == row) {
                    *place = found;
                }
            }
        }
        Ok(all)
    }
}
