//! Cheap and telling clauses come first, whatever the order they were written in.
//!
//! In an `and` a clause pays for itself by what it excludes, in an `or` by what it settles:
//! children go by cost over that share (Hanani, "An optimal evaluation of boolean expressions in
//! an online query system", CACM 20(5), 1977). Ties are broken by content, never by the order in
//! which clauses were written.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use crate::plan::interner::hash_leaf;
use crate::plan::{
    Context, Estimate, Junction, Leaf, Node, NodeKind, PhysicalPlan, cost, estimate,
};

/// What even a clause without cost counts for, so that ratios stay defined.
const LEAST_COST: f64 = 1e-6;

/// Orders the children of every `and` and `or`.
pub(super) fn apply(plan: PhysicalPlan, cx: &Context<'_>) -> PhysicalPlan {
    let shared = plan.shared.into_iter().map(|node| ordered(node, cx).node).collect();
    PhysicalPlan { root: ordered(plan.root, cx).node, shared, time: plan.time }
}

/// A node in order, and what its parent needs to know of it.
struct Ordered {
    node: Node,
    cost: f64,
    /// The share of the pool it holds.
    share: f64,
    /// The number of its attribute, so that ties show in the order of definition.
    subject: u32,
    /// A hash of its content, whatever the order of its children was.
    fingerprint: u64,
}

fn ordered(node: Node, cx: &Context<'_>) -> Ordered {
    let Node { kind, id, estimate } = node;
    let share = estimate::selectivity(estimate, cx);
    let done = |kind, cost, subject, fingerprint| Ordered {
        node: Node { kind, id, estimate },
        cost,
        share,
        subject,
        fingerprint,
    };
    match kind {
        NodeKind::And(children) => junction(Junction::All, children, estimate, cx),
        NodeKind::Or(children) => junction(Junction::Any, children, estimate, cx),
        NodeKind::Not(child) => {
            let child = ordered(*child, cx);
            let fingerprint = hash_of(&("not", child.fingerprint));
            done(NodeKind::Not(Box::new(child.node)), child.cost, child.subject, fingerprint)
        }
        NodeKind::Leaf { leaf, negated } => {
            let leaf = within_rank(leaf, cx);
            let (cost, subject) = (cost::of_leaf(&leaf, cx), subject(&leaf));
            let mut hasher = SipHasher13::new();
            hash_leaf(&leaf, &mut hasher);
            negated.hash(&mut hasher);
            done(NodeKind::Leaf { leaf, negated }, cost, subject, hasher.finish())
        }
        NodeKind::Shared(index) => {
            done(NodeKind::Shared(index), cost::of_shared(cx), u32::MAX, hash_of(&index))
        }
        kind @ (NodeKind::Nothing | NodeKind::Everything) => {
            let fingerprint = hash_of(&(kind == NodeKind::Everything));
            done(kind, 0.0, u32::MAX, fingerprint)
        }
    }
}

fn junction(
    junction: Junction,
    children: Vec<Node>,
    estimate: Estimate,
    cx: &Context<'_>,
) -> Ordered {
    let mut parts: Vec<Ordered> = children.into_iter().map(|child| ordered(child, cx)).collect();
    let rank = |part: &Ordered| part.cost.max(LEAST_COST) / settled_by(junction, part);
    parts.sort_by(|a, b| {
        rank(a)
            .total_cmp(&rank(b))
            .then(a.subject.cmp(&b.subject))
            .then(a.fingerprint.cmp(&b.fingerprint))
    });
    let mut fingerprints: Vec<u64> = parts.iter().map(|part| part.fingerprint).collect();
    fingerprints.sort_unstable();
    let (cost, subject) = (expected_cost(junction, &parts), u32::MAX);
    let nodes = parts.into_iter().map(|part| part.node).collect();
    let kind = match junction {
        Junction::All => NodeKind::And(nodes),
        Junction::Any => NodeKind::Or(nodes),
    };
    Ordered {
        node: Node { kind, id: 0, estimate },
        cost,
        share: estimate::selectivity(estimate, cx),
        subject,
        fingerprint: hash_of(&(junction, fingerprints)),
    }
}

/// The share of the pool for which a child alone settles the junction.
fn settled_by(junction: Junction, part: &Ordered) -> f64 {
    match junction {
        Junction::All => 1.0 - part.share,
        Junction::Any => part.share,
    }
}

/// Each child's cost, times the share that those before it have not settled.
fn expected_cost(junction: Junction, parts: &[Ordered]) -> f64 {
    let mut open = 1.0;
    let mut cost = 0.0;
    for part in parts {
        cost += part.cost * open;
        open *= 1.0 - settled_by(junction, part);
    }
    cost
}

fn within_rank(leaf: Leaf, cx: &Context<'_>) -> Leaf {
    match leaf {
        Leaf::Rank(rank) => Leaf::Rank(rank.map_among(|among| ordered(among, cx).node)),
        other => other,
    }
}

fn subject(leaf: &Leaf) -> u32 {
    match leaf {
        Leaf::Values { attribute, .. }
        | Leaf::Elements { attribute, .. }
        | Leaf::Size { attribute, .. }
        | Leaf::Function { attribute, .. } => attribute.0,
        _ => u32::MAX,
    }
}

fn hash_of(content: &impl Hash) -> u64 {
    let mut hasher = SipHasher13::new();
    content.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::apply;
    use crate::model::{Comparison, RangeSet};
    use crate::plan::explain::Describer;
    use crate::plan::testing::{
        AGE, REGION, SPEND, VIP, World, all, any, attribute, compare, golden, is, not, number,
        values,
    };
    use crate::plan::{Leaf, LogicalPlan, Rewrite, build};

    #[test]
    fn telling_clauses_come_first_and_row_wise_ones_last() {
        let slow = compare(attribute(SPEND), Comparison::Equal, number(3));
        golden(
            Rewrite::Order,
            all([slow.clone(), values(AGE, RangeSet::at_least(2)), is(AGE, 30), is(VIP, 1)]),
            "
            And
              Values: age = 30
              Values: vip = true
              Values: age >= 2
              Compare: spend = 3
            ",
        );
        golden(
            Rewrite::Order,
            any([slow, is(AGE, 30), values(AGE, RangeSet::at_least(2)), is(REGION, 1)]),
            r#"
            Or
              Values: age >= 2
              Values: region = "DE"
              Values: age = 30
              Compare: spend = 3
            "#,
        );
    }

    #[test]
    fn ties_are_broken_by_content() {
        let sample = |seed| LogicalPlan::leaf(Leaf::Sample { below: Some(u64::MAX / 2), seed });
        let either = |a, b| any([sample(a), sample(b)]);
        let parts = [sample(3), either(1, 2), sample(4), either(2, 5), not(either(5, 6))];
        let world = World::sample();
        let cx = world.context();
        let outlines: BTreeSet<String> = (0..parts.len())
            .flat_map(|turn| {
                let mut turned = parts.to_vec();
                turned.rotate_left(turn);
                let mut back = turned.clone();
                back.reverse();
                [turned, back]
            })
            .map(|parts| apply(build::physical(LogicalPlan::And(parts), &cx), &cx))
            .map(|plan| Describer::new(cx).outline(&plan))
            .collect();
        assert_eq!(outlines.len(), 1, "{outlines:#?}");
    }
}
