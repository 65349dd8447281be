//! Visits: when each is due, and whether it came in time.

use super::standards::VisitsKept;
use crate::exec::ExecError;
use crate::insight::{Study, occasions};
use crate::model::{Duration, Instant, RangeSet, Span, Zone};

/// When the next visit is due after one, with so long between two at most: the first instant at
/// which `last …` does not hold the visit any more. `None` when that lies past all time.
pub(crate) fn due_at(visit: Instant, every: Duration, zone: &Zone) -> Option<Instant> {
    if let Some(length) = every.fixed_length() {
        return visit.checked_add(length);
    }
    let near = zone.shift(visit, every)?;
    let is_due = |at: Instant| match Span::Last(every).instants(at, zone) {
        Ok(held) => !held.contains(visit.micros()),
        Err(_) => false,
    };
    // A clock that is set makes a day longer or shorter; a span's bound never moves back, so that
    // what lies between is found by halves.
    const DAY: i64 = 86_400_000_000;
    let (mut low, mut high) = (near.checked_add(-1)?, near);
    if !is_due(high) {
        (low, high) = (high, high.checked_add(DAY)?);
    } else if is_due(low) {
        (low, high) = (low.checked_add(-DAY)?, low);
    }
    if is_due(low) || !is_due(high) {
        return Some(near);
    }
    while high.micros() - low.micros() > 1 {
        let middle = low.checked_add((high.micros() - low.micros()) / 2)?;
        if is_due(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// What was promised by each visit: the next one, by the instant at which it is due.
///
/// A promise is settled when the next visit comes, or when it is due and none came; it counts when
/// that instant lies within `over`.
///
/// # Errors
///
/// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn visits(
    study: &Study<'_>,
    every: Duration,
    zone: &Zone,
    over: &RangeSet,
) -> Result<VisitsKept, ExecError> {
    let now = study.folding.time.now;
    let start = VisitsKept::default;
    let parts = study.journeys(None, start, |kept, _, steps| {
        kept.visited += 1;
        let mut visits = occasions(steps).filter_map(|steps| steps.first()).peekable();
        while let Some(visit) = visits.next() {
            let Some(due) = Instant::from_micros(visit.at).and_then(|at| due_at(at, every, zone))
            else {
                continue;
            };
            match visits.peek().map(|next| next.at) {
                Some(next) if next <= due.micros() => {
                    kept.kept += u64::from(over.contains(next));
                }
                Some(_) => kept.broken += u64::from(over.contains(due.micros())),
                None if due <= now => kept.broken += u64::from(over.contains(due.micros())),
                None => {}
            }
        }
    })?;
    let mut all = VisitsKept::default();
    for part in &parts {
        all.kept += part.kept;
        all.broken += part.broken;
        all.visited += part.visited;
    }
    all.never = study.members.len() - all.visited;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(zone: &str, at: &str, every: Duration) -> String {
        let zone = Zone::named(zone).unwrap();
        let at = zone.parse_instant(at).unwrap();
        zone.format(due_at(at, every, &zone).unwrap())
    }

    fn days(amount: i64) -> Duration {
        Duration { amount, unit: crate::model::Unit::Day }
    }

    #[test]
    fn a_visit_is_due_when_the_last_one_is_not_held_any_more() {
        assert_eq!(due("UTC", "2026-11-01T10:00:00", days(30)), "2026-12-01T10:00:00Z");
        // Days have 24 hours; the clocks of Berlin are set back on 2026-10-25.
        assert_eq!(
            due("Europe/Berlin", "2026-10-20T10:00:00", days(7)),
            "2026-10-27T09:00:00+01:00"
        );
    }

    #[test]
    fn it_is_the_first_instant_at_which_the_rule_holds() {
        for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
            let zone = Zone::named(zone).unwrap();
            let starts = ["2026-01-28T22:30:00", "2026-03-27T00:30:00", "2026-11-28T11:00:00"];
            let starts = starts.map(|start| zone.parse_instant(start).unwrap());
            let hours = starts.into_iter().flat_map(|start| (0..24 * 5).map(move |n| (start, n)));
            for (start, hour) in hours {
                let at = start.checked_add(hour * 3_600_000_000).unwrap();
                let months = |amount| Duration { amount, unit: crate::model::Unit::Month };
                for every in [days(1), days(30), days(210), months(1), months(3), months(13)] {
                    let due = due_at(at, every, &zone).unwrap();
                    let holds = |now: i64| {
                        let now = due.checked_add(now).unwrap();
                        Span::Last(every).instants(now, &zone).unwrap().contains(at.micros())
                    };
                    assert!(!holds(0) && holds(-1), "{} {every}", zone.format(at));
                }
            }
        }
    }
}
