//! Customers as a plain list, and rules about them.

use std::collections::{BTreeMap, BTreeSet};

use super::random::Random;

pub const SECOND: i64 = 1_000_000;
pub const DAY: i64 = 86_400 * SECOND;
/// The instant at which every history begins.
pub const START: i64 = 1_790_000_000 * SECOND;
pub const REGIONS: [&str; 3] = ["US", "DE", "été"];

/// A customer.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    pub region: Option<&'static str>,
    /// Hundredths.
    pub spend: Option<i64>,
    /// Microseconds since 1970.
    pub seen: Option<i64>,
    /// Days since 1970.
    pub joined: Option<i64>,
}

/// A pool's content.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub customers: BTreeMap<i64, Customer>,
    /// Orders: whose, and when.
    pub orders: Vec<(i64, i64)>,
    pub groups: Vec<Group>,
    pub now: i64,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub members: Members,
    /// When everybody leaves it.
    pub ends: Option<i64>,
}

#[derive(Clone, Debug)]
pub enum Members {
    Rule(Rule),
    Chosen(BTreeSet<i64>),
}

/// A rule.
#[derive(Clone, Debug)]
pub enum Rule {
    Region(&'static str),
    NoRegion,
    Spend(&'static str, i64),
    /// The timestamp within the last so many hours.
    Seen(i64),
    /// The timestamp between so many hours ago.
    SeenAgo(i64, i64),
    /// The date within the last so many days.
    Joined(i64),
    /// The date within the next so many days.
    Joins(i64),
    /// So many orders at least over so many days.
    Orders(i64, usize),
    /// So many whole days since the timestamp, at least.
    DaysSince(i64),
    Keys(Vec<i64>),
    /// How the clock stands to an instant.
    Clock(&'static str, i64),
    /// The highest percent by spend, of each region when so said.
    Top(i64, bool),
    Group(String),
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
}

/// An instant as statements have it.
pub fn instant(micros: i64) -> String {
    highsea::Instant::from_micros(micros).unwrap().to_string()
}

impl Rule {
    /// A random rule of so many levels that refers to some groups.
    pub fn random(random: &mut Random, groups: &[String], depth: u32) -> Self {
        let parts = |random: &mut Random| {
            (0..random.between(2, 3)).map(|_| Self::random(random, groups, depth - 1)).collect()
        };
        match random.between(0, if depth == 0 { 11 } else { 15 }) {
            0 => Self::Region(random.pick(&REGIONS)),
            1 => Self::NoRegion,
            2 | 3 => {
                let op = random.pick(&["<", "<=", ">", ">=", "=", "!="]);
                Self::Spend(op, random.between(0, 20) * 50)
            }
            4 => Self::Seen(random.between(1, 24 * 40)),
            5 => {
                let from = random.between(30, 24 * 60);
                Self::SeenAgo(from, from / 2)
            }
            6 => match random.one_in(2) {
                true => Self::Joined(random.between(1, 40)),
                false => Self::Joins(random.between(1, 10)),
            },
            7 => Self::Orders(random.between(1, 40), random.between(1, 3) as usize),
            8 => Self::DaysSince(random.between(0, 30)),
            9 => Self::Keys((0..random.between(1, 6)).map(|_| random.between(1, 60)).collect()),
            10 => Self::Top(random.between(1, 60), random.one_in(2)),
            11 if random.one_in(3) => {
                let op = random.pick(&["<", "<=", ">", ">=", "=", "!="]);
                Self::Clock(op, START + random.between(0, 24 * 60) * 3_600 * SECOND)
            }
            11 if !groups.is_empty() => {
                Self::Group(groups[random.between(0, groups.len() as i64 - 1) as usize].clone())
            }
            11 => Self::NoRegion,
            12 | 13 => Self::And(parts(random)),
            14 => Self::Or(parts(random)),
            _ => Self::Not(Box::new(Self::random(random, groups, depth - 1))),
        }
    }

    /// The rule as text.
    pub fn text(&self) -> String {
        let joined = |rules: &[Self], word: &str| {
            rules.iter().map(|rule| format!("({})", rule.text())).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Region(region) => format!("region = \"{region}\""),
            Self::NoRegion => "region is null".to_owned(),
            Self::Spend(op, units) => format!("spend {op} {}.{:02}", units / 100, units % 100),
            Self::Seen(hours) => format!("seen within last {hours} hours"),
            Self::SeenAgo(from, to) => format!("seen between {from} hours and {to} hours ago")
                .replace(" hours and", " and"),
            Self::Joined(days) => format!("joined within last {days} days"),
            Self::Joins(days) => format!("joined within next {days} days"),
            Self::Orders(days, n) => format!("count(orders over last {days} days) >= {n}"),
            Self::DaysSince(days) => format!("days_since(seen) >= {days}"),
            Self::Keys(keys) => {
                let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
                format!("key in ({})", keys.join(", "))
            }
            Self::Clock(op, at) => format!("now {op} {}", instant(*at)),
            Self::Top(percent, per) => {
                format!("spend in top {percent}%{}", if *per { " per region" } else { "" })
            }
            Self::Group(name) => format!("in group {name}"),
            Self::And(rules) => joined(rules, " and "),
            Self::Or(rules) => joined(rules, " or "),
            Self::Not(rule) => format!("not ({})", rule.text()),
        }
    }

    /// Whether it refers to a group, directly.
    pub fn names(&self, group: &str) -> bool {
        match self {
            Self::Group(name) => name == group,
            Self::And(rules) | Self::Or(rules) => rules.iter().any(|rule| rule.names(group)),
            Self::Not(rule) => rule.names(group),
            _ => false,
        }
    }
}

impl World {
    pub fn group(&self, name: &str) -> &Group {
        self.groups.iter().find(|group| group.name == name).unwrap()
    }

    /// The members of a group.
    pub fn members(&self, name: &str) -> BTreeSet<i64> {
        let group = self.group(name);
        if group.ends.is_some_and(|end| end <= self.now) {
            return BTreeSet::new();
        }
        match &group.members {
            Members::Chosen(keys) => {
                keys.iter().copied().filter(|key| self.customers.contains_key(key)).collect()
            }
            Members::Rule(rule) => self.of(rule),
        }
    }

    /// Those of whom a rule holds.
    pub fn of(&self, rule: &Rule) -> BTreeSet<i64> {
        let every = || self.customers.keys().copied().collect::<BTreeSet<i64>>();
        match rule {
            Rule::And(rules) => rules.iter().fold(every(), |all, rule| &all & &self.of(rule)),
            Rule::Or(rules) => {
                rules.iter().fold(BTreeSet::new(), |all, rule| &all | &self.of(rule))
            }
            Rule::Not(rule) => &every() - &self.of(rule),
            Rule::Group(name) => self.members(name),
            Rule::Top(percent, per) => self.top(*percent, *per),
            leaf => {
                let holds = |(key, customer): (&i64, &Customer)| {
                    self.holds(leaf, *key, customer).then_some(*key)
                };
                self.customers.iter().filter_map(holds).collect()
            }
        }
    }

    fn holds(&self, rule: &Rule, key: i64, customer: &Customer) -> bool {
        let hour = 3_600 * SECOND;
        let within =
            |time: i64, from: i64, to: i64| self.now - from < time && time <= self.now - to;
        let today = self.now.div_euclid(DAY);
        match rule {
            Rule::Region(region) => customer.region == Some(region),
            Rule::NoRegion => customer.region.is_none(),
            Rule::Spend(op, units) => customer.spend.is_some_and(|spend| match *op {
                "<" => spend < *units,
                "<=" => spend <= *units,
                ">" => spend > *units,
                ">=" => spend >= *units,
                "=" => spend == *units,
                _ => spend != *units,
            }),
            Rule::Seen(hours) => customer.seen.is_some_and(|at| within(at, hours * hour, 0)),
            Rule::SeenAgo(from, to) => {
                customer.seen.is_some_and(|at| within(at, from * hour, to * hour))
            }
            Rule::Joined(days) => {
                customer.joined.is_some_and(|day| today - days < day && day <= today)
            }
            Rule::Joins(days) => {
                customer.joined.is_some_and(|day| today <= day && day < today + days)
            }
            Rule::Orders(days, n) => {
                let counts = |(who, at): &&(i64, i64)| *who == key && within(*at, days * DAY, 0);
                self.orders.iter().filter(counts).count() >= *n
            }
            Rule::DaysSince(days) => {
                customer.seen.is_some_and(|at| (self.now - at).div_euclid(DAY) >= *days)
            }
            Rule::Keys(keys) => keys.contains(&key),
            Rule::Clock(op, at) => match *op {
                "<" => self.now < *at,
                "<=" => self.now <= *at,
                ">" => self.now > *at,
                ">=" => self.now >= *at,
                "=" => self.now == *at,
                _ => self.now != *at,
            },
            _ => unreachable!(),
        }
    }

    fn top(&self, percent: i64, per: bool) -> BTreeSet<i64> {
        let mut ranked: BTreeMap<Option<&str>, Vec<(i64, i64)>> = BTreeMap::new();
        for (key, customer) in &self.customers {
            let Some(spend) = customer.spend else { continue };
            if !per {
                ranked.entry(None).or_default().push((spend, *key));
            } else if customer.region.is_some() {
                ranked.entry(customer.region).or_default().push((spend, *key));
            }
        }
        let mut top = BTreeSet::new();
        for (_, mut customers) in ranked {
            customers.sort_unstable_by(|a, b| b.cmp(a));
            let n = (customers.len() as i64 * percent + 99) / 100;
            let Some((cut, _)) = customers.get((n - 1).max(0) as usize) else { continue };
            top.extend(customers.iter().filter(|(spend, _)| n > 0 && spend >= cut).map(|c| c.1));
        }
        top
    }
}
