//! From the logical to the physical plan: nodes with estimates, later with numbers.

use super::{Context, Leaf, LogicalPlan, Node, NodeKind, PhysicalPlan, estimate};

/// The physical plan of a logical one, in its order, every number still 0.
pub(super) fn physical(logical: LogicalPlan, cx: &Context<'_>) -> PhysicalPlan {
    PhysicalPlan { root: node(logical, cx), shared: Vec::new(), time: cx.time.clone() }
}

/// Gives every node its number: the root 0, then each node before those below it, shared plans
/// last.
pub(super) fn number(plan: &mut PhysicalPlan) {
    let mut next = 0;
    number_node(&mut plan.root, &mut next);
    for shared in &mut plan.shared {
        number_node(shared, &mut next);
    }
}

fn node(logical: LogicalPlan, cx: &Context<'_>) -> Node {
    let nodes = |children: Vec<LogicalPlan>| children.into_iter().map(|c| node(c, cx)).collect();
    let kind = match logical {
        LogicalPlan::Constant(true) => NodeKind::Everything,
        LogicalPlan::Constant(false) => NodeKind::Nothing,
        LogicalPlan::And(children) => NodeKind::And(nodes(children)),
        LogicalPlan::Or(children) => NodeKind::Or(nodes(children)),
        LogicalPlan::Not(child) => NodeKind::Not(Box::new(node(*child, cx))),
        LogicalPlan::Leaf { leaf, negated } => {
            NodeKind::Leaf { leaf: physical_leaf(leaf, cx), negated }
        }
    };
    let estimate = estimate::of(&kind, cx);
    Node { kind, id: 0, estimate }
}

fn physical_leaf(leaf: Leaf<LogicalPlan>, cx: &Context<'_>) -> Leaf {
    match leaf {
        Leaf::Values { attribute, ranges, missing } => Leaf::Values { attribute, ranges, missing },
        Leaf::Elements { attribute, codes } => Leaf::Elements { attribute, codes },
        Leaf::Size { attribute, ranges } => Leaf::Size { attribute, ranges },
        Leaf::IntKeys(ranges) => Leaf::IntKeys(ranges),
        Leaf::TextKeys(keys) => Leaf::TextKeys(keys),
        Leaf::TextKeyTest(test) => Leaf::TextKeyTest(test),
        Leaf::Sample { below, seed } => Leaf::Sample { below, seed },
        Leaf::Function { attribute, function, ranges } => {
            Leaf::Function { attribute, function, ranges }
        }
        Leaf::Compare { left, op, right } => Leaf::Compare { left, op, right },
        Leaf::ScalarKnown(scalar) => Leaf::ScalarKnown(scalar),
        Leaf::CompareText { left, op, right } => Leaf::CompareText { left, op, right },
        Leaf::Rank(rank) => Leaf::Rank(rank.map_among(|among| node(among, cx))),
    }
}

fn number_node(node: &mut Node, next: &mut usize) {
    node.id = *next;
    *next += 1;
    match &mut node.kind {
        NodeKind::And(children) | NodeKind::Or(children) => {
            children.iter_mut().for_each(|child| number_node(child, next));
        }
        NodeKind::Not(child) => number_node(child, next),
        NodeKind::Leaf { leaf: Leaf::Rank(rank), .. } => {
            rank.among.iter_mut().for_each(|among| number_node(among, next));
        }
        NodeKind::Nothing | NodeKind::Everything | NodeKind::Shared(_) | NodeKind::Leaf { .. } => {}
    }
}
