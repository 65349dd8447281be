//! Random rules over random pools: the engine against the row-by-row oracle.
//!
//! `HIGHSEA_ORACLE_CASES` sets how many pools are made, 60 when not given; every pool is asked 60
//! rules, each compared row by row in both executors (docs/testing.md has the long run).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Instant;

use highsea::{Engine, Parameters, Pool, Rewrite};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use support::evaluate::Oracle;
use support::generate::worlds;
use support::rule::Rule;
use support::world::World;

const MAX_ROWS: usize = 900;
const N_RULES: usize = 60;
/// Milliseconds spent on making a failing case smaller: a failure is told while CI still runs.
const MAX_SHRINK_MS: u32 = 60_000;

fn n_cases() -> u32 {
    std::env::var("HIGHSEA_ORACLE_CASES").map_or(60, |n| n.parse().unwrap())
}

/// The seed of the run; every run of one seed is the same.
fn runner(cases: u32) -> TestRunner {
    let seed = std::env::var("HIGHSEA_ORACLE_SEED").map_or(20_261_122u64, |n| n.parse().unwrap());
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        max_shrink_time: MAX_SHRINK_MS,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Fails with the smallest case that failed: its reason names the rows that differ.
fn tell(result: Result<(), TestError<(World, Vec<Rule>)>>) {
    match result {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
        Err(TestError::Fail(reason, (world, _))) => {
            let n_rows = world.rows.len();
            panic!("{reason}\n{n_rows} rows, zone {}, deleted {:?}", world.zone, world.deleted);
        }
    }
}

/// Fails unless a rule's members are those the oracle expects; tells the first rows that differ.
fn agree(
    world: &World,
    asked: &str,
    found: &BTreeSet<String>,
    expected: &BTreeSet<String>,
) -> Result<(), TestCaseError> {
    let differ: BTreeSet<&String> = found.symmetric_difference(expected).collect();
    if differ.is_empty() {
        return Ok(());
    }
    let rows = world.rows.iter().filter(|row| differ.contains(&row.key)).take(3);
    let rows: Vec<String> =
        rows.map(|row| format!("found {}: {row:?}", found.contains(&row.key))).collect();
    let n = differ.len();
    Err(TestCaseError::fail(format!("{asked}: {n} rows differ, among them\n{}", rows.join("\n"))))
}

fn keys(pool: &Pool, rule: &str, engine: Engine) -> BTreeSet<String> {
    let prepared = pool.prepare(rule).unwrap_or_else(|e| panic!("{rule}: {e}")).on(engine);
    let members = prepared.members(&Parameters::new()).unwrap_or_else(|e| panic!("{rule}: {e}"));
    let count = prepared.count(&Parameters::new()).unwrap();
    let keys: BTreeSet<String> = members.keys().unwrap().map(|key| key.to_string()).collect();
    assert_eq!(count, keys.len() as u64, "count and members disagree: {rule}");
    keys
}

fn check(pool: &Pool, world: &World, rules: &[Rule]) -> Result<u64, TestCaseError> {
    let oracle = Oracle::new(world);
    for rule in rules {
        let (text, expected) = (rule.text(), oracle.members(rule));
        for engine in [Engine::Fused, Engine::Roaring] {
            let found = keys(pool, &text, engine);
            let asked = format!("{engine:?} at {}: {text}", support::rule::at(world.now));
            agree(world, &asked, &found, &expected)?;
        }
    }
    Ok((oracle.n_rows() * rules.len()) as u64)
}

#[test]
fn random_rules_over_random_pools_agree_with_the_oracle() {
    let start = Instant::now();
    let pairs = Cell::new(0u64);
    let folder = tempfile::tempdir().unwrap();
    let result = runner(n_cases()).run(&worlds(MAX_ROWS, N_RULES), |(world, rules)| {
        let inserted = world.rows.len() % 2 == 0;
        let pool = if inserted { world.inserted() } else { world.imported(folder.path()) };
        pairs.set(pairs.get() + check(&pool, &world, &rules)?);
        Ok(())
    });
    tell(result);
    eprintln!("{} rule-row pairs, both executors, in {:.1?}", pairs.get(), start.elapsed());
    if n_cases() >= 60 {
        assert!(pairs.get() >= 900_000, "too few pairs were compared: {}", pairs.get());
    }
}

#[test]
fn every_rewrite_may_be_switched_off() {
    let result = runner(n_cases() / 12).run(&worlds(150, 12), |(world, rules)| {
        let pool = world.inserted();
        let oracle = Oracle::new(&world);
        for rule in &rules {
            let (text, expected) = (rule.text(), oracle.members(rule));
            for rewrite in Rewrite::ALL {
                for engine in [Engine::Fused, Engine::Roaring] {
                    let prepared = pool.prepare(&text).unwrap().on(engine).without(rewrite);
                    let members = prepared.members(&Parameters::new()).unwrap();
                    let found: BTreeSet<String> =
                        members.keys().unwrap().map(|key| key.to_string()).collect();
                    agree(&world, &format!("without {rewrite:?}: {text}"), &found, &expected)?;
                }
            }
        }
        Ok(())
    });
    tell(result);
}
