//! `due visits`: who is owed a visit, and since when.

use std::sync::Arc;

use crate::care::due_at;
use crate::catalog::Standard;
use crate::exec::MemberSet;
use crate::lang::ast::{self, Cadence, Due};
use crate::lang::{self, Code, Diagnostic, SourceSpan};
use crate::model::{Duration, Instant, Projection, RowId, Source, Value};
use crate::pool::question::Question;
use crate::pool::{Error, Table};

/// A visit that is owed.
struct Owed {
    /// When it was due; missing for who never had one.
    due: Option<Instant>,
    last: Value,
    row: RowId,
    owner: Value,
}

impl Question<'_> {
    /// `due visits …`: a row for each customer and standard, those who never had one first, then by
    /// the instant at which the visit is due.
    pub(super) fn due_visits(&self, due: &Due) -> Result<Table, Error> {
        self.check_defined()?;
        let catalog = &self.view.catalog;
        if let Some(group) = &due.group {
            self.group(group)?;
        }
        let of = due.rule.as_ref().map(|rule| self.members_of_rule(Some(rule))).transpose()?;
        let later = due.within.map(|within| self.later(within)).transpose()?.flatten();
        let mut all: Vec<(usize, Owed)> = Vec::new();
        for (at, standard) in catalog.standards().iter().enumerate() {
            let is_asked =
                due.group.as_ref().is_none_or(|group| standard.group() == Some(&*group.text));
            let Some(visit) = standard.clauses().visit.as_ref().filter(|_| is_asked) else {
                continue;
            };
            let mut members = self.listed(standard.due().as_deref())?;
            if let Some(later) = &later {
                members = members.or(&later.listed(standard.due().as_deref())?);
            }
            if let Some(of) = &of {
                members = members.and(of);
            }
            let owed = self.owed(&members, visit)?;
            all.extend(owed.into_iter().map(|owed| (at, owed)));
        }
        self.load_keys()?;
        let keys = self.view.snapshot.keys()?;
        all.sort_by(|(at, one), (other_at, other)| {
            let by_key = || keys.key(one.row).cmp(&keys.key(other.row));
            one.due.cmp(&other.due).then_with(|| at.cmp(other_at)).then_with(by_key)
        });
        let limit = due.limit.and_then(|limit| usize::try_from(limit).ok());
        all.truncate(limit.unwrap_or(usize::MAX));
        let mut rows = Vec::with_capacity(all.len());
        for (at, owed) in all {
            let key = keys.key(owed.row).to_value();
            rows.push(self.due_row(&catalog.standards()[at], owed, key));
        }
        let key = catalog.key().map_or("key", |key| &key.name);
        let columns = ["standard", key, "last_visit", "due", "days_overdue", "owner", "offer"];
        Ok(Table { columns: columns.map(str::to_owned).to_vec(), rows })
    }

    fn due_row(&self, standard: &Standard, owed: Owed, key: Value) -> Vec<Value> {
        const DAY: i64 = 86_400_000_000;
        let overdue = |due: Instant| (self.now.micros() - due.micros()).div_euclid(DAY);
        let clauses = standard.clauses();
        let text = |text: &Option<ast::TextLiteral>| {
            text.as_ref().map_or(Value::Null, |text| text.text.as_str().into())
        };
        let owner = if owed.owner.is_null() { text(&clauses.owner) } else { owed.owner };
        vec![
            standard.name().into(),
            key,
            owed.last,
            owed.due.map_or(Value::Null, Value::Timestamp),
            owed.due.map(overdue).map_or(Value::Null, Value::Int),
            owner,
            text(&clauses.offer),
        ]
    }

    /// The same pool so much later, if nothing comes in; `None` when nothing changes until then.
    fn later(&self, within: Duration) -> Result<Option<Self>, Error> {
        let Some(then) = self.view.settings.zone.shift(self.now, within) else {
            let message = format!("`{within}` from {} lies outside the years 1 to 9999", self.now);
            let nowhere = SourceSpan::default();
            return Err(Diagnostic::new(Code::OutOfBounds, nowhere, message).into());
        };
        let later = self.view.at(then, self.means())?;
        Ok(later.map(|later| Self::over_view(self.session, Arc::new(later), then)))
    }

    /// When each of some customers had their last visit, when the next is due, and who owns them.
    fn owed(&self, members: &MemberSet, visit: &Cadence) -> Result<Vec<Owed>, Error> {
        let rows = members.to_rows();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let last = format!("last({}.at)", visit.table);
        let last = lang::parse_rule(&last)?;
        let select = ast::Select {
            columns: vec![ast::Projection { value: last.clone(), name: None }],
            rule: None,
            order: Vec::new(),
            limit: None,
            offset: None,
        };
        let asked = self.asking(&[&last])?;
        let mut shown = crate::bind::select(&select, &asked.scope())?.projections;
        let owner = self.view.catalog.ownership().map(|(owner, _)| owner);
        shown.extend(owner.map(|owner| Projection {
            name: owner.name.clone(),
            source: Source::Attribute(owner.id),
        }));
        let zone = &self.view.settings.zone;
        let values = asked.values(&rows, &shown)?;
        let owed = |(row, values): (RowId, Vec<Value>)| {
            let mut values = values.into_iter();
            let last = values.next().unwrap_or(Value::Null);
            let due = match last {
                Value::Timestamp(at) => due_at(at, visit.every, zone),
                _ => None,
            };
            Owed { due, last, row, owner: values.next().unwrap_or(Value::Null) }
        };
        Ok(rows.into_iter().zip(values).map(owed).collect())
    }
}
