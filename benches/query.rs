//! How long do rules take? The demonstration's customers, both executors, two threads.
//!
//! `HIGHSEA_BENCH_CUSTOMERS` sets the pool's size, one million when not given:
//! `HIGHSEA_BENCH_CUSTOMERS=10000000 cargo bench --bench query`.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no caller to answer to")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use highsea::{Demo, Engine, Options, Parameters, Pool};

const SEED: u64 = 20_260_630;
const THREADS: usize = 2;

/// A name for the figures, and the rule.
const RULES: [(&str, &str); 8] = [
    ("us_loyal", "region = \"US\" and orders_90d >= 3"),
    ("us_women_25_34", "region = \"US\" and gender = \"female\" and age between 25 and 34"),
    (
        "five_regions_spend",
        "region in (\"CN\", \"BR\", \"DE\", \"JP\", \"MX\") and spend_365d between 200 and 2000",
    ),
    (
        "not_or_missing",
        "not (region = \"US\" or channel = \"offline\") and (age is null or age >= 60) and gender is not null",
    ),
    ("age_25_34", "age between 25 and 34"),
    ("last_order_30d", "last_order within last 30 days"),
    ("tags_any", "tags contains any (\"coupons\", \"newsletter\", \"vip\")"),
    ("top_1_percent_per_region", "spend_365d in top 1% per region"),
];

fn rules(criterion: &mut Criterion) {
    let customers = std::env::var("HIGHSEA_BENCH_CUSTOMERS").ok();
    let customers = customers.and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let pool = Pool::in_memory(Options::default().threads(THREADS)).unwrap();
    pool.load_demo(&Demo::new(customers, SEED), None).unwrap();
    let none = Parameters::new();
    for (name, rule) in RULES {
        let mut group = criterion.benchmark_group(format!("{name}/{customers}"));
        for (label, engine) in [("fused", Engine::Fused), ("roaring", Engine::Roaring)] {
            let rule = pool.prepare(rule).unwrap().on(engine);
            let count = rule.count(&none).unwrap();
            assert!(count > 0 && count < u64::from(customers), "{name} is trivial: {count}");
            group.bench_function(label, |bencher| {
                bencher.iter(|| rule.count(black_box(&none)).unwrap());
            });
        }
        let rule = pool.prepare(rule).unwrap();
        group.bench_function("members", |bencher| {
            bencher.iter(|| rule.members(black_box(&none)).unwrap().len());
        });
        group.finish();
    }
}

criterion_group!(benches, rules);
criterion_main!(benches);
