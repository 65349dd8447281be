//! Random cases, tiers and schemes.

use proptest::prelude::*;

use super::strategy::{any_comparison, any_name, any_rank_amount, any_rule, any_span};
use crate::lang::SourceSpan;
use crate::lang::ast::{
    Case, Cut, Expr, ExprKind, Grades, Grading, Label, Moment, Scheme, SchemeSource, StatementKind,
    Tier, Transitions,
};
use crate::model::{Decimal, Side};

pub(super) fn any_case(value: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let arms = prop::collection::vec((value.clone(), value.clone()), 1..4);
    (arms, prop::option::of(value))
        .prop_map(|(arms, otherwise)| ExprKind::Case(Box::new(Case { arms, otherwise })))
        .boxed()
}

pub(super) fn any_grading(value: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let bound = (any_comparison(), value.clone()).prop_map(|(op, value)| Cut::Bound(op, value));
    let side = prop::sample::select(vec![Side::Top, Side::Bottom]);
    let rank = (side, any_rank_amount()).prop_map(|(side, amount)| Cut::Rank(side, amount));
    let share =
        (0_i128..1_000, 0_u8..2).prop_map(|(units, scale)| Cut::Share(Decimal::new(units, scale)));
    let grades = prop_oneof![
        tiers(prop_oneof![bound, rank].boxed()).prop_map(Grades::Tiers),
        tiers(share.boxed()).prop_map(Grades::Shares),
        (any::<u64>(), any::<bool>()).prop_map(|(n, by_key)| Grades::Tiles {
            n,
            by_key,
            at: SourceSpan::default()
        }),
    ];
    (value.clone(), grades, prop::option::of(any_name()), prop::option::of(value))
        .prop_map(|(of, grades, per, among)| {
            ExprKind::Grading(Box::new(Grading { of, grades, per, among }))
        })
        .boxed()
}

/// Tiers of different labels, the last for the rest.
fn tiers(cut: BoxedStrategy<Cut>) -> BoxedStrategy<Vec<Tier>> {
    let texts = prop::collection::btree_set("[a-z]{1,4}|\\PC{0,4}|rest|case", 1..4)
        .prop_map(|texts| texts.into_iter().map(Label::Text).collect::<Vec<_>>());
    let numbers = prop::collection::btree_set(any::<i64>(), 1..4)
        .prop_map(|numbers| numbers.into_iter().map(Label::Number).collect::<Vec<_>>());
    let labels = prop_oneof![texts, numbers];
    (labels, prop::collection::vec(cut, 3), any::<bool>())
        .prop_map(|(labels, cuts, missing)| {
            let n = labels.len();
            let cuts = cuts.into_iter().take(n - 1).chain([Cut::Rest { missing }]);
            let tier = |(label, cut)| {
                let at = SourceSpan::default();
                Tier { label, cut, at, cut_at: at }
            };
            labels.into_iter().zip(cuts).map(tier).collect()
        })
        .boxed()
}

fn any_scheme() -> BoxedStrategy<Scheme> {
    let source =
        (any_name(), prop::option::of(any_rule())).prop_map(|(name, of)| SchemeSource { name, of });
    let over = prop::option::of(any_span(any_rule()));
    let rest = (prop::option::of(any_name()), any::<bool>());
    (any_name(), prop::collection::vec(source, 0..3), over, rest)
        .prop_map(|(name, on, over, (prefix, history))| Scheme { name, on, over, prefix, history })
        .boxed()
}

pub(super) fn any_derived_statement() -> BoxedStrategy<StatementKind> {
    let moment = || {
        prop_oneof![any::<u64>().prop_map(Moment::Commit), any_rule().prop_map(Moment::At)].boxed()
    };
    let end = (prop::option::of(any_rule()), prop::option::of(any::<u64>()));
    let transitions =
        (any_name(), moment(), moment(), end).prop_map(|(attribute, from, to, (rule, limit))| {
            StatementKind::Transitions(Transitions { attribute, from, to, rule, limit })
        });
    prop_oneof![
        (any_name(), any_rule(), any::<bool>()).prop_map(|(name, definition, history)| {
            StatementKind::CreateAttribute { name, definition, history }
        }),
        any_scheme().prop_map(StatementKind::CreateScheme),
        any_scheme().prop_map(StatementKind::ShowScheme),
        transitions,
    ]
    .boxed()
}
