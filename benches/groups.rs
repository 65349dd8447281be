//! What does it cost to keep groups?
//!
//! The demonstration's customers, two threads. Dynamic groups of two to six predicates about numbers,
//! texts, sets, dates and each other's members, as many as said; then what one customer's change
//! costs (a purchase: the whole commit, in memory), a batch of nearly 10,000 such changes, a new customer, the groups of one customer, a day's turn of the clock, creating one more
//! group, and what the groups take in memory.
//!
//! `HIGHSEA_BENCH_CUSTOMERS` sets the pool's size, 200,000 when not given, `HIGHSEA_BENCH_GROUPS`
//! how many groups, `100,1000` when not given, and `HIGHSEA_BENCH_MEMBERS` how many members a group
//! has at most (its rule then asks for a slice of one number). `HIGHSEA_BENCH_DATES` adds so many
//! groups each of which asks for a date within so many days, and has the clock turn once more:
//! `HIGHSEA_BENCH_CUSTOMERS=10000000 HIGHSEA_BENCH_GROUPS=1000,10000 cargo bench --bench groups`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark has no caller to answer to"
)]

#[path = "common/random.rs"]
mod random;

use std::time::{Duration, Instant};

use highsea::{Batch, Demo, Options, Pool, Value};
use random::{Random, SEED, number};

const THREADS: usize = 2;

impl Random {
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn setting(pool: &Pool, name: &str) -> f64 {
    let rows = pool.query("show settings").unwrap().rows;
    let row = rows.into_iter().find(|row| row[0] == name.into()).unwrap();
    row[1].to_string().parse().unwrap()
}

/// One predicate.
fn predicate(random: &mut Random) -> String {
    match random.below(12) {
        0 => format!("region = \"{}\"", random.pick(&["US", "DE", "CN", "GB", "FR"])),
        1 => format!("orders_90d >= {}", 1 + random.below(8)),
        2 => format!("spend_365d > {}", 100 * (1 + random.below(40))),
        3 => format!("age between {} and {}", 18 + random.below(20), 40 + random.below(30)),
        4 => format!("channel = \"{}\"", random.pick(&["online", "offline", "mixed"])),
        5 => format!("tags contains \"{}\"", random.pick(&["vip", "new", "loyal"])),
        6 => format!("aov_365d >= {}", 10 * (1 + random.below(30))),
        7 => format!("last_order within last {} days", 7 * (1 + random.below(30))),
        8 => format!("influence > {}", random.below(40)),
        9 => format!("profit_365d < {}", 50 * random.below(40)),
        10 => "subscribed".to_owned(),
        _ => format!("consultations >= {}", 1 + random.below(6)),
    }
}

fn rule(random: &mut Random, customers: u64, most: u64) -> String {
    let n = 2 + random.below(5);
    let mut clauses: Vec<String> = (0..n).map(|_| predicate(random)).collect();
    if random.below(4) == 0 && clauses.len() > 2 {
        let last = clauses.pop().unwrap();
        let other = clauses.pop().unwrap();
        clauses.push(format!("({other} or {last})"));
    }
    if most < customers {
        let low = random.below(customers * 100 / most.max(1)) as f64 / 100.0;
        clauses.push(format!("spend_365d between {low:.2} and {:.2}", low + 0.5));
    }
    clauses.join(" and ")
}

/// Customers who buy something: their keys, what they spent so far, and how often.
struct Buyers {
    random: Random,
    known: Vec<(String, f64, i64)>,
}

impl Buyers {
    /// Ten thousand customers as they are.
    fn new(pool: &Pool, customers: u64) -> Self {
        let mut random = Random(SEED);
        let mut keys: Vec<String> =
            (0..10_000).map(|_| format!("C{:08}", random.below(customers) + 1)).collect();
        keys.sort_unstable();
        keys.dedup();
        let list: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let text = format!(
            "select key, spend_365d, orders_90d where key in ({}) order by key",
            list.join(", ")
        );
        let rows = pool.query(&text).unwrap().rows;
        let known = rows.into_iter().map(|row| {
            let number = |at: usize| row[at].to_string().parse::<f64>().unwrap_or_default();
            (row[0].to_string(), number(1), number(2) as i64)
        });
        Self { known: known.collect(), random }
    }

    /// One more order of a customer.
    fn buy(&mut self, at: usize, batch: &mut Batch) {
        let (key, spend, orders) = &mut self.known[at];
        *spend += 5.0 + self.random.below(60) as f64;
        *orders += 1;
        let values = [
            ("spend_365d", Value::from(format!("{spend:.2}").parse::<highsea::Decimal>().unwrap())),
            ("orders_90d", Value::from(*orders)),
        ];
        batch.upsert(key.clone(), values);
    }
}

/// Changes of single customers, each a commit.
fn change(pool: &Pool, buyers: &mut Buyers, seconds: u64, what: &str) {
    let mut times = Vec::new();
    let until = Instant::now() + Duration::from_secs(seconds);
    while times.len() < 9 || Instant::now() < until {
        let mut batch = Batch::new();
        let at = buyers.random.below(buyers.known.len() as u64) as usize;
        buyers.buy(at, &mut batch);
        let start = Instant::now();
        pool.write(&batch).unwrap();
        times.push(start.elapsed());
    }
    println!("  {what}: {:.1} us ({} times)", micros(median(times.clone())), times.len());
}

fn once(what: &str, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    println!("  {what}: {:.2} ms", micros(start.elapsed()) / 1e3);
}

fn main() {
    let customers = number("HIGHSEA_BENCH_CUSTOMERS", 200_000);
    let seconds = number("HIGHSEA_BENCH_SECONDS", 2);
    let most = number("HIGHSEA_BENCH_MEMBERS", u64::MAX);
    let sizes = std::env::var("HIGHSEA_BENCH_GROUPS").unwrap_or_else(|_| "100,1000".to_owned());
    let options = Options::default().threads(THREADS).memory_budget(20 << 30);
    let pool = Pool::in_memory(options).unwrap();
    pool.run("set now = 2026-06-30").unwrap();
    pool.load_demo(&Demo::new(customers as u32, SEED), None).unwrap();
    println!("{customers} customers");
    let mut buyers = Buyers::new(&pool, customers);
    change(&pool, &mut buyers, seconds, "one customer's change, no group");
    let before = setting(&pool, "memory_columns");
    let (mut random, mut n) = (Random(SEED + 1), 0u64);
    let dates = number("HIGHSEA_BENCH_DATES", 0);
    let sizes = sizes.split(',').map(|size| size.trim().parse::<u64>().unwrap());
    for size in sizes.filter(|size| *size > 0) {
        let (mut times, start) = (Vec::new(), Instant::now());
        while n < size {
            let rule = rule(&mut random, customers, most);
            let start = Instant::now();
            pool.run(&format!("create dynamic group g{n} as {rule}")).unwrap();
            times.push(start.elapsed());
            n += 1;
        }
        println!("{n} groups, in {:.1} s", start.elapsed().as_secs_f64());
        // The first hundredth of them and the last, so that it shows whether it grows.
        let few = (times.len() / 100).max(9).min(times.len());
        let (first, last) = (times[..few].to_vec(), times[times.len() - few..].to_vec());
        println!(
            "  creating one: {:.2} ms (the first {few} {:.2}, the last {few} {:.2})",
            micros(median(times)) / 1e3,
            micros(median(first)) / 1e3,
            micros(median(last)) / 1e3
        );
        let each = (setting(&pool, "memory_columns") - before) / n as f64;
        println!("  memory: {each:.0} bytes a group");
        change(&pool, &mut buyers, seconds, "one customer's change");
        let mut times = Vec::new();
        for _ in 0..999 {
            let key = format!("C{:08}", random.below(customers) + 1).into();
            let start = Instant::now();
            std::hint::black_box(pool.groups_of(&key).unwrap());
            times.push(start.elapsed());
        }
        println!("  groups of one customer: {:.1} us", micros(median(times)));
        once("a batch of changes of 10,000 customers", || {
            let mut batch = Batch::new();
            (0..buyers.known.len()).for_each(|at| buyers.buy(at, &mut batch));
            pool.write(&batch).unwrap();
        });
        once("one new customer", || {
            let mut batch = Batch::new();
            batch.upsert(format!("N{n}"), [("spend_365d", Value::from(77))]);
            pool.write(&batch).unwrap();
        });
        turn_of_the_clock(&pool);
    }
    if dates > 0 {
        let (mut times, start) = (Vec::new(), Instant::now());
        for date in 0..dates {
            let days = 1 + random.below(90);
            let rule = format!("last_order within last {days} days and {}", predicate(&mut random));
            let start = Instant::now();
            pool.run(&format!("create dynamic group d{date} as {rule}")).unwrap();
            times.push(start.elapsed());
        }
        println!("{dates} groups by a date more, in {:.1} s", start.elapsed().as_secs_f64());
        println!("  creating one: {:.2} ms", micros(median(times)) / 1e3);
        change(&pool, &mut buyers, seconds, "one customer's change");
        turn_of_the_clock(&pool);
    }
}

/// Three days, one by one: groups are current after each.
fn turn_of_the_clock(pool: &Pool) {
    for _ in 0..3 {
        once("a day's turn of the clock", || {
            pool.run("advance now by 1 day").unwrap();
        });
    }
}
