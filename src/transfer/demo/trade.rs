//! What a customer bought, and when.

use super::demo::AS_OF_DAY;
use super::random::Random;
use super::words::SOURCES;

/// What a customer bought. Days count from 1970-01-01, money is in cents.
pub(super) struct Trade {
    pub(super) signup: i32,
    pub(super) channel: &'static str,
    pub(super) source: &'static str,
    /// `None` for those who never ordered.
    pub(super) last_order: Option<i32>,
    /// `None` for those never seen on the site.
    pub(super) last_visit: Option<i32>,
    pub(super) quarter: Orders,
    pub(super) year: Orders,
    pub(super) consultations: u32,
    /// What was left of the year's spend; less than nothing for some.
    pub(super) profit: i64,
}

/// Orders of a span.
#[derive(Clone, Copy, Default)]
pub(super) struct Orders {
    pub(super) count: u32,
    pub(super) cents: i64,
}

/// Six years of growth.
const HISTORY: i32 = 6 * 365;

impl Trade {
    pub(super) fn random(random: &mut Random) -> Self {
        let signup = AS_OF_DAY - days_since_signup(random);
        let channel = channel(random);
        let mut trade = Self {
            signup,
            channel,
            source: random.pick_early(&SOURCES),
            last_order: None,
            last_visit: None,
            quarter: Orders::default(),
            year: Orders::default(),
            consultations: 0,
            profit: 0,
        };
        trade.order(random);
        trade.last_visit = trade.random_visit(random);
        trade.consultations = random.poisson(0.2 + 0.15 * f64::from(trade.year.count.min(10)));
        trade.profit = trade.random_profit(random);
        trade
    }

    /// One in four has only ever looked; of the others, half are still buying.
    fn order(&mut self, random: &mut Random) {
        let tenure = AS_OF_DAY - self.signup;
        match random.unit() {
            share if share < 0.24 => {}
            share if share < 0.55 && tenure > 365 => {
                let ago = 365 + random.below((tenure - 364) as u32) as i32;
                self.last_order = Some(AS_OF_DAY - ago);
            }
            _ => self.order_this_year(tenure, random),
        }
    }

    fn order_this_year(&mut self, tenure: i32, random: &mut Random) {
        let days = tenure.min(364) as u32 + 1;
        let rate = random.skewed(4.5, 1.0) * f64::from(days) / 365.0;
        let count = (1 + random.poisson(rate)).min(250);
        let basket = random.skewed(3_800.0, 0.8);
        let mut latest = u32::MAX;
        for _ in 0..count {
            let ago = random.below(days);
            let cents = random.skewed(basket, 0.5).max(99.0) as i64;
            self.year.add(cents);
            if ago < 90 {
                self.quarter.add(cents);
            }
            latest = latest.min(ago);
        }
        self.last_order = Some(AS_OF_DAY - latest as i32);
    }

    /// Never before the last order; shops see no visits.
    fn random_visit(&self, random: &mut Random) -> Option<i32> {
        let unseen = if self.channel == "offline" { 0.45 } else { 0.04 };
        if random.chance(unseen) {
            return None;
        }
        let ago = random.skewed(40.0, 1.2) as i32;
        let visit = (AS_OF_DAY - ago).max(self.signup);
        Some(visit.max(self.last_order.unwrap_or(visit)))
    }

    /// A margin that some customers' returns and care eat up.
    fn random_profit(&self, random: &mut Random) -> i64 {
        let margin = random.normal().mul_add(0.15, 0.16);
        let care = i64::from(self.consultations) * i64::from(random.below(350));
        (self.year.cents as f64 * margin).round() as i64 - care
    }
}

impl Orders {
    fn add(&mut self, cents: i64) {
        self.count += 1;
        self.cents += cents;
    }

    /// The average order in cents, rounded half up; `None` without orders.
    pub(super) fn average(self) -> Option<i64> {
        let count = i64::from(self.count);
        (count > 0).then(|| (2 * self.cents + count) / (2 * count))
    }
}

/// The younger the commoner: the merchant grows.
fn days_since_signup(random: &mut Random) -> i32 {
    let unit = random.unit();
    (unit * unit.sqrt() * f64::from(HISTORY)) as i32
}

fn channel(random: &mut Random) -> &'static str {
    match random.unit() {
        share if share < 0.55 => "online",
        share if share < 0.78 => "offline",
        _ => "mixed",
    }
}
