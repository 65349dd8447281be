//! What merging clauses of one attribute within an `and` and within an `or` have in common.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{AttributeId, RangeSet, TimeFunction};
use crate::plan::{Junction, Leaf, LogicalPlan};

/// The set operation that joins leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algebra {
    Union,
    Intersection,
}

/// What leaves have in common when one leaf can stand for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Values(AttributeId),
    Elements(AttributeId),
    Size(AttributeId),
    Function(AttributeId, TimeFunction),
    IntKeys,
    TextKeys,
}

/// The children of a junction with those of one subject made one, at the place of the first.
pub(super) fn merged(junction: Junction, children: Vec<LogicalPlan>) -> Vec<LogicalPlan> {
    let mut places: HashMap<(Subject, bool), usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::with_capacity(children.len());
    for child in children {
        match key(junction, &child) {
            Some(key) => match places.get(&key) {
                Some(place) => groups[*place].push(child),
                None => {
                    places.insert(key, groups.len());
                    groups.push(vec![child]);
                }
            },
            None => groups.push(vec![child]),
        }
    }
    groups.into_iter().map(|group| joined(junction, group)).collect()
}

type Group = Vec<LogicalPlan>;

fn key(junction: Junction, plan: &LogicalPlan) -> Option<(Subject, bool)> {
    let LogicalPlan::Leaf { leaf, negated } = plan else { return None };
    let subject = match leaf {
        Leaf::Values { attribute, .. } => Subject::Values(*attribute),
        Leaf::Size { attribute, .. } => Subject::Size(*attribute),
        Leaf::Function { attribute, function, .. } => Subject::Function(*attribute, *function),
        Leaf::IntKeys(_) => Subject::IntKeys,
        Leaf::TextKeys(_) => Subject::TextKeys,
        // A customer may hold several elements: those in both lists are no intersection.
        Leaf::Elements { attribute, .. } if algebra(junction, *negated) == Algebra::Union => {
            Subject::Elements(*attribute)
        }
        _ => return None,
    };
    Some((subject, *negated))
}

/// `or` unites and `and` intersects; below a `not` it is the other way round.
fn algebra(junction: Junction, negated: bool) -> Algebra {
    match (junction, negated) {
        (Junction::Any, false) | (Junction::All, true) => Algebra::Union,
        (Junction::All, false) | (Junction::Any, true) => Algebra::Intersection,
    }
}

/// One plan for a group of leaves of one key.
fn joined(junction: Junction, mut group: Group) -> LogicalPlan {
    if group.len() == 1 {
        return group.swap_remove(0);
    }
    let mut negated = false;
    let leaves: Vec<Leaf<LogicalPlan>> = group
        .into_iter()
        .filter_map(|plan| match plan {
            LogicalPlan::Leaf { leaf, negated: marked } => {
                negated = marked;
                Some(leaf)
            }
            _ => None,
        })
        .collect();
    match joined_leaves(algebra(junction, negated), &leaves) {
        Some(leaf) => LogicalPlan::Leaf { leaf, negated },
        None => LogicalPlan::join(
            junction,
            leaves.into_iter().map(|leaf| LogicalPlan::Leaf { leaf, negated }).collect(),
        ),
    }
}

fn joined_leaves(algebra: Algebra, leaves: &[Leaf<LogicalPlan>]) -> Option<Leaf<LogicalPlan>> {
    let ranges = || all_ranges(algebra, leaves);
    Some(match leaves.first()? {
        Leaf::Values { attribute, .. } => {
            let mut flags = leaves.iter().map(|l| matches!(l, Leaf::Values { missing: true, .. }));
            let missing = match algebra {
                Algebra::Union => flags.any(|missing| missing),
                Algebra::Intersection => flags.all(|missing| missing),
            };
            Leaf::Values { attribute: *attribute, ranges: ranges(), missing }
        }
        Leaf::Size { attribute, .. } => Leaf::Size { attribute: *attribute, ranges: ranges() },
        Leaf::Function { attribute, function, .. } => {
            Leaf::Function { attribute: *attribute, function: *function, ranges: ranges() }
        }
        Leaf::IntKeys(_) => Leaf::IntKeys(ranges()),
        Leaf::TextKeys(_) => Leaf::TextKeys(Arc::new(text_keys(algebra, leaves))),
        Leaf::Elements { attribute, .. } => {
            Leaf::Elements { attribute: *attribute, codes: elements(leaves) }
        }
        _ => return None,
    })
}

/// The ranges of all leaves joined at once: one after the other would take time quadratic in
/// their number.
fn all_ranges(algebra: Algebra, leaves: &[Leaf<LogicalPlan>]) -> RangeSet {
    let sets: Vec<&RangeSet> = leaves.iter().filter_map(ranges_of).collect();
    let union = |sets: &[RangeSet]| {
        RangeSet::from_ranges(sets.iter().flat_map(|set| set.as_slice().iter().copied()))
    };
    match (algebra, &sets[..]) {
        (Algebra::Union, _) => {
            RangeSet::from_ranges(sets.iter().flat_map(|set| set.as_slice().iter().copied()))
        }
        (Algebra::Intersection, [a, b]) => a.intersection(b),
        (Algebra::Intersection, _) => {
            let outside: Vec<RangeSet> = sets.iter().map(|set| set.complement()).collect();
            union(&outside).complement()
        }
    }
}

fn ranges_of(leaf: &Leaf<LogicalPlan>) -> Option<&RangeSet> {
    match leaf {
        Leaf::Values { ranges, .. }
        | Leaf::Size { ranges, .. }
        | Leaf::Function { ranges, .. }
        | Leaf::IntKeys(ranges) => Some(ranges),
        _ => None,
    }
}

fn text_keys(algebra: Algebra, leaves: &[Leaf<LogicalPlan>]) -> Vec<String> {
    let mut lists = leaves.iter().filter_map(|leaf| match leaf {
        Leaf::TextKeys(keys) => Some(keys),
        _ => None,
    });
    match algebra {
        Algebra::Union => {
            let mut keys: Vec<String> = lists.flat_map(|keys| keys.iter().cloned()).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        }
        Algebra::Intersection => {
            let mut keys = lists.next().map_or_else(Vec::new, |keys| keys.to_vec());
            for other in lists {
                keys.retain(|key| other.binary_search(key).is_ok());
            }
            keys
        }
    }
}

fn elements(leaves: &[Leaf<LogicalPlan>]) -> Vec<u32> {
    let lists = leaves.iter().filter_map(|leaf| match leaf {
        Leaf::Elements { codes, .. } => Some(codes),
        _ => None,
    });
    let mut codes: Vec<u32> = lists.flatten().copied().collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
