//! What groups there are, who is in them, and who would be.

use super::answers::{Difference, GroupDescription};
use super::define::check_rule;
use crate::catalog::{CatalogError, Group, User};
use crate::exec::MemberSet;
use crate::index::Key;
use crate::lang::ast::{Expr, Moment, Name};
use crate::model::{RowId, Value};
use crate::pool::question::Question;
use crate::pool::{Error, Table};

impl Question<'_> {
    /// `show groups`: a row a group.
    pub(super) fn show_groups(&self) -> Result<Table, Error> {
        let mut rows = Vec::new();
        for group in self.view.catalog.groups().iter() {
            let size = self.size_of(group)?;
            rows.push(vec![
                group.name().into(),
                kind(group).into(),
                (size as i64).into(),
                Value::Timestamp(group.created_at()),
                self.end_of(group).map_or(Value::Null, Value::Timestamp),
                group.rule().map_or(Value::Null, Value::from),
            ]);
        }
        let columns =
            ["name", "kind", "size", "created", "expires", "rule"].map(str::to_owned).to_vec();
        Ok(Table { columns, rows })
    }

    /// `describe group g`
    pub(super) fn describe_group(&self, name: &Name) -> Result<GroupDescription, Error> {
        let group = self.group(name)?;
        let view = &self.view;
        let (zone, catalog) = (&view.settings.zone, &view.catalog);
        let size = self.size_of(group)?;
        let total = view.snapshot.n_customers();
        let (mut uses, mut events) = (Vec::new(), Vec::new());
        if group.is_dynamic() {
            let unbound = || CatalogError::Damaged(format!("`{}` is not defined", name.text));
            let derived = view.standing()?.of(group.id()).ok_or_else(unbound)?;
            for id in &derived.reads {
                let is_group = catalog.group_by_id(*id).is_some();
                let user = |name: &str| User { name: name.to_owned(), is_group }.into_name();
                uses.extend(catalog.by_id(*id).map(|attribute| user(&attribute.name)));
            }
            let tables = derived.tables.iter().filter_map(|id| catalog.table_by_id(*id));
            events.extend(tables.map(|table| table.name().to_owned()));
        }
        let kept = self.kept(0)?;
        let changed = kept.entries.iter().rev().find(|entry| entry.of(group.id()).is_some());
        let next_change = self.next_instant(group)?;
        Ok(GroupDescription {
            name: group.name().to_owned(),
            kind: kind(group),
            rule: group.rule().map(str::to_owned),
            size,
            share: if total == 0 { 0.0 } else { size as f64 / f64::from(total) },
            expires: self.end_of(group).map(|at| zone.format(at)),
            created_in: group.created_in(),
            created: zone.format(group.created_at()),
            changed_in: changed.map(|entry| entry.commit),
            changed: changed.map(|entry| zone.format(entry.at)),
            uses,
            events,
            used_by: catalog.users(group.name(), true).into_iter().map(User::into_name).collect(),
            next_change: next_change.map(|at| zone.format(at)),
        })
    }

    /// `groups of "C1"`: a row for each group that a customer is in.
    pub(super) fn groups_of(&self, key: &Expr) -> Result<Table, Error> {
        self.check_defined()?;
        let row = self.customer(key)?;
        let groups = self.groups_of_row(row)?;
        let rows = groups.iter().map(|group| vec![group.name().into(), kind(group).into()]);
        let columns = ["group", "kind"].map(str::to_owned).to_vec();
        Ok(Table { columns, rows: rows.collect() })
    }

    /// The names of the groups that a customer of a key is in.
    pub(crate) fn names_of_groups(&self, key: &Key) -> Result<Vec<String>, Error> {
        self.load_keys()?;
        let Some(row) = self.view.snapshot.row_of(key.as_ref())? else { return Ok(Vec::new()) };
        let groups = self.groups_of_row(row)?;
        Ok(groups.into_iter().map(|group| group.name().to_owned()).collect())
    }

    /// The groups that a customer is in.
    fn groups_of_row(&self, row: RowId) -> Result<Vec<&Group>, Error> {
        let ids = self.view.groups_of(row, self.means())?;
        Ok(ids.into_iter().filter_map(|id| self.view.catalog.group_by_id(id)).collect())
    }

    /// `members of g`: a row a member.
    pub(super) fn members_of(
        &self,
        name: &Name,
        as_of: Option<&Moment>,
        limit: Option<u64>,
    ) -> Result<Table, Error> {
        let group = self.group(name)?;
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let keys: Vec<Value> = match as_of {
            Some(moment) => {
                let members = self.members_as_of(name, moment)?;
                members.iter().take(limit).map(Value::from).collect()
            }
            None => {
                self.load_keys()?;
                let keys = self.view.snapshot.keys()?;
                let members = self.members_now(group.id())?;
                members.iter().take(limit).map(|row| keys.key(row).to_value()).collect()
            }
        };
        let column = self.view.catalog.key().map_or("key", |key| &key.name).to_owned();
        Ok(Table { columns: vec![column], rows: keys.into_iter().map(|key| vec![key]).collect() })
    }

    /// `diff a, b`
    pub(super) fn diff_groups(&self, one: &Name, other: &Name) -> Result<Difference, Error> {
        let (one, other) = (self.group(one)?, self.group(other)?);
        self.difference(&self.members_now(one.id())?, &self.members_now(other.id())?)
    }

    /// `compare g with RULE`
    pub(super) fn compare(&self, name: &Name, rule: &Expr) -> Result<Difference, Error> {
        let before = self.members_now(self.group(name)?.id())?;
        let asked = self.asking_members(&[], Some(rule))?;
        let after = asked.member_set(&asked.bind(Some(rule))?)?;
        self.difference(&before, &after)
    }

    /// `preview alter group g as RULE`: as [`compare`](Self::compare), of what `alter group` takes.
    pub(super) fn preview_rule(&self, name: &Name, rule: &Expr) -> Result<Difference, Error> {
        check_rule(self, name, rule)?;
        self.compare(name, rule)
    }

    fn difference(&self, before: &MemberSet, after: &MemberSet) -> Result<Difference, Error> {
        self.load_keys()?;
        let keys = self.view.snapshot.keys()?;
        let only = |own: &MemberSet, other: &MemberSet| {
            let rows = own.iter().filter(|row| !other.contains(*row));
            rows.map(|row| keys.key(row).to_owned()).collect::<Vec<_>>()
        };
        let (entered, left) = (only(after, before), only(before, after));
        let both = before.len() - left.len() as u64;
        Ok(Difference { before: before.len(), after: after.len(), both, entered, left })
    }
}

fn kind(group: &Group) -> &'static str {
    if group.is_dynamic() { "dynamic" } else { "fixed" }
}
