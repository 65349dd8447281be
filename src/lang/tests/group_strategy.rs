//! Random statements about groups.

use proptest::prelude::*;

use super::strategy::{any_duration, any_name, any_rule, any_span, any_text, expr};
use crate::lang::ast::{
    Expr, ExprKind, GroupSource, GroupStatement, List, Literal, Moment, Name, Selection,
};

fn any_key() -> BoxedStrategy<Expr> {
    prop_oneof![
        any_text().prop_map(|text| expr(ExprKind::Literal(Literal::Text(text.text)))),
        any_name().prop_filter_map("a parameter's name is plain", |name| {
            let is_plain = name.text.chars().all(|c| c.is_ascii_alphabetic());
            is_plain.then(|| expr(ExprKind::Parameter(name.text)))
        }),
    ]
    .boxed()
}

fn any_keys() -> BoxedStrategy<List> {
    prop::collection::vec(any_key(), 1..4).prop_map(List::Values).boxed()
}

pub(super) fn any_selection() -> BoxedStrategy<Selection> {
    prop_oneof![any_keys().prop_map(Selection::Keys), any_rule().prop_map(Selection::Rule)].boxed()
}

fn any_source() -> BoxedStrategy<GroupSource> {
    prop_oneof![
        any_rule().prop_map(GroupSource::Dynamic),
        any_rule().prop_map(GroupSource::Fixed),
        any_keys().prop_map(GroupSource::Keys),
        (any_text(), any_name()).prop_map(|(path, key)| GroupSource::File { path, key }),
    ]
    .boxed()
}

fn any_expiry() -> BoxedStrategy<Option<Expr>> {
    let moment = any_moment().prop_filter_map("a commit", |moment| moment.expr().cloned());
    prop::option::of(moment).boxed()
}

fn any_moment() -> BoxedStrategy<Moment> {
    prop_oneof![any::<u64>().prop_map(Moment::Commit), any_rule().prop_map(Moment::At)].boxed()
}

fn any_number() -> BoxedStrategy<Option<u64>> {
    prop::option::of(any::<u64>()).boxed()
}

fn two_names() -> (BoxedStrategy<Name>, BoxedStrategy<Name>) {
    (any_name(), any_name())
}

fn any_change() -> BoxedStrategy<GroupStatement> {
    prop_oneof![
        (any_name(), any_source(), any_expiry()).prop_map(|(name, source, expires)| {
            GroupStatement::Create { name, source, expires }
        }),
        (any_name(), any_rule(), any_expiry())
            .prop_map(|(name, rule, expires)| GroupStatement::Alter { name, rule, expires }),
        (any_name(), any_expiry()).prop_map(|(name, at)| GroupStatement::Expire { name, at }),
        two_names().prop_map(|(from, to)| GroupStatement::Rename(from, to)),
        (any_name(), any::<bool>())
            .prop_map(|(name, cascade)| GroupStatement::Drop { name, cascade }),
        (any_selection(), any_name())
            .prop_map(|(members, group)| { GroupStatement::Add(members, group) }),
        (any_selection(), any_name())
            .prop_map(|(members, group)| { GroupStatement::Remove(members, group) }),
        (any_name(), any_name(), any_expiry())
            .prop_map(|(group, name, expires)| GroupStatement::Freeze { group, name, expires }),
    ]
    .boxed()
}

fn any_question() -> BoxedStrategy<GroupStatement> {
    let span = || prop::option::of(any_span(any_rule()));
    prop_oneof![
        Just(GroupStatement::Show),
        any_name().prop_map(GroupStatement::Describe),
        any_key().prop_map(GroupStatement::GroupsOf),
        (any_name(), any_number(), any_number())
            .prop_map(|(group, since, limit)| GroupStatement::Changes { group, since, limit }),
        (any_name(), span()).prop_map(|(group, over)| GroupStatement::History { group, over }),
        (any_name(), prop::option::of(any_moment()), any_number())
            .prop_map(|(group, as_of, limit)| GroupStatement::Members { group, as_of, limit }),
        two_names().prop_map(|(one, other)| GroupStatement::DiffGroups(one, other)),
        (any_name(), any_moment(), any_moment())
            .prop_map(|(group, from, to)| GroupStatement::DiffMoments(group, from, to)),
        (any_name(), any_rule()).prop_map(|(group, rule)| GroupStatement::Compare { group, rule }),
        (any_name(), any_rule()).prop_map(|(group, rule)| GroupStatement::Preview { group, rule }),
        any_name().prop_map(GroupStatement::NextChange),
        (any_name(), any_duration(), any_number())
            .prop_map(|(group, within, limit)| GroupStatement::Leaving { group, within, limit }),
        (any_key(), any::<bool>(), any_name())
            .prop_map(|(key, negated, group)| GroupStatement::Why { key, negated, group }),
    ]
    .boxed()
}

/// Any statement about groups.
pub(super) fn any_group_statement() -> BoxedStrategy<GroupStatement> {
    prop_oneof![any_change(), any_question()].boxed()
}
