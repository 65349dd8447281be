//! Statements about groups.

use std::fmt::{self, Display, Formatter};

use super::expression::{Level, at};
use super::{name, text};
use crate::lang::ast::{Expr, GroupSource, GroupStatement, Moment, Name, Selection};

impl Display for GroupStatement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { name: group, source, expires } => {
                create(f, group, source)?;
                expiry(f, expires.as_ref())
            }
            Self::Alter { name: group, rule, expires } => {
                ruled(f, "alter group ", group, " as ", rule)?;
                expiry(f, expires.as_ref())
            }
            Self::Expire { name: group, at } => {
                named(f, "alter group ", group)?;
                match at {
                    Some(_) => expiry(f, at.as_ref()),
                    None => f.write_str(" expire never"),
                }
            }
            Self::Rename(from, to) => two(f, "rename group ", from, " to ", to),
            Self::Drop { name: group, cascade } => {
                named(f, "drop group ", group)?;
                f.write_str(if *cascade { " cascade" } else { "" })
            }
            Self::Add(members, group) => {
                selection(f, "add", members)?;
                named(f, " to ", group)
            }
            Self::Remove(members, group) => {
                selection(f, "remove", members)?;
                named(f, " from ", group)
            }
            Self::Freeze { group, name, expires } => {
                two(f, "freeze ", group, " as ", name)?;
                expiry(f, expires.as_ref())
            }
            Self::Show => f.write_str("show groups"),
            Self::Describe(group) => named(f, "describe group ", group),
            Self::GroupsOf(key) => write!(f, "groups of {key}"),
            Self::Changes { group, since, limit: at_most } => {
                named(f, "changes of ", group)?;
                since.iter().try_for_each(|since| write!(f, " since {since}"))?;
                limit(f, *at_most)
            }
            Self::History { group, over } => {
                named(f, "history of ", group)?;
                over.iter().try_for_each(|span| write!(f, " over {span}"))
            }
            Self::Members { group, as_of, limit: at_most } => {
                named(f, "members of ", group)?;
                if let Some(as_of) = as_of {
                    f.write_str(" as of ")?;
                    moment(f, as_of)?;
                }
                limit(f, *at_most)
            }
            Self::DiffGroups(one, other) => two(f, "diff ", one, ", ", other),
            Self::DiffMoments(group, from, to) => {
                named(f, "diff ", group)?;
                f.write_str(" between ")?;
                moment(f, from)?;
                f.write_str(" and ")?;
                moment(f, to)
            }
            Self::Compare { group, rule } => ruled(f, "compare ", group, " with ", rule),
            Self::Preview { group, rule } => ruled(f, "preview alter group ", group, " as ", rule),
            Self::NextChange(group) => named(f, "next change of ", group),
            Self::Leaving { group, within, limit: at_most } => {
                named(f, "leaving ", group)?;
                write!(f, " within next {within}")?;
                limit(f, *at_most)
            }
            Self::Why { key, negated, group } => {
                write!(f, "why {}{key} in ", if *negated { "not " } else { "" })?;
                name(f, &group.text)
            }
        }
    }
}

fn expiry(f: &mut Formatter<'_>, expires: Option<&Expr>) -> fmt::Result {
    expires.iter().try_for_each(|moment| {
        f.write_str(" expire at ")?;
        at(f, moment, Level::Sum)
    })
}

fn create(f: &mut Formatter<'_>, group: &Name, source: &GroupSource) -> fmt::Result {
    let is_dynamic = matches!(source, GroupSource::Dynamic(_));
    let words = if is_dynamic { "create dynamic group " } else { "create fixed group " };
    named(f, words, group)?;
    match source {
        GroupSource::Dynamic(rule) | GroupSource::Fixed(rule) => write!(f, " as {rule}"),
        GroupSource::Keys(keys) => write!(f, " from keys {keys}"),
        GroupSource::File { path, key } => {
            f.write_str(" from ")?;
            text(f, &path.text)?;
            named(f, " key ", key)
        }
    }
}

pub(super) fn selection(f: &mut Formatter<'_>, words: &str, members: &Selection) -> fmt::Result {
    f.write_str(words)?;
    match members {
        Selection::Keys(keys) => write!(f, " keys {keys}"),
        Selection::Rule(rule) => write!(f, " where {rule}"),
    }
}

pub(super) fn moment(f: &mut Formatter<'_>, moment: &Moment) -> fmt::Result {
    match moment {
        Moment::Commit(number) => write!(f, "commit {number}"),
        Moment::At(instant) => at(f, instant, Level::Sum),
    }
}

pub(super) fn limit(f: &mut Formatter<'_>, limit: Option<u64>) -> fmt::Result {
    limit.iter().try_for_each(|limit| write!(f, " limit {limit}"))
}

fn named(f: &mut Formatter<'_>, words: &str, group: &Name) -> fmt::Result {
    f.write_str(words)?;
    name(f, &group.text)
}

fn two(f: &mut Formatter<'_>, words: &str, one: &Name, between: &str, other: &Name) -> fmt::Result {
    named(f, words, one)?;
    named(f, between, other)
}

fn ruled(
    f: &mut Formatter<'_>,
    words: &str,
    group: &Name,
    between: &str,
    rule: &Expr,
) -> fmt::Result {
    named(f, words, group)?;
    write!(f, "{between}{rule}")
}
