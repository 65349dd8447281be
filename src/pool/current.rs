//! Views whose derived attributes are current: after a commit, and as the clock moves on without
//! one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::view::View;
use super::{Error, Session, groups};
use crate::bind::{Derived, Standing};
use crate::catalog::{Attribute, Definition, Group};
use crate::derive::{DeriveError, Refresh, Refreshed, Stops, Watch};
use crate::exec::ExecError;
use crate::group::{Entry, Turn};
use crate::index::{Dirty, DirtyColumn, Snapshot, Touched};
use crate::model::{AttributeId, Instant, RowId};
use crate::parallel::{Budget, Executor};

/// Whose derived attributes a commit may have changed, but for what the clock does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach<'a> {
    /// Of the customers that it touched.
    Touched(&'a Touched),
    /// Of anybody.
    Everybody,
    /// Of anybody, but only these attributes, which came with it.
    New(&'a [AttributeId]),
}

/// All that was turned of columns of bools, as far as that is known without comparing them.
pub(crate) type Turned = BTreeMap<AttributeId, Vec<(RowId, bool)>>;

/// A view whose derived attributes and groups are current at its commit.
pub(crate) struct Current {
    /// The view.
    pub(crate) view: View,
    /// What of it must be written for them.
    pub(crate) dirty: Dirty,
    /// Who entered groups and who left them; `None` when nobody did.
    pub(crate) entry: Option<Entry>,
}

/// What keeping derived attributes current takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means<'a> {
    /// Who does what is little.
    pub(crate) executor: &'a Executor,
    /// The threads for what is more.
    pub(crate) threads: &'a Executor,
    /// What temporaries are charged to.
    pub(crate) budget: &'a Budget,
}

impl View {
    /// The definitions of the derived attributes, bound.
    ///
    /// # Errors
    ///
    /// When one has no meaning any more.
    pub(crate) fn standing(&self) -> Result<&Standing, Error> {
        if let Some(standing) = self.standing.get() {
            return Ok(standing);
        }
        let now = self.as_of.unwrap_or(Instant::MIN);
        let standing = Standing::bind(&self.catalog, now, &self.settings.zone)
            .map_err(|error| Error::Definition(error.message))?;
        Ok(self.standing.get_or_init(|| standing))
    }

    /// This view, the next one after `before`, its derived attributes and groups current at its
    /// commit.
    ///
    /// # Errors
    ///
    /// When they cannot be computed: nothing may be committed then.
    pub(crate) fn kept_current(
        mut self,
        before: &Self,
        reach: Reach<'_>,
        means: Means<'_>,
    ) -> Result<Current, Error> {
        if !self.catalog.keeps_itself() {
            let entry = self.entry(before, reach, &Dirty::default(), &Turned::default(), means)?;
            return Ok(Current { view: self, dirty: Dirty::default(), entry });
        }
        let came_last = match reach {
            Reach::New(new) => self.take_over_standing(before, new)?,
            _ => false,
        };
        let came = match reach {
            Reach::Touched(touched) => Some(touched),
            // Definitions came, and no customers and events.
            Reach::New(_) => Some(&Touched::default()),
            Reach::Everybody => None,
        };
        if let Some(touched) = came {
            let horizons = before.horizons.after(touched, &self.snapshot, &self.catalog);
            self.horizons = Arc::new(horizons.map_err(|error| self.told(error.into()))?);
        }
        if !matches!(reach, Reach::Everybody) {
            self.rankings = Arc::clone(&before.rankings);
        }
        let to = self.as_of.unwrap_or(Instant::MIN);
        let from = before.as_of.unwrap_or(to);
        let is_known = |id| before.catalog.by_id(id).is_some();
        let crosses = |view: &Self| -> Result<bool, Error> {
            Ok(view.next_change(means)?.is_some_and(|next| next <= to))
        };
        let is_another_zone = before.settings.zone.name() != self.settings.zone.name();
        let watch = self.watch(means)?;
        let refresh = Refresh { watch, before: Some(&before.snapshot), from, to };
        let mut next = None;
        let mut refreshed = match reach {
            _ if is_another_zone => refresh.anew(|_| true),
            Reach::Everybody => refresh.anew(|_| true),
            Reach::Touched(touched) => refresh.after(touched),
            Reach::New(new) if new.iter().copied().any(is_known) || crosses(before)? => {
                // The others first, since the new one may read them.
                let old = refresh.after(&Touched::default()).map_err(|error| self.told(error))?;
                self.snapshot = Arc::new(old.snapshot.clone());
                self.rankings = Arc::new(old.rankings.clone());
                let refresh = Refresh { watch: self.watch(means)?, before: None, from: to, to };
                refresh.anew(|id| new.contains(&id)).map(|mut refreshed| {
                    refreshed.after(old);
                    refreshed
                })
            }
            Reach::New(new) => {
                // Of the others it is known when the clock changes one next.
                let standing = self.standing()?;
                let came = new.iter().filter_map(|id| standing.of(*id));
                let of_new = watch.next_change_of(came, to).map_err(|error| self.told(error))?;
                next = Some(before.next_change(means)?.into_iter().chain(of_new).min());
                match came_last {
                    true => refresh.last(new.len()),
                    false => refresh.anew(|id| new.contains(&id)),
                }
            }
        }
        .map_err(|error| self.told(error))?;
        let dirty = std::mem::take(&mut refreshed.dirty);
        let turned = std::mem::take(&mut refreshed.turned);
        self = self.settled(refreshed)?;
        self.next_change = next.map_or_else(OnceLock::new, OnceLock::from);
        let entry = self.entry(before, reach, &dirty, &turned, means)?;
        Ok(Current { view: self, dirty, entry })
    }

    /// Takes over what was bound for the view before, when definitions came and nothing else
    /// changed: whether it was so; the new ones are then the last.
    fn take_over_standing(&self, before: &Self, new: &[AttributeId]) -> Result<bool, Error> {
        let is_same_zone = before.settings.zone.name() == self.settings.zone.name();
        let came_alone = is_same_zone
            && new.iter().all(|id| before.catalog.by_id(*id).is_none())
            && self.catalog.n_columns() == before.catalog.n_columns() + new.len();
        let known = before.standing.get().filter(|_| came_alone);
        let Some(known) = known else { return Ok(false) };
        let now = self.as_of.unwrap_or(Instant::MIN);
        let standing = known
            .with(new, &self.catalog, now, &self.settings.zone)
            .map_err(|error| Error::Definition(error.message))?;
        Ok(self.standing.set(standing).is_ok())
    }

    /// The view once its derived attributes are what they were computed as.
    fn settled(self, refreshed: Refreshed) -> Result<Self, Error> {
        let Refreshed { snapshot, computed, whole, rankings, .. } = refreshed;
        let horizons = self.horizons.without(|id| whole.contains(&id));
        let horizons = horizons.after(&computed, &snapshot, &self.catalog);
        let horizons = Arc::new(horizons.map_err(|error| self.told(error.into()))?);
        let (snapshot, rankings) = (Arc::new(snapshot), Arc::new(rankings));
        Ok(Self { snapshot, horizons, rankings, ..self })
    }

    /// Who entered groups and who left them since another view, by a commit that made `dirty` of
    /// what is computed; `None` when nobody did.
    fn entry(
        &self,
        before: &Self,
        reach: Reach<'_>,
        dirty: &Dirty,
        turned: &Turned,
        means: Means<'_>,
    ) -> Result<Option<Entry>, Error> {
        if !self.catalog.keeps_changes() {
            return Ok(None);
        }
        let nobody = Touched::default();
        let touched = match reach {
            Reach::Touched(touched) => touched,
            Reach::Everybody | Reach::New(_) => &nobody,
        };
        let (old, new) = (&*before.snapshot, &*self.snapshot);
        let some = self.touched_groups(touched, dirty);
        let moved = groups::moved(old, new, &some, touched, turned, means.executor)?;
        let gone = match touched.deleted[..] {
            [] => Vec::new(),
            _ => {
                let keys = old.load_keys(means.executor)?;
                let key = |row: &RowId| (*row, keys.key(*row).to_owned());
                touched.deleted.iter().map(key).collect()
            }
        };
        let at = self.settings.last_commit.unwrap_or(Instant::MIN);
        let turned = self.turns(before, touched, &dirty.columns, means)?;
        let entry = Entry { commit: new.commit(), at, moved, gone, turned };
        Ok((!entry.is_empty()).then_some(entry))
    }

    /// The groups in which somebody may have entered or left: those that the commit created, and
    /// those whose columns it touched; all of them when customers went.
    fn touched_groups(&self, touched: &Touched, dirty: &Dirty) -> Vec<&Group> {
        let groups = self.catalog.groups();
        if !touched.deleted.is_empty() {
            return groups.iter().collect();
        }
        let named = touched.named.iter().flat_map(|(named, _)| named);
        let mut ids: BTreeSet<AttributeId> = named.chain(dirty.columns.keys()).copied().collect();
        let is_new = |group: &&Group| group.created_in() == self.snapshot.commit();
        ids.extend(groups.iter().rev().take_while(is_new).map(Group::id));
        ids.into_iter().filter_map(|id| self.catalog.group_by_id(id)).collect()
    }

    /// What changed of attributes whose changes are kept since another view; of a new one, that it is
    /// there.
    fn turns(
        &self,
        before: &Self,
        touched: &Touched,
        dirty: &BTreeMap<AttributeId, DirtyColumn>,
        means: Means<'_>,
    ) -> Result<Vec<Turn>, Error> {
        let mut turned = Vec::new();
        // Of groups other changes are kept.
        for attribute in self.catalog.attributes() {
            let Some(created) = attribute.definition.as_ref().and_then(Definition::created) else {
                continue;
            };
            let attribute = attribute.id;
            if created.commit == self.snapshot.commit() {
                let (from, to, rows) = Default::default();
                turned.push(Turn { attribute, from, to, rows });
                continue;
            }
            let is_touched = dirty.contains_key(&attribute)
                || !touched.deleted.is_empty()
                || !touched.inserted.is_empty();
            if !is_touched || before.catalog.by_id(attribute).is_none() {
                continue;
            }
            let turns =
                self.snapshot.turns_since(&before.snapshot, attribute, touched, means.executor)?;
            let turn = |(from, to, rows)| Turn { attribute, from, to, rows };
            turned.extend(turns.into_iter().map(turn));
        }
        Ok(turned)
    }

    /// The snapshot with every derived attribute computed anew, at the view's instant.
    ///
    /// # Errors
    ///
    /// When they cannot be computed.
    pub(crate) fn anew(&self, means: Means<'_>) -> Result<Snapshot, Error> {
        let at = self.as_of.unwrap_or(Instant::MIN);
        let refresh = Refresh { watch: self.watch(means)?, before: None, from: at, to: at };
        refresh.anew(|_| true).map(|anew| anew.snapshot).map_err(|error| self.told(error))
    }

    /// The view at a later instant; `None` when it is the same.
    ///
    /// # Errors
    ///
    /// When its derived attributes cannot be computed.
    pub(crate) fn at(&self, now: Instant, means: Means<'_>) -> Result<Option<Self>, Error> {
        let from = self.as_of.unwrap_or(now);
        if now <= from || self.next_change(means)?.is_none_or(|next| now < next) {
            return Ok(None);
        }
        let refresh = Refresh { watch: self.watch(means)?, before: None, from, to: now };
        let refreshed = refresh.after(&Touched::default()).map_err(|error| self.told(error))?;
        let (roaring, next_change) = (Arc::default(), OnceLock::new());
        let later = Self { roaring, as_of: Some(now), next_change, ..self.clone() };
        later.settled(refreshed).map(Some)
    }

    /// The first instant after that of the view at which a derived attribute can change without new
    /// data.
    ///
    /// # Errors
    ///
    /// When the events cannot be read.
    pub(crate) fn next_change(&self, means: Means<'_>) -> Result<Option<Instant>, Error> {
        if !self.catalog.keeps_itself() {
            return Ok(None);
        }
        if let Some(next) = self.next_change.get() {
            return Ok(*next);
        }
        let next = match self.as_of {
            Some(as_of) => {
                self.watch(means)?.next_change(as_of).map_err(|error| self.told(error))?
            }
            None => None,
        };
        Ok(*self.next_change.get_or_init(|| next))
    }

    /// The first instant after that of the view at which some definitions can change without new
    /// data.
    ///
    /// # Errors
    ///
    /// When the events cannot be read.
    pub(crate) fn next_change_of(
        &self,
        some: &[&Derived],
        means: Means<'_>,
    ) -> Result<Option<Instant>, Error> {
        let Some(as_of) = self.as_of else { return Ok(None) };
        let next = self.watch(means)?.next_change_of(some.iter().copied(), as_of);
        next.map_err(|error| self.told(error))
    }

    /// Where a move of the clock from the view's instant to a later one has to stop, so that all
    /// changes that are kept are told.
    ///
    /// # Errors
    ///
    /// When derived attributes cannot be computed.
    pub(crate) fn stops(&self, to: Instant, means: Means<'_>) -> Result<Stops, Error> {
        let nowhere = Stops { at: Vec::new(), until: to };
        let Some(from) = self.as_of.filter(|from| *from < to) else { return Ok(nowhere) };
        if !self.catalog.keeps_changes() || self.next_change(means)?.is_none_or(|next| to <= next) {
            return Ok(nowhere);
        }
        let is_told = |id: AttributeId| {
            let has_history = |attribute: &Attribute| {
                attribute.definition.as_ref().is_some_and(Definition::has_history)
            };
            self.catalog.group_by_id(id).is_some()
                || self.catalog.by_id(id).is_some_and(has_history)
        };
        let stops = self.watch(means)?.stops(from, to, is_told);
        stops.map_err(|error| self.told(error))
    }

    /// The columns of the members of groups that a customer is in.
    ///
    /// # Errors
    ///
    /// When a column cannot be read.
    pub(crate) fn groups_of(
        &self,
        row: RowId,
        means: Means<'_>,
    ) -> Result<Vec<AttributeId>, Error> {
        let at = self.as_of.unwrap_or(Instant::MIN);
        let watch = self.watch(means)?;
        let (mut found, deciders) = watch.rules_of(row, at).map_err(|error| self.told(error))?;
        for id in deciders.other_groups() {
            if self.snapshot.is_flagged(*id, row)? {
                found.push(*id);
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    pub(super) fn watch<'a>(&'a self, means: Means<'a>) -> Result<Watch<'a>, Error> {
        Ok(Watch {
            catalog: &self.catalog,
            standing: self.standing()?,
            deciders: &self.deciders,
            snapshot: &self.snapshot,
            horizons: &self.horizons,
            rankings: &self.rankings,
            zone: &self.settings.zone,
            executor: means.executor,
            threads: means.threads,
            budget: means.budget,
            is_part: false,
        })
    }

    fn told(&self, error: DeriveError) -> Error {
        told(error, &self.snapshot)
    }
}

/// An error in computing attributes, a row in it told by its key.
pub(crate) fn told(error: DeriveError, snapshot: &Snapshot) -> Error {
    match error {
        DeriveError::Plan(error) => error.into(),
        DeriveError::Exec(error) => of_customer(error, snapshot),
    }
}

/// An error of a plan that was run, a row in it told by its key.
pub(crate) fn of_customer(error: ExecError, snapshot: &Snapshot) -> Error {
    let (ExecError::Overflow { row, .. } | ExecError::NoRate { row }) = error else {
        return error.into();
    };
    let key = match snapshot.keys() {
        Ok(keys) => keys.key(row).to_owned(),
        Err(error) => return error.into(),
    };
    match error {
        ExecError::Overflow { what, .. } => Error::Overflow { what, key },
        _ => Error::NoRate { key },
    }
}

impl Session {
    /// A view at the session's instant, its derived attributes current, and that instant; the view
    /// itself when nothing has changed.
    ///
    /// # Errors
    ///
    /// When they cannot be computed.
    pub(crate) fn current(&self, view: Arc<View>) -> Result<(Arc<View>, Instant), Error> {
        let now = self.pool.now(&view, self.now);
        if !view.catalog.keeps_itself() {
            return Ok((view, now));
        }
        let (executor, budget) = (self.executor(), self.pool.memory.budget());
        let means = Means { executor: &executor, threads: &executor, budget: &budget };
        let from = self.pool.memory.brought(&view, now).unwrap_or_else(|| Arc::clone(&view));
        let Some(later) = from.at(now, means)? else { return Ok((from, now)) };
        let later = Arc::new(later);
        self.pool.memory.bring(&view, &later);
        Ok((later, now))
    }
}
