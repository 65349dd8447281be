//! What got slower?
//!
//! Each kind of work is timed in turn with a loop that never changes (bits counted over 8 MiB), on
//! one thread, in memory, and told as a multiple of it: the least of many times each, so that
//! neither the machine's speed nor what else it does makes the figure. The multiples that were last
//! accepted stand in `benches/guard.json`; what takes more than a quarter more than then is named,
//! and the process ends with 1.
//!
//! `cargo bench --bench guard` compares, `HIGHSEA_GUARD=accept cargo bench --bench guard` writes
//! the file anew; `HIGHSEA_GUARD_MILLIS` says how long each kind of work is timed. Other processors have other multiples: accept on the one you compare on.

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

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use highsea::{Batch, Demo, Import, Options, Parameters, Pool, Value};
use orders::write_orders;
use random::{SEED, number};

/// Enough for every kind of chunk, and little enough to be asked often.
const CUSTOMERS: u32 = 500_000;
/// Words of the loop that never changes.
const REFERENCE: usize = 1 << 20;
/// What is not told, as a share of the accepted multiple.
const TOLERANCE: f64 = 0.25;

/// Rules, counted.
const RULES: [(&str, &str); 12] = [
    ("value and number", "region = \"US\" and orders_90d >= 3"),
    ("three", "region = \"US\" and gender = \"female\" and age between 25 and 34"),
    (
        "any of five and money",
        "region in (\"CN\", \"BR\", \"DE\", \"JP\", \"MX\") and spend_365d between 200 and 2000",
    ),
    (
        "not and missing",
        "not (region = \"US\" or channel = \"offline\") and (age is null or age >= 60)",
    ),
    ("range", "age between 25 and 34"),
    ("dates", "last_order within last 30 days"),
    ("tags", "tags contains any (\"coupons\", \"newsletter\", \"vip\")"),
    ("arithmetic", "spend_365d / 12 > aov_365d and region = \"DE\""),
    ("top", "spend_365d in top 5%"),
    ("top per", "spend_365d in top 1% per region"),
    ("events", "count(orders where category = \"shoes\" over last 90 days) >= 2"),
    ("few events", "region = \"FR\" and age < 20 and sum(orders.amount) > 500"),
];

/// Statements.
const STATEMENTS: [(&str, &str); 5] = [
    ("summary", "summarize count, sum(spend_365d), avg(spend_365d) by region where age < 60"),
    ("ranking", "rank category in orders where region = \"US\" over last 365 days limit 20"),
    ("intervals", "intervals of orders where region = \"US\""),
    ("overlap", "overlap region = \"US\" as a, age < 30 as b, spend_365d > 300 as c, g as d"),
    (
        "first page",
        "select key, spend_365d where region = \"US\" order by spend_365d desc limit 20",
    ),
];

/// The loop that never changes.
fn reference(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// The least time of a kind of work, as a multiple of the reference's in the same stretch of time.
fn multiple(words: &[u64], mut work: impl FnMut()) -> f64 {
    let (mut own, mut other) = (Duration::MAX, Duration::MAX);
    let until = Instant::now() + Duration::from_millis(number("HIGHSEA_GUARD_MILLIS", 1_500));
    work();
    while Instant::now() < until {
        let start = Instant::now();
        work();
        own = own.min(start.elapsed());
        let start = Instant::now();
        black_box(reference(black_box(words)));
        other = other.min(start.elapsed());
    }
    own.as_secs_f64() / other.as_secs_f64()
}

fn pool() -> Pool {
    let options = Options::default().threads(1).memory_budget(8 << 30);
    let pool = Pool::in_memory(options).unwrap();
    pool.run("set now = 2026-06-30").unwrap();
    pool.load_demo(&Demo::new(CUSTOMERS, SEED), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    write_orders(&path, u64::from(CUSTOMERS));
    pool.import(&Import::events("orders", path)).unwrap();
    pool.run("create dynamic group g as region = \"DE\" and orders_90d >= 2").unwrap();
    pool
}

fn measured() -> BTreeMap<String, f64> {
    let words: Vec<u64> =
        (0..REFERENCE as u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let pool = pool();
    let none = Parameters::new();
    let mut all = BTreeMap::new();
    let mut note = |name: String, multiple: f64| {
        println!("  {name}: {multiple:.4}");
        all.insert(name, multiple);
    };
    for (name, rule) in RULES {
        let prepared = pool.prepare(rule).unwrap();
        let count = multiple(&words, || {
            black_box(prepared.count(&none).unwrap());
        });
        note(format!("count: {name}"), count);
        let members = multiple(&words, || drop(black_box(prepared.members(&none).unwrap())));
        note(format!("members: {name}"), members);
    }
    let parsing = multiple(&words, || {
        RULES.iter().for_each(|(_, rule)| drop(black_box(pool.prepare(rule).unwrap())));
    });
    note("preparing all rules".to_owned(), parsing);
    for (name, statement) in STATEMENTS {
        let asked = multiple(&words, || drop(black_box(pool.run(statement).unwrap())));
        note(format!("report: {name}"), asked);
    }
    let mut n = 0i64;
    let commit = multiple(&words, || {
        n += 1;
        let mut batch = Batch::new();
        batch.upsert(format!("C{:08}", n % 5_000 + 1), [("orders_90d", Value::from(n % 9))]);
        pool.write(&batch).unwrap();
    });
    note("one customer's change".to_owned(), commit);
    all
}

fn main() -> ExitCode {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/guard.json");
    println!("{CUSTOMERS} customers, multiples of counting the bits of 8 MiB");
    let now = measured();
    if std::env::var("HIGHSEA_GUARD").is_ok_and(|what| what == "accept") {
        let rounded: BTreeMap<&String, f64> =
            now.iter().map(|(name, own)| (name, (own * 1e4).round() / 1e4)).collect();
        std::fs::write(&file, serde_json::to_string_pretty(&rounded).unwrap() + "\n").unwrap();
        println!("accepted");
        return ExitCode::SUCCESS;
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let accepted: BTreeMap<String, f64> = serde_json::from_str(&text).unwrap();
    let mut n_slower = 0;
    for (name, own) in &now {
        match accepted.get(name) {
            Some(old) if *own > old * (1.0 + TOLERANCE) => {
                n_slower += 1;
                println!(
                    "slower: {name}: {own:.4}, and {old:.4} was accepted: {:.2} times",
                    own / old
                );
            }
            Some(old) if *own < old / (1.0 + TOLERANCE) => {
                println!("faster: {name}: {own:.4}, and {old:.4} was accepted");
            }
            Some(_) => {}
            None => println!("new: {name}: {own:.4}"),
        }
    }
    println!("{n_slower} of {} got slower", now.len());
    if n_slower > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
