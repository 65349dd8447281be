//! Laws that hold of any rules over any customers, by the public interface alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

mod support;

use std::collections::BTreeSet;

use highsea::{
    Day, Decimal, Engine, Explanation, Instant, Options, Outcome, Parameters, Pool, Value,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use support::generate::worlds;
use support::rule::{Op, Rule};
use support::world::{self, Kind, World, kind_of, name_of};

/// Random pools for each law; `HIGHSEA_LAW_CASES` asks for more.
fn n_cases() -> u32 {
    std::env::var("HIGHSEA_LAW_CASES").map_or(8, |n| n.parse().unwrap())
}

/// Checks a law over random worlds, the same ones on every run.
fn law(n_rules: usize, holds: impl Fn(&World, &[String]) -> Result<(), TestCaseError>) {
    let config = Config {
        cases: n_cases(),
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[22; 32]);
    let result =
        TestRunner::new_with_rng(config, rng).run(&worlds(200, n_rules), |(world, rules)| {
            let rules: Vec<String> = rules.iter().map(Rule::text).collect();
            holds(&world, &rules)
        });
    if let Err(error) = result {
        // A world is long; the reason is what helps.
        let text = error.to_string();
        panic!("{}", text.split("minimal failing input").next().unwrap_or(&text));
    }
}

fn count(pool: &Pool, rule: &str) -> u64 {
    pool.count(rule).unwrap_or_else(|error| panic!("{rule}: {error}"))
}

fn keys(pool: &Pool, rule: &str) -> BTreeSet<String> {
    let members = pool.members(rule).unwrap_or_else(|error| panic!("{rule}: {error}"));
    members.keys().unwrap().map(|key| key.to_string()).collect()
}

#[test]
fn not_is_the_exact_complement() {
    law(12, |world, rules| {
        let pool = world.inserted();
        for rule in rules {
            let (inside, outside) = (keys(&pool, rule), keys(&pool, &format!("not ({rule})")));
            prop_assert!(inside.is_disjoint(&outside), "{}", rule);
            prop_assert_eq!((inside.len() + outside.len()) as u64, pool.n_customers(), "{}", rule);
            prop_assert_eq!(&keys(&pool, &format!("not (not ({rule}))")), &inside, "{}", rule);
            prop_assert_eq!(count(&pool, &format!("({rule}) and not ({rule})")), 0, "{}", rule);
        }
        Ok(())
    });
}

/// What an executor keeps of one commit must not answer for the next.
#[test]
fn both_executors_see_every_commit() {
    law(6, |world, rules| {
        let pool = world.inserted();
        let agree = |when: &str| {
            for rule in rules {
                let prepared = pool.prepare(rule).unwrap();
                let [fused, roaring] = [Engine::Fused, Engine::Roaring].map(|engine| {
                    prepared.clone().on(engine).members(&Parameters::new()).unwrap().to_bitmap()
                });
                prop_assert_eq!(fused, roaring, "{}: {}", when, rule);
            }
            Ok(())
        };
        agree("at first")?;
        pool.run("insert into customers (id, bool_a, int_a) values (\"one more\", true, 7)")
            .unwrap();
        agree("after an insertion")?;
        pool.run("delete customers where sample 50%").unwrap();
        agree("after a deletion")?;
        pool.run("alter customers drop column set_b").unwrap();
        pool.run("alter customers add column set_b set").unwrap();
        agree("after a column came back empty")
    });
}

#[test]
fn de_morgan() {
    law(12, |world, rules| {
        let pool = world.inserted();
        for pair in rules.chunks_exact(2) {
            let (a, b) = (&pair[0], &pair[1]);
            for (left, right) in [
                (format!("not (({a}) and ({b}))"), format!("not ({a}) or not ({b})")),
                (format!("not (({a}) or ({b}))"), format!("not ({a}) and not ({b})")),
                (format!("({a}) or ({b})"), format!("not (not ({a}) and not ({b}))")),
            ] {
                prop_assert_eq!(keys(&pool, &left), keys(&pool, &right), "{} :: {}", left, right);
            }
        }
        Ok(())
    });
}

#[test]
fn and_or_are_those_of_sets() {
    law(12, |world, rules| {
        let pool = world.inserted();
        for pair in rules.chunks_exact(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let (left, right) = (keys(&pool, a), keys(&pool, b));
            let both = keys(&pool, &format!("({a}) and ({b})"));
            let either = keys(&pool, &format!("({a}) or ({b})"));
            prop_assert_eq!(&both, &(&left & &right), "{} :: {}", a, b);
            prop_assert_eq!(&either, &(&left | &right), "{} :: {}", a, b);
            // A further clause never adds members.
            prop_assert!(both.is_subset(&left) && left.is_subset(&either));
        }
        Ok(())
    });
}

#[test]
fn order_and_repetition_of_clauses_change_nothing() {
    law(9, |world, rules| {
        let pool = world.inserted();
        for triple in rules.chunks_exact(3) {
            let (a, b, c) = (&triple[0], &triple[1], &triple[2]);
            for word in ["and", "or"] {
                let rule = |clauses: &[&String]| {
                    let clauses: Vec<String> = clauses.iter().map(|c| format!("({c})")).collect();
                    clauses.join(&format!(" {word} "))
                };
                let expected = keys(&pool, &rule(&[a, b, c]));
                for other in [rule(&[c, b, a]), rule(&[b, c, a]), rule(&[a, a, b, c, b, a])] {
                    prop_assert_eq!(&keys(&pool, &other), &expected, "{}", other);
                }
            }
        }
        Ok(())
    });
}

/// The plan that runs does not depend on the order in which clauses are written.
#[test]
fn order_of_clauses_does_not_change_the_plan() {
    law(9, |world, rules| {
        let pool = world.inserted();
        let plan = |rule: &str| {
            let explanation = pool.explain(rule).unwrap();
            (explanation.plan, explanation.shared.len())
        };
        for pair in rules.chunks_exact(2) {
            let (a, b) = (&pair[0], &pair[1]);
            for word in ["and", "or"] {
                let (left, right) = (format!("({a}) {word} ({b})"), format!("({b}) {word} ({a})"));
                prop_assert_eq!(plan(&left), plan(&right), "{}", left);
            }
        }
        Ok(())
    });
}

/// The world's customers in a pool of another shape.
fn rebuilt(world: &World, options: Options) -> Pool {
    let source = world.inserted();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.jsonl");
    let path = world::quote(file.to_str().unwrap());
    source.run(&format!("export where true to {path}")).unwrap();
    let pool = Pool::in_memory(options).unwrap();
    pool.run("set now = 1990-01-01T00:00:00Z").unwrap();
    pool.run(&format!("set timezone = \"{}\"", world.zone)).unwrap();
    let columns: Vec<String> = source
        .attributes()
        .iter()
        .map(|attribute| format!("{} {}", attribute.name, attribute.ty))
        .collect();
    pool.run(&format!("create customers (id text key, {})", columns.join(", "))).unwrap();
    if source.n_customers() > 0 {
        pool.run(&format!("import customers from {path} key id")).unwrap();
    }
    pool.run(&format!("set now = {}", support::calendar::instant_text(world.now))).unwrap();
    pool
}

#[test]
fn chunk_size_and_threads_change_nothing() {
    law(6, |world, rules| {
        let one = world.inserted();
        let others = [
            rebuilt(world, Options::default().threads(3).chunk_bits(6)),
            rebuilt(world, Options::default().threads(3).chunk_bits(16)),
            rebuilt(world, Options::default().threads(1).chunk_bits(8)),
        ];
        for rule in rules {
            let expected = keys(&one, rule);
            for other in &others {
                prop_assert_eq!(&keys(other, rule), &expected, "{}", rule);
            }
            let summary = format!(
                "summarize count, sum(int_a), avg(decimal_a), median(decimal_b), min(date_a), \
                 max(timestamp_a), distinct(text_a) by text_b, bool_a where {rule}"
            );
            let expected = one.query(&summary).unwrap();
            let rows = format!(
                "select id, decimal_a where {rule} order by decimal_a desc, text_a limit 9"
            );
            for other in &others {
                prop_assert_eq!(&other.query(&summary).unwrap(), &expected, "{}", summary);
                prop_assert_eq!(other.query(&rows).unwrap(), one.query(&rows).unwrap(), "{}", rows);
            }
        }
        Ok(())
    });
}

#[test]
fn samples_are_nested_and_grow() {
    law(1, |world, _| {
        let pool = world.inserted();
        for seed in [0, 7, u64::MAX] {
            let mut smaller = BTreeSet::new();
            for percent in ["0%", "0.5%", "10%", "33.3%", "50%", "99.9%", "100%"] {
                let sample = keys(&pool, &format!("sample {percent} seed {seed}"));
                prop_assert!(smaller.is_subset(&sample), "{} seed {}", percent, seed);
                smaller = sample;
            }
            prop_assert_eq!(smaller.len() as u64, pool.n_customers());
        }
        Ok(())
    });
}

#[test]
fn explain_agrees_with_count() {
    law(12, |world, rules| {
        let pool = world.inserted();
        for rule in rules {
            let n = count(&pool, rule);
            let plain = pool.explain(rule).unwrap();
            prop_assert_eq!(plain.total, pool.n_customers());
            if plain.plan.is_exact {
                prop_assert_eq!(plain.plan.estimate, n, "said to be exact: {}", rule);
            }
            let analyzed = analyzed(&pool, rule);
            prop_assert_eq!(analyzed.plan.count, Some(n), "{}", rule);
            prop_assert_eq!(&analyzed.stages, &plain.stages, "{}", rule);
            check_node(&analyzed, &analyzed.plan, rule)?;
        }
        Ok(())
    });
}

fn analyzed(pool: &Pool, rule: &str) -> Explanation {
    match pool.run(&format!("explain analyze {rule}")).unwrap().outcome {
        Outcome::Explained(explanation) => explanation,
        other => panic!("{other:?}"),
    }
}

/// An exact estimate is the count; the children of an `And` hold what it holds, and more.
fn check_node(
    explanation: &Explanation,
    node: &highsea::PlanNode,
    rule: &str,
) -> Result<(), TestCaseError> {
    if let (Some(count), true) = (node.count, node.is_exact) {
        prop_assert_eq!(count, node.estimate, "{} in {}", node.arguments, rule);
    }
    prop_assert!(node.count.is_none_or(|count| count <= explanation.total));
    for child in &node.children {
        if let (Some(whole), Some(part)) = (node.count, child.count) {
            prop_assert!(node.name != "And" || part >= whole, "{} in {}", node.name, rule);
            prop_assert!(node.name != "Or" || part <= whole, "{} in {}", node.name, rule);
        }
        check_node(explanation, child, rule)?;
    }
    Ok(())
}

/// A literal as a host would bind it.
fn bound(value: &world::Value) -> Value {
    match value {
        world::Value::Null => Value::Null,
        world::Value::Bool(flag) => (*flag).into(),
        world::Value::Number(number) => number.to_string().parse::<Decimal>().unwrap().into(),
        world::Value::Float(number) => (*number).into(),
        world::Value::Text(text) => text.as_str().into(),
        world::Value::Date(days) => Day::from_days(*days).unwrap().into(),
        world::Value::Timestamp(micros) => Instant::from_micros(*micros).unwrap().into(),
        world::Value::Set(elements) => Value::Set(elements.iter().cloned().collect()),
    }
}

/// Every value of a column, compared as a literal and as a parameter.
#[test]
fn parameters_are_literals() {
    law(1, |world, _| {
        let pool = world.inserted();
        for (at, row) in world.rows.iter().enumerate().take(12) {
            for (column, value) in row.values.iter().enumerate() {
                let kind = kind_of(column);
                if *value == world::Value::Null || (at + column) % 3 != 0 {
                    continue;
                }
                let ops = match kind {
                    Kind::Bool | Kind::Set => &Op::ALL[..2],
                    _ => &Op::ALL[..],
                };
                let op = ops[(at + column) % ops.len()];
                let text = Rule::Compare { column, op, value: value.clone() }.text();
                let head = text.strip_suffix(&value.literal()).unwrap();
                let prepared = pool.prepare(&format!("{head}$value")).unwrap();
                let parameters = Parameters::new().with("value", bound(value));
                let found = prepared.count(&parameters);
                let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
                prop_assert_eq!(found, count(&pool, &text), "{}", text);
                prop_assert_eq!(prepared.exists(&parameters).unwrap(), found > 0, "{}", text);
                if kind != Kind::Set {
                    let list = pool.prepare(&format!("{} in $values", name_of(column))).unwrap();
                    let values =
                        Parameters::new().with_list("values", [bound(value), bound(value)]);
                    let equal = Rule::Compare { column, op: Op::Equal, value: value.clone() };
                    prop_assert_eq!(list.count(&values).unwrap(), count(&pool, &equal.text()));
                }
            }
        }
        Ok(())
    });
}

/// A parameter is a value, whatever it looks like: text is never read as a rule.
#[test]
fn parameters_are_never_pasted() {
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("create customers (id text key, region text)").unwrap();
    pool.run(
        "insert into customers (id, region) values (\"1\", \"US\"), (\"2\", \"x\\\" or true --\")",
    )
    .unwrap();
    let rule = pool.prepare("region = $region").unwrap();
    for (text, expected) in
        [("x\" or true --", 1), ("US\" or \"\" = \"", 0), ("US", 1), ("$region", 0)]
    {
        assert_eq!(
            rule.count(&Parameters::new().with("region", text)).unwrap(),
            expected,
            "{text}"
        );
    }
}

/// Members by pages, by bitmap and by keys are the same.
#[test]
fn members_are_the_same_however_they_are_read() {
    law(6, |world, rules| {
        let pool = world.inserted();
        for rule in rules {
            let members = pool.members(rule).unwrap();
            let all: Vec<String> = members.keys().unwrap().map(|key| key.to_string()).collect();
            prop_assert_eq!(members.len() as usize, all.len());
            prop_assert_eq!(members.to_bitmap().len(), members.len());
            let (mut paged, mut from) = (Vec::new(), None);
            loop {
                let page = members.page(from, 7).unwrap();
                paged.extend(page.keys.iter().map(ToString::to_string));
                from = page.next;
                if from.is_none() {
                    break;
                }
            }
            prop_assert_eq!(&paged, &all, "{}", rule);
        }
        Ok(())
    });
}
