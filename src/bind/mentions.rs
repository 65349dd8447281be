//! Which attributes a rule reads.

use super::{Predicate, RankBy, RankSpec};
use crate::model::AttributeId;

/// Every attribute that evaluating the rule reads, rankings and arithmetic included: sorted,
/// without repeats.
pub(crate) fn attributes(predicate: &Predicate) -> Vec<AttributeId> {
    let mut mentions = Vec::new();
    collect(predicate, &mut mentions);
    sorted(mentions)
}

/// Whether evaluating the rule reads the customers' keys.
pub(crate) fn reads_keys(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Key(_) | Predicate::Sample { .. } => true,
        Predicate::And(clauses) | Predicate::Or(clauses) => clauses.iter().any(reads_keys),
        Predicate::Not(clause) => reads_keys(clause),
        Predicate::Rank(rank) => rank.among.as_ref().is_some_and(reads_keys),
        _ => false,
    }
}

/// Attributes sorted, without repeats.
pub(super) fn sorted(mut attributes: Vec<AttributeId>) -> Vec<AttributeId> {
    attributes.sort_unstable();
    attributes.dedup();
    attributes
}

/// Pushes every attribute that a rule reads, once per mention.
pub(super) fn collect(predicate: &Predicate, into: &mut Vec<AttributeId>) {
    match predicate {
        Predicate::Constant(_) | Predicate::Key(_) | Predicate::Sample { .. } => {}
        Predicate::And(clauses) | Predicate::Or(clauses) => {
            clauses.iter().for_each(|clause| collect(clause, into));
        }
        Predicate::Not(clause) => collect(clause, into),
        Predicate::Known(attribute)
        | Predicate::Units { attribute, .. }
        | Predicate::Within { attribute, .. }
        | Predicate::Anniversary { attribute, .. }
        | Predicate::Text { attribute, .. }
        | Predicate::AnyElement { attribute, .. }
        | Predicate::Size { attribute, .. }
        | Predicate::SetEquals { attribute, .. } => into.push(*attribute),
        Predicate::Compare { left, right, .. } => {
            left.attributes(into);
            right.attributes(into);
        }
        Predicate::ScalarKnown(scalar) => scalar.attributes(into),
        Predicate::CompareText { left, right, .. } => into.extend([*left, *right]),
        Predicate::Rank(rank) => collect_rank(rank, into),
    }
}

fn collect_rank(rank: &RankSpec, into: &mut Vec<AttributeId>) {
    match &rank.by {
        RankBy::Scalar(scalar) => scalar.attributes(into),
        RankBy::Text(attribute) => into.push(*attribute),
    }
    into.extend(rank.per);
    if let Some(among) = &rank.among {
        collect(among, into);
    }
}
