//! Groups of customers, as definitions: who their members are is told by a column.

use crate::lang::ast::Expr;
use crate::model::{AttributeId, Instant, Type};

use super::definitions::{Catalog, CatalogError, check_name};
use super::{Attribute, Definition, Groups};

/// A group of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The column that holds, for each customer, whether they are a member.
    pub(super) members: Attribute,
    pub(super) created: Created,
    /// When everybody leaves a fixed group that ends; a dynamic one says so in its rule.
    pub(super) ends: Option<Instant>,
}

/// When a group was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Created {
    /// The commit.
    pub(crate) commit: u64,
    /// Its instant.
    pub(crate) at: Instant,
}

impl Group {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.members.name
    }

    /// The rule of a dynamic group, in canonical form; `None` of a fixed one.
    pub fn rule(&self) -> Option<&str> {
        self.members.definition.as_ref().map(Definition::text)
    }

    /// Whether its members keep themselves.
    pub fn is_dynamic(&self) -> bool {
        self.members.definition.is_some()
    }

    /// The commit that created it.
    pub fn created_in(&self) -> u64 {
        self.created.commit
    }

    /// When it was created.
    pub fn created_at(&self) -> Instant {
        self.created.at
    }

    /// When everybody leaves it, or has left, of a fixed group that ends.
    pub(crate) fn ends(&self) -> Option<Instant> {
        self.ends
    }

    /// The column of its members.
    pub(crate) fn id(&self) -> AttributeId {
        self.members.id
    }

    /// That column as an attribute, whose name is the group's.
    pub(crate) fn members(&self) -> &Attribute {
        &self.members
    }
}

impl Catalog {
    /// The groups, in the order of their creation.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The group of this very name.
    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.named(name)
    }

    /// The group whose members a column holds.
    pub(crate) fn group_by_id(&self, id: AttributeId) -> Option<&Group> {
        self.groups.by_id(id)
    }

    /// The fixed groups that end, by the columns of their members, and when.
    pub(crate) fn endings(&self) -> impl Iterator<Item = (AttributeId, Instant)> {
        self.groups.endings()
    }

    /// Whether anything in it keeps itself: what is computed, and fixed groups that end.
    pub(crate) fn keeps_itself(&self) -> bool {
        self.derived().next().is_some() || self.endings().next().is_some()
    }

    /// Every column of customers: their attributes, and the members of groups.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().chain(self.groups.iter().map(Group::members))
    }

    /// How many columns of customers there are.
    pub(crate) fn n_columns(&self) -> usize {
        self.attributes.len() + self.groups.len()
    }

    /// Defines a group.
    pub(crate) fn add_group(
        &mut self,
        name: &str,
        rule: Option<Definition>,
        created: Created,
    ) -> Result<AttributeId, CatalogError> {
        self.check_group_free(name)?;
        let id = self.next_attribute();
        self.next_id += 1;
        let members =
            Attribute { definition: rule, ..Attribute::given(id, name.to_owned(), Type::Bool) };
        self.groups.push(Group { members, created, ends: None });
        Ok(id)
    }

    /// Has a fixed group end at an instant, or never.
    pub(crate) fn end_group(
        &mut self,
        name: &str,
        ends: Option<Instant>,
    ) -> Result<(), CatalogError> {
        let changed = self.groups.change(name, |group| group.ends = ends);
        changed.ok_or_else(|| CatalogError::UnknownGroup(name.to_owned()))
    }

    /// Gives a dynamic group another rule.
    pub(crate) fn alter_group(
        &mut self,
        name: &str,
        rule: Definition,
    ) -> Result<AttributeId, CatalogError> {
        if !self.known_group(name)?.is_dynamic() {
            return Err(CatalogError::Fixed(name.to_owned()));
        }
        let change = |group: &mut Group| {
            group.members.definition = Some(rule);
            group.id()
        };
        self.groups.change(name, change).ok_or_else(|| CatalogError::UnknownGroup(name.to_owned()))
    }

    /// Gives a group another name; those that use it are refused to be left behind.
    pub(crate) fn rename_group(&mut self, from: &str, to: &str) -> Result<(), CatalogError> {
        self.known_group(from)?;
        self.check_group_unused(from)?;
        self.check_group_free(to)?;
        self.groups.change(from, |group| to.clone_into(&mut group.members.name));
        Ok(())
    }

    /// Removes a group that nothing uses.
    pub(crate) fn drop_group(&mut self, name: &str) -> Result<AttributeId, CatalogError> {
        self.known_group(name)?;
        self.check_group_unused(name)?;
        Ok(self.remove_group(name))
    }

    /// Removes a group and all that use it, attributes among them, those first that use others:
    /// the columns that go.
    pub(crate) fn drop_group_with_users(
        &mut self,
        name: &str,
    ) -> Result<Vec<AttributeId>, CatalogError> {
        self.known_group(name)?;
        let mut going = vec![User { name: name.to_owned(), is_group: true }];
        let mut at = 0;
        while at < going.len() {
            let users = self.users(&going[at].name, going[at].is_group);
            let lists = going[at].is_group.then(|| self.lists_with(&going[at].name));
            let more = users.into_iter().chain(lists.into_iter().flatten());
            for user in more.collect::<Vec<User>>() {
                if !going.contains(&user) {
                    going.push(user);
                }
            }
            at += 1;
        }
        let mut gone = Vec::with_capacity(going.len());
        for user in going.iter().rev() {
            match user.is_group {
                true => gone.push(self.remove_group(&user.name)),
                false => {
                    let at = self.attributes.iter().position(|a| a.name == user.name);
                    gone.extend(at.map(|at| self.attributes.remove(at).id));
                }
            }
        }
        self.forget_standards(&going);
        gone.sort_unstable();
        gone.dedup();
        Ok(gone)
    }

    /// What is computed of a group or an attribute.
    pub(crate) fn users(&self, name: &str, of_group: bool) -> Vec<User> {
        let uses = |definition: &Definition| match of_group {
            true => definition.groups().iter().any(|group| group == name),
            false => self.is_mentioned(name, definition),
        };
        let user = |(attribute, definition): (&Attribute, &Definition)| {
            let is_group = self.group_by_id(attribute.id).is_some();
            uses(definition).then(|| User { name: attribute.name.clone(), is_group })
        };
        self.derived().filter_map(user).collect()
    }

    /// How a rule comes back to a group through what it uses: the names on the way, from the rule's
    /// own to the group.
    pub(crate) fn path_to_group(&self, rule: &Expr, group: &str) -> Option<Vec<User>> {
        let of = |definition: &Definition| {
            let groups = definition.groups().iter();
            let groups = groups.map(|name| User { name: name.clone(), is_group: true });
            let attributes = definition.mentions().iter();
            let attributes = attributes.map(|name| User { name: name.clone(), is_group: false });
            groups.chain(attributes).collect::<Vec<User>>()
        };
        let mut seen: Vec<User> = Vec::new();
        let first = of(&Definition::new(rule.clone()));
        let mut paths: Vec<Vec<User>> = first.into_iter().map(|user| vec![user]).collect();
        while let Some(path) = paths.pop() {
            let Some(last) = path.last().cloned() else { continue };
            if last.is_group && last.name == group {
                return Some(path);
            }
            if seen.contains(&last) {
                continue;
            }
            let attribute = match last.is_group {
                true => self.group(&last.name).map(Group::members),
                false => self.find(&last.name),
            };
            let next = attribute.and_then(|a| a.definition.as_ref()).map(of).unwrap_or_default();
            paths.extend(next.into_iter().map(|user| [path.as_slice(), &[user]].concat()));
            seen.push(last);
        }
        None
    }

    fn known_group(&self, name: &str) -> Result<&Group, CatalogError> {
        self.group(name).ok_or_else(|| CatalogError::UnknownGroup(name.to_owned()))
    }

    pub(super) fn remove_group(&mut self, name: &str) -> AttributeId {
        self.groups.remove(name).map_or(AttributeId(u32::MAX), |group| group.id())
    }

    fn check_group_free(&self, name: &str) -> Result<(), CatalogError> {
        check_name(name)?;
        match self.group(name) {
            Some(_) => Err(CatalogError::GroupTaken(name.to_owned())),
            None => Ok(()),
        }
    }

    fn check_group_unused(&self, name: &str) -> Result<(), CatalogError> {
        match &self.told_users(self.users(name, true), &self.concerned(name))[..] {
            "" => Ok(()),
            users => Err(CatalogError::Used(name.to_owned(), users.to_owned())),
        }
    }
}

/// A group or an attribute that uses another, or is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// Its name.
    pub(crate) name: String,
    /// Whether it is a group.
    pub(crate) is_group: bool,
}

impl User {
    /// The name as it is told apart from others: `vip`, or `group vip`.
    pub(crate) fn into_name(self) -> String {
        if self.is_group { format!("group {}", self.name) } else { self.name }
    }
}

/// Names as messages tell them: `` `a`, group `b` ``.
pub(crate) fn told(users: &[User]) -> String {
    let one = |user: &User| match user.is_group {
        true => format!("group `{}`", user.name),
        false => format!("`{}`", user.name),
    };
    users.iter().map(one).collect::<Vec<_>>().join(", ")
}
