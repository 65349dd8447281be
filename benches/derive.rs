//! What do tiers, shares, tiles, cases and ready-made schemes cost?
//!
//! The demonstration's customers in memory, two threads. Each definition is asked for in passing and
//! then created, from nothing; and a batch of 1,000 changed amounts is committed in turn with it kept
//! and with nothing kept, the median of what the one takes more than the other. Then the RFM scheme over the orders, when a
//! file of them is given, and what an order costs with it.
//!
//! `HIGHSEA_BENCH_CUSTOMERS` sets the pool's size, 200,000 when not given; `HIGHSEA_BENCH_ORDERS`
//! names a file with columns `customer_id`, the number of a customer's row, `ts` and `amount`, and
//! `HIGHSEA_BENCH_POOL` one of customers with `region` and `spend_365d`, in place of the demonstration's;
//! `HIGHSEA_BENCH_ONLY` is a part of the definitions that are tried:
//! `HIGHSEA_BENCH_CUSTOMERS=10000000 cargo bench --bench derive`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark has no caller to answer to"
)]

#[path = "common/random.rs"]
mod random;

use std::time::{Duration, Instant};

use highsea::{Batch, Demo, Options, Outcome, Pool, Value};
use random::{Random, SEED, number};

const THREADS: usize = 2;
const BATCHES: usize = 15;
/// After which no further batches are begun, but of three.
const LONG: Duration = Duration::from_secs(20);

/// Definitions, each of an attribute.
const DEFINITIONS: [&str; 9] = [
    "tiers of spend_365d (vip: top 1%, major: top 20%, ordinary: top 80%, small: rest)",
    "tiers of spend_365d (high: >= 200, medium: >= 50, low: rest)",
    "spend_365d in top 1% per region",
    "tiers of spend_365d (vip: top 1%, major: top 5%, ordinary: top 20%, small: rest) per region",
    "shares of spend_365d (A: 80%, B: 95%, C: rest)",
    "ntile(5) of spend_365d",
    "ntile(100) of spend_365d",
    "ntile(5, ties by key) of spend_365d",
    "case when spend_365d > 500 then \"big\" when spend_365d > 50 then \"middle\" else \"small\" end",
];

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(pool: &Pool, statement: &str) -> Duration {
    let start = Instant::now();
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    start.elapsed()
}

/// A batch of 1,000 changed amounts, committed.
fn change(pool: &Pool, keys: &[Value], random: &mut Random) -> Duration {
    let mut batch = Batch::new();
    for _ in 0..1_000 {
        let key = &keys[random.below(keys.len() as u64) as usize];
        let amount = highsea::Decimal::new(i128::from(random.below(200_000)), 2);
        let key: highsea::Key = match key {
            Value::Text(text) => text.as_str().into(),
            Value::Int(number) => (*number).into(),
            other => panic!("{other:?} is no key"),
        };
        batch.upsert(key, [("spend_365d", Value::Decimal(amount))]);
    }
    let start = Instant::now();
    pool.write(&batch).unwrap();
    start.elapsed()
}

/// Two batches, of which the second is timed: the first one's memory is there for it.
fn changes(pool: &Pool, keys: &[Value], random: &mut Random) -> Duration {
    change(pool, keys, random);
    change(pool, keys, random)
}

fn main() {
    let customers = number("HIGHSEA_BENCH_CUSTOMERS", 200_000);
    let pool = Pool::in_memory(Options::default().threads(THREADS)).unwrap();
    match std::env::var("HIGHSEA_BENCH_POOL") {
        Ok(file) => {
            let columns = "columns (region, spend_365d)";
            let import = format!("import customers from \"{file}\" {columns}");
            println!("customers imported in {:.1} s", timed(&pool, &import).as_secs_f64());
        }
        Err(_) => {
            pool.load_demo(&Demo::new(customers as u32, SEED), None).unwrap();
        }
    }
    let customers = pool.n_customers();
    let keys = pool.query("select key where sample 1%").unwrap().rows;
    let keys: Vec<Value> = keys.into_iter().map(|mut row| row.remove(0)).collect();
    let mut random = Random(SEED);
    let bare = median((0..BATCHES).map(|_| changes(&pool, &keys, &mut random)).collect());
    println!("{customers} customers; 1,000 changed amounts with nothing kept: {:.3} ms", ms(bare));
    println!("{:<92} {:>10} {:>10} {:>14}", "", "asked", "created", "1,000 changes");
    let only = std::env::var("HIGHSEA_BENCH_ONLY").unwrap_or_default();
    for definition in DEFINITIONS.into_iter().filter(|definition| definition.contains(&only)) {
        let asked = match definition.contains(" in top ") {
            true => format!("count {definition}"),
            false => format!("count ({definition}) is null"),
        };
        let asked = median((0..9).map(|_| timed(&pool, &asked)).collect());
        let create = format!("create attribute it as {definition}");
        let (mut times, mut more) = (Vec::new(), Vec::new());
        let start = Instant::now();
        while times.len() < BATCHES && (times.len() < 3 || start.elapsed() < LONG) {
            times.push(timed(&pool, &create));
            let kept = changes(&pool, &keys, &mut random);
            timed(&pool, "drop attribute it");
            more.push(ms(kept) - ms(changes(&pool, &keys, &mut random)));
        }
        more.sort_unstable_by(f64::total_cmp);
        println!(
            "{definition:<92} {:>7.2} ms {:>7.2} ms {:>+11.3} ms",
            ms(asked),
            ms(median(times)),
            more[more.len() / 2]
        );
    }
    if let Ok(file) = std::env::var("HIGHSEA_BENCH_ORDERS") {
        scheme(&pool, &file, &keys);
    }
}

/// The RFM scheme over a file of orders.
fn scheme(pool: &Pool, file: &str, keys: &[Value]) {
    let import = format!("import orders from \"{file}\" customer customer_id at ts on error skip");
    let start = Instant::now();
    let Outcome::Written(written) = pool.run(&import).unwrap().outcome else { return };
    let orders = written.rows as f64;
    println!("{orders} orders imported in {:.1} s", start.elapsed().as_secs_f64());
    let time = timed(pool, "create scheme rfm on orders (amount) over last 365 days");
    println!(
        "the RFM scheme: {:.1} s, {:.0} orders a second",
        time.as_secs_f64(),
        orders / time.as_secs_f64()
    );
    let (mut random, mut times) = (Random(SEED), Vec::new());
    for _ in 0..50 {
        let mut batch = Batch::new();
        let key = match &keys[random.below(keys.len() as u64) as usize] {
            Value::Text(text) => highsea::Key::from(text.as_str()),
            Value::Int(number) => (*number).into(),
            other => panic!("{other:?} is no key"),
        };
        let now = pool.query("show settings").unwrap().rows;
        let now = now.into_iter().find(|row| row[0] == "now".into()).unwrap();
        batch.event("orders", key, [("at", now[1].clone()), ("amount", Value::from(20))]);
        let start = Instant::now();
        pool.write(&batch).unwrap();
        times.push(start.elapsed());
    }
    println!("an order with the scheme kept: {:.2} ms", ms(median(times)));
}
