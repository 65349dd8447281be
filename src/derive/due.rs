//! What the clock changes of derived attributes, and when.

use super::crossing::Counted;
use super::decide::Deciders;
use super::events::DeriveError;
use super::horizon::{Horizons, Line, LineId, Times};
use super::rankings::Rankings;
use std::sync::OnceLock;

use crate::bind::{Derived, Standing};
use crate::catalog::Catalog;
use crate::index::Snapshot;
use crate::model::{Instant, Moves, RowId, Zone};
use crate::parallel::{Budget, Executor};
use crate::plan::PlanError;

/// What watching the clock takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch<'a> {
    /// The definitions.
    pub(crate) catalog: &'a Catalog,
    /// Those that are kept current.
    pub(crate) standing: &'a Standing,
    /// Those of them that are decided together.
    pub(crate) deciders: &'a OnceLock<Deciders>,
    /// The customers and their events.
    pub(crate) snapshot: &'a Snapshot,
    /// The events that the clock comes to.
    pub(crate) horizons: &'a Horizons,
    /// What is known of rankings.
    pub(crate) rankings: &'a Rankings,
    /// The zone of calendar spans.
    pub(crate) zone: &'a Zone,
    /// Who does what is little.
    pub(crate) executor: &'a Executor,
    /// The threads for what is more.
    pub(crate) threads: &'a Executor,
    /// What is kept is charged to it.
    pub(crate) budget: &'a Budget,
    /// Whether the customers are some of a pool's, in which the rankings stay as they are known.
    pub(crate) is_part: bool,
}

/// Of whom a move of the clock may change an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Crossed {
    /// Of these, in no order and perhaps more than once.
    Some(Vec<RowId>),
    /// Of anybody.
    Everybody,
}

impl<'a> Watch<'a> {
    /// The definitions that are decided together, found when first needed.
    pub(super) fn deciders(&self) -> &'a Deciders {
        self.deciders.get_or_init(|| Deciders::new(self.standing, self.catalog))
    }
}

impl Watch<'_> {
    /// The first instant after one at which an attribute can change without new data; `None` when
    /// the clock changes nothing any more.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, a span reaches outside the years, or the budget does not
    /// suffice.
    pub(crate) fn next_change(&self, after: Instant) -> Result<Option<Instant>, DeriveError> {
        let next = self.next_change_of(self.standing.moving(), after)?;
        let ends = self.catalog.endings().map(|(_, end)| end).filter(|end| *end > after);
        Ok(next.into_iter().chain(ends).min())
    }

    /// The same, of some of them.
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    #[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
    pub(crate) fn next_change_of<'d>(
        &self,
        some: impl Iterator<Item = &'d Derived>,
        after: Instant,
    ) -> Result<Option<Instant>, DeriveError> {
        let mut next: Option<Instant> = None;
        let mut note = |instant: Option<Instant>| {
            next = next.into_iter().chain(instant).min();
        };
        let mut seen: Vec<Counted<'_>> = Vec::new();
        for derived in some {
            note(self.next_of(derived.moves, after));
            note(derived.turns.iter().copied().filter(|turn| *turn > after).min());
            for counted in Counted::all(derived) {
                if !seen.contains(&counted) {
                    note(self.next_crossing(counted, after)?);
                    seen.push(counted);
                }
            }
        }
        Ok(next)
    }

    /// When what changes so often changes next.
    pub(super) fn next_of(&self, moves: Moves, after: Instant) -> Option<Instant> {
        match moves {
            Moves::Never => None,
            Moves::Daily => Some(self.zone.end_of(self.zone.day_of(after))),
            Moves::Always => after.checked_add(1),
        }
    }

    /// Of whom a derived attribute may change as the clock moves from one instant to a later one,
    /// and nothing else does.
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    pub(super) fn crossed(
        &self,
        derived: &Derived,
        from: Instant,
        to: Instant,
    ) -> Result<Crossed, DeriveError> {
        let is_due = match derived.moves {
            Moves::Never => false,
            Moves::Daily => self.zone.day_of(from) != self.zone.day_of(to),
            Moves::Always => true,
        };
        if is_due || derived.turns.iter().any(|turn| from < *turn && *turn <= to) {
            return Ok(Crossed::Everybody);
        }
        let mut rows = Vec::new();
        for counted in Counted::all(derived) {
            rows.extend(self.rows_crossed(counted, from, to)?);
        }
        Ok(Crossed::Some(rows))
    }

    pub(super) fn times(&self, line: LineId) -> Result<Times<'_>, DeriveError> {
        let line = match line {
            LineId::Events(table) => {
                let events = self.snapshot.events(table)?;
                let table = self.catalog.table_by_id(table);
                Line::Events(table.ok_or(PlanError::UnknownAttribute(events.link))?)
            }
            LineId::Attribute(id) => {
                let attribute = self.catalog.by_id(id);
                Line::Attribute(attribute.ok_or(PlanError::UnknownAttribute(id))?)
            }
        };
        let (snapshot, executor, budget) = (self.snapshot, self.threads, self.budget);
        Ok(Times { snapshot, line, executor, budget })
    }
}
