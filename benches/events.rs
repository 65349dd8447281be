//! What does it cost to ask what customers did?
//!
//! The demonstration's customers in a pool on disk, two threads, with five orders each over two
//! years. First the load from a file (CSV, or the one of `HIGHSEA_BENCH_ORDERS`, with columns
//! `customer`, `at`, `amount`, `category`), then questions that are answered from the events each
//! time, then single events appended, each flushed; then ten of the questions kept as attributes,
//! what the same questions and single events cost then, and turns of the clock by a day.
//!
//! `HIGHSEA_BENCH_CUSTOMERS` sets the pool's size, 200,000 when not given, and
//! `HIGHSEA_BENCH_SECONDS` how long each question is asked, two when not given:
//! `HIGHSEA_BENCH_CUSTOMERS=1000000 cargo bench --bench events`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark has no caller to answer to"
)]

#[path = "common/orders.rs"]
mod orders;
#[path = "common/random.rs"]
mod random;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use highsea::{Batch, Demo, Import, Options, Outcome, Parameters, Pool, Value};
use orders::write_orders;
use random::{Random, SEED, number};

const THREADS: usize = 2;

/// Questions, each with a bound that changes from run to run, so that no whole answer is kept.
const QUESTIONS: [&str; 9] = [
    "count(orders where category = \"shoes\" over last 90 days) >= $n",
    "count(orders over last 90 days) >= $n",
    "count(orders) > $n",
    "sum(orders.amount over last 365 days) > $n",
    "avg(orders.amount) > $n",
    "last(orders.category) = \"shoes\" and age > $n",
    "any(orders over last 30 days) and age > $n",
    "no(orders over last 180 days) and age > $n",
    "region = \"US\" and count(orders over last 90 days) >= $n",
];

/// Attributes that are kept current.
const KEPT: [&str; 10] = [
    "count(orders where category = \"shoes\" over last 90 days)",
    "count(orders over last 90 days)",
    "count(orders)",
    "sum(orders.amount over last 365 days)",
    "avg(orders.amount)",
    "last(orders.category)",
    "last(orders.at)",
    "max(orders.amount over last 30 days)",
    "distinct(orders.category over this year)",
    "no(orders over last 180 days)",
];

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
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

/// Asks a question again and again.
fn ask(pool: &Pool, question: &str, seconds: u64) {
    let prepared = pool.prepare(question).unwrap();
    let (mut times, until) = (Vec::new(), Instant::now() + Duration::from_secs(seconds));
    let mut count = 0;
    while times.len() < 9 || Instant::now() < until {
        let parameters = Parameters::new().with("n", 2 + times.len() as i64 % 3);
        let start = Instant::now();
        count = prepared.count(&parameters).unwrap();
        times.push(start.elapsed());
    }
    println!("{question:<75} {:>9.3} ms   ({count})", ms(median(times)));
}

/// Appends single orders, each a commit.
fn append(pool: &Pool, customers: u64, seconds: u64, what: &str) {
    let (mut random, mut times) = (Random(SEED), Vec::new());
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        let mut batch = Batch::new();
        let key = format!("C{:08}", random.below(customers) + 1);
        let values = [("at", Value::from("2026-06-30")), ("amount", Value::from(20))];
        batch.event("orders", key, values);
        let start = Instant::now();
        pool.write(&batch).unwrap();
        times.push(start.elapsed());
    }
    println!("{what}: {:.3} ms", ms(median(times)));
}

/// How many orders the last 90 days have, by the attribute that is kept.
fn count_kept(pool: &Pool) -> i64 {
    let rows = pool.query("summarize sum(kept_1)").unwrap().rows;
    rows[0][0].to_string().parse().unwrap()
}

fn main() {
    let customers = number("HIGHSEA_BENCH_CUSTOMERS", 200_000);
    let seconds = number("HIGHSEA_BENCH_SECONDS", 2);
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default().threads(THREADS).memory_budget(16 << 30);
    let pool = Pool::open(folder.path().join("pool"), options).unwrap();
    pool.run("set now = 2026-06-30").unwrap();
    pool.load_demo(&Demo::new(customers as u32, SEED), None).unwrap();
    pool.count("region = \"US\" and age > 3").unwrap();
    let orders = std::env::var_os("HIGHSEA_BENCH_ORDERS").map(PathBuf::from);
    let orders = orders.unwrap_or_else(|| {
        let path = folder.path().join("orders.csv");
        write_orders(&path, customers);
        path
    });
    let (disk, memory) = (setting(&pool, "disk"), setting(&pool, "memory_columns"));
    let start = Instant::now();
    let written = pool.import(&Import::events("orders", &orders)).unwrap();
    let took = start.elapsed();
    let n = written.rows as f64;
    println!(
        "{customers} customers, {} orders loaded in {:.1} s: {:.0} a second, {:.1} bytes each on \
         disk, {:.1} in memory",
        written.rows,
        took.as_secs_f64(),
        n / took.as_secs_f64(),
        (setting(&pool, "disk") - disk) / n,
        (setting(&pool, "memory_columns") - memory) / n,
    );

    QUESTIONS.iter().for_each(|question| ask(&pool, question, seconds));
    append(&pool, customers, seconds, "one order appended and flushed");
    println!("kept:");
    for (number, definition) in KEPT.iter().enumerate() {
        let start = Instant::now();
        pool.run(&format!("create attribute kept_{number} as {definition}")).unwrap();
        println!("{definition:<75} {:>9.2} ms to make", ms(start.elapsed()));
    }
    QUESTIONS.iter().for_each(|question| ask(&pool, question, seconds));
    append(&pool, customers, seconds, "one order appended and flushed, ten attributes kept");
    let (mut times, mut before) = (Vec::new(), count_kept(&pool));
    for _ in 0..9 {
        let start = Instant::now();
        pool.run("advance now by 1 day").unwrap();
        times.push(start.elapsed());
        let after = count_kept(&pool);
        let took = ms(*times.last().unwrap());
        println!("a day's turn: {took:.1} ms, of {before} orders in 90 days {after} are left");
        before = after;
    }
    println!("a day's turn of the clock, ten attributes kept: {:.1} ms", ms(median(times)));
    let start = Instant::now();
    let deleted = pool.run("delete customers where key = \"C00000007\"").unwrap();
    let Outcome::Written(deleted) = deleted.outcome else { return };
    println!("{} customer deleted with their orders: {:.2} ms", deleted.rows, ms(start.elapsed()));
}
