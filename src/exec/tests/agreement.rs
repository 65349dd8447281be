//! Both executors, any number of threads, and the oracle.

use proptest::prelude::*;

use super::oracle;
use super::plans::{few_at_the_front, random_plan};
use super::pool::Pool;
use crate::exec::{Engine, Run};
use crate::model::{ChunkSize, RowId};
use crate::parallel::{Budget, Executor};
use crate::plan::{Node, PhysicalPlan};

fn nodes<'a>(node: &'a Node, into: &mut Vec<&'a Node>) {
    into.push(node);
    node.children().into_iter().for_each(|child| nodes(child, into));
}

fn check(pool: &Pool, plan: &PhysicalPlan, threads: &Executor) {
    let expected: Vec<RowId> = oracle::rows(plan, pool);
    let budget = Budget::unlimited();
    let mut all = Vec::new();
    plan.shared.iter().chain([&plan.root]).for_each(|root| nodes(root, &mut all));
    for (engine, executor) in [
        (Engine::Fused, &Executor::inline()),
        (Engine::Fused, threads),
        (Engine::Roaring, &Executor::inline()),
    ] {
        let run = Run::new(plan, &pool.snapshot, executor, &budget).by(engine);
        let members = run.members().unwrap();
        assert_eq!(members.to_rows(), expected, "{engine:?} of {plan:#?}");
        assert!(members.iter().eq(expected.iter().copied()));
        assert_eq!(members.len(), expected.len() as u64);
        assert!(members.to_roaring().iter().eq(expected.iter().map(|row| row.0)));
        assert_eq!(run.count().unwrap(), expected.len() as u64, "{engine:?} of {plan:#?}");
        assert_eq!(run.exists().unwrap(), !expected.is_empty());
        let analysis = run.analyze().unwrap();
        for node in &all {
            let rows = oracle::node_rows(node, plan, pool).len() as u64;
            assert_eq!(analysis.rows(node.id), Some(rows), "{engine:?}: {node:#?}");
        }
    }
    assert_eq!(budget.held(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn executors_agree_with_the_oracle(seed in any::<u64>(), n in 0usize..260) {
        let pool = Pool::random(seed, n, ChunkSize::TINY);
        let threads = Executor::with_threads(3).unwrap();
        for plan in 0..4 {
            check(&pool, &random_plan(seed ^ plan, &pool), &threads);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    // Chunks of 1,024 rows hold codes in the order of their rows.
    #[test]
    fn executors_agree_on_larger_chunks(seed in any::<u64>(), n in 900usize..1_500) {
        let pool = Pool::random(seed, n, ChunkSize::from_bits(10).unwrap());
        let threads = Executor::with_threads(3).unwrap();
        for plan in 0..4 {
            check(&pool, &random_plan(seed ^ plan, &pool), &threads);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn executors_agree_on_the_front_of_rankings(
        seed in any::<u64>(), n in 0usize..1_500, bits in prop::sample::select(vec![6, 10]),
    ) {
        let pool = Pool::random(seed, n, ChunkSize::from_bits(bits).unwrap());
        let threads = Executor::with_threads(3).unwrap();
        for plan in 0..16 {
            check(&pool, &few_at_the_front(seed ^ plan, &pool), &threads);
        }
    }
}
