//! What a pool of visited customers comes to, worked out customer by customer.

use std::collections::BTreeMap;

pub const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;
/// 2026-06-30T12:00:00Z.
pub const START: i64 = 20_634 * DAY + 12 * HOUR;

/// A customer.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    pub is_us: bool,
    pub owner: Option<&'static str>,
    pub contacts: Vec<i64>,
    /// When something was asked, and answered.
    pub questions: Vec<(i64, Option<i64>)>,
    pub orders: Vec<i64>,
    /// When, what, whose.
    pub moves: Vec<(i64, &'static str, &'static str)>,
}

/// What standards ask for, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub visit: i64,
    pub answer: i64,
    pub release: i64,
    pub protect: i64,
    pub limit: usize,
}

/// The pool: its customers by their keys.
#[derive(Clone, Debug)]
pub struct Model {
    pub customers: BTreeMap<i64, Customer>,
    pub asked: Asked,
    pub now: i64,
}

/// A row of `due visits`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub due: Option<i64>,
    pub key: i64,
    pub last: Option<i64>,
}

/// How promises were kept: kept, broken, due, never; asked, in time, late, open, misdated.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub visits: [u64; 4],
    pub answers: [u64; 5],
    pub waits: Vec<i64>,
}

impl Customer {
    fn last_contact(&self, now: i64) -> Option<i64> {
        self.contacts.iter().copied().filter(|at| *at <= now).max()
    }

    fn is_due(&self, now: i64, every: i64) -> bool {
        self.is_us && self.last_contact(now).is_none_or(|last| last + every <= now)
    }

    fn is_idle(&self, now: i64, asked: Asked) -> bool {
        let claimed = self.moves.iter().filter(|(_, action, _)| *action == "claim");
        let claimed = claimed.map(|(at, ..)| *at).max();
        let span = asked.release.max(asked.protect);
        self.owner.is_some()
            && self.last_contact(now).is_none_or(|last| last + asked.release <= now)
            && claimed.is_none_or(|at| at + span <= now)
    }
}

impl Model {
    /// Moves the clock on; owners lose those whom they left alone.
    pub fn advance(&mut self, by: i64) {
        self.now += by;
        self.lapse();
    }

    /// Frees those whom their owners left alone.
    pub fn lapse(&mut self) -> usize {
        let (now, asked) = (self.now, self.asked);
        let idle = self.customers.values_mut().filter(|customer| customer.is_idle(now, asked));
        let mut n = 0;
        for customer in idle {
            let owner = customer.owner.take().unwrap();
            customer.moves.push((now, "lapse", owner));
            n += 1;
        }
        n
    }

    /// Gives customers an owner; how many, or `None` when that is refused.
    pub fn claim(&mut self, keys: &[i64], owner: &'static str, by_rule: bool) -> Option<usize> {
        let owned = |key: &i64| self.customers[key].owner;
        if !by_rule && keys.iter().any(|key| owned(key).is_some_and(|other| other != owner)) {
            return None;
        }
        let free: Vec<i64> = keys.iter().copied().filter(|key| owned(key).is_none()).collect();
        let had = self.customers.values().filter(|one| one.owner == Some(owner)).count();
        if !free.is_empty() && had + free.len() > self.asked.limit {
            return None;
        }
        for key in &free {
            let customer = self.customers.get_mut(key).unwrap();
            customer.owner = Some(owner);
            customer.moves.push((self.now, "claim", owner));
        }
        Some(free.len())
    }

    /// Takes customers' owners away; how many.
    pub fn release(&mut self, keys: &[i64]) -> usize {
        let mut n = 0;
        for key in keys {
            let customer = self.customers.get_mut(key).unwrap();
            if let Some(owner) = customer.owner.take() {
                customer.moves.push((self.now, "release", owner));
                n += 1;
            }
        }
        n
    }

    /// Who is owed a visit, or will be within some time.
    pub fn due(&self, within: i64) -> Vec<Due> {
        let every = self.asked.visit;
        let is_due = |customer: &Customer| {
            customer.is_due(self.now, every) || customer.is_due(self.now + within, every)
        };
        let due = self.customers.iter().filter(|(_, customer)| is_due(customer));
        let due = due.map(|(key, customer)| {
            let last = customer.last_contact(self.now);
            Due { due: last.map(|last| last + every), key: *key, last }
        });
        let mut due: Vec<Due> = due.collect();
        due.sort();
        due
    }

    /// How promises that were settled after an instant were kept.
    pub fn kept(&self, after: i64) -> Kept {
        let mut kept = Kept::default();
        let counts = |at: i64| u64::from(at > after && at <= self.now);
        for customer in self.customers.values().filter(|customer| customer.is_us) {
            let mut visits: Vec<i64> = customer.contacts.clone();
            visits.retain(|at| *at <= self.now);
            visits.sort_unstable();
            visits.dedup();
            for (place, visit) in visits.iter().enumerate() {
                let due = visit + self.asked.visit;
                match visits.get(place + 1) {
                    Some(next) if *next <= due => kept.visits[0] += counts(*next),
                    Some(_) => kept.visits[1] += counts(due),
                    None => kept.visits[1] += counts(due),
                }
            }
            kept.visits[2] += u64::from(customer.is_due(self.now, self.asked.visit));
            kept.visits[3] += u64::from(visits.is_empty());
            for (asked, answered) in &customer.questions {
                if counts(*asked) == 0 {
                    continue;
                }
                let limit = asked + self.asked.answer;
                let place = match answered.filter(|answered| *answered <= self.now) {
                    Some(answered) if answered < *asked => 4,
                    Some(answered) => {
                        kept.waits.push(answered - asked);
                        if answered <= limit { 1 } else { 2 }
                    }
                    None if limit < self.now => 2,
                    None => 3,
                };
                kept.answers[0] += 1;
                kept.answers[place] += 1;
            }
        }
        kept.waits.sort_unstable();
        kept
    }

    /// Questions, buyers, old and loyal ones among them, of the last days.
    pub fn store(&self, days: i64) -> [u64; 4] {
        let since = self.now - days * DAY;
        let mut figures = [0; 4];
        for customer in self.customers.values() {
            let asked = customer.questions.iter().filter(|(at, _)| *at > since && *at <= self.now);
            figures[0] += asked.count() as u64;
            let past: Vec<i64> =
                customer.orders.iter().copied().filter(|at| *at <= self.now).collect();
            if past.iter().any(|at| *at > since) {
                figures[1] += 1;
                figures[2] += u64::from(past.iter().any(|at| *at <= since));
                let year = past.iter().filter(|at| **at > self.now - 365 * DAY).count();
                figures[3] += u64::from(year >= 3);
            }
        }
        figures
    }
}
