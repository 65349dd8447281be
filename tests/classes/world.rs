//! Customers as plain lists.

use std::collections::BTreeMap;

pub const DAY: i64 = 86_400_000_000;
pub const REGIONS: [&str; 3] = ["US", "DE", "été"];

/// One customer.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    pub region: Option<&'static str>,
    /// Hundredths.
    pub spend: Option<i64>,
    pub visits: Option<i64>,
    /// Days since 1970.
    pub joined: Option<i64>,
    /// When, in microseconds since 1970, and hundredths.
    pub orders: Vec<(i64, i64)>,
}

/// A pool's content.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub customers: BTreeMap<i64, Customer>,
    pub now: i64,
}

impl World {
    /// The orders of a customer within the last so many days.
    pub fn orders_of(&self, key: i64, days: i64) -> impl Iterator<Item = i64> + '_ {
        let within = move |at: i64| at > self.now - days * DAY && at <= self.now;
        let orders = &self.customers[&key].orders;
        orders.iter().filter(move |(at, _)| within(*at)).map(|(_, amount)| *amount)
    }
}
