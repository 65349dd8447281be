//! Random questions about events.

use proptest::prelude::*;

use super::strategy::{any_duration, any_leaf, any_name, any_node, any_span, any_text_name, expr};
use crate::lang::SourceSpan;
use crate::lang::ast::{Aggregate, CUSTOMER, Expr, ExprKind, Factor, Name, Sequence, Step};
use crate::model::EventFunction;

/// What the first step of a random sequence is called.
const FIRST: &str = "a b";

/// Any property of these.
pub(super) fn any_property(owner: BoxedStrategy<Name>) -> BoxedStrategy<Expr> {
    (owner, any_name()).prop_map(|(owner, name)| expr(ExprKind::Property { owner, name })).boxed()
}

/// A rule over one event, which may name properties of these.
pub(super) fn any_filter(owner: BoxedStrategy<Name>) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![4 => any_leaf(), 1 => any_property(owner)];
    leaf.prop_recursive(2, 6, 2, any_node).boxed()
}

fn named(text: &str) -> BoxedStrategy<Name> {
    Just(Name { text: text.to_owned(), span: SourceSpan::default() }).boxed()
}

/// A value of the events of one table.
fn any_value() -> BoxedStrategy<Expr> {
    any_name()
        .prop_filter("stands in filters", |name| name.text != CUSTOMER)
        .prop_flat_map(|table| {
            let property = || any_property(Just(table.clone()).boxed());
            let factor =
                prop_oneof![any_text_name().prop_map(ExprKind::Name).prop_map(expr), property()];
            let product = (property(), factor).prop_map(|(first, second)| {
                let factors = vec![(Factor::Times, first), (Factor::Over, second)];
                expr(ExprKind::Product(factors))
            });
            let negated = property().prop_map(|inner| expr(ExprKind::Negate(Box::new(inner))));
            prop_oneof![2 => property(), 1 => product, 1 => negated]
        })
        .boxed()
}

/// Any aggregate.
pub(super) fn any_aggregate() -> BoxedStrategy<Expr> {
    let function = prop::sample::select(EventFunction::ALL.to_vec());
    let table = any_text_name().prop_map(|table| expr(ExprKind::Name(table)));
    let filter = prop::option::of(any_filter(prop_oneof![any_name(), named(CUSTOMER)].boxed()));
    (function, table, any_value(), filter, prop::option::of(any_span(any_leaf())))
        .prop_map(|(function, table, value, filter, span)| {
            let argument = if function.is_of_events() { table } else { value };
            let span_at = SourceSpan::default();
            let aggregate = Aggregate { function, argument, filter, span, span_at };
            expr(ExprKind::Aggregate(Box::new(aggregate)))
        })
        .boxed()
}

fn any_step() -> BoxedStrategy<Step> {
    let owner = prop_oneof![named(FIRST), named(CUSTOMER)].boxed();
    let clauses = (
        prop::option::of(any_filter(owner)),
        prop::option::of(any_name()),
        prop::option::of(any_duration()),
    );
    (any::<bool>(), any_name(), clauses)
        .prop_map(|(negated, table, (filter, alias, within))| Step {
            negated,
            table,
            filter,
            alias,
            within,
            at: SourceSpan::default(),
        })
        .boxed()
}

/// Any sequence.
pub(super) fn any_sequence() -> BoxedStrategy<Expr> {
    let steps = prop::collection::vec(any_step(), 2..5);
    (steps, prop::option::of(any_span(any_leaf())), any_duration())
        .prop_map(|(mut steps, span, within)| {
            make_possible(&mut steps);
            if let Some(last) = steps.last_mut().filter(|last| last.negated) {
                last.within = Some(within);
            }
            let sequence = Sequence { steps, span, span_at: SourceSpan::default() };
            expr(ExprKind::Sequence(Box::new(sequence)))
        })
        .boxed()
}

/// Takes from the steps what no sequence has, but for a limit that the last may need.
fn make_possible(steps: &mut [Step]) {
    let mut names = vec![CUSTOMER.to_owned(), FIRST.to_owned()];
    let mut after_no = false;
    for (i, step) in steps.iter_mut().enumerate() {
        step.negated &= i > 0 && !after_no;
        after_no = step.negated;
        if step.negated || i == 0 {
            step.within = None;
        }
        step.alias =
            step.alias.take().filter(|alias| !step.negated && !names.contains(&alias.text));
        names.extend(step.alias.iter().map(|alias| alias.text.clone()));
    }
    steps[0].alias = Some(Name { text: FIRST.to_owned(), span: SourceSpan::default() });
}
