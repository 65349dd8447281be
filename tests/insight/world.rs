//! Customers and their orders as plain lists, and the same in the engine.

use std::fmt::Write as _;

use highsea::{Options, Outcome, Pool};

use super::random::Random;

pub const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;
/// 2026-06-30T12:00:00Z, the instant of every pool.
pub const NOW: i64 = 20_634 * DAY + 12 * HOUR;
pub const REGIONS: [&str; 3] = ["US", "DE", "a\"b <i>&amp;"];
pub const CATEGORIES: [&str; 5] = ["shoes", "hats", "bags", "été", ""];
pub const TAGS: [&str; 4] = ["red", "big", "new", "<b>"];

/// One customer; the key is the place, from 1.
#[derive(Clone, Debug)]
pub struct Customer {
    pub region: Option<&'static str>,
    pub age: Option<i64>,
    /// Hundredths.
    pub spend: Option<i64>,
    pub vip: Option<bool>,
    pub tags: Vec<&'static str>,
}

/// One order.
#[derive(Clone, Debug)]
pub struct Order {
    /// The place of its customer, from 0.
    pub customer: usize,
    pub at: i64,
    /// Hundredths.
    pub amount: Option<i64>,
    pub category: Option<&'static str>,
    pub tags: Vec<&'static str>,
}

/// A pool's content.
#[derive(Clone, Debug)]
pub struct World {
    pub customers: Vec<Customer>,
    /// In the order of their arrival.
    pub orders: Vec<Order>,
}

/// A rule over customers: as text, and of whom it holds.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    All,
    Region(&'static str),
    Older(i64),
    Vip,
    Nobody,
    Bought,
}

/// Which orders count.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    All,
    Hats,
    Dear,
    OfRegion,
    LastDays(i64),
    DearLastDays(i64),
}

fn some<T: Copy>(random: &mut Random, of: &[T]) -> Vec<T> {
    of.iter().copied().filter(|_| random.one_in(3)).collect()
}

impl World {
    pub fn random(random: &mut Random) -> Self {
        // So many that events of one chunk are of many chunks of customers, now and then.
        let n = if random.one_in(12) { 450 } else { random.pick(&[0, 1, 2, 7, 30, 90]) };
        let customer = |random: &mut Random| Customer {
            region: (!random.one_in(5)).then(|| random.pick(&REGIONS)),
            age: (!random.one_in(6)).then(|| random.between(-3, 90)),
            spend: (!random.one_in(4)).then(|| random.between(-500, 90_000)),
            vip: (!random.one_in(3)).then(|| random.one_in(2)),
            tags: some(random, &TAGS),
        };
        let customers: Vec<Customer> = (0..n).map(|_| customer(random)).collect();
        let n_orders = if n == 0 { 0 } else { random.pick(&[0, 1, 5, 60, 400, 900]) };
        let order = |random: &mut Random| Order {
            customer: random.between(0, n - 1) as usize,
            // Few different hours, so that many orders share one; and some that lie ahead.
            at: NOW - random.pick(&[1, 24, 24 * 9]) * HOUR * random.between(-3, 60),
            amount: (!random.one_in(7)).then(|| random.between(-100, 9_000)),
            category: (!random.one_in(6)).then(|| random.pick(&CATEGORIES)),
            tags: some(random, &TAGS),
        };
        let orders = (0..n_orders).map(|_| order(random)).collect();
        Self { customers, orders }
    }

    /// The pool of this content: with one thread in one chunk, with more in chunks of 64 rows.
    pub fn pool(&self, threads: usize) -> Pool {
        let bits = if threads == 1 { 16 } else { 6 };
        let options = Options::default().threads(threads).chunk_bits(bits);
        let pool = Pool::in_memory(options).unwrap();
        run(&pool, "set now = 2026-06-30T12:00:00");
        run(
            &pool,
            "create customers (id int key, region text, age int, spend decimal(2), vip bool, tags set)",
        );
        run(
            &pool,
            "create events orders (at timestamp, amount decimal(2), category text, tags set)",
        );
        let text = |text: Option<&str>| match text {
            Some(text) => format!("'{}'", text.replace('\'', "\\'")),
            None => "null".to_owned(),
        };
        let set = |elements: &[&str]| {
            let all: Vec<String> = elements.iter().map(|element| text(Some(element))).collect();
            format!("({})", all.join(", "))
        };
        let number = |n: Option<i64>| n.map_or("null".to_owned(), hundredths);
        let rows = |rows: Vec<String>| rows.join(", ");
        if !self.customers.is_empty() {
            let all = self.customers.iter().enumerate().map(|(place, customer)| {
                let Customer { region, age, spend, vip, tags } = customer;
                let age = age.map_or("null".to_owned(), |age| age.to_string());
                let vip = vip.map_or("null".to_owned(), |vip| vip.to_string());
                let (region, spend, tags) = (text(*region), number(*spend), set(tags));
                format!("({}, {region}, {age}, {spend}, {vip}, {tags})", place + 1)
            });
            let all = rows(all.collect());
            run(
                &pool,
                &format!("insert into customers (id, region, age, spend, vip, tags) values {all}"),
            );
        }
        if !self.orders.is_empty() {
            let all = self.orders.iter().map(|order| {
                let Order { customer, at, amount, category, tags } = order;
                let (amount, category, tags) = (number(*amount), text(*category), set(tags));
                format!("({}, {}, {amount}, {category}, {tags})", customer + 1, instant(*at))
            });
            let all = rows(all.collect());
            run(
                &pool,
                &format!("insert into orders (customer, at, amount, category, tags) values {all}"),
            );
        }
        pool
    }

    /// The places of the customers for whom a rule holds.
    pub fn members(&self, rule: Rule) -> Vec<usize> {
        let holds = |place: &usize| {
            let customer = &self.customers[*place];
            match rule {
                Rule::All => true,
                Rule::Region(region) => customer.region == Some(region),
                Rule::Older(age) => customer.age.is_some_and(|own| own > age),
                Rule::Vip => customer.vip == Some(true),
                Rule::Nobody => false,
                Rule::Bought => self.orders_of(*place, Source::All).len() > 1,
            }
        };
        (0..self.customers.len()).filter(holds).collect()
    }

    /// The orders of a customer that count, by time and then arrival.
    pub fn orders_of(&self, customer: usize, source: Source) -> Vec<&Order> {
        let mut orders: Vec<&Order> =
            self.counted(source).into_iter().filter(|order| order.customer == customer).collect();
        orders.sort_by_key(|order| order.at);
        orders
    }

    /// The orders that count, of whichever customer.
    pub fn counted(&self, source: Source) -> Vec<&Order> {
        let is_dear = |order: &Order| order.amount.is_some_and(|amount| amount >= 2_000);
        let is_late = |order: &Order, days: i64| order.at > NOW - days * DAY;
        let counts = |order: &&Order| {
            order.at <= NOW
                && match source {
                    Source::All => true,
                    Source::Hats => order.category == Some("hats"),
                    Source::Dear => is_dear(order),
                    Source::OfRegion => self.customers[order.customer].region == Some("DE"),
                    Source::LastDays(days) => is_late(order, days),
                    Source::DearLastDays(days) => is_dear(order) && is_late(order, days),
                }
        };
        self.orders.iter().filter(counts).collect()
    }
}

impl Rule {
    pub fn random(random: &mut Random) -> Self {
        match random.between(0, 6) {
            0 | 1 => Self::All,
            2 => Self::Region(random.pick(&REGIONS)),
            3 => Self::Older(random.between(0, 70)),
            4 => Self::Vip,
            5 => Self::Bought,
            _ => Self::Nobody,
        }
    }

    /// As it stands after `where`.
    pub fn text(self) -> String {
        match self {
            Self::All => "true = true".to_owned(),
            Self::Region(region) => format!("region = '{region}'"),
            Self::Older(age) => format!("age > {age}"),
            Self::Vip => "vip".to_owned(),
            Self::Nobody => "region = 'none'".to_owned(),
            Self::Bought => "count(orders) > 1".to_owned(),
        }
    }

    /// ` where …`, or nothing for everybody.
    pub fn clause(self, word: &str) -> String {
        match self {
            Self::All => String::new(),
            rule => format!(" {word} {}", rule.text()),
        }
    }
}

impl Source {
    pub fn random(random: &mut Random) -> Self {
        match random.between(0, 7) {
            0..=2 => Self::All,
            3 => Self::Hats,
            4 => Self::Dear,
            5 => Self::OfRegion,
            6 => Self::LastDays(random.pick(&[1, 30, 200])),
            _ => Self::DearLastDays(random.pick(&[30, 200])),
        }
    }

    /// The source, and the clause that follows the rule.
    pub fn text(self) -> (String, String) {
        let plain = |text: &str| (text.to_owned(), String::new());
        match self {
            Self::All => plain("orders"),
            Self::Hats => plain("(orders where category = 'hats')"),
            Self::Dear => plain("(orders where amount >= 20)"),
            Self::OfRegion => plain("(orders where customer.region = 'DE')"),
            Self::LastDays(days) => ("orders".to_owned(), format!(" over last {days} days")),
            Self::DearLastDays(days) => {
                plain(&format!("(orders where amount >= 20.00 over last {days} days)"))
            }
        }
    }
}

/// A number of hundredths as statements have it.
pub fn hundredths(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", n.abs() / 100, n.abs() % 100)
}

/// An instant on the hour as statements have it.
pub fn instant(micros: i64) -> String {
    let (days, hour) = (micros.div_euclid(DAY), micros.rem_euclid(DAY) / HOUR);
    let (year, month, day) = civil(days);
    let mut text = String::new();
    write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:00:00").unwrap();
    text
}

/// The calendar day of a number of days since 1970, counted year by year and month by month.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut rest) = (1970, days);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if (0..length).contains(&rest) {
            break;
        }
        if rest < 0 {
            year -= 1;
            rest += if is_leap(year) { 366 } else { 365 };
        } else {
            rest -= length;
            year += 1;
        }
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

pub fn run(pool: &Pool, statement: &str) -> Outcome {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}")).outcome
}

/// The seeds of the pools that are tried.
pub fn seeds() -> impl Iterator<Item = u64> {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect(name))
    };
    let first = number("HIGHSEA_INSIGHT_SEED", 1);
    first..first + number("HIGHSEA_INSIGHT_POOLS", 40)
}
