//! How long customers take from one purchase to the next.

use serde::Serialize;

use super::Study;
use super::cells::Cells;
use super::spread::{Spread, days_between, mean_days};
use super::study::{occasions, share};
use crate::exec::{ExecError, Folding, Lists, Ordered, Step};
use crate::model::{AttributeId, Value};

/// `intervals of orders`: the time from each purchase to the same customer's next.
///
/// Events of a customer at one instant are one purchase.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Intervals {
    /// Customers who were looked at.
    pub customers: u64,
    /// Those of them with a purchase.
    pub buyers: u64,
    /// Those with a second one.
    pub repeaters: u64,
    /// How many purchases.
    pub purchases: u64,
    /// How many intervals: purchases that are not a customer's first.
    pub intervals: u64,
    /// How long they are; `None` when there are none.
    pub days: Option<Spread>,
    /// How many are how long.
    pub histogram: Vec<IntervalsBucket>,
    /// How many bought again soon after their first purchase.
    pub again: Vec<Again>,
    /// The intervals by what was bought before and after, when asked for: the most frequent pairs
    /// first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<PairIntervals>,
}

/// How many intervals lie between two lengths.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IntervalsBucket {
    /// Days from which it holds them, this length among them.
    pub from_days: u32,
    /// Days below which it holds them; `None` for any length.
    pub to_days: Option<u32>,
    /// How many.
    pub intervals: u64,
    /// They as a share of all, 0 to 1.
    pub share: Option<f64>,
}

/// How many bought again within some days of their first purchase.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Again {
    /// The days.
    pub days: u32,
    /// Customers whose first purchase lies at least so many days back, so that it can be said.
    pub of: u64,
    /// Those of them whose second came within these days.
    pub customers: u64,
    /// They as a share, 0 to 1; `None` of nobody.
    pub share: Option<f64>,
}

/// The intervals between purchases of two things.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairIntervals {
    /// What was bought before.
    pub from: Value,
    /// What was bought after.
    pub to: Value,
    /// How many.
    pub intervals: u64,
    /// How long they are.
    pub days: Spread,
}

/// The days that part the histogram.
const EDGES: [u32; 9] = [0, 1, 7, 14, 30, 60, 90, 180, 365];
/// The days within which it is asked who bought again.
const AGAIN: [u32; 3] = [30, 60, 90];
const DAY: i64 = 86_400_000_000;
/// The edges in microseconds.
const EDGE_MICROS: [i64; EDGES.len()] = {
    let (mut micros, mut at) = ([0; EDGES.len()], 0);
    while at < EDGES.len() {
        micros[at] = EDGES[at] as i64 * DAY;
        at += 1;
    }
    micros
};

/// What is known of some customers.
struct Collected {
    buyers: u64,
    repeaters: u64,
    lengths: Vec<i64>,
    sum: i128,
    buckets: [u64; EDGES.len()],
    again: [(u64, u64); AGAIN.len()],
    pairs: Option<Cells<Vec<i64>>>,
}

/// The time between purchases; with a property, by pairs of its values too.
///
/// # Errors
///
/// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn intervals(
    study: &Study<'_>,
    by: Option<AttributeId>,
) -> Result<Intervals, ExecError> {
    let n_codes = by.map(|by| study.n_codes(by)).transpose()?.flatten();
    let now = study.folding.time.now.micros();
    let start = || Collected {
        buyers: 0,
        repeaters: 0,
        lengths: Vec::new(),
        sum: 0,
        buckets: [0; EDGES.len()],
        again: [(0, 0); AGAIN.len()],
        pairs: by.map(|_| Cells::new(n_codes)),
    };
    let mut all = study.journeys(by, start, |all, _, steps| all.collect(steps, now))?;
    let pairs = all.iter_mut().filter_map(|part| part.pairs.take()).collect();
    let pairs = match by {
        Some(by) => pairs_of(study, by, pairs, n_codes)?,
        None => Vec::new(),
    };
    let total = |of: fn(&Collected) -> u64| all.iter().map(of).sum::<u64>();
    let (buyers, repeaters) = (total(|part| part.buyers), total(|part| part.repeaters));
    let again = |nth: usize| {
        let of = all.iter().map(|part| part.again[nth].0).sum();
        let customers = all.iter().map(|part| part.again[nth].1).sum();
        Again { days: AGAIN[nth], of, customers, share: share(customers, of) }
    };
    let again = (0..AGAIN.len()).map(again).collect();
    let (mut sum, mut buckets) = (0, [0; EDGES.len()]);
    for part in &all {
        sum += part.sum;
        buckets.iter_mut().zip(part.buckets).for_each(|(sum, n)| *sum += n);
    }
    let lengths: Vec<Vec<i64>> = all.into_iter().map(|part| part.lengths).collect();
    let n_bytes = lengths.iter().map(|part| part.len() * size_of::<i64>()).sum();
    let _charge = study.folding.budget.charge(n_bytes)?;
    let (days, n) = spread(study, &lengths, sum)?;
    Ok(Intervals {
        customers: study.members.len(),
        buyers,
        repeaters,
        purchases: buyers + n,
        intervals: n,
        histogram: histogram(buckets, n),
        days,
        again,
        pairs,
    })
}

impl Collected {
    fn collect(&mut self, steps: &[Step], now: i64) {
        let mut purchases = occasions(steps);
        let (Some(first), second) = (purchases.next(), purchases.next()) else { return };
        self.buyers += 1;
        self.repeaters += u64::from(second.is_some());
        let (first, second) = (first[0].at, second.map(|second| second[0].at));
        for ((of, customers), days) in self.again.iter_mut().zip(AGAIN) {
            let within = i64::from(days) * DAY;
            if now - first >= within {
                *of += 1;
                *customers += u64::from(second.is_some_and(|second| second - first <= within));
            }
        }
        for pair in steps.windows(2) {
            let length = pair[1].at - pair[0].at;
            if length > 0 {
                // The first edge is 0, and no length is below it.
                let bucket = EDGE_MICROS.iter().filter(|edge| **edge <= length).count() - 1;
                self.buckets[bucket] += 1;
                self.sum += i128::from(length);
                self.lengths.push(length);
            }
        }
        let Some(cells) = &mut self.pairs else { return };
        let known: Vec<Step> = steps.iter().copied().filter(|s| s.value().is_some()).collect();
        let mut before: Option<&[Step]> = None;
        for after in occasions(&known) {
            let values = |steps: &[Step]| {
                let mut values: Vec<i64> = steps.iter().filter_map(|step| step.value()).collect();
                values.sort_unstable();
                values.dedup();
                values
            };
            if let Some(before) = before {
                let length = after[0].at - before[0].at;
                let after = values(after);
                for from in values(before) {
                    after.iter().for_each(|to| cells.of(from, *to).push(length));
                }
            }
            before = Some(after);
        }
    }
}

fn pairs_of(
    study: &Study<'_>,
    by: AttributeId,
    cells: Vec<Cells<Vec<i64>>>,
    n_codes: Option<usize>,
) -> Result<Vec<PairIntervals>, ExecError> {
    let add = |all: &mut Vec<i64>, own: Vec<i64>| all.extend(own);
    let cells = Cells::merged(cells, add, n_codes).into_used(|lengths| !lengths.is_empty());
    let mut pairs = Vec::with_capacity(cells.len());
    for ((from, to), mut lengths) in cells {
        let intervals = lengths.len() as u64;
        let Some(days) = Spread::of_lengths(&mut lengths) else { continue };
        let (from, to) = (study.value(by, from)?, study.value(by, to)?);
        pairs.push(PairIntervals { from, to, intervals, days });
    }
    pairs.sort_by(|a, b| {
        let by_value = || a.from.order(&b.from).then_with(|| a.to.order(&b.to));
        b.intervals.cmp(&a.intervals).then_with(by_value)
    });
    Ok(pairs)
}

/// The spread of lengths that add up to this, and how many they are.
fn spread(
    study: &Study<'_>,
    lengths: &[Vec<i64>],
    sum: i128,
) -> Result<(Option<Spread>, u64), ExecError> {
    let Folding { executor, budget, .. } = study.folding;
    let values = Lists::new(lengths, executor);
    let ordered = Ordered::new(&values)?;
    let n = ordered.n();
    let (at_places, _) = ordered.look(&Spread::places(n), &[], executor, budget)?;
    Ok((Spread::of_places(n, &at_places, mean_days(sum, n), &days_between), n))
}

fn histogram(counts: [u64; EDGES.len()], n: u64) -> Vec<IntervalsBucket> {
    let ends = EDGES[1..].iter().copied().map(Some).chain([None]);
    let buckets = EDGES.into_iter().zip(ends).zip(counts);
    let bucket = |((from_days, to_days), intervals)| IntervalsBucket {
        from_days,
        to_days,
        intervals,
        share: share(intervals, n),
    };
    buckets.map(bucket).collect()
}
