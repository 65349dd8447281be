//! Random statements about care.

use proptest::prelude::*;

use super::group_strategy::any_selection;
use super::strategy::{any_name, any_rule, any_span, any_text};
use crate::lang::SourceSpan;
use crate::lang::ast::{
    Answer, Cadence, Care, Due, Expr, ExprKind, Literal, Over, Stage, Standard, Store, TextLiteral,
};
use crate::model::{Decimal, Duration, Unit};

fn any_length() -> BoxedStrategy<Duration> {
    let units = prop::sample::select(Unit::ALL.to_vec());
    (1..=i64::MAX, units).prop_map(|(amount, unit)| Duration { amount, unit }).boxed()
}

fn any_cadence() -> BoxedStrategy<Cadence> {
    (any_length(), any_name()).prop_map(|(every, table)| Cadence { every, table }).boxed()
}

fn any_standard() -> BoxedStrategy<Standard> {
    let answer = (any_length(), any_name(), prop::option::of(any_name()))
        .prop_map(|(within, table, property)| Answer { within, table, property });
    let text = || prop::option::of(any_text());
    let release = prop::option::of((any_cadence(), prop::option::of(any_length())));
    (
        (any_name(), prop::option::of(any_name())),
        (prop::option::of(any_cadence()), prop::option::of(answer)),
        (text(), text(), any_text()),
        release,
        prop::option::of(any::<u64>()),
    )
        .prop_map(|((name, group), (visit, answer), (offer, owner, note), release, limit)| {
            let (release, protect) = release.unzip();
            let protect = protect.flatten();
            let note = Some(note);
            Standard { name, group, visit, answer, offer, owner, note, release, protect, limit }
        })
        .boxed()
}

fn any_stages() -> BoxedStrategy<Vec<Stage>> {
    let share = || prop::option::of((0..=100_000i128).prop_map(|units| Decimal::new(units, 3)));
    let stage = (any_name(), 1..=1_000i128, share(), share());
    prop::collection::vec(stage, 0..4)
        .prop_map(|parts| {
            let mut below = 0;
            let n = parts.len();
            let mut stages: Vec<Stage> = Vec::new();
            for (at, (name, more, old, loyal)) in parts.into_iter().enumerate() {
                below += more;
                let bound = (at + 1 < n).then(|| Decimal::new(below, 1));
                let name = TextLiteral { text: name.text, span: name.span };
                if stages.iter().any(|stage| stage.name == name) {
                    return Vec::new();
                }
                stages.push(Stage { name, below: bound, old, loyal });
            }
            stages
        })
        .boxed()
}

fn any_condition() -> BoxedStrategy<Option<Expr>> {
    prop::option::of(any_rule()).boxed()
}

pub(super) fn any_care() -> BoxedStrategy<Care> {
    let due = (
        prop::option::of(any_name()),
        any_condition(),
        prop::option::of(any_length()),
        prop::option::of(any::<u64>()),
    )
        .prop_map(|(group, rule, within, limit)| Care::Due(Due { group, rule, within, limit }));
    let over = |span| Over { span, at: SourceSpan::default() };
    let span = || prop::option::of(any_span(any_rule()).prop_map(over));
    let report = (any_condition(), span()).prop_map(|(rule, over)| Care::Report { rule, over });
    let owner = any_text().prop_map(|text| Expr {
        kind: ExprKind::Literal(Literal::Text(text.text)),
        span: text.span,
    });
    let tables = (prop::option::of(any_name()), prop::option::of(any_name()));
    let store = (tables, any_condition(), span(), (any_condition(), any_condition()), any_stages())
        .prop_map(|((orders, consultations), rule, over, (old, loyal), stages)| {
            let store = Store { orders, consultations, rule, over, old, loyal, stages };
            Care::Store(Box::new(store))
        });
    prop_oneof![
        any_standard().prop_map(Care::Create),
        any_standard().prop_map(Care::Alter),
        (any_name(), any::<bool>()).prop_map(|(name, cascade)| Care::Drop { name, cascade }),
        Just(Care::Show),
        any_name().prop_map(Care::Describe),
        due,
        report,
        prop::option::of(any_name()).prop_map(Care::CreateOwnership),
        Just(Care::DropOwnership),
        (any_selection(), owner).prop_map(|(whom, owner)| Care::Claim(whom, owner)),
        prop::option::of(any_selection()).prop_map(Care::Release),
        store,
    ]
    .boxed()
}
