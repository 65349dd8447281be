//! Readers while others write all the time: every answer is that of one view, and right for it.
//!
//! Three seconds; `HIGHSEA_READERS_SECONDS` makes it longer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::random::Random;
use crate::exec::Engine;
use crate::index::{CheckDepth, Column, Snapshot};
use crate::lang;
use crate::model::{AttributeId, Day, Decimal, Value};
use crate::pool::inner::Running;
use crate::pool::question::Question;
use crate::pool::view::View;
use crate::pool::{Batch, Error, Import, Options, Pool, open};
use crate::store::{Access, Backend, MemoryBackend, MemoryBeside, Store};

const SEED: u64 = 0x5EA5_1DE5;
const DAY_MICROS: i64 = 86_400_000_000;
const N_CUSTOMERS: u64 = 3000;
/// Keys that writers draw from; some of them are never there.
const N_KEYS: u64 = 4000;
const REGIONS: [&str; 5] = ["US", "CA", "MX", "BR", "地"];
const TAGS: [&str; 4] = ["vip", "new", "b2b", "slow"];

/// One customer as its forward values say.
#[derive(Clone, Debug, Default)]
struct Customer {
    region: Option<String>,
    mail: Option<String>,
    orders: Option<i64>,
    spend: Option<i64>,
    tags: Vec<String>,
    joined: Option<i64>,
}

/// Whom a rule holds for, told row by row; `today` is a day's number.
type Recount = fn(&[Customer], i64) -> usize;

fn count(customers: &[Customer], holds: impl Fn(&Customer) -> bool) -> usize {
    customers.iter().filter(|customer| holds(customer)).count()
}

/// The `n`th greatest of some numbers, ties with it taken in; how many that is.
fn top(mut values: Vec<i64>, n: usize) -> usize {
    values.sort_unstable_by(|a, b| b.cmp(a));
    match n.min(values.len()).checked_sub(1) {
        None => 0,
        Some(last) => values.iter().filter(|value| **value >= values[last]).count(),
    }
}

const RULES: [(&str, Recount); 12] = [
    ("region = \"US\"", |all, _| count(all, |c| c.region.as_deref() == Some("US"))),
    ("region in (\"CA\", \"地\") and orders >= 3", |all, _| {
        let is_it = |c: &Customer| matches!(c.region.as_deref(), Some("CA" | "地"));
        count(all, |c| is_it(c) && c.orders.is_some_and(|orders| orders >= 3))
    }),
    ("not (region = \"MX\")", |all, _| count(all, |c| c.region.as_deref() != Some("MX"))),
    ("mail starts with \"m1\"", |all, _| {
        count(all, |c| c.mail.as_ref().is_some_and(|mail| mail.starts_with("m1")))
    }),
    ("mail = \"m77@x\" or mail is null", |all, _| {
        count(all, |c| c.mail.as_deref().is_none_or(|mail| mail == "m77@x"))
    }),
    ("spend between 10.50 and 200 or orders < 2", |all, _| {
        let spends = |c: &Customer| c.spend.is_some_and(|spend| (1050..=20_000).contains(&spend));
        count(all, |c| spends(c) || c.orders.is_some_and(|orders| orders < 2))
    }),
    ("spend > 9.995 and orders is not null", |all, _| {
        count(all, |c| c.spend.is_some_and(|spend| spend >= 1000) && c.orders.is_some())
    }),
    ("tags contains \"vip\" and not (tags contains \"new\")", |all, _| {
        let has = |c: &Customer, tag: &str| c.tags.iter().any(|other| other == tag);
        count(all, |c| has(c, "vip") && !has(c, "new"))
    }),
    ("size(tags) >= 2 or region is null", |all, _| {
        count(all, |c| c.tags.len() >= 2 || c.region.is_none())
    }),
    ("joined within last 30 days", |all, today| {
        count(all, |c| c.joined.is_some_and(|day| day > today - 30 && day <= today))
    }),
    ("spend in top 10%", |all, _| {
        let spends: Vec<i64> = all.iter().filter_map(|c| c.spend).collect();
        let n = spends.len().div_ceil(10);
        top(spends, n)
    }),
    ("orders in top 20 per region among (joined is not null)", |all, _| {
        let mut ranked: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for customer in all.iter().filter(|c| c.joined.is_some()) {
            if let (Some(region), Some(orders)) = (&customer.region, customer.orders) {
                ranked.entry(region).or_default().push(orders);
            }
        }
        ranked.into_values().map(|orders| top(orders, 20)).sum()
    }),
];

/// Every customer of a view, read from its columns row by row.
fn customers(view: &View) -> Vec<Customer> {
    let snapshot = &view.snapshot;
    let id = |name: &str| view.catalog.find(name).unwrap().id;
    let names = ["region", "mail", "orders", "spend", "tags", "joined"].map(id);
    let mut all = Vec::new();
    for chunk in 0..snapshot.n_chunks() {
        for at in snapshot.alive(chunk).iter(snapshot.rows_in(chunk)) {
            all.push(Customer {
                region: text(snapshot, names[0], chunk, at),
                mail: text(snapshot, names[1], chunk, at),
                orders: unit(snapshot, names[2], chunk, at),
                spend: unit(snapshot, names[3], chunk, at),
                tags: set(snapshot, names[4], chunk, at),
                joined: unit(snapshot, names[5], chunk, at),
            });
        }
    }
    all
}

fn text(snapshot: &Snapshot, id: AttributeId, chunk: usize, at: u16) -> Option<String> {
    let Column::Text(text) = &**snapshot.column(id).unwrap() else { panic!("no text") };
    let code = text.codes.chunks[chunk].get(at)?;
    Some(text.dictionary.text(code as u32).to_owned())
}

fn unit(snapshot: &Snapshot, id: AttributeId, chunk: usize, at: u16) -> Option<i64> {
    let Column::Units(units) = &**snapshot.column(id).unwrap() else { panic!("no units") };
    units.chunks[chunk].get(at)
}

fn set(snapshot: &Snapshot, id: AttributeId, chunk: usize, at: u16) -> Vec<String> {
    let Column::Set(set) = &**snapshot.column(id).unwrap() else { panic!("no set") };
    let codes = set.chunks[chunk].codes_at(at);
    codes.map(|code| set.dictionary.text(code).to_owned()).collect()
}

/// What the threads did.
#[derive(Debug, Default)]
struct Tally {
    views: AtomicU64,
    answers: AtomicU64,
    checks: AtomicU64,
    batches: AtomicU64,
    statements: AtomicU64,
    imports: AtomicU64,
    checkpoints: AtomicU64,
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn value(random: &mut Random, of: impl FnOnce(&mut Random) -> Value) -> Value {
    if random.below(8) == 0 { Value::Null } else { of(random) }
}

/// Values for some of the attributes.
fn values(random: &mut Random) -> Vec<(&'static str, Value)> {
    let today = Day::from_civil(2031, 1, 1).unwrap();
    let mut all = vec![
        ("region", value(random, |r| Value::from(REGIONS[r.below(5) as usize]))),
        ("mail", value(random, |r| Value::from(format!("m{}@x", r.below(3000))))),
        ("orders", value(random, |r| Value::from(r.below(12) as i64))),
        (
            "spend",
            value(random, |r| {
                let text = format!("{}.{:02}", r.below(500), r.below(100));
                Value::from(text.parse::<Decimal>().unwrap())
            }),
        ),
        (
            "joined",
            value(random, |r| Value::from(today.checked_add(r.below(120) as i64 - 100).unwrap())),
        ),
    ];
    let tags = TAGS.iter().filter(|_| random.below(3) == 0);
    all.push(("tags", Value::Set(tags.map(|tag| (*tag).to_owned()).collect())));
    all.retain(|_| random.below(4) > 0);
    all
}

fn key(random: &mut Random) -> String {
    format!("C{}", random.below(N_KEYS))
}

/// Commits batches, many small ones and few large ones.
fn write_batches(pool: &Pool, random: &mut Random) -> Result<(), Error> {
    let mut batch = Batch::new();
    let n = if random.below(20) == 0 { 300 } else { 1 + random.below(4) };
    for _ in 0..n {
        match random.below(12) {
            0 => batch.delete(key(random)),
            _ => batch.upsert(key(random), values(random)),
        };
    }
    pool.write(&batch).map(drop)
}

/// Statements of every kind that writes.
fn write_statements(
    pool: &Pool,
    file: &std::path::Path,
    random: &mut Random,
    tally: &Tally,
) -> Result<(), Error> {
    match random.below(10) {
        0 => {
            let line = |random: &mut Random| {
                let (region, orders) = (REGIONS[random.below(5) as usize], random.below(12));
                (key(random), format!("{region},{orders}"))
            };
            let lines: BTreeMap<String, String> = (0..200).map(|_| line(random)).collect();
            let lines: String = lines.iter().map(|(key, rest)| format!("{key},{rest}\n")).collect();
            std::fs::write(file, format!("id,region,orders\n{lines}")).unwrap();
            pool.import(&Import::new(file).key("id"))?;
            add(&tally.imports);
        }
        1 => drop(pool.run("advance now by 1 hour")?),
        2 => {
            pool.run("checkpoint")?;
            add(&tally.checkpoints);
        }
        3 | 4 => {
            let (orders, n) = (random.below(12), random.below(100));
            pool.run(&format!(
                "delete customers where orders = {orders} and mail like \"%{n}@x\""
            ))?;
        }
        _ => {
            let rows: Vec<String> = (0..1 + random.below(6))
                .map(|_| format!("(\"{}\", {}, (\"vip\"))", key(random), random.below(12)))
                .collect();
            let rows = rows.join(", ");
            pool.run(&format!("insert into customers (id, orders, tags) values {rows}"))?;
        }
    }
    add(&tally.statements);
    Ok(())
}

/// Asks every rule of one view in three ways.
fn read(pool: &Pool, tally: &Tally, n: u64) {
    let mut sessions = [Engine::Fused, Engine::Roaring].map(|engine| {
        let mut session = pool.session();
        session.engine = engine;
        session
    });
    let view = sessions[0].pool.view();
    let all = customers(&view);
    assert_eq!(all.len(), view.snapshot.n_customers() as usize);
    let now = view.settings.fixed_now.unwrap();
    let today = now.micros().div_euclid(DAY_MICROS);
    for (rule, recount) in RULES {
        let expr = lang::parse_rule(rule).unwrap();
        let expected = recount(&all, today) as u64;
        for session in &mut sessions {
            let question = Question::new(session, Arc::clone(&view));
            let found = question.count(&expr).unwrap();
            let commit = view.snapshot.commit();
            assert_eq!(found, expected, "{rule} by {:?} at commit {commit}", session.engine);
            add(&tally.answers);
        }
    }
    add(&tally.views);
    if n % 4 == 1 {
        let depth = if n % 16 == 5 { CheckDepth::Deep } else { CheckDepth::Cheap };
        assert_eq!(view.snapshot.check(depth, &sessions[0].executor()), []);
        add(&tally.checks);
    }
}

fn pool() -> Pool {
    let backend = Arc::new(MemoryBackend::new()) as Arc<dyn Backend>;
    let beside = Box::new(MemoryBeside::default());
    let store = Store::with_backend(backend, beside, Access::ReadWrite).unwrap();
    let options =
        Options::default().threads(2).chunk_bits(6).checkpoint(20_000, Duration::from_millis(20));
    let inner = open::over(store, options).unwrap();
    let pool = Pool::from_running(Running::with_background(inner).unwrap());
    pool.run("set now = 2031-01-01").unwrap();
    pool.run(
        "create customers (id text key, region text, mail text, orders int, spend decimal(2), \
         tags set, joined date)",
    )
    .unwrap();
    let mut random = Random::new(SEED);
    let mut batch = Batch::new();
    for n in 0..N_CUSTOMERS {
        batch.upsert(format!("C{n}"), values(&mut random));
    }
    pool.write(&batch).unwrap();
    pool
}

#[test]
fn readers_see_one_right_view_while_others_write() {
    let seconds = std::env::var("HIGHSEA_READERS_SECONDS").ok().and_then(|s| s.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(3));
    let folder = tempfile::tempdir().unwrap();
    let pool = pool();
    let (tally, is_over) = (Tally::default(), AtomicBool::new(false));
    let goes_on = || Instant::now() < until && !is_over.load(Ordering::Relaxed);
    // One thread's failure ends the others.
    let watched = |work: &mut dyn FnMut(u64)| {
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let mut n = 0;
        let _end = End(&is_over);
        while goes_on() {
            work(n);
            n += 1;
        }
    };
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (pool, tally, watched) = (&pool, &tally, &watched);
            scope.spawn(move || {
                let mut random = Random::new(SEED + 1 + thread);
                watched(&mut |_| {
                    write_batches(pool, &mut random).unwrap();
                    add(&tally.batches);
                });
            });
        }
        let (file, watched, tally, pool) = (folder.path().join("in.csv"), &watched, &tally, &pool);
        scope.spawn(move || {
            let mut random = Random::new(SEED + 9);
            watched(&mut |_| write_statements(pool, &file, &mut random, tally).unwrap());
        });
        for _ in 0..2 {
            scope.spawn(move || watched(&mut |n| read(pool, tally, n)));
        }
    });
    let commits = pool.commit();
    println!("{tally:?}, {commits} commits");
    let answers = tally.answers.load(Ordering::Relaxed);
    assert!(answers > 24 && commits > 20, "{tally:?}");
    let found = pool.verify(crate::pool::Depth::Deep).unwrap();
    assert!(found.is_ok(), "{found:?}");
}
