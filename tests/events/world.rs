//! Customers and their events as plain lists.

use std::collections::BTreeMap;

pub const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

pub const CATEGORIES: [&str; 5] = ["shoes", "hats", "bags", "été", ""];
pub const REGIONS: [&str; 3] = ["US", "DE", "CN"];

/// One order.
#[derive(Clone, Debug)]
pub struct Event {
    pub customer: i64,
    /// Microseconds since 1970, in UTC.
    pub at: i64,
    /// Hundredths.
    pub amount: Option<i64>,
    pub quantity: Option<i64>,
    pub category: Option<&'static str>,
    pub paid: Option<bool>,
}

/// One visit.
#[derive(Clone, Debug)]
pub struct Visit {
    pub customer: i64,
    pub at: i64,
    pub page: Option<&'static str>,
}

/// A pool's content.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Each customer's region.
    pub customers: BTreeMap<i64, Option<&'static str>>,
    /// In the order of their arrival.
    pub events: Vec<Event>,
    pub visits: Vec<Visit>,
    pub now: i64,
}

impl World {
    /// The events of a customer up to now, in the order of their arrival.
    pub fn events_of(&self, customer: i64) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |e| e.customer == customer && e.at <= self.now)
    }
}

impl World {
    /// The visits of a customer up to now.
    pub fn visits_of(&self, customer: i64) -> impl Iterator<Item = &Visit> {
        self.visits.iter().filter(move |v| v.customer == customer && v.at <= self.now)
    }
}

/// An instant as statements have it.
pub fn instant(micros: i64) -> String {
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (hour, minute) = (rest / HOUR, rest / (60 * SECOND) % 60);
    let (second, fraction) = (rest / SECOND % 60, rest % SECOND);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{fraction:06}", date(days))
}

/// A day as statements have it; after Howard Hinnant's `civil_from_days`.
pub fn date(days: i64) -> String {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
