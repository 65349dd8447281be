//! `summarize` with parts of the way, `having` and totals.

use std::collections::BTreeMap;

use highsea::{Outcome, Value};

use super::random::Random;
use super::world::{Rule, World, run, seeds};

/// A part of the way through sorted hundredths, in thousandths of thousandths.
fn quantile(sorted: &[i64], hundredth: usize) -> Option<f64> {
    let way = (sorted.len().checked_sub(1)?) * hundredth;
    let (low, rest) = (sorted[way / 100], (way % 100) as i64);
    let high = sorted[(way / 100 + 1).min(sorted.len() - 1)];
    Some((low * 100 + (high - low) * rest) as f64 / 1e4)
}

#[test]
fn groups_are_those_of_plain_sorting() {
    for seed in seeds() {
        let mut random = Random::new(seed);
        let world = World::random(&mut random);
        let pool = world.pool(1 + seed as usize % 2);
        let rule = Rule::random(&mut random);
        let (part, least) = (random.between(0, 100), random.between(1, 6));
        let (most, negated) = (random.between(0, 60_000), random.one_in(2));
        let not = if negated { "not " } else { "" };
        let statement = format!(
            "summarize count, quantile(spend, {part}%) by region{} having count >= {least} and \
             {not}(max(spend) > {}.5) or avg(spend) is null with totals",
            rule.clause("where"),
            most / 100
        );
        let mut groups: BTreeMap<Option<&str>, (i64, Vec<i64>)> = BTreeMap::new();
        let mut all = (0, Vec::new());
        for customer in world.members(rule) {
            let customer = &world.customers[customer];
            for group in [groups.entry(customer.region).or_default(), &mut all] {
                group.0 += 1;
                group.1.extend(customer.spend);
                group.1.sort_unstable();
            }
        }
        let holds = |(n, spends): &(i64, Vec<i64>)| {
            let above = spends.last().is_some_and(|spend| *spend > most / 100 * 100 + 50);
            *n >= least && above != negated || spends.is_empty()
        };
        let row = |region: &str, (n, spends): &(i64, Vec<i64>)| {
            format!("{region} {n} {:?}", quantile(spends, part as usize))
        };
        let mut expected: Vec<String> = groups
            .iter()
            .filter(|(region, group)| region.is_some() && holds(group))
            .map(|(region, group)| row(region.unwrap_or_default(), group))
            .collect();
        expected.extend(groups.get(&None).filter(|group| holds(group)).map(|group| row("", group)));
        let Outcome::Totalled(found) = run(&pool, &statement) else { panic!("{statement}") };
        let shown = |row: &Vec<Value>| format!("{} {} {:?}", row[0], row[1], row[2].to_f64());
        let rows: Vec<String> = found.table.rows.iter().map(shown).collect();
        assert_eq!(rows, expected, "seed {seed}: {statement}");
        assert_eq!(shown(&found.totals), row("", &all), "seed {seed}: {statement}");
    }
}
