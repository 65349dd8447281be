//! Groups of customers: creating and changing them, who is in them, who was, and why.

mod answers;
mod ask;
mod change;
mod counted;
mod define;
mod diff;
mod next;
mod past;
mod select;
mod subscribe;
mod why;

pub use answers::{Difference, GroupChange, GroupChanges, GroupDescription, History, SizeAt};
pub use counted::CountedEvents;
pub use subscribe::{Listener, Subscription};
pub use why::{Reason, Why};

pub(crate) use define::{created as created_group, fixed_in_file};
pub(crate) use diff::moved;
pub(crate) use past::told;

use super::question::Question;
use super::{Error, Outcome, Session};
use crate::catalog::Group;
use crate::lang::ast::{GroupStatement, Name};

/// Runs a statement about groups.
pub(crate) fn run(session: &Session, statement: &GroupStatement) -> Result<Outcome, Error> {
    let question = || Question::current(session, session.pool.view());
    match statement {
        GroupStatement::Create { name, source, expires } => {
            define::create(session, name, source, expires.as_ref())
        }
        GroupStatement::Alter { name, rule, expires } => {
            define::alter(session, name, rule, expires.as_ref())
        }
        GroupStatement::Rename(from, to) => define::rename(session, from, to),
        GroupStatement::Drop { name, cascade } => define::drop(session, name, *cascade),
        GroupStatement::Expire { name, at } => define::expire(session, name, at.as_ref()),
        GroupStatement::Freeze { group, name, expires } => {
            define::freeze(session, group, name, expires.as_ref())
        }
        GroupStatement::Add(members, group) => change::add(session, members, group),
        GroupStatement::Remove(members, group) => change::remove(session, members, group),
        GroupStatement::Show => question()?.show_groups().map(Outcome::Table),
        GroupStatement::Describe(group) => {
            told(session)?;
            question()?.describe_group(group).map(|d| Outcome::Group(Box::new(d)))
        }
        GroupStatement::GroupsOf(key) => question()?.groups_of(key).map(Outcome::Table),
        GroupStatement::Changes { group, since, limit } => {
            told(session)?;
            let question = Question::new(session, session.pool.view());
            question.changes(group, since.unwrap_or(0), *limit).map(Outcome::Changes)
        }
        GroupStatement::History { group, over } => {
            told(session)?;
            question()?.history(group, over.as_ref()).map(Outcome::History)
        }
        GroupStatement::Members { group, as_of, limit } => {
            if as_of.is_some() {
                told(session)?;
            }
            question()?.members_of(group, as_of.as_ref(), *limit).map(Outcome::Table)
        }
        GroupStatement::DiffGroups(one, other) => {
            question()?.diff_groups(one, other).map(Outcome::Difference)
        }
        GroupStatement::DiffMoments(group, from, to) => {
            told(session)?;
            question()?.diff_moments(group, from, to).map(Outcome::Difference)
        }
        GroupStatement::Compare { group, rule } => {
            question()?.compare(group, rule).map(Outcome::Difference)
        }
        GroupStatement::Preview { group, rule } => {
            question()?.preview_rule(group, rule).map(Outcome::Difference)
        }
        GroupStatement::NextChange(group) => question()?.next_change_of(group).map(Outcome::Table),
        GroupStatement::Leaving { group, within, limit } => {
            question()?.leaving(group, *within, *limit).map(Outcome::Table)
        }
        GroupStatement::Why { key, group, .. } => {
            question()?.why(key, group).map(|why| Outcome::Why(Box::new(why)))
        }
    }
}

impl Question<'_> {
    /// The group of a name.
    pub(in crate::pool) fn group(&self, name: &Name) -> Result<&Group, Error> {
        self.check_defined()?;
        let group = self.view.catalog.group(&name.text);
        group.ok_or_else(|| self.scope().unknown_group(name).into())
    }
}
