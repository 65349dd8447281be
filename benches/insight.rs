//! What does it cost to look into a group?
//!
//! Two threads; the demonstration's customers in memory with five orders each over two years, or the
//! pool of the directory `HIGHSEA_BENCH_POOL`, opened for reading, with customers that have the
//! demonstration's attributes `region`, `age`, `gender`, `channel`, `orders_90d`, `spend_365d` and a
//! table `orders` with `amount` and `category`, and groups `g0` to `g9` of [`SETS`]. Every report is made of a group, of a large group and
//! of everybody; each is asked nine times, and the median is told.
//!
//! `HIGHSEA_BENCH_CUSTOMERS` sets the pool's size, 200,000 when not given:
//! `HIGHSEA_BENCH_CUSTOMERS=1000000 cargo bench --bench insight`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark has no caller to answer to"
)]

#[path = "common/orders.rs"]
mod orders;
#[path = "common/random.rs"]
mod random;

use std::time::{Duration, Instant};

use highsea::{Demo, Import, Options, Pool};
use orders::write_orders;
use random::{SEED, number};

const THREADS: usize = 2;
const TIMES: usize = 9;

/// Groups of about 1 %, 20 % and all.
const GROUPS: [(&str, &str); 3] = [
    ("few", " where region = \"US\" and spend_365d > 600"),
    ("many", " where region = \"US\""),
    ("all", ""),
];

/// Reports; `{}` is the group.
const REPORTS: [&str; 9] = [
    "summarize count, sum(spend_365d), avg(spend_365d) by region{}",
    "rank category in orders{} limit 20",
    "rank category in orders{} over last 365 days by sum(amount) limit 20",
    "rank category in orders{} by customers limit 20",
    "intervals of orders{}",
    "transitions of category in orders{}",
    "cohorts of orders by month{}",
    "profile{}",
    "profile{} vs region = \"DE\"",
];

/// Ten groups, of which some are large and some small.
const SETS: [&str; 10] = [
    "region = \"US\"",
    "region = \"DE\"",
    "age < 30",
    "age between 30 and 50",
    "gender = \"F\"",
    "channel = \"online\"",
    "orders_90d >= 1",
    "orders_90d >= 3",
    "spend_365d > 100",
    "spend_365d > 1000",
];

fn pool() -> Pool {
    let options = Options::default().threads(THREADS).memory_budget(16 << 30);
    if let Ok(directory) = std::env::var("HIGHSEA_BENCH_POOL") {
        return Pool::open(directory, options.read_only()).unwrap();
    }
    let customers = number("HIGHSEA_BENCH_CUSTOMERS", 200_000);
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::in_memory(options).unwrap();
    pool.run("set now = 2026-06-30").unwrap();
    pool.load_demo(&Demo::new(customers as u32, SEED), None).unwrap();
    let path = folder.path().join("orders.csv");
    write_orders(&path, customers);
    pool.import(&Import::events("orders", &path)).unwrap();
    for (n, rule) in SETS.iter().enumerate() {
        pool.run(&format!("create dynamic group g{n} as {rule}")).unwrap();
    }
    pool
}

/// The median of some times that a statement takes, columns in memory.
fn median(pool: &Pool, statement: &str) -> Duration {
    let ask = || {
        let start = Instant::now();
        pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        start.elapsed()
    };
    ask();
    let mut times: Vec<Duration> = (0..TIMES).map(|_| ask()).collect();
    times.sort_unstable();
    times[TIMES / 2]
}

fn main() {
    let pool = pool();
    let orders = pool.query("summarize sum(count(orders))").unwrap().rows.remove(0).remove(0);
    println!("{} customers, {orders} orders", pool.n_customers());
    let ms = |statement: &str| format!("{:.2} ms", median(&pool, statement).as_secs_f64() * 1e3);
    let rules = SETS.iter().enumerate().map(|(n, rule)| format!("{rule} as s{n}"));
    let rules = format!("overlap {}", rules.collect::<Vec<_>>().join(", "));
    println!("{:<70} {:>12}", "overlap of ten rules", ms(&rules));
    let groups = (0..SETS.len()).map(|n| format!("g{n}")).collect::<Vec<_>>().join(", ");
    println!("{:<70} {:>12}", "overlap of ten groups", ms(&format!("overlap {groups}")));
    println!("{:<70} {:>12} {:>12} {:>12}", "", GROUPS[0].0, GROUPS[1].0, GROUPS[2].0);
    for report in REPORTS {
        let of = |(_, group): (&str, &str)| ms(&report.replace("{}", group));
        let [few, many, all] = GROUPS.map(of);
        println!("{:<70} {few:>12} {many:>12} {all:>12}", report.replace("{}", " …"));
    }
}
