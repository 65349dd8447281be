//! Reports about groups.

use crate::lang::ast::{
    Cohorts, EventSource, Expr, Insight, Intervals, Name, Overlap, Profile, Rank, RankedBy,
    SpanExpr, Successions, TextLiteral,
};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::CalendarUnit;

use super::event::event_span;
use super::expression::expression;
use super::group::limit_of;
use super::parts::{Built, Parts, broken, extent, name, text};
use super::question::once;
use super::span::calendar_unit;
use super::statement::rule;

/// `overlap …`, `rank …`, `intervals …`, …
pub(super) fn insight(pair: Pair<'_>) -> Built<Insight> {
    Ok(match pair.as_rule() {
        Rule::OverlapStatement => Insight::Overlap(overlap(pair)?),
        Rule::RankStatement => Insight::Rank(rank(&pair)?),
        Rule::IntervalsStatement => {
            let clauses = Clauses::of(&pair)?;
            let events = events(&pair, clauses.over)?;
            Insight::Intervals(Intervals { events, by: clauses.by_name, rule: clauses.rule })
        }
        Rule::SuccessionsStatement => {
            let (property, clauses) = (property(&pair)?, Clauses::of(&pair)?);
            let events = events(&pair, clauses.over)?;
            let Clauses { rule, limit, .. } = clauses;
            Insight::Successions(Successions { property, events, rule, limit })
        }
        Rule::CohortsStatement => {
            let clauses = Clauses::of(&pair)?;
            let events = events(&pair, clauses.over)?;
            let missing = || {
                let message = "how long a period is has to be said";
                let error = Diagnostic::new(Code::Missing, events.table.span, message);
                error.hint(format!("`cohorts of {} by month`", events.table))
            };
            let unit = clauses.by_unit.ok_or_else(missing)?;
            Insight::Cohorts(Cohorts { events, unit, rule: clauses.rule })
        }
        _ => {
            let Clauses { rule, versus, path, .. } = Clauses::of(&pair)?;
            Insight::Profile(Profile { rule, versus, path })
        }
    })
}

fn overlap(pair: Pair<'_>) -> Built<Overlap> {
    let (mut sets, mut filter) = (Vec::new(), None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::OverlapSet => {
                let mut parts = Parts::of(part);
                let set = expression(parts.next()?)?;
                parts.take(Rule::AsWord);
                sets.push((set, parts.take(Rule::Name).map(|pair| name(&pair))));
            }
            Rule::Where => filter = Some(rule(part)?),
            _ => {}
        }
    }
    Ok(Overlap { sets, rule: filter })
}

fn rank(pair: &Pair<'_>) -> Built<Rank> {
    let (property, clauses) = (property(pair)?, Clauses::of(pair)?);
    let events = events(pair, clauses.over)?;
    let Clauses { rule, versus, limit, ranked_by, .. } = clauses;
    let by = ranked_by.unwrap_or(RankedBy::Count);
    Ok(Rank { property, events, rule, by, versus, limit })
}

/// The name before `in`.
fn property(pair: &Pair<'_>) -> Built<Name> {
    Ok(name(&Parts::of(pair.clone()).find(Rule::Name)?))
}

/// The clauses of a report, as far as it has them.
#[derive(Default)]
struct Clauses {
    rule: Option<Expr>,
    over: Option<(SpanExpr, SourceSpan)>,
    versus: Option<Expr>,
    limit: Option<u64>,
    ranked_by: Option<RankedBy>,
    by_name: Option<Name>,
    by_unit: Option<CalendarUnit>,
    path: Option<TextLiteral>,
}

impl Clauses {
    fn of(pair: &Pair<'_>) -> Built<Self> {
        let mut all = Self::default();
        for part in Parts::of(pair.clone()).rest() {
            match part.as_rule() {
                Rule::Where => once(&mut all.rule, &part, "where", rule)?,
                Rule::EventSpan => once(&mut all.over, &part, "over", event_span)?,
                Rule::Versus => once(&mut all.versus, &part, "vs", rule)?,
                Rule::Limit => once(&mut all.limit, &part, "limit", limit_of)?,
                Rule::RankBy => once(&mut all.ranked_by, &part, "by", ranked_by)?,
                Rule::IntervalsBy => once(&mut all.by_name, &part, "by", |pair| {
                    Ok(name(&Parts::of(pair).find(Rule::Name)?))
                })?,
                Rule::CohortsBy => {
                    once(&mut all.by_unit, &part, "by", |pair| calendar_unit(Parts::of(pair)))?;
                }
                Rule::ProfileTo => once(&mut all.path, &part, "to", |pair| {
                    text(&Parts::of(pair).find(Rule::Text)?)
                })?,
                _ => {}
            }
        }
        Ok(all)
    }
}

fn ranked_by(pair: Pair<'_>) -> Built<RankedBy> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::ByWord);
    Ok(match parts.next()?.as_rule() {
        Rule::CountWord => RankedBy::Count,
        Rule::CustomersWord => RankedBy::Customers,
        _ => RankedBy::Sum(expression(parts.find(Rule::Expr)?)?),
    })
}

/// The events of a report, with the span behind `over`.
fn events(pair: &Pair<'_>, over: Option<(SpanExpr, SourceSpan)>) -> Built<EventSource> {
    let source = Parts::of(pair.clone()).find(Rule::EventSource)?;
    let (mut table, mut filter, mut span) = (None, None, over);
    for part in Parts::of(source.clone()).rest() {
        match part.as_rule() {
            Rule::Name => table = Some(name(&part)),
            Rule::EventFilter => filter = Some(rule(part)?),
            Rule::EventSpan => once(&mut span, &part, "over", event_span)?,
            _ => {}
        }
    }
    let table = table.ok_or_else(|| broken(&source))?;
    let (span, span_at) = span.unzip();
    let span_at = span_at.unwrap_or_else(|| extent(&source));
    Ok(EventSource { table, filter, span, span_at })
}
