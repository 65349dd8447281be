//! How many customers a node is expected to hold.
//!
//! Leaves over stored bitmaps are exact. Elsewhere: clauses are taken for independent, and tests
//! that no statistics speak of hold of a fixed share of those with a value.

use super::{Context, Estimate, Leaf, Node, NodeKind, Rank, RankBy};
use crate::model::{AttributeId, Comparison, Decimal, RangeSet, RankAmount, Scalar, TimeFunction};

/// Of comparisons with `=` this share is expected to hold, and of `!=` all others.
const EQUAL_SHARE: f64 = 0.1;

/// Of other comparisons this share.
const LESS_SHARE: f64 = 1.0 / 3.0;

/// Of patterns over keys this share.
const PATTERN_SHARE: f64 = 0.1;

/// The estimate of a node whose children, if any, have theirs.
pub(super) fn of(kind: &NodeKind, cx: &Context<'_>) -> Estimate {
    let n = cx.n_customers();
    match kind {
        NodeKind::Nothing => Estimate::exact(0),
        NodeKind::Everything => Estimate::exact(n),
        NodeKind::And(children) => all(children, n),
        NodeKind::Or(children) => complement(any_none(children, n), n),
        NodeKind::Not(child) => complement(child.estimate, n),
        NodeKind::Leaf { leaf, negated: false } => leaf_estimate(leaf, cx),
        NodeKind::Leaf { leaf, negated: true } => complement(leaf_estimate(leaf, cx), n),
        // What a reference stands for is known where it is made.
        NodeKind::Shared(_) => Estimate::about(n),
    }
}

/// The share of the pool that a node is expected to hold.
pub(super) fn selectivity(estimate: Estimate, cx: &Context<'_>) -> f64 {
    share(estimate.rows, cx.n_customers())
}

fn all(children: &[Node], n: u64) -> Estimate {
    product(children.iter().map(|child| child.estimate).collect(), n)
}

/// Those in no child.
fn any_none(children: &[Node], n: u64) -> Estimate {
    product(children.iter().map(|child| complement(child.estimate, n)).collect(), n)
}

/// Independent clauses; exact when one is exactly nobody, or all but one exactly everybody.
///
/// The shares are multiplied in ascending order, so that rounding is the same for any order of
/// clauses.
fn product(mut parts: Vec<Estimate>, n: u64) -> Estimate {
    if parts.iter().any(|part| *part == Estimate::exact(0)) {
        return Estimate::exact(0);
    }
    parts.retain(|part| *part != Estimate::exact(n));
    match parts[..] {
        [] => return Estimate::exact(n),
        [only] => return only,
        _ => {}
    }
    parts.sort_unstable_by_key(|part| part.rows);
    about(parts.iter().map(|part| share(part.rows, n)).product(), n)
}

fn complement(estimate: Estimate, n: u64) -> Estimate {
    Estimate { rows: n.saturating_sub(estimate.rows), is_exact: estimate.is_exact }
}

fn leaf_estimate(leaf: &Leaf, cx: &Context<'_>) -> Estimate {
    let (n, statistics) = (cx.n_customers(), cx.statistics);
    match leaf {
        Leaf::Values { attribute, ranges, missing } => values(*attribute, ranges, *missing, cx),
        Leaf::Elements { attribute, codes } => statistics.count_elements(*attribute, codes),
        Leaf::Size { attribute, ranges } => statistics.count_sizes(*attribute, ranges),
        Leaf::IntKeys(ranges) => Estimate::about(n_points(ranges).min(n)),
        Leaf::TextKeys(keys) => Estimate::about(n.min(keys.len() as u64)),
        Leaf::TextKeyTest(_) => about(PATTERN_SHARE, n),
        Leaf::Sample { below, .. } => {
            about(below.map_or(1.0, |below| below as f64 / 2f64.powi(64)), n)
        }
        Leaf::Function { attribute, function, ranges } => {
            about(function_share(*function, ranges), statistics.known(*attribute))
        }
        Leaf::Compare { left, op, right } => {
            about(comparison_share(*op), known_to_all(&[left, right], cx))
        }
        Leaf::ScalarKnown(scalar) => Estimate::about(known_to_all(&[scalar], cx)),
        Leaf::CompareText { left, op, right } => {
            let known = statistics.known(*left).min(statistics.known(*right));
            about(comparison_share(*op), known)
        }
        Leaf::Rank(rank) => ranked(rank, cx),
    }
}

fn values(attribute: AttributeId, ranges: &RangeSet, missing: bool, cx: &Context<'_>) -> Estimate {
    let known = cx.statistics.known(attribute);
    let within = if ranges.is_all() {
        Estimate::exact(known)
    } else if ranges.is_none() {
        Estimate::exact(0)
    } else {
        cx.statistics.count(attribute, ranges)
    };
    let without = if missing { cx.n_customers().saturating_sub(known) } else { 0 };
    Estimate { rows: within.rows + without, is_exact: within.is_exact }
}

/// The share of a function's outcomes that belong, as if all were equally common.
fn function_share(function: TimeFunction, ranges: &RangeSet) -> f64 {
    let (low, high) = match function {
        TimeFunction::Month => (1, 12),
        TimeFunction::Day => (1, 31),
        TimeFunction::Weekday => (1, 7),
        TimeFunction::Hour => (0, 23),
        TimeFunction::MonthDay => return month_day_share(ranges),
        _ => return LESS_SHARE,
    };
    let inside: i64 = ranges.clamped(low, high).map(|range| range.high - range.low + 1).sum();
    inside as f64 / (high - low + 1) as f64
}

/// Of the 12 × 31 numbers that stand for a day, those in the ranges; those that no month has are
/// few enough to pass.
fn month_day_share(ranges: &RangeSet) -> f64 {
    let of_month = |month: i64| ranges.clamped(month * 32 + 1, month * 32 + 31);
    let inside: i64 = (1..=12).flat_map(of_month).map(|range| range.high - range.low + 1).sum();
    (inside as f64 / 366.0).min(1.0)
}

fn comparison_share(op: Comparison) -> f64 {
    match op {
        Comparison::Equal => EQUAL_SHARE,
        Comparison::NotEqual => 1.0 - EQUAL_SHARE,
        _ => LESS_SHARE,
    }
}

/// At most so many customers have every value that the arithmetic reads.
fn known_to_all(scalars: &[&Scalar], cx: &Context<'_>) -> u64 {
    let mut attributes = Vec::new();
    scalars.iter().for_each(|scalar| scalar.attributes(&mut attributes));
    let known = attributes.into_iter().map(|attribute| cx.statistics.known(attribute));
    known.min().unwrap_or_else(|| cx.n_customers())
}

fn ranked(rank: &Rank, cx: &Context<'_>) -> Estimate {
    let n = cx.n_customers();
    let known = match &rank.by {
        RankBy::Column(attribute) => cx.statistics.known(*attribute),
        RankBy::Scalar(scalar) => known_to_all(&[scalar], cx),
    };
    let among = rank.among.as_ref().map_or(1.0, |among| share(among.estimate.rows, n));
    let base = known as f64 * among;
    let inside = match rank.amount {
        RankAmount::Count(count) => (count as f64 * n_partitions(rank, cx)).min(base),
        RankAmount::Percent(percent) => base * percent_share(percent),
    };
    Estimate::about(if rank.outside { base - inside } else { inside }.round() as u64)
}

/// In how many parts the pool is ranked.
fn n_partitions(rank: &Rank, cx: &Context<'_>) -> f64 {
    let Some(per) = rank.per else { return 1.0 };
    let bounds = cx.statistics.bounds(per);
    bounds.map_or(0.0, |bounds| bounds.high as f64 - bounds.low as f64 + 1.0)
}

fn percent_share(percent: Decimal) -> f64 {
    (percent.to_f64() / 100.0).clamp(0.0, 1.0)
}

fn n_points(ranges: &RangeSet) -> u64 {
    let sizes = ranges.as_slice().iter().map(|range| range.high.abs_diff(range.low));
    sizes.fold(0u64, |sum, size| sum.saturating_add(size).saturating_add(1))
}

fn share(rows: u64, n: u64) -> f64 {
    if n == 0 { 0.0 } else { rows as f64 / n as f64 }
}

fn about(share: f64, n: u64) -> Estimate {
    Estimate::about((share * n as f64).round() as u64)
}
