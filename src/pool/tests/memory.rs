//! Pools larger than their memory budget: the answers of a pool with room for all, columns read
//! once however many commits are made meanwhile, and nothing lost that is only in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::model::Value;
use crate::pool::inner::Running;
use crate::pool::{Error, Options, Outcome, Pool, open};
use crate::store::{Access, Backend, FaultyBackend, MemoryBackend, MemoryBeside, Store};

/// What the medium holds while no pool is open.
#[derive(Default)]
struct Medium {
    backend: Arc<MemoryBackend>,
    beside: MemoryBeside,
}

impl Medium {
    fn open(&self, budget: u64) -> Pool {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        over(backend, Box::new(self.beside.clone()), budget)
    }

    /// A pool, and the backend that counts what it reads.
    fn counted(&self) -> (Pool, Arc<FaultyBackend>) {
        let durable = Arc::clone(&self.backend) as Arc<dyn Backend>;
        let faulty = FaultyBackend::new(durable, self.beside.clone());
        let backend = Arc::clone(&faulty) as Arc<dyn Backend>;
        (over(backend, faulty.beside(), u64::MAX), faulty)
    }
}

fn over(backend: Arc<dyn Backend>, beside: Box<dyn crate::store::Beside>, budget: u64) -> Pool {
    let options = Options::default()
        .threads(1)
        .chunk_bits(8)
        .memory_budget(budget)
        .checkpoint(u64::MAX, Duration::from_secs(3600));
    let store = Store::with_backend(backend, beside, Access::ReadWrite).unwrap();
    Pool::from_running(Running::new(open::over(store, options).unwrap()))
}

const COLUMNS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "note", "tags"];

/// A rule over each column, in the order of [`COLUMNS`].
const RULES: [&str; 8] = [
    "a >= 500",
    "b < 300",
    "c between 10 and 900",
    "d is known",
    "e >= 20.25",
    "f",
    "note like \"%7\"",
    "tags contains \"t3\"",
];

/// A pool of so many customers, all of it in the store.
fn filled(medium: &Medium, n: usize) {
    let pool = medium.open(u64::MAX);
    pool.run(
        "create customers (id int key, a int, b int, c int, d date, e decimal(2), f bool, \
         note text, tags set)",
    )
    .unwrap();
    let row = |n: usize| {
        let (a, b, c) = (n * 7919 % 1_000, n * 104_729 % 1_000, n * 31 % 997);
        let day = n % 28 + 1;
        format!(
            "({n}, {a}, {b}, {c}, 2025-01-{day:02}, {a}.25, {}, \"note {n}\", (\"t{}\"))",
            n.is_multiple_of(3),
            n % 11
        )
    };
    let rows: Vec<String> = (1..=n).map(row).collect();
    for rows in rows.chunks(2_000) {
        let columns = "id, a, b, c, d, e, f, note, tags";
        pool.run(&format!("insert into customers ({columns}) values {}", rows.join(", "))).unwrap();
    }
    pool.run("checkpoint").unwrap();
}

fn setting(pool: &Pool, name: &str) -> u64 {
    let Outcome::Table(table) = pool.run("show settings").unwrap().outcome else { panic!() };
    let row = table.rows.iter().find(|row| row[0] == Value::from(name)).unwrap();
    let Value::Int(value) = row[1] else { panic!("{row:?}") };
    value as u64
}

/// What the pool takes when all of it was read.
fn whole(medium: &Medium) -> u64 {
    let pool = medium.open(u64::MAX);
    let sizes = RULES.map(|rule| pool.count(rule).unwrap());
    assert!(sizes.iter().all(|n| *n > 0), "{sizes:?}");
    setting(&pool, "memory_columns")
}

fn ask(pool: &Pool, rules: &[&str]) {
    for rule in rules {
        pool.count(rule).unwrap();
    }
}

fn is_over_budget<T: std::fmt::Debug>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::OverBudget(_)))
}

#[test]
fn a_pool_larger_than_its_budget_answers_every_rule_over_every_column() {
    let medium = Medium::default();
    filled(&medium, 6_000);
    let budget = whole(&medium) * 2 / 3;
    let sizes = {
        let pool = medium.open(u64::MAX);
        RULES.map(|rule| pool.count(rule).unwrap())
    };
    let pool = medium.open(budget);
    let all = RULES.join(" and ");
    for _ in 0..3 {
        for (rule, size) in RULES.iter().zip(sizes) {
            assert_eq!(pool.count(rule).unwrap(), size, "{rule}");
            assert!(setting(&pool, "memory_columns") <= budget, "after {rule}");
        }
        let error = pool.count(&all).unwrap_err();
        assert_eq!((error.code(), error.is_user_error()), ("over-budget", true), "{error}");
        assert_eq!(setting(&pool, "memory_statements"), 0);
    }
    assert_eq!(pool.count(RULES[0]).unwrap(), sizes[0], "the next small rule is answered");
}

#[test]
fn what_is_only_in_memory_is_never_let_go() {
    let medium = Medium::default();
    filled(&medium, 6_000);
    let budget = whole(&medium) * 2 / 3;
    let pool = medium.open(budget);
    for (round, column) in COLUMNS[..3].iter().enumerate() {
        let next = RULES.map(|rule| pool.count(rule).unwrap());
        let id = round + 1;
        pool.run(&format!("insert into customers (id, {column}) values ({id}, 123456789)"))
            .unwrap();
        ask(&pool, &RULES[3..]);
        assert_eq!(pool.count(&format!("{column} = 123456789")).unwrap(), 1, "{column}");
        assert!(next.iter().all(|n| *n > 0));
    }
    for n in [6_001, 6_002] {
        pool.run(&format!("insert into customers (id, a) values ({n}, -5)")).unwrap();
        ask(&pool, &RULES);
    }
    drop(pool);
    let pool = medium.open(u64::MAX);
    for column in &COLUMNS[..3] {
        assert_eq!(pool.count(&format!("{column} = 123456789")).unwrap(), 1, "{column}");
    }
    assert_eq!(pool.count("a = -5 and b is missing and tags is empty").unwrap(), 2);
}

#[test]
fn a_new_customer_in_a_dead_row_has_nothing_of_the_one_before() {
    let medium = Medium::default();
    filled(&medium, 700);
    let (pool, reads) = medium.counted();
    pool.run("delete customers where id <= 3").unwrap();
    let before = reads.n_reads();
    for id in [9_001, 9_002] {
        pool.run(&format!("insert into customers (id) values ({id})")).unwrap();
    }
    assert_eq!(reads.n_reads(), before, "no column is read to empty a row");
    let nothing = "a is missing and note is missing and tags is empty and f is missing";
    assert_eq!(pool.count(&format!("id > 9000 and {nothing}")).unwrap(), 2);
    pool.run("insert into customers (id, note) values (9001, \"new\"), (9003, \"newer\")").unwrap();
    assert_eq!(pool.count(nothing).unwrap(), 1);
    drop(pool);
    let pool = medium.open(u64::MAX);
    assert_eq!(pool.count(nothing).unwrap(), 1, "after the checkpoint of closing");
}

#[test]
fn rows_emptied_unread_are_written_by_the_checkpoint() {
    let medium = Medium::default();
    filled(&medium, 700);
    for checkpoint in [false, true] {
        let pool = medium.open(u64::MAX);
        let first = if checkpoint { 10 } else { 1 };
        pool.run(&format!("delete customers where id >= {first} and id < {first} + 3")).unwrap();
        if checkpoint {
            pool.run("checkpoint").unwrap();
        }
        let id = 9_000 + first;
        pool.run(&format!("insert into customers (id) values ({id})")).unwrap();
        pool.run("checkpoint").unwrap();
        pool.run(&format!("insert into customers (id, b) values ({id}, 1)")).unwrap();
        let nothing = "a is missing and note is missing and tags is empty and f is missing";
        assert_eq!(pool.count(&format!("id = {id} and b = 1 and {nothing}")).unwrap(), 1);
        assert!(pool.run("verify deep").is_ok());
        drop(pool);
        let pool = medium.open(u64::MAX);
        assert_eq!(pool.count(&format!("id = {id} and b = 1 and {nothing}")).unwrap(), 1);
    }
}

#[test]
fn a_column_is_read_once_however_many_commits_are_made_meanwhile() {
    let medium = Medium::default();
    filled(&medium, 6_000);
    let needed = {
        let (pool, reads) = medium.counted();
        pool.run("insert into customers (id) values (1000000)").unwrap();
        let before = reads.n_reads();
        ask(&pool, &RULES);
        let needed = reads.n_reads() - before;
        ask(&pool, &RULES);
        assert_eq!(reads.n_reads() - before, needed);
        needed
    };
    let (pool, reads) = medium.counted();
    pool.run("insert into customers (id) values (1000000)").unwrap();
    let before = reads.n_reads();
    let (stop, first) = (AtomicBool::new(false), pool.commit());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 2_000_000.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (gone, new) = (n - 1_999_999, n);
                pool.run(&format!("insert into customers (id) values ({new})")).unwrap();
                if n % 5 == 0 {
                    pool.run(&format!("delete customers where id = {gone}")).unwrap();
                }
            }
        });
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(500) {
            ask(&pool, &RULES);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(pool.commit() > first + 3, "{} commits", pool.commit() - first);
    assert_eq!(reads.n_reads() - before, needed);
}

#[test]
fn readers_and_a_writer_side_by_side_get_right_answers_within_a_tight_budget() {
    let medium = Medium::default();
    filled(&medium, 3_000);
    let pool = medium.open(whole(&medium) * 3 / 4);
    let sizes = RULES.map(|rule| medium.open(u64::MAX).count(rule).unwrap());
    let answered = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (pool, answered) = (&pool, &answered);
            scope.spawn(move || {
                for at in 0..60 {
                    let at = (at * (reader + 1) + reader) % RULES.len();
                    match pool.count(RULES[at]) {
                        Ok(size) => assert_eq!(size, sizes[at], "{}", RULES[at]),
                        Err(error) => assert_eq!(error.code(), "over-budget"),
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for n in 1..40 {
            pool.run(&format!("insert into customers (id) values ({})", 1_000_000 + n)).unwrap();
        }
    });
    for (rule, size) in RULES.iter().zip(sizes) {
        assert_eq!(pool.count(rule).unwrap(), size, "{rule}");
    }
    assert_eq!(answered.into_inner(), 180);
    assert!(setting(&pool, "memory_columns") <= setting(&pool, "memory_budget"));
    assert_eq!(setting(&pool, "memory_statements"), 0);
}

#[test]
fn a_pool_in_memory_refuses_what_does_not_fit() {
    let options = Options::default().threads(1).memory_budget(256 << 10).chunk_bits(8);
    let pool = Pool::in_memory(options).unwrap();
    pool.run("create customers (id int key, note text)").unwrap();
    let rows = |from: usize| {
        let rows: Vec<String> =
            (from..from + 1_000).map(|n| format!("({n}, \"a note of some length {n}\")")).collect();
        format!("insert into customers (id, note) values {}", rows.join(", "))
    };
    let n = (0..).find(|n| is_over_budget(&pool.run(&rows(n * 1_000)))).unwrap();
    assert!((2..50).contains(&n), "{n}");
    assert_eq!(pool.n_customers(), n as u64 * 1_000);
    assert!(pool.count("note like \"%length 1%\"").unwrap() > 0);
    pool.run("delete customers where id < 10").unwrap();
    pool.run("alter customers drop column note").unwrap();
    pool.run("insert into customers (id) values (-1)").unwrap();
}

#[derive(Clone, Debug)]
enum Step {
    Count(usize, usize),
    Update(usize, u16, i32),
    Insert(u16),
    Delete(u16),
    Checkpoint,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..RULES.len(), 0..RULES.len()).prop_map(|(a, b)| Step::Count(a, b)),
        3 => (0..3usize, 1..800u16, any::<i32>()).prop_map(|(c, id, v)| Step::Update(c, id, v)),
        2 => (1..800u16).prop_map(Step::Insert),
        2 => (1..800u16).prop_map(Step::Delete),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_tiny_budget_changes_no_answer(steps in prop::collection::vec(step(), 1..40)) {
        let (small, large) = (Medium::default(), Medium::default());
        filled(&small, 700);
        filled(&large, 700);
        let budget = whole(&large) * 3 / 4;
        let (mut tight, roomy) = (small.open(budget), large.open(u64::MAX));
        for step in &steps {
            let statement = match step {
                Step::Count(a, b) => format!("count {} or {}", RULES[*a], RULES[*b]),
                Step::Update(column, id, value) => {
                    format!("insert into customers (id, {}) values ({id}, {value})", COLUMNS[*column])
                }
                Step::Insert(id) => format!("insert into customers (id) values ({id})"),
                Step::Delete(id) => format!("delete customers where id = {id}"),
                Step::Checkpoint => "checkpoint".to_owned(),
                Step::Reopen => {
                    drop(tight);
                    tight = small.open(budget);
                    continue;
                }
            };
            let answered = tight.run(&statement);
            if is_over_budget(&answered) {
                continue;
            }
            let expected = roomy.run(&statement).unwrap().outcome;
            match (answered.unwrap().outcome, expected) {
                (Outcome::Counted(tight), Outcome::Counted(roomy)) => {
                    prop_assert_eq!(tight, roomy, "{}", statement);
                }
                (Outcome::Written(tight), Outcome::Written(roomy)) => {
                    prop_assert_eq!(tight.rows, roomy.rows, "{}", statement);
                }
                _ => {}
            }
        }
        drop(tight);
        let tight = small.open(u64::MAX);
        for rule in RULES {
            let keys = |pool: &Pool| -> Vec<String> {
                let members = pool.members(rule).unwrap();
                members.keys().unwrap().map(|key| key.to_string()).collect()
            };
            prop_assert_eq!(keys(&tight), keys(&roomy), "{}", rule);
        }
    }
}
