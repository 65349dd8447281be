//! Pools dumped and loaded again: every value, every type and every setting survives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "parquet")]

#[path = "dump/contents.rs"]
mod contents;
#[path = "dump/failures.rs"]
mod failures;
#[path = "dump/shapes.rs"]
mod shapes;
mod support;
#[path = "dump/views.rs"]
mod views;

use highsea::{Demo, Import, Options, Pool};
use proptest::prelude::*;
use support::generate::worlds;

use contents::{again, again_on_disk, check_same};

/// Rows of a random world: a few chunks of 64.
const MAX_ROWS: usize = 250;
/// Rules that are asked of both pools.
const N_RULES: usize = 12;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn random_worlds_survive((world, rules) in worlds(MAX_ROWS, N_RULES)) {
        let folder = tempfile::tempdir().unwrap();
        let inserted = world.rows.len() % 2 == 0;
        let pool = if inserted { world.inserted() } else { world.imported(folder.path()) };
        let loaded = again(&pool, &folder.path().join("dump"));
        check_same(&pool, &loaded);
        for rule in &rules {
            let text = rule.text();
            prop_assert_eq!(loaded.count(&text).unwrap(), pool.count(&text).unwrap(), "{}", text);
        }
    }
}

#[test]
fn the_demonstration_survives() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default().chunk_bits(11);
    let pool = Pool::open(folder.path().join("pool"), options).unwrap();
    pool.load_demo(&Demo::new(9_000, Demo::SEED), None).unwrap();
    pool.run("delete customers where sample 5% seed 3").unwrap();
    pool.run("set timezone = \"America/New_York\"").unwrap();
    let loaded = again_on_disk(&pool, &folder.path().join("dump"));
    check_same(&pool, &loaded);
    for rule in Demo::rules_to_try() {
        assert_eq!(loaded.count(rule).unwrap(), pool.count(rule).unwrap(), "{rule}");
    }
}

/// Rows are written and read 65,536 at a time.
#[test]
fn more_rows_than_a_batch_survive() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.csv");
    let rows: String = (0..140_000).map(|n| format!("{n},{}\n", n % 1_000)).collect();
    std::fs::write(&file, format!("id,a\n{rows}")).unwrap();
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.import(&Import::new(file).key("id")).unwrap();
    pool.run("delete customers where a = 7").unwrap();
    check_same(&pool, &again(&pool, &folder.path().join("dump")));
}
