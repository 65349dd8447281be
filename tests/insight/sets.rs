//! `overlap`.

use highsea::Outcome;

use super::random::Random;
use super::world::{Rule, World, run, seeds};

#[test]
fn overlaps_are_those_of_plain_lists() {
    for seed in seeds() {
        let mut random = Random::new(seed);
        let world = World::random(&mut random);
        let pool = world.pool(1 + seed as usize % 2);
        let rules: Vec<Rule> =
            (0..random.between(1, 5)).map(|_| Rule::random(&mut random)).collect();
        let mut named = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            let name = format!("g{place}");
            if place % 2 == 0 {
                run(&pool, &format!("create dynamic group {name} as {}", rule.text()));
                named.push(name);
            } else {
                named.push(format!("{} as {name}", rule.text()));
            }
        }
        let among = Rule::random(&mut random);
        let statement = format!("overlap {}{}", named.join(", "), among.clause("where"));
        let Outcome::Overlap(found) = run(&pool, &statement) else { panic!("{statement}") };
        let everybody = world.members(among);
        let sets: Vec<Vec<usize>> = rules
            .iter()
            .map(|rule| world.members(*rule))
            .map(|set| set.into_iter().filter(|one| everybody.contains(one)).collect())
            .collect();
        assert_eq!(found.total, everybody.len() as u64, "seed {seed}: {statement}");
        for (place, set) in sets.iter().enumerate() {
            let others = || (0..sets.len()).filter(|other| *other != place);
            let only =
                set.iter().filter(|one| others().all(|other| !sets[other].contains(one))).count();
            let told = &found.sets[place];
            let (n, name) = (set.len() as u64, format!("g{place}"));
            assert_eq!(
                (&told.name, told.customers, told.only),
                (&name, n, only as u64),
                "seed {seed}: {statement}"
            );
            for (other, members) in sets.iter().enumerate().skip(place + 1) {
                let both = set.iter().filter(|one| members.contains(one)).count();
                let either = set.len() + members.len() - both;
                let is_pair =
                    |pair: &&highsea::OverlapPair| pair.a == name && pair.b == format!("g{other}");
                let pair = found.pairs.iter().find(is_pair).unwrap();
                assert_eq!(pair.both, both as u64);
                assert_eq!(pair.jaccard, (either > 0).then(|| both as f64 / either as f64));
            }
        }
        for part in &found.parts {
            let is_in = |one: &usize| {
                sets.iter().enumerate().all(|(place, set)| {
                    set.contains(one) == part.sets.contains(&format!("g{place}"))
                })
            };
            let n = everybody.iter().filter(|one| is_in(one)).count() as u64;
            assert_eq!(part.customers, n, "seed {seed}: {statement}");
        }
        let in_parts: u64 = found.parts.iter().map(|part| part.customers).sum();
        assert_eq!(in_parts + found.none, found.total);
    }
}
