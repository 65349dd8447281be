//! Who comes back, by when they came first.

use serde::Serialize;

use super::Study;
use crate::exec::{ExecError, Step};
use crate::model::{CalendarUnit, Instant, Value};

/// `cohorts of orders by month`: customers by the calendar unit of their first event, and how many
/// of each have an event in each unit from then on.
///
/// Units are those of the pool's zone. The last is that of the last event that counts, of whichever
/// customer, so that a group that has gone silent shows so.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cohorts {
    /// `week`, `month`, `quarter` or `year`.
    pub unit: &'static str,
    /// Customers who were looked at.
    pub customers: u64,
    /// Those who have a first event, by when; units in which nobody came first are left out.
    pub cohorts: Vec<Cohort>,
}

/// The customers who came first in one calendar unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cohort {
    /// The unit's first day.
    pub start: Value,
    /// How many they are.
    pub customers: u64,
    /// How many of them have an event in this unit, in the next, and so on to the last.
    pub active: Vec<u64>,
}

/// Who comes back, by when they came first.
///
/// # Errors
///
/// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn cohorts(study: &Study<'_>, unit: CalendarUnit) -> Result<Cohorts, ExecError> {
    let periods = Periods::of(study, unit)?;
    let visit = |all: &mut Vec<Vec<u64>>, steps: &[Step]| {
        let Some(first) = steps.first() else { return };
        let cohort = periods.place(first.at);
        if all.len() <= cohort {
            all.resize(cohort + 1, Vec::new());
        }
        let (active, mut last) = (&mut all[cohort], None);
        for step in steps {
            // Steps ascend, and most lie in the unit of the one before.
            if last.is_some_and(|last| periods.ends_after(last, step.at)) {
                continue;
            }
            let place = periods.place(step.at);
            let later = place - cohort;
            if active.len() <= later {
                active.resize(later + 1, 0);
            }
            active[later] += 1;
            last = Some(place);
        }
    };
    let parts = study.journeys(None, Vec::new, |all, _, steps| visit(all, steps))?;
    let mut all: Vec<Vec<u64>> = vec![Vec::new(); periods.starts.len()];
    for (cohort, active) in parts.into_iter().flat_map(|part| part.into_iter().enumerate()) {
        let sums = &mut all[cohort];
        if sums.len() < active.len() {
            sums.resize(active.len(), 0);
        }
        sums.iter_mut().zip(active).for_each(|(sum, n)| *sum += n);
    }
    let cohort = |(place, mut active): (usize, Vec<u64>)| {
        let customers = *active.first()?;
        active.resize(periods.starts.len() - place, 0);
        let start = Value::Date(study.folding.time.zone.day_of(periods.start(place)?));
        Some(Cohort { start, customers, active })
    };
    Ok(Cohorts {
        unit: unit.name(),
        customers: study.members.len(),
        cohorts: all.into_iter().enumerate().filter_map(cohort).collect(),
    })
}

/// Calendar units one after the other, from that of the first event to that of the last.
pub(super) struct Periods {
    /// The instant, in microseconds, at which each begins.
    pub(super) starts: Vec<i64>,
    /// The instant at which the last ends.
    pub(super) end: i64,
}

impl Periods {
    /// The units of the events that count, of whichever customers.
    pub(super) fn of(study: &Study<'_>, unit: CalendarUnit) -> Result<Self, ExecError> {
        let bounds = study.reader().bounds(study.events, study.folding.at)?;
        let instants = bounds.and_then(|(first, last)| {
            Some((Instant::from_micros(first)?, Instant::from_micros(last)?))
        });
        let Some((first, last)) = instants else {
            return Ok(Self { starts: Vec::new(), end: 0 });
        };
        let zone = &study.folding.time.zone;
        let mut starts = Vec::new();
        let mut next = unit.start(zone.day_of(first));
        while let Some(day) = next.filter(|day| zone.start_of(*day) <= last) {
            starts.push(zone.start_of(day).micros());
            next = unit.after(day);
        }
        // Events lie far within the years that there are.
        let end = next.map_or(i64::MAX, |day| zone.start_of(day).micros());
        Ok(Self { starts, end })
    }

    /// Which unit an instant lies in.
    pub(super) fn place(&self, at: i64) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// Whether an instant lies before the end of a unit.
    pub(super) fn ends_after(&self, place: usize, at: i64) -> bool {
        self.starts.get(place + 1).is_none_or(|end| at < *end)
    }

    /// When a unit begins.
    pub(super) fn start(&self, place: usize) -> Option<Instant> {
        self.starts.get(place).and_then(|start| Instant::from_micros(*start))
    }
}
