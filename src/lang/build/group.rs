//! Statements about groups.

use crate::lang::ast::{Expr, GroupSource, GroupStatement, List, Moment, Selection};
use crate::lang::grammar::{Pair, Rule};

use super::event::event_span;
use super::expression::expression;
use super::literal::{duration, whole};
use super::parts::{Built, Parts, broken, name, text};
use super::statement::rule;
use super::test::list;

/// `create dynamic group …`, `changes of …`, `why … in …`, …
pub(super) fn group(pair: Pair<'_>) -> Built<GroupStatement> {
    let kind = pair.as_rule();
    let whole_pair = pair.clone();
    let mut parts = Parts::of(pair);
    match kind {
        Rule::CreateGroup => create(parts),
        Rule::AlterGroup => {
            let name = name(&parts.find(Rule::Name)?);
            match parts.take(Rule::AsWord) {
                Some(_) => {
                    let rule = expression(parts.find(Rule::Expr)?)?;
                    Ok(GroupStatement::Alter { name, rule, expires: expiry(parts)? })
                }
                None => Ok(GroupStatement::Expire { name, at: expiry(parts)? }),
            }
        }
        Rule::RenameStatement => {
            let from = name(&parts.find(Rule::Name)?);
            Ok(GroupStatement::Rename(from, name(&parts.find(Rule::Name)?)))
        }
        Rule::FreezeStatement => {
            let group = name(&parts.find(Rule::Name)?);
            let name = name(&parts.find(Rule::Name)?);
            Ok(GroupStatement::Freeze { group, name, expires: expiry(parts)? })
        }
        Rule::AddStatement => {
            let selection = selection(&mut parts)?;
            Ok(GroupStatement::Add(selection, name(&parts.find(Rule::Name)?)))
        }
        Rule::RemoveStatement => {
            let selection = selection(&mut parts)?;
            Ok(GroupStatement::Remove(selection, name(&parts.find(Rule::Name)?)))
        }
        Rule::GroupsStatement => {
            Ok(GroupStatement::GroupsOf(expression(parts.find(Rule::Constant)?)?))
        }
        Rule::ChangesStatement => {
            let group = name(&parts.find(Rule::Name)?);
            let since = match parts.take(Rule::SinceWord) {
                Some(_) => Some(whole(&parts.find(Rule::Number)?)?),
                None => None,
            };
            Ok(GroupStatement::Changes { group, since, limit: limit(parts)? })
        }
        Rule::HistoryStatement => {
            let group = name(&parts.find(Rule::Name)?);
            let over = parts.take(Rule::EventSpan).map(event_span).transpose()?;
            let over = over.map(|(span, _)| span);
            Ok(GroupStatement::History { group, over })
        }
        Rule::MembersStatement => {
            let group = name(&parts.find(Rule::Name)?);
            let as_of = match parts.take(Rule::AsWord) {
                Some(_) => Some(moment(parts.find(Rule::Moment)?)?),
                None => None,
            };
            Ok(GroupStatement::Members { group, as_of, limit: limit(parts)? })
        }
        Rule::DiffStatement => diff(parts),
        Rule::CompareStatement => {
            let group = name(&parts.find(Rule::Name)?);
            Ok(GroupStatement::Compare { group, rule: expression(parts.find(Rule::Expr)?)? })
        }
        Rule::PreviewStatement => {
            let group = name(&parts.find(Rule::Name)?);
            Ok(GroupStatement::Preview { group, rule: expression(parts.find(Rule::Expr)?)? })
        }
        Rule::NextStatement => Ok(GroupStatement::NextChange(name(&parts.find(Rule::Name)?))),
        Rule::LeavingStatement => {
            let group = name(&parts.find(Rule::Name)?);
            let within = duration(parts.find(Rule::Duration)?)?;
            Ok(GroupStatement::Leaving { group, within, limit: limit(parts)? })
        }
        Rule::WhyStatement => {
            parts.take(Rule::WhyWord);
            let negated = parts.take(Rule::NotWord).is_some();
            let key = expression(parts.find(Rule::Constant)?)?;
            Ok(GroupStatement::Why { key, negated, group: name(&parts.find(Rule::Name)?) })
        }
        _ => Err(broken(&whole_pair)),
    }
}

/// `drop group g [cascade]`, from the name on.
pub(super) fn drop(mut parts: Parts<'_>) -> Built<GroupStatement> {
    let name = name(&parts.find(Rule::Name)?);
    Ok(GroupStatement::Drop { name, cascade: parts.take(Rule::CascadeWord).is_some() })
}

fn create(mut parts: Parts<'_>) -> Built<GroupStatement> {
    parts.take(Rule::CreateWord);
    let is_dynamic = parts.next()?.as_rule() == Rule::DynamicWord;
    let name = name(&parts.find(Rule::Name)?);
    parts.next()?;
    let members = parts.next()?;
    let expires = expiry(parts)?;
    let source = match members.as_rule() {
        Rule::GroupKeys => GroupSource::Keys(keys(members)?),
        Rule::GroupFile => {
            let mut parts = Parts::of(members);
            let path = text(&parts.find(Rule::Text)?)?;
            GroupSource::File { path, key: super::parts::name(&parts.find(Rule::Name)?) }
        }
        _ if is_dynamic => GroupSource::Dynamic(expression(members)?),
        _ => GroupSource::Fixed(expression(members)?),
    };
    Ok(GroupStatement::Create { name, source, expires })
}

/// `expire at 2026-12-31`, if it is written.
fn expiry(parts: Parts<'_>) -> Built<Option<Expr>> {
    let moment = |pair| expression(Parts::of(pair).find(Rule::Sum)?);
    parts.all(Rule::Expiry).next().map(moment).transpose()
}

/// `add keys (…)`, `remove where RULE`: the second part.
pub(super) fn selection(parts: &mut Parts<'_>) -> Built<Selection> {
    parts.next()?;
    let members = parts.next()?;
    match members.as_rule() {
        Rule::GroupKeys => keys(members).map(Selection::Keys),
        _ => rule(members).map(Selection::Rule),
    }
}

fn keys(pair: Pair<'_>) -> Built<List> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::KeysWord);
    list(parts.next()?)
}

pub(super) fn limit(parts: Parts<'_>) -> Built<Option<u64>> {
    parts.all(Rule::Limit).next().map(limit_of).transpose()
}

/// The number of a limit.
pub(super) fn limit_of(pair: Pair<'_>) -> Built<u64> {
    whole(&Parts::of(pair).find(Rule::Number)?)
}

fn diff(mut parts: Parts<'_>) -> Built<GroupStatement> {
    let group = name(&parts.find(Rule::Name)?);
    if parts.take(Rule::Comma).is_some() {
        return Ok(GroupStatement::DiffGroups(group, name(&parts.find(Rule::Name)?)));
    }
    let from = moment(parts.find(Rule::Moment)?)?;
    Ok(GroupStatement::DiffMoments(group, from, moment(parts.find(Rule::Moment)?)?))
}

pub(super) fn moment(pair: Pair<'_>) -> Built<Moment> {
    let mut parts = Parts::of(pair);
    match parts.take(Rule::CommitWord) {
        Some(_) => Ok(Moment::Commit(whole(&parts.find(Rule::Number)?)?)),
        None => Ok(Moment::At(expression(parts.next()?)?)),
    }
}
