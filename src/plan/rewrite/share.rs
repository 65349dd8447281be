//! Parts that stand in several places are evaluated once a chunk.

use crate::plan::interner::Numbers;
use crate::plan::{Context, Leaf, Node, NodeKind, PhysicalPlan, cost};

/// A leaf is worth sharing when it costs this many times what reading a shared bitmap does.
const WORTH_SHARING: f64 = 1.5;

/// Moves repeated parts to the shared plans, where that costs less than evaluating them again.
///
/// What a ranking goes among stays whole: it is evaluated at another time than the chunks are.
pub(super) fn apply(plan: PhysicalPlan, cx: &Context<'_>) -> PhysicalPlan {
    let mut numbers = Numbers::of(&plan.root);
    let mut sharing = Sharing {
        places: numbers.places(),
        indexes: vec![None; numbers.len()],
        shared: plan.shared,
        cx,
    };
    let root = sharing.walk(plan.root, &mut numbers);
    PhysicalPlan { root, shared: sharing.shared, time: plan.time }
}

struct Sharing<'a> {
    /// In how many places each number stands.
    places: Vec<usize>,
    /// Where among the shared plans each number went.
    indexes: Vec<Option<usize>>,
    shared: Vec<Node>,
    cx: &'a Context<'a>,
}

impl Sharing<'_> {
    /// Children first, so that a shared plan refers only to those before it.
    fn walk(&mut self, mut node: Node, numbers: &mut Numbers) -> Node {
        node.kind = match node.kind {
            NodeKind::And(children) => NodeKind::And(self.walk_all(children, numbers)),
            NodeKind::Or(children) => NodeKind::Or(self.walk_all(children, numbers)),
            NodeKind::Not(child) => NodeKind::Not(Box::new(self.walk(*child, numbers))),
            kind => kind,
        };
        let number = numbers.next();
        let repeats = self.places.get(number).is_some_and(|places| *places > 1);
        if repeats && self.is_worth_sharing(&node) { self.share(node, number) } else { node }
    }

    fn walk_all(&mut self, children: Vec<Node>, numbers: &mut Numbers) -> Vec<Node> {
        children.into_iter().map(|child| self.walk(child, numbers)).collect()
    }

    fn share(&mut self, node: Node, number: usize) -> Node {
        let estimate = node.estimate;
        let index = match self.indexes[number] {
            Some(index) => index,
            None => {
                self.shared.push(node);
                self.indexes[number] = Some(self.shared.len() - 1);
                self.shared.len() - 1
            }
        };
        Node { kind: NodeKind::Shared(index), id: 0, estimate }
    }

    fn is_worth_sharing(&self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::And(_) | NodeKind::Or(_) => true,
            // Each ranking is resolved before the chunks are; two of them would be resolved twice.
            NodeKind::Leaf { leaf: Leaf::Rank(_), .. } => true,
            NodeKind::Leaf { leaf, .. } => {
                cost::of_leaf(leaf, self.cx) > WORTH_SHARING * cost::of_shared(self.cx)
            }
            NodeKind::Nothing | NodeKind::Everything | NodeKind::Not(_) | NodeKind::Shared(_) => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Comparison, RangeSet};
    use crate::plan::Rewrite;
    use crate::plan::testing::{
        AGE, REGION, SPEND, VIP, all, any, attribute, compare, golden, is, not, values,
    };

    #[test]
    fn repeated_parts_become_one_and_cheap_leaves_stay() {
        let slow = compare(attribute(SPEND), Comparison::Greater, attribute(AGE));
        let part = any([is(VIP, 1), slow.clone()]);
        let plan = all([
            any([all([part.clone(), is(AGE, 1)]), is(REGION, 0)]),
            any([all([part, is(AGE, 2)]), not(slow), is(VIP, 1)]),
            values(AGE, RangeSet::at_least(1)),
        ]);
        golden(
            Rewrite::Share,
            plan,
            r#"
            And
              Or
                And
                  Shared: #1
                  Values: age = 1
                Values: region = "CA"
              Or
                And
                  Shared: #1
                  Values: age = 2
                Not
                  Shared: #0
                Values: vip = true
              Values: age >= 1
            Shared #0
              Compare: spend > age
            Shared #1
              Or
                Values: vip = true
                Shared: #0
            "#,
        );
    }
}
