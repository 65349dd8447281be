//! Random reports.

use proptest::prelude::*;

use super::event_strategy::any_filter;
use super::strategy::{any_name, any_rule, any_span, any_text};
use crate::lang::SourceSpan;
use crate::lang::ast::{
    Cohorts, EventSource, Expr, Insight, Intervals, Overlap, Profile, Rank, RankedBy, Successions,
};
use crate::model::CalendarUnit;

fn any_events() -> BoxedStrategy<EventSource> {
    let filter = prop::option::of(any_filter(any_name()));
    (any_name(), filter, prop::option::of(any_span(any_rule())))
        .prop_map(|(table, filter, span)| EventSource {
            table,
            filter,
            span,
            span_at: SourceSpan::default(),
        })
        .boxed()
}

fn any_condition() -> BoxedStrategy<Option<Expr>> {
    prop::option::of(any_rule()).boxed()
}

fn any_limit() -> BoxedStrategy<Option<u64>> {
    prop::option::of(any::<u64>()).boxed()
}

pub(super) fn any_insight() -> BoxedStrategy<Insight> {
    let sets = prop::collection::vec((any_rule(), prop::option::of(any_name())), 1..4);
    let overlap =
        (sets, any_condition()).prop_map(|(sets, rule)| Insight::Overlap(Overlap { sets, rule }));
    let by = prop_oneof![
        Just(RankedBy::Count),
        Just(RankedBy::Customers),
        any_filter(any_name()).prop_map(RankedBy::Sum),
    ];
    let rank = ((any_name(), any_events()), any_condition(), by, any_condition(), any_limit())
        .prop_map(|((property, events), rule, by, versus, limit)| {
            Insight::Rank(Rank { property, events, rule, by, versus, limit })
        });
    let intervals = (any_events(), prop::option::of(any_name()), any_condition())
        .prop_map(|(events, by, rule)| Insight::Intervals(Intervals { events, by, rule }));
    let successions = (any_name(), any_events(), any_condition(), any_limit()).prop_map(
        |(property, events, rule, limit)| {
            Insight::Successions(Successions { property, events, rule, limit })
        },
    );
    let units =
        vec![CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter, CalendarUnit::Year];
    let cohorts = (any_events(), prop::sample::select(units), any_condition())
        .prop_map(|(events, unit, rule)| Insight::Cohorts(Cohorts { events, unit, rule }));
    let profile = (any_condition(), any_condition(), prop::option::of(any_text()))
        .prop_map(|(rule, versus, path)| Insight::Profile(Profile { rule, versus, path }));
    prop_oneof![overlap, rank, intervals, successions, cohorts, profile].boxed()
}
