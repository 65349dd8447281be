//! From a plan and its trace to an [`Explanation`].

use super::{Describer, Explanation, MissingValues, PlanNode, PlanStage, SpanBounds};
use crate::model::AttributeId;
use crate::plan::lower::ResolvedSpan;
use crate::plan::{Context, Leaf, Node, NodeKind, Planned, Rank, RankBy};

/// Explains a plan; `counts` holds the customers found by each node, by the node's number, after
/// `explain analyze`.
pub(crate) fn explain(
    planned: &Planned,
    context: Context<'_>,
    counts: Option<&[u64]>,
) -> Explanation {
    let describer = Describer::new(context);
    let node = |node| describer.plan_node(node, counts);
    Explanation {
        total: context.n_customers(),
        now: describer.instant(context.time.now),
        timezone: context.time.zone.name().to_owned(),
        spans: planned.trace.spans.iter().map(|span| describer.span_bounds(span)).collect(),
        stages: planned
            .trace
            .stages
            .iter()
            .map(|stage| PlanStage { name: stage.name.to_owned(), plan: stage.plan.clone() })
            .collect(),
        plan: node(&planned.physical.root),
        shared: planned.physical.shared.iter().map(node).collect(),
    }
}

impl Describer<'_> {
    fn plan_node(&self, node: &Node, counts: Option<&[u64]>) -> PlanNode {
        let (name, arguments) = self.node(node);
        PlanNode {
            name: name.to_owned(),
            arguments,
            estimate: node.estimate.rows,
            is_exact: node.estimate.is_exact,
            count: counts.and_then(|counts| counts.get(node.id)).copied(),
            missing: self.missing(node),
            children: node.children().iter().map(|child| self.plan_node(child, counts)).collect(),
        }
    }

    fn missing(&self, node: &Node) -> Vec<MissingValues> {
        let NodeKind::Leaf { leaf, .. } = &node.kind else { return Vec::new() };
        let mut attributes = attributes(leaf);
        attributes.sort_unstable();
        attributes.dedup();
        // Whoever is no member of a group is not missing anything.
        attributes.retain(|id| self.cx.catalog.group_by_id(*id).is_none());
        let without = |attribute: AttributeId| MissingValues {
            attribute: self.name(attribute),
            customers: self.cx.n_customers().saturating_sub(self.cx.statistics.known(attribute)),
        };
        attributes.into_iter().map(without).filter(|missing| missing.customers > 0).collect()
    }

    fn span_bounds(&self, span: &ResolvedSpan) -> SpanBounds {
        let bounds =
            |ranges: &[crate::model::Range]| Some((ranges.first()?.low, ranges.last()?.high));
        let (first, last) = bounds(span.ranges.as_slice()).unwrap_or_default();
        let shown = |units: i64, open: i64| (units != open).then(|| self.units(span.ty, units));
        let is_empty = span.ranges.is_none();
        SpanBounds {
            attribute: self.name(span.attribute),
            span: span.text.clone(),
            first: shown(first, i64::MIN).filter(|_| !is_empty),
            last: shown(last, i64::MAX).filter(|_| !is_empty),
            is_empty,
        }
    }
}

/// The attributes whose missing values a leaf meets; a ranking's `among` has leaves of its own.
fn attributes(leaf: &Leaf) -> Vec<AttributeId> {
    match leaf {
        Leaf::Values { attribute, .. } | Leaf::Function { attribute, .. } => vec![*attribute],
        Leaf::Compare { left, right, .. } => {
            let mut attributes = Vec::new();
            left.attributes(&mut attributes);
            right.attributes(&mut attributes);
            attributes
        }
        Leaf::ScalarKnown(scalar) => {
            let mut attributes = Vec::new();
            scalar.attributes(&mut attributes);
            attributes
        }
        Leaf::CompareText { left, right, .. } => vec![*left, *right],
        Leaf::Rank(rank) => ranked_attributes(rank),
        Leaf::Elements { .. }
        | Leaf::Size { .. }
        | Leaf::IntKeys(_)
        | Leaf::TextKeys(_)
        | Leaf::TextKeyTest(_)
        | Leaf::Sample { .. } => Vec::new(),
    }
}

fn ranked_attributes(rank: &Rank) -> Vec<AttributeId> {
    let mut attributes: Vec<AttributeId> = rank.per.into_iter().collect();
    match &rank.by {
        RankBy::Column(attribute) => attributes.push(*attribute),
        RankBy::Scalar(scalar) => scalar.attributes(&mut attributes),
    }
    attributes
}
