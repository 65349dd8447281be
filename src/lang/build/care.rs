//! Statements about care.

use crate::lang::ast::{
    Answer, Cadence, Care, Due, Name, Over, Stage, Standard, Store, TextLiteral,
};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic};
use crate::model::{Decimal, Duration};

use super::event::event_span;
use super::expression::expression;
use super::group::{limit_of, selection};
use super::literal::{decimal, duration};
use super::parts::{Built, Parts, extent, name, text};
use super::question::once;
use super::statement::rule;

/// `create standard …`, `due visits …`, `claim …`, …
pub(super) fn care(pair: Pair<'_>) -> Built<Care> {
    let kind = pair.as_rule();
    Ok(match kind {
        Rule::CreateStandard => Care::Create(standard(Parts::of(pair).find(Rule::Standard)?)?),
        Rule::AlterStandard => Care::Alter(standard(Parts::of(pair).find(Rule::Standard)?)?),
        Rule::DueStatement => Care::Due(due(pair)?),
        Rule::StandardsReport => report(pair)?,
        Rule::CreateOwnership => {
            Care::CreateOwnership(Parts::of(pair).all(Rule::Name).next().map(|pair| name(&pair)))
        }
        Rule::ClaimStatement => {
            let mut parts = Parts::of(pair);
            let whom = selection(&mut parts)?;
            Care::Claim(whom, expression(parts.find(Rule::Constant)?)?)
        }
        Rule::ReleaseStatement => {
            let is_due = Parts::of(pair.clone()).all(Rule::DueWord).next().is_some();
            let whom = || selection(&mut Parts::of(pair));
            Care::Release(if is_due { None } else { Some(whom()?) })
        }
        _ => Care::Store(Box::new(store(pair)?)),
    })
}

/// `drop standard s [cascade]`, from the name on.
pub(super) fn drop(mut parts: Parts<'_>) -> Built<Care> {
    let name = name(&parts.find(Rule::Name)?);
    Ok(Care::Drop { name, cascade: parts.take(Rule::CascadeWord).is_some() })
}

fn standard(pair: Pair<'_>) -> Built<Standard> {
    let mut parts = Parts::of(pair);
    let called = name(&parts.find(Rule::Name)?);
    parts.take(Rule::ForWord);
    let group = match parts.next()?.as_rule() {
        Rule::GroupWord => Some(name(&parts.find(Rule::Name)?)),
        _ => None,
    };
    let mut all = Standard {
        name: called,
        group,
        visit: None,
        answer: None,
        offer: None,
        owner: None,
        note: None,
        release: None,
        protect: None,
        limit: None,
    };
    let mut protect_at = None;
    for part in parts.rest() {
        match part.as_rule() {
            Rule::StandardVisit => once(&mut all.visit, &part, "visit", cadence)?,
            Rule::StandardAnswer => once(&mut all.answer, &part, "answer", answer)?,
            Rule::StandardOffer => once(&mut all.offer, &part, "offer", label)?,
            Rule::StandardOwner => once(&mut all.owner, &part, "owner", label)?,
            Rule::StandardNote => once(&mut all.note, &part, "note", label)?,
            Rule::StandardRelease => once(&mut all.release, &part, "release", cadence)?,
            Rule::StandardProtect => {
                protect_at = Some(extent(&part));
                once(&mut all.protect, &part, "protect", |pair| {
                    length(Parts::of(pair).find(Rule::Duration)?)
                })?;
            }
            Rule::Limit => once(&mut all.limit, &part, "limit", limit_of)?,
            _ => {}
        }
    }
    match protect_at {
        Some(span) if all.release.is_none() => {
            let message = "there is nothing to protect from: this standard releases nobody";
            let hint = "add `release after 90 days by …`";
            Err(Diagnostic::new(Code::Missing, span, message).hint(hint).into())
        }
        _ => Ok(all),
    }
}

fn cadence(pair: Pair<'_>) -> Built<Cadence> {
    let mut parts = Parts::of(pair);
    let every = length(parts.find(Rule::Duration)?)?;
    Ok(Cadence { every, table: name(&parts.find(Rule::Name)?) })
}

fn answer(pair: Pair<'_>) -> Built<Answer> {
    let mut parts = Parts::of(pair);
    let within = length(parts.find(Rule::Duration)?)?;
    let table = name(&parts.find(Rule::Name)?);
    let property = |pair| -> Built<Name> { Ok(name(&Parts::of(pair).find(Rule::Name)?)) };
    let property = parts.take(Rule::Property).map(property).transpose()?;
    Ok(Answer { within, table, property })
}

/// A length of time above zero.
fn length(pair: Pair<'_>) -> Built<Duration> {
    let span = extent(&pair);
    let length = duration(pair)?;
    if length.amount > 0 {
        return Ok(length);
    }
    let message = format!("`{length}` is no length of time");
    Err(Diagnostic::new(Code::OutOfBounds, span, message).into())
}

/// A text in quotes, or a name in place of one: the last part.
fn label(pair: Pair<'_>) -> Built<TextLiteral> {
    let mut parts = Parts::of(pair);
    parts.next()?;
    named(&parts.next()?)
}

fn named(pair: &Pair<'_>) -> Built<TextLiteral> {
    match pair.as_rule() {
        Rule::Text => text(pair),
        _ => {
            let Name { text, span } = name(pair);
            Ok(TextLiteral { text, span })
        }
    }
}

fn due(pair: Pair<'_>) -> Built<Due> {
    let mut all = Due { group: None, rule: None, within: None, limit: None };
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::DueFor => once(&mut all.group, &part, "for", |pair| {
                Ok(name(&Parts::of(pair).find(Rule::Name)?))
            })?,
            Rule::Where => once(&mut all.rule, &part, "where", rule)?,
            Rule::DueWithin => once(&mut all.within, &part, "within", |pair| {
                length(Parts::of(pair).find(Rule::Duration)?)
            })?,
            Rule::Limit => once(&mut all.limit, &part, "limit", limit_of)?,
            _ => {}
        }
    }
    Ok(all)
}

fn report(pair: Pair<'_>) -> Built<Care> {
    let (mut filter, mut over) = (None, None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::Where => once(&mut filter, &part, "where", rule)?,
            Rule::EventSpan => once(&mut over, &part, "over", over_span)?,
            _ => {}
        }
    }
    Ok(Care::Report { rule: filter, over })
}

fn store(pair: Pair<'_>) -> Built<Store> {
    let (mut orders, mut consultations, mut filter, mut over) = (None, None, None, None);
    let (mut old, mut loyal, mut stages) = (None, None, None);
    for part in Parts::of(pair).rest() {
        let table = |pair| Ok(name(&Parts::of(pair).find(Rule::Name)?));
        match part.as_rule() {
            Rule::StoreOf => once(&mut orders, &part, "of", table)?,
            Rule::StoreBy => once(&mut consultations, &part, "by", table)?,
            Rule::StoreOld => once(&mut old, &part, "old", rule)?,
            Rule::StoreLoyal => once(&mut loyal, &part, "loyal", rule)?,
            Rule::StoreStages => once(&mut stages, &part, "stages", stages_of)?,
            Rule::Where => once(&mut filter, &part, "where", rule)?,
            Rule::EventSpan => once(&mut over, &part, "over", over_span)?,
            _ => {}
        }
    }
    let stages = stages.unwrap_or_default();
    Ok(Store { orders, consultations, rule: filter, over, old, loyal, stages })
}

fn over_span(pair: Pair<'_>) -> Built<Over> {
    let (span, at) = event_span(pair)?;
    Ok(Over { span, at })
}

/// Stages one after the other, `rest` the last.
fn stages_of(pair: Pair<'_>) -> Built<Vec<Stage>> {
    let parts: Vec<Pair<'_>> = Parts::of(pair).all(Rule::Stage).collect();
    let mut stages: Vec<Stage> = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let (span, is_last) = (extent(part), at + 1 == parts.len());
        let stage = stage(part.clone())?;
        let wrong = |code, message: String| Err(Diagnostic::new(code, span, message).into());
        if stages.iter().any(|known| known.name == stage.name) {
            let message = format!("there are two stages `{}`", stage.name.text);
            return wrong(Code::Duplicate, message);
        }
        match (stage.below, stages.last().and_then(|last| last.below)) {
            (None, _) if !is_last => {
                return wrong(Code::Unsupported, "`rest` is the last stage".to_owned());
            }
            (Some(_), _) if is_last => {
                let message = "the last stage takes what is left: `rest`".to_owned();
                return wrong(Code::Missing, message);
            }
            (Some(below), None) if below <= Decimal::new(0, 0) => {
                let message = "no shop has fewer than 0 consultations a day".to_owned();
                return wrong(Code::OutOfBounds, message);
            }
            (Some(below), Some(before)) if below <= before => {
                let message = format!("a stage ends above the one before it: {before}");
                return wrong(Code::OutOfBounds, message);
            }
            _ => stages.push(stage),
        }
    }
    Ok(stages)
}

fn stage(pair: Pair<'_>) -> Built<Stage> {
    let mut parts = Parts::of(pair);
    let name = named(&parts.next()?)?;
    parts.take(Rule::Colon);
    let below = parts.next()?;
    let below = match below.as_rule() {
        Rule::Number => Some(decimal(&below)?),
        _ => None,
    };
    let (mut old, mut loyal) = (None, None);
    for part in parts.rest() {
        match part.as_rule() {
            Rule::StageOld => once(&mut old, &part, "old", share)?,
            Rule::StageLoyal => once(&mut loyal, &part, "loyal", share)?,
            _ => {}
        }
    }
    Ok(Stage { name, below, old, loyal })
}

fn share(pair: Pair<'_>) -> Built<Decimal> {
    let span = extent(&pair);
    let share = decimal(&Parts::of(pair).find(Rule::Number)?)?;
    if share <= Decimal::new(100, 0) {
        return Ok(share);
    }
    let message = format!("no share is {share} %");
    Err(Diagnostic::new(Code::OutOfBounds, span, message).into())
}
