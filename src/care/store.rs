//! How a shop is doing: its consultations a day, the stage they put it in, and what the next asks.

use serde::Serialize;

use crate::model::{Decimal, Value, divide_rounded};

/// `store report`: the stage of a shop by its consultations a day, and what is missing to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoreReport {
    /// Consultations in the span.
    pub consultations: u64,
    /// How long the span is, in days of 24 hours.
    pub days: Value,
    /// Consultations a day.
    pub per_day: Value,
    /// The stage that they put the shop in.
    pub stage: String,
    /// Customers who bought in the span.
    pub buyers: u64,
    /// Those of them who are old customers.
    pub old: u64,
    /// They as a share of the buyers, 0 to 1; `None` of nobody.
    pub old_share: Option<f64>,
    /// The share that the stage asks for.
    pub old_target: Option<f64>,
    /// How many more of the buyers would have to be old customers.
    pub old_missing: u64,
    /// The buyers who are loyal customers.
    pub loyal: u64,
    /// They as a share of the buyers, 0 to 1; `None` of nobody.
    pub loyal_share: Option<f64>,
    /// The share that the stage asks for.
    pub loyal_target: Option<f64>,
    /// How many more of the buyers would have to be loyal.
    pub loyal_missing: u64,
    /// The stage after this one; `None` in the last.
    pub next: Option<NextStage>,
    /// The rule by which a buyer is an old customer.
    pub old_rule: String,
    /// The rule by which a buyer is a loyal one.
    pub loyal_rule: String,
    /// The stages, the first one first.
    pub stages: Vec<StoreStage>,
}

/// What is missing to the next stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NextStage {
    /// Its name.
    pub stage: String,
    /// The consultations a day from which a shop is in it.
    pub from: Value,
    /// How many more a day that is.
    pub missing: Value,
}

/// A stage of a shop.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoreStage {
    /// Its name.
    pub name: String,
    /// The consultations a day below which a shop is in it; null of the last.
    pub below: Value,
    /// The share of old customers that it asks for, 0 to 1.
    pub old: Option<f64>,
    /// The share of loyal ones.
    pub loyal: Option<f64>,
    #[serde(skip)]
    bound: Option<Decimal>,
    #[serde(skip)]
    targets: [Option<Decimal>; 2],
}

impl StoreStage {
    /// A stage, by the consultations below which it ends and its targets in hundredths.
    pub(crate) fn new(
        name: String,
        below: Option<Decimal>,
        [old, loyal]: [Option<Decimal>; 2],
    ) -> Self {
        let share = |target: Option<Decimal>| target.map(|target| target.to_f64() / 100.0);
        let bound = below.map(|below| below.rounded(6));
        let below = below.into();
        let exact = |target: Option<Decimal>| target.map(|target| target.rounded(6));
        let (targets, old, loyal) = ([exact(old), exact(loyal)], share(old), share(loyal));
        Self { name, below, old, loyal, bound, targets }
    }
}

/// The usual stages: below 50 consultations a day, up to 300, up to 500, and above.
pub(crate) fn stages() -> Vec<StoreStage> {
    let usual = [
        ("starting", Some(50), 10, 2),
        ("growing", Some(300), 30, 10),
        ("settled", Some(500), 40, 15),
        ("leading", None, 50, 20),
    ];
    let whole = |number: i64| Decimal::new(number.into(), 0);
    let stage = |(name, below, old, loyal): (&str, Option<i64>, i64, i64)| {
        let targets = [Some(whole(old)), Some(whole(loyal))];
        StoreStage::new(name.to_owned(), below.map(whole), targets)
    };
    usual.into_iter().map(stage).collect()
}

/// What is counted of a shop.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// Consultations in the span.
    pub(crate) consultations: u64,
    /// How long the span is, in microseconds; above zero.
    pub(crate) length: i64,
    /// Customers who bought in it.
    pub(crate) buyers: u64,
    /// Old customers among them, and the rule that says so.
    pub(crate) old: (u64, String),
    /// Loyal ones among them, and the rule that says so.
    pub(crate) loyal: (u64, String),
}

/// Microseconds.
const DAY: i128 = 86_400_000_000;

/// Makes the report; the last of the stages has no bound.
pub(crate) fn store(figures: Figures, stages: Vec<StoreStage>) -> StoreReport {
    let Figures { consultations, length, buyers, old, loyal } = figures;
    let days = Decimal::new(divide_rounded(i128::from(length) * 1_000_000, DAY), 6);
    let per_day = i128::from(consultations) * DAY * 100;
    let per_day = Decimal::new(divide_rounded(per_day, length.max(1).into()), 2);
    let is_below =
        |stage: &StoreStage| stage.bound.is_none_or(|bound| is_less(consultations, length, bound));
    let at = stages.iter().position(is_below).unwrap_or(stages.len().saturating_sub(1));
    let stage = stages.get(at);
    let next = stage.and_then(|stage| stage.bound).zip(stages.get(at + 1)).map(|(from, next)| {
        let missing = from.checked_sub(per_day).map(Decimal::normalized).into();
        NextStage { stage: next.name.clone(), from: Value::Decimal(from), missing }
    });
    let [old_target, loyal_target] = stage.map_or([None; 2], |stage| stage.targets);
    let missing = |n: u64, target: Option<Decimal>| {
        let needed = target.map_or(0, |target| needed(buyers, target));
        needed.saturating_sub(n)
    };
    let share = |n: u64| (buyers > 0).then(|| n as f64 / buyers as f64);
    StoreReport {
        consultations,
        days: Value::Decimal(days.normalized()),
        per_day: Value::Decimal(per_day.normalized()),
        stage: stage.map(|stage| stage.name.clone()).unwrap_or_default(),
        buyers,
        old: old.0,
        old_share: share(old.0),
        old_target: stage.and_then(|stage| stage.old),
        old_missing: missing(old.0, old_target),
        loyal: loyal.0,
        loyal_share: share(loyal.0),
        loyal_target: stage.and_then(|stage| stage.loyal),
        loyal_missing: missing(loyal.0, loyal_target),
        next,
        old_rule: old.1,
        loyal_rule: loyal.1,
        stages,
    }
}

/// Whether so many in a length of time in microseconds are fewer than a number a day.
fn is_less(n: u64, length: i64, a_day: Decimal) -> bool {
    let scale = 10i128.pow(a_day.scale().into());
    // No length of time holds as many as what does not fit.
    let most = a_day.units().checked_mul(length.into());
    most.is_none_or(|most| i128::from(n) * DAY * scale < most)
}

/// The least number of some customers that is a share of them in hundredths.
fn needed(of: u64, target: Decimal) -> u64 {
    let scale = 10i128.pow(target.scale().into());
    let parts = i128::from(of) * target.units();
    let whole = 100 * scale;
    u64::try_from(parts.div_euclid(whole) + i128::from(parts.rem_euclid(whole) > 0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(consultations: u64, days: i64, old: u64) -> StoreReport {
        let none = |n| (n, String::new());
        let length = days * 86_400_000_000;
        let loyal = none(0);
        store(Figures { consultations, length, buyers: 7, old: none(old), loyal }, stages())
    }

    #[test]
    fn a_stage_ends_where_the_next_begins() {
        let stage = |n, days| report(n, days, 0).stage;
        assert_eq!(stage(0, 30), "starting");
        // 49.9997 a day, which is shown as 50.
        assert_eq!(stage(149_999, 3_000), "starting");
        assert_eq!(stage(150_000, 3_000), "growing");
        assert_eq!(stage(299, 1), "growing");
        assert_eq!(stage(300, 1), "settled");
        assert_eq!(stage(500, 1), "leading");
        assert_eq!(report(500, 1, 0).next, None);
        let next = report(90, 3, 0).next.unwrap();
        assert_eq!((next.stage.as_str(), next.missing.to_string()), ("growing", "20".to_owned()));
    }

    #[test]
    fn a_target_is_reached_by_whole_customers() {
        // A tenth of seven buyers is one.
        let missing = |old| report(0, 1, old).old_missing;
        assert_eq!((missing(0), missing(1), missing(7)), (1, 0, 0));
        assert_eq!(needed(7, Decimal::new(100, 0)), 7);
        assert_eq!(needed(3, Decimal::new(333_333_334, 7)), 2);
        assert_eq!(needed(0, Decimal::new(100, 0)), 0);
        assert_eq!(needed(10, Decimal::new(0, 0)), 0);
    }
}
