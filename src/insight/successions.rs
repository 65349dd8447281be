//! Which value of a property follows which, from one purchase to the next.

use serde::Serialize;
use std::collections::HashMap;

use super::Study;
use super::cells::Cells;
use super::study::{occasions, share};
use crate::exec::{ExecError, Step};
use crate::model::{AttributeId, Value};

/// `transitions of category in orders`: which value follows which.
///
/// Events of a customer at one instant are one purchase; from each purchase to the next, every value
/// of the one is followed by every value of the other, once. Events without a value are passed over.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Successions {
    /// Customers who were looked at.
    pub customers: u64,
    /// Those of them with a second purchase.
    pub repeaters: u64,
    /// How often any value followed any.
    pub transitions: u64,
    /// The same from first purchases to second ones.
    pub first_transitions: u64,
    /// The pairs that occurred, the most frequent first.
    pub pairs: Vec<Succession>,
}

/// How often one value followed another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Succession {
    /// The value before.
    pub from: Value,
    /// The value after.
    pub to: Value,
    /// How often.
    pub count: u64,
    /// That as a share of all that followed `from`, 0 to 1.
    pub share: f64,
    /// That share divided by the share that `to` has of all that followed anything: above 1 when it
    /// follows `from` more often than elsewhere.
    pub lift: f64,
    /// How often from the first purchase to the second.
    pub first: u64,
    /// That as a share of all that followed `from` so; `None` where nothing did.
    pub first_share: Option<f64>,
}

/// How often a pair occurred, and how often first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    all: u64,
    first: u64,
}

/// What is counted of some customers.
struct Counts {
    cells: Cells<Count>,
    repeaters: u64,
    before: Vec<i64>,
    after: Vec<i64>,
}

/// Which value of a property follows which.
///
/// # Errors
///
/// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn successions(
    study: &Study<'_>,
    property: AttributeId,
) -> Result<Successions, ExecError> {
    let n_codes = study.n_codes(property)?;
    let start = || Counts {
        cells: Cells::new(n_codes),
        repeaters: 0,
        before: Vec::new(),
        after: Vec::new(),
    };
    let counted = study.journeys(Some(property), start, |all, _, steps| all.count(steps))?;
    let repeaters = counted.iter().map(|counts| counts.repeaters).sum();
    let cells = counted.into_iter().map(|counts| counts.cells).collect();
    let add = |cell: &mut Count, own: Count| {
        cell.all += own.all;
        cell.first += own.first;
    };
    let pairs = Cells::merged(cells, add, n_codes).into_used(|count| count.all > 0);
    let mut from: HashMap<i64, Count> = HashMap::new();
    let mut to: HashMap<i64, u64> = HashMap::new();
    let mut total = Count::default();
    for ((before, after), count) in &pairs {
        add(from.entry(*before).or_default(), *count);
        *to.entry(*after).or_default() += count.all;
        add(&mut total, *count);
    }
    let succession = |((before, after), count): ((i64, i64), Count)| {
        let of_before = from.get(&before).copied().unwrap_or_default();
        let of_after = to.get(&after).copied().unwrap_or_default();
        // Neither is 0: the pair itself is among them.
        let share_of_before = count.all as f64 / of_before.all as f64;
        Ok(Succession {
            from: study.value(property, before)?,
            to: study.value(property, after)?,
            count: count.all,
            share: share_of_before,
            lift: share_of_before * total.all as f64 / of_after as f64,
            first: count.first,
            first_share: share(count.first, of_before.first),
        })
    };
    let mut pairs: Vec<Succession> =
        pairs.into_iter().map(succession).collect::<Result<_, ExecError>>()?;
    pairs.sort_by(|a, b| {
        let by_value = || a.from.order(&b.from).then_with(|| a.to.order(&b.to));
        b.count.cmp(&a.count).then_with(by_value)
    });
    Ok(Successions {
        customers: study.members.len(),
        repeaters,
        transitions: total.all,
        first_transitions: total.first,
        pairs,
    })
}

impl Counts {
    fn count(&mut self, steps: &[Step]) {
        // Where every purchase is one event, which is most often, nothing is gathered.
        let mut before: Option<i64> = None;
        let mut n = 0;
        let is_plain = steps.iter().all(|step| step.value().is_some())
            && steps.windows(2).all(|pair| pair[0].at < pair[1].at);
        if is_plain {
            for step in steps {
                if let (Some(from), Some(to)) = (before, step.value()) {
                    let cell = self.cells.of(from, to);
                    cell.all += 1;
                    cell.first += u64::from(n == 1);
                }
                (before, n) = (step.value(), n + 1);
            }
        } else {
            self.before.clear();
            let known: Vec<Step> = steps.iter().copied().filter(|s| s.value().is_some()).collect();
            for occasion in occasions(&known) {
                self.after.clear();
                self.after.extend(occasion.iter().filter_map(|step| step.value()));
                self.after.sort_unstable();
                self.after.dedup();
                for from in &self.before {
                    for to in &self.after {
                        let cell = self.cells.of(*from, *to);
                        cell.all += 1;
                        cell.first += u64::from(n == 1);
                    }
                }
                std::mem::swap(&mut self.before, &mut self.after);
                n += 1;
            }
        }
        self.repeaters += u64::from(n > 1);
    }
}
