//! Older views beside newer ones, and how fast it is decided who enters groups and who leaves.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use crate::derive::Refresh;
use crate::exec::Reader;
use crate::index::Touched;
use crate::model::{Instant, RowId, Source};
use crate::parallel::Executor;
use crate::plan::StatementTime;
use crate::pool::current::Means;
use crate::pool::inner::Running;
use crate::pool::view::View;
use crate::pool::{Options, Session, open};
use crate::store::{Access, Backend, FaultyBackend, MemoryBackend, MemoryBeside, Store};
use crate::transfer::Demo;

fn opened(backend: &Arc<MemoryBackend>, beside: &MemoryBeside) -> (Arc<Running>, Session) {
    let faulty = FaultyBackend::new(Arc::clone(backend) as Arc<dyn Backend>, beside.clone());
    let shared = Arc::clone(&faulty) as Arc<dyn Backend>;
    let store = Store::with_backend(shared, faulty.beside(), Access::ReadWrite).unwrap();
    let options = Options::default().threads(1).chunk_bits(6);
    let running = Arc::new(Running::new(open::over(store, options).unwrap()));
    let session = Session::new(Arc::clone(&running));
    (running, session)
}

/// A column that is first read for a later view, in which another customer has the row, is not what
/// the earlier view reads.
#[test]
fn an_earlier_view_reads_its_own_customers_values() {
    let (backend, beside) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
    let (running, mut session) = opened(&backend, &beside);
    session.run("create customers (id int key, n int)").unwrap();
    session.run("insert into customers (id, n) values (1, 10), (2, 20), (3, 30)").unwrap();
    session.run("checkpoint").unwrap();
    drop((running, session));
    let (running, mut session) = opened(&backend, &beside);
    let before = running.view();
    let n = before.catalog.find("n").unwrap().id;
    assert!(before.snapshot.loaded(n).is_none(), "the column is read too early for this test");
    session.run("delete customers where key = 2").unwrap();
    session.run("insert into customers (id) values (4)").unwrap();
    let after = running.view();
    assert_eq!(after.snapshot.n_rows(), 3, "the new customer took the row");
    let of = |view: &View| {
        let time = StatementTime { now: Instant::MIN, zone: view.settings.zone.clone() };
        let (executor, budget) = (Executor::inline(), running.memory.budget());
        let reader = Reader::new(&view.snapshot, &time, &executor, &budget);
        let rows: Vec<RowId> = (0..3).map(RowId).collect();
        let values = reader.values(&rows, &[Source::Attribute(n)]).unwrap();
        values[0].iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    assert_eq!(of(&after)[1], crate::model::Value::Null.to_string());
    assert_eq!(of(&before), ["10", "20", "30"]);
}

/// How often each purchase is decided once more.
const AGAIN: u32 = 200;

/// Numbers without a pattern, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn rule(random: &mut Random) -> String {
    let n = 2 + random.below(4);
    let clause = |random: &mut Random| match random.below(9) {
        0 => format!("region = \"{}\"", ["US", "DE", "CN", "GB"][random.below(4) as usize]),
        1 => format!("orders_90d >= {}", 1 + random.below(8)),
        2 => format!("spend_365d > {}", 7 * (1 + random.below(600))),
        3 => format!("age between {} and {}", 18 + random.below(20), 40 + random.below(30)),
        4 => format!("channel = \"{}\"", ["online", "offline"][random.below(2) as usize]),
        5 => format!("aov_365d >= {}", 3 * (1 + random.below(100))),
        6 => format!("last_order within last {} days", 7 * (1 + random.below(30))),
        7 => format!("influence > {}", random.below(40)),
        _ => format!("consultations >= {}", 1 + random.below(6)),
    };
    (0..n).map(|_| clause(random)).collect::<Vec<_>>().join(" and ")
}

/// After every change groups hold those of whom their rules hold, and no others; whatever the form of
/// the rules, and however many there are.
#[test]
fn many_groups_hold_whom_their_rules_hold() {
    let options = Options::default().chunk_bits(6).threads(1);
    let running = Arc::new(Running::new(open::in_memory_inner(options).unwrap()));
    let pool = crate::pool::Pool::from_shared(Arc::clone(&running));
    pool.run("set now = 2026-06-30").unwrap();
    pool.load_demo(&Demo::new(300, 7), None).unwrap();
    let mut random = Random(11);
    let mut rules = Vec::new();
    for group in 0..260u64 {
        let (one, other) = (rule(&mut random), rule(&mut random));
        let of_others = format!("in group g{}", random.below(group.max(1)));
        let text = match random.below(9) {
            0 => format!("({one}) or ({other})"),
            1 => format!("{one} and not ({other})"),
            2 if group > 0 => format!("{of_others} and ({one} or tags contains \"vip\")"),
            3 if group > 0 => format!("not {of_others} and spend_365d > {}", random.below(4_000)),
            4 => format!("spend_365d > 10 and spend_365d < {} and {one}", random.below(4_000)),
            5 => format!("tags contains \"new\" and ({one} or subscribed)"),
            _ => one,
        };
        pool.run(&format!("create dynamic group g{group} as {text}")).unwrap();
        rules.push(text);
    }
    for step in 0..60u64 {
        let key = random.below(320) + 1;
        let number = random.below(4_000);
        let region = ["US", "DE", "XX"][random.below(3) as usize];
        let statement = match random.below(10) {
            0 => format!("delete customers where key = \"C{key:08}\""),
            1 => "advance now by 1 day".to_owned(),
            2 => format!(
                "insert into customers (customer_id, region, age) values (\"C{key:08}\", \
                 \"{region}{}\", null)",
                random.below(3)
            ),
            3 => format!(
                "insert into customers (customer_id, tags, last_order) values (\"C{key:08}\", \
                 (\"vip\"), 2026-05-{:02})",
                1 + random.below(28)
            ),
            _ => format!(
                "insert into customers (customer_id, spend_365d, orders_90d) values \
                 (\"C{key:08}\", {number}, {})",
                random.below(9)
            ),
        };
        pool.run(&statement).unwrap();
        for (group, rule) in rules.iter().enumerate() {
            let (members, expected) = (pool.count(&format!("in group g{group}")), pool.count(rule));
            assert_eq!(members.unwrap(), expected.unwrap(), "step {step}, {statement}: {rule}");
        }
        running.view().deciders.get().unwrap().check_masks();
        let key = format!("C{:08}", random.below(300) + 1);
        let Ok(found) = pool.groups_of(&key.clone().into()) else { continue };
        let is_in = |group: &usize| {
            pool.count(&format!("in group g{group} and key = \"{key}\"")).unwrap() == 1
        };
        let expected: Vec<String> =
            (0..rules.len()).filter(is_in).map(|group| format!("g{group}")).collect();
        assert_eq!(found, expected, "step {step}: {key}");
    }
}

/// What one purchase costs to decide of many groups, nothing applied: `HIGHSEA_DECIDE_GROUPS` of
/// them, 1,000 when not given.
#[test]
#[ignore = "it measures; see docs/testing.md"]
fn deciding_one_purchase() {
    let n = std::env::var("HIGHSEA_DECIDE_GROUPS").ok().and_then(|text| text.parse().ok());
    let n: u64 = n.unwrap_or(1_000);
    let running = Arc::new(Running::new(open::in_memory_inner(Options::default()).unwrap()));
    let pool = crate::pool::Pool::from_shared(Arc::clone(&running));
    pool.run("set now = 2026-06-30").unwrap();
    pool.load_demo(&Demo::new(20_000, 7), None).unwrap();
    let mut random = Random(3);
    for group in 0..n {
        pool.run(&format!("create dynamic group g{group} as {}", rule(&mut random))).unwrap();
    }
    let id = |name: &str| running.view().catalog.find(name).unwrap().id;
    let named = vec![id("spend_365d"), id("orders_90d")];
    let mut session = Session::new(Arc::clone(&running));
    let (executor, budget) = (Executor::inline(), running.memory.budget());
    let means = Means { executor: &executor, threads: &executor, budget: &budget };
    let (mut times, mut again, mut n_decided) = (Vec::new(), Vec::new(), 0);
    for purchase in 0..400 {
        let key = format!("C{:08}", random.below(20_000) + 1);
        let before = running.view();
        let keys = before.snapshot.keys().unwrap();
        let row = keys.row_of(crate::index::KeyRef::Text(&key)).unwrap();
        let text = format!("select spend_365d, orders_90d where key = \"{key}\"");
        let rows = session.table(&text).unwrap().rows;
        let number = |at: usize| rows[0][at].to_string().parse::<f64>().unwrap();
        let (spend, orders) = (number(0) + 5.0 + random.below(60) as f64, number(1) as i64 + 1);
        session
            .run(&format!(
                "insert into customers (customer_id, spend_365d, orders_90d) values (\"{key}\", \
                 {spend:.2}, {orders})"
            ))
            .unwrap();
        let after = running.view();
        let to = after.as_of.unwrap();
        let touched = Touched { named: vec![(named.clone(), vec![row])], ..Touched::default() };
        let watch = after.watch(means).unwrap();
        let refresh = Refresh { watch, before: Some(&before.snapshot), from: to, to };
        let start = Stopwatch::now();
        let decided = refresh.deciding(&touched).unwrap();
        let took = start.elapsed();
        n_decided += decided;
        if purchase >= 100 {
            times.push(took);
            // The same once more tells what it costs when others do not push it out of the caches.
            let start = Stopwatch::now();
            let turned = |_| refresh.deciding(&touched).unwrap();
            std::hint::black_box((0..AGAIN).map(turned).sum::<usize>());
            again.push(start.elapsed() / AGAIN);
        }
    }
    assert!(n_decided > 0, "no purchase turned anything: there is nothing to measure");
    times.sort_unstable();
    again.sort_unstable();
    let again = again[again.len() / 2].as_secs_f64() * 1e6;
    let (median, worst): (Duration, Duration) =
        (times[times.len() / 2], times[times.len() * 99 / 100]);
    eprintln!(
        "{n} groups: {:.2} us to decide one purchase (99 of 100 within {:.2}), {again:.2} once more, \
         {:.2} memberships turned by each",
        median.as_secs_f64() * 1e6,
        worst.as_secs_f64() * 1e6,
        n_decided as f64 / 400.0
    );
}
