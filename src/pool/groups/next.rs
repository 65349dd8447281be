//! When the clock changes a group, and whom it takes out of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bind::Derived;
use crate::catalog::Group;
use crate::lang::ast::Name;
use crate::lang::{Code, Diagnostic};
use crate::model::{Duration, Instant, Value};
use crate::pool::current::Means;
use crate::pool::question::Question;
use crate::pool::{Error, Table};

impl Question<'_> {
    /// `next change of g`: one row.
    pub(super) fn next_change_of(&self, name: &Name) -> Result<Table, Error> {
        let group = self.group(name)?;
        let next = self.next_instant(group)?.map_or(Value::Null, Value::Timestamp);
        let columns = ["group", "next_change"].map(str::to_owned).to_vec();
        Ok(Table { columns, rows: vec![vec![group.name().into(), next]] })
    }

    /// The first instant at which a group can change with no new data: it, or what its rule reads.
    pub(super) fn next_instant(&self, group: &Group) -> Result<Option<Instant>, Error> {
        let standing = self.view.standing()?;
        let mut wanted = BTreeSet::from([group.id()]);
        let mut some: Vec<&Derived> = Vec::new();
        // Each comes after those that it reads.
        for derived in standing.attributes().rev() {
            if wanted.contains(&derived.attribute.id) {
                wanted.extend(&derived.reads);
                some.push(derived);
            }
        }
        let next = self.view.next_change_of(&some, self.means())?;
        let ends = self.view.catalog.endings().filter(|(id, _)| wanted.contains(id));
        let ends = ends.map(|(_, end)| end).filter(|end| *end > self.now);
        Ok(next.into_iter().chain(ends).min())
    }

    /// `leaving g within next 7 days`: a row for each member who is none any more by then, if
    /// nothing comes in.
    pub(super) fn leaving(
        &self,
        name: &Name,
        within: Duration,
        limit: Option<u64>,
    ) -> Result<Table, Error> {
        let group = self.group(name)?;
        let Some(then) = self.view.settings.zone.shift(self.now, within) else {
            let message = format!("`{within}` from {} lies outside the years 1 to 9999", self.now);
            return Err(Diagnostic::new(Code::OutOfBounds, name.span, message).into());
        };
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let now = self.members_now(group.id())?;
        let later = match self.view.at(then, self.means())? {
            Some(later) => {
                let later = Self::over_view(self.session, Arc::new(later), then);
                later.members_now(group.id())?
            }
            None => now.clone(),
        };
        self.load_keys()?;
        let keys = self.view.snapshot.keys()?;
        let gone = now.iter().filter(|row| !later.contains(*row)).take(limit);
        let rows = gone.map(|row| vec![keys.key(row).to_value()]).collect();
        let column = self.view.catalog.key().map_or("key", |key| &key.name).to_owned();
        Ok(Table { columns: vec![column], rows })
    }

    pub(in crate::pool) fn means(&self) -> Means<'_> {
        Means { executor: &self.executor, threads: &self.executor, budget: &self.budget }
    }
}
