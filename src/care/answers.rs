//! Answers: how long customers wait for them.

use super::standards::AnswersKept;
use crate::exec::ExecError;
use crate::insight::Study;
use crate::model::{
    AttributeId, Decimal, Duration, Instant, RangeSet, Value, Zone, divide_rounded,
};

/// What was promised of answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Promise {
    /// When an answer was given: an instant of the events.
    pub(crate) answered: AttributeId,
    /// How long it may take.
    pub(crate) within: Duration,
}

#[derive(Default)]
struct Counted {
    asked: u64,
    in_time: u64,
    late: u64,
    open: u64,
    misdated: u64,
    /// How long each answer took, in microseconds.
    waits: Vec<i64>,
}

/// How what was asked within `over` was answered.
///
/// What is not answered yet is late once the limit is past, and open before.
///
/// # Errors
///
/// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn answers(
    study: &Study<'_>,
    promise: Promise,
    zone: &Zone,
    over: &RangeSet,
) -> Result<AnswersKept, ExecError> {
    let now = study.folding.time.now.micros();
    let limit = |asked: i64| {
        let asked = Instant::from_micros(asked)?;
        zone.shift(asked, promise.within).map(Instant::micros)
    };
    let parts = study.journeys(Some(promise.answered), Counted::default, |all, _, steps| {
        for step in steps.iter().filter(|step| over.contains(step.at)) {
            all.asked += 1;
            let limit = limit(step.at).unwrap_or(i64::MAX);
            match step.value().filter(|answered| *answered <= now) {
                Some(answered) if answered < step.at => all.misdated += 1,
                Some(answered) => {
                    all.waits.push(answered - step.at);
                    *(if answered <= limit { &mut all.in_time } else { &mut all.late }) += 1;
                }
                None if limit < now => all.late += 1,
                None => all.open += 1,
            }
        }
    })?;
    let total = |of: fn(&Counted) -> u64| parts.iter().map(of).sum::<u64>();
    let (asked, in_time) = (total(|part| part.asked), total(|part| part.in_time));
    let (late, open) = (total(|part| part.late), total(|part| part.open));
    let misdated = total(|part| part.misdated);
    let n_waits: usize = parts.iter().map(|part| part.waits.len()).sum();
    let _charge = study.folding.budget.charge(n_waits * size_of::<i64>())?;
    let mut waits: Vec<i64> = parts.into_iter().flat_map(|part| part.waits).collect();
    let median_minutes = median(&mut waits);
    Ok(AnswersKept { asked, in_time, late, open, misdated, median_minutes, ..Default::default() })
}

/// The median of lengths in microseconds, in minutes to six digits; missing of none.
fn median(waits: &mut [i64]) -> Value {
    const HALF_MINUTES: i128 = 120_000_000;
    const SCALE: i128 = 1_000_000;
    let n = waits.len();
    if n == 0 {
        return Value::Null;
    }
    let (below, upper, _) = waits.select_nth_unstable(n / 2);
    let upper = i128::from(*upper);
    let lower = match below.iter().max() {
        Some(lower) if n.is_multiple_of(2) => i128::from(*lower),
        _ => upper,
    };
    let minutes = divide_rounded((lower + upper) * SCALE, HALF_MINUTES);
    Value::Decimal(Decimal::new(minutes, 6).normalized())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_the_two_in_the_middle() {
        let minutes = |waits: &[i64]| {
            let mut waits: Vec<i64> = waits.iter().map(|seconds| seconds * 1_000_000).collect();
            median(&mut waits).to_string()
        };
        assert_eq!(median(&mut []), Value::Null);
        assert_eq!(minutes(&[90]), "1.5");
        assert_eq!(minutes(&[600, 60]), "5.5");
        assert_eq!(minutes(&[60, 600, 0]), "1");
        assert_eq!(minutes(&[0, 0, 1, 1]), "0.008333");
    }
}
