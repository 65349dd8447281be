//! What a group's customers do, table by table.

use serde::Serialize;

use super::numbers::sum_and_mean;
use super::{ValueShare, share};
use crate::exec::{ExecError, MemberSet, Step};
use crate::insight::cohorts::Periods;
use crate::insight::rank::{RankedBy, rank};
use crate::insight::{Ranked, Study};
use crate::model::{AttributeId, CalendarUnit, Value};

/// The events of a group in one table, beside others'.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EventProfile {
    /// The table.
    pub table: String,
    /// How many the group has.
    pub events: u64,
    /// They as a share of everybody's.
    pub share_of_all: Option<f64>,
    /// How many of the group have any.
    pub customers: u64,
    /// Events for each of these.
    pub per_customer: Option<f64>,
    /// How many of those compared with have any.
    pub versus_customers: u64,
    /// Events for each of these.
    pub versus_per_customer: Option<f64>,
    /// The table's numbers, added up.
    pub sums: Vec<SumProfile>,
    /// The table's texts, sets and whole numbers, by their most frequent values.
    pub top: Vec<TopProfile>,
    /// Who came and who stayed away, month by month, up to the last with an event of anybody.
    pub months: Vec<MonthProfile>,
}

/// A number of a table of events, added up.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SumProfile {
    /// The property.
    pub property: String,
    /// The sum over the group's events; null where it is too large.
    pub total: Value,
    /// That as a share of everybody's, where these add up to more than 0.
    pub share_of_all: Option<f64>,
    /// The mean of the group's events.
    pub mean: Value,
    /// The mean of the events of those compared with.
    pub versus_mean: Value,
}

/// The most frequent values of a property, of a group's events.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TopProfile {
    /// The property.
    pub property: String,
    /// The values, the most frequent first; shares are of the events that have one.
    pub values: Vec<ValueShare>,
    /// How many different values the group's events have.
    pub distinct: u64,
}

/// Who came and who stayed away in a month of the pool's zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MonthProfile {
    /// The month's first day.
    pub start: Value,
    /// Customers with an event.
    pub active: u64,
    /// Customers whose first event it was.
    pub new: u64,
    /// Customers for whom 90 days without an event were full.
    pub lost: u64,
    /// Customers with an event after that.
    pub back: u64,
}

/// What is looked at of a table.
pub(crate) struct EventParts<'a> {
    /// The table's name.
    pub(crate) table: &'a str,
    /// Its numbers.
    pub(crate) numbers: &'a [(AttributeId, String)],
    /// Its texts and sets, and its whole numbers.
    pub(crate) told: &'a [(AttributeId, String)],
}

/// Whether so many different values of so many events tell anything: not those of which every other
/// event has its own.
pub(crate) fn tells(n_values: u64, n_events: u64) -> bool {
    const FEW: u64 = 1_000;
    n_values <= FEW || n_values * 2 <= n_events
}

/// Values that are told of each property.
const MOST_VALUES: usize = 10;
/// Months that are told.
const MONTHS: usize = 13;
/// How long somebody is without an event before they count as lost.
const LOST: i64 = 90 * 86_400_000_000;

/// What a group does, beside others; both studies are of the same events.
///
/// # Errors
///
/// When a column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn events(
    parts: &EventParts<'_>,
    own: &Study<'_>,
    others: &Study<'_>,
) -> Result<EventProfile, ExecError> {
    let (own_events, other_events) = (own.own_events()?, others.own_events()?);
    let (months, customers) = months(own)?;
    let versus_customers = match others.members == own.members {
        true => customers,
        false => active(others)?,
    };
    let sum = |(property, name): &(AttributeId, String)| {
        let total = |events: &MemberSet| sum_and_mean(&own.reader(), events, *property);
        let (own_sums, all) = (total(&own_events)?, total(own.events)?);
        let versus = if other_events.len() == own.events.len() {
            all.clone()
        } else {
            total(&other_events)?
        };
        let share_of_all = own_sums.0.to_f64().zip(all.0.to_f64()).filter(|(_, all)| *all > 0.0);
        Ok(SumProfile {
            property: name.clone(),
            share_of_all: share_of_all.map(|(own, all)| own / all),
            total: own_sums.0,
            mean: own_sums.1,
            versus_mean: versus.1,
        })
    };
    let top = |(property, name): &(AttributeId, String)| {
        let ranked = rank(own, *property, &RankedBy::Count)?;
        let n_known = ranked.iter().filter_map(|ranked| ranked.figure.to_f64()).sum::<f64>();
        if !tells(ranked.len() as u64, n_known as u64) {
            return Ok(None);
        }
        let versus = rank(others, *property, &RankedBy::Count)?;
        Ok(Some(TopProfile {
            property: name.clone(),
            distinct: ranked.len() as u64,
            values: top_values(&ranked, &versus),
        }))
    };
    let (n, n_all) = (own_events.len(), own.events.len());
    Ok(EventProfile {
        table: parts.table.to_owned(),
        events: n,
        share_of_all: share(n, n_all),
        customers,
        per_customer: share(n, customers),
        versus_customers,
        versus_per_customer: share(other_events.len(), versus_customers),
        sums: parts.numbers.iter().map(sum).collect::<Result<_, ExecError>>()?,
        top: parts
            .told
            .iter()
            .filter_map(|told| top(told).transpose())
            .collect::<Result<_, ExecError>>()?,
        months,
    })
}

/// The most frequent values, with how often others' events have them.
fn top_values(own: &[Ranked], others: &[Ranked]) -> Vec<ValueShare> {
    let count = |ranked: &Ranked| match ranked.figure {
        Value::Int(n) => n as u64,
        _ => 0,
    };
    let total = |all: &[Ranked]| all.iter().map(count).sum::<u64>();
    let (own_n, others_n) = (total(own), total(others));
    let of_others =
        |value: &Value| others.iter().find(|other| other.value == *value).map_or(0, count);
    let value = |ranked: &Ranked| {
        let versus = of_others(&ranked.value);
        ValueShare::new(ranked.value.clone(), (count(ranked), own_n), (versus, others_n))
    };
    own.iter().take(MOST_VALUES).map(value).collect()
}

/// How many customers have an event.
fn active(study: &Study<'_>) -> Result<u64, ExecError> {
    let owners = study.folding.owners(study.events)?;
    Ok(owners.and(study.members).len())
}

/// What happened to a group, month by month.
#[derive(Clone, Default)]
struct Flows {
    months: Vec<[u64; 4]>,
    customers: u64,
}

/// Who came and who stayed away, month by month; and how many have an event at all.
fn months(study: &Study<'_>) -> Result<(Vec<MonthProfile>, u64), ExecError> {
    let periods = Periods::of(study, CalendarUnit::Month)?;
    let n = periods.starts.len();
    let now = study.folding.time.now.micros();
    let start = || Flows { months: vec![[0; 4]; n], customers: 0 };
    let visit = |all: &mut Flows, steps: &[Step]| {
        all.customers += 1;
        let (mut before, mut last): (Option<i64>, Option<usize>) = (None, None);
        for step in steps {
            let is_same = last.is_some_and(|last| periods.ends_after(last, step.at));
            let place = last.filter(|_| is_same).unwrap_or_else(|| periods.place(step.at));
            let [active, new, _, back] = &mut all.months[place];
            *active += u64::from(!is_same);
            match before {
                None => *new += 1,
                Some(before) if step.at - before > LOST => {
                    *back += 1;
                    all.months[periods.place(before + LOST)][2] += 1;
                }
                Some(_) => {}
            }
            (before, last) = (Some(step.at), Some(place));
        }
        // Whoever has not come back may be lost after the last month that is told.
        let lost = before.map(|before| before + LOST);
        if let Some(lost) = lost.filter(|lost| *lost <= now && *lost < periods.end) {
            all.months[periods.place(lost)][2] += 1;
        }
    };
    let parts = study.journeys(None, start, |all, _, steps| visit(all, steps))?;
    let mut all = start();
    for part in parts {
        all.customers += part.customers;
        for (sums, own) in all.months.iter_mut().zip(part.months) {
            sums.iter_mut().zip(own).for_each(|(sum, n)| *sum += n);
        }
    }
    let zone = &study.folding.time.zone;
    let month = |place: usize| {
        let [active, new, lost, back] = all.months[place];
        let start = Value::Date(zone.day_of(periods.start(place)?));
        Some(MonthProfile { start, active, new, lost, back })
    };
    Ok(((n.saturating_sub(MONTHS)..n).filter_map(month).collect(), all.customers))
}
