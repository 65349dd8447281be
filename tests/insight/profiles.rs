//! `profile`.

use std::collections::{BTreeMap, BTreeSet};

use highsea::{Outcome, Profile, Value};

use super::random::Random;
use super::world::{Customer, DAY, NOW, Rule, Source, World, civil, run, seeds};

fn each(mut judge: impl FnMut(u64, &World, &Profile, &[usize], &[usize])) {
    for seed in seeds() {
        let mut random = Random::new(seed);
        let world = World::random(&mut random);
        let pool = world.pool(1 + seed as usize % 2);
        run(
            &pool,
            "create attribute stage as case when no(orders) then 'none' when count(orders) = 1 then 'one' else 'many' end",
        );
        run(&pool, "create attribute tile as ntile(3) of age");
        let (rule, versus) = (Rule::random(&mut random), Rule::random(&mut random));
        let statement = format!("profile{}{}", rule.clause("where"), versus.clause("vs"));
        let Outcome::Profile(profile) = run(&pool, &statement) else { panic!("{statement}") };
        judge(seed, &world, &profile, &world.members(rule), &world.members(versus));
        let json = serde_json::to_string(&*profile).unwrap();
        assert!(!json.contains("NaN"), "{json}");
    }
}

#[test]
fn categories_are_those_of_plain_counting() {
    each(|seed, world, profile, own, others| {
        let shown = |customer: usize, attribute: &str| -> Vec<String> {
            let Customer { region, vip, tags, .. } = &world.customers[customer];
            let n = world.orders_of(customer, Source::All).len();
            match attribute {
                "region" => vec![region.unwrap_or_default().to_owned()],
                "vip" => vec![vip.map(|vip| vip.to_string()).unwrap_or_default()],
                "stage" => vec![["none", "one", "many"][n.min(2)].to_owned()],
                _ => tags.iter().map(|tag| (*tag).to_owned()).collect(),
            }
        };
        let names: BTreeSet<&str> =
            profile.categories.iter().map(|c| c.attribute.as_str()).collect();
        assert_eq!(names, ["region", "stage", "tags", "tile", "vip"].into());
        for category in profile.categories.iter().filter(|c| c.attribute != "tile") {
            let count = |of: &[usize]| {
                let mut counts: BTreeMap<String, u64> = BTreeMap::new();
                for customer in of {
                    shown(*customer, &category.attribute)
                        .into_iter()
                        .for_each(|value| *counts.entry(value).or_default() += 1);
                }
                counts
            };
            let (mine, theirs) = (count(own), count(others));
            let told: BTreeMap<String, (u64, u64)> = category
                .values
                .iter()
                .map(|share| (share.value.to_string(), (share.count, share.versus)))
                .collect();
            let all: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
            let of =
                |counts: &BTreeMap<String, u64>, value| counts.get(value).copied().unwrap_or(0);
            let expected = all.into_iter().map(|v| (v.clone(), (of(&mine, v), of(&theirs, v))));
            assert_eq!(told, expected.collect(), "seed {seed}: {}", category.attribute);
            for share in &category.values {
                let part =
                    |n: u64, of: &[usize]| (!of.is_empty()).then(|| n as f64 / of.len() as f64);
                assert_eq!(share.share, part(share.count, own));
                assert_eq!(share.versus_share, part(share.versus, others));
                assert!(share.index.is_none_or(f64::is_finite));
            }
        }
        assert_eq!(profile.categories[0].attribute, "stage", "classes come first");
    });
}

#[test]
fn numbers_are_spread_as_plain_sorting_says() {
    each(|seed, world, profile, own, others| {
        let value = |customer: usize, attribute: &str| match attribute {
            "age" => world.customers[customer].age.map(|age| age * 100),
            _ => world.customers[customer].spend,
        };
        assert_eq!(profile.numbers.len(), 2);
        for number in &profile.numbers {
            let values = |of: &[usize]| {
                let mut all: Vec<i64> =
                    of.iter().filter_map(|one| value(*one, &number.attribute)).collect();
                all.sort_unstable();
                all
            };
            let quartiles = |sorted: &[i64]| {
                let at = |quarter: usize| {
                    let place = (sorted.len() - 1) * quarter;
                    let (low, rest) = (sorted[place / 4], (place % 4) as f64);
                    let high = sorted[(place / 4 + 1).min(sorted.len() - 1)];
                    let value = low as f64 + (high - low) as f64 * rest / 4.0;
                    format!("{:.6}", value / 100.0)
                };
                (!sorted.is_empty()).then(|| [0, 1, 2, 3, 4].map(at))
            };
            for (of, n, spread) in [
                (own, number.known, &number.spread),
                (others, number.versus_known, &number.versus_spread),
            ] {
                let sorted = values(of);
                assert_eq!(n, sorted.len() as u64, "seed {seed}");
                let told = spread.as_ref().map(|spread| {
                    [&spread.least, &spread.lower, &spread.median, &spread.upper, &spread.most]
                        .map(|value| format!("{:.6}", value.to_f64().unwrap()))
                });
                assert_eq!(told, quartiles(&sorted), "seed {seed}: {}", number.attribute);
            }
            let edge = |value: &Value| value.to_f64().map(|edge| (edge * 100.0).round() as i64);
            for bin in &number.histogram {
                let is_in = |value: &&i64| {
                    edge(&bin.from).is_none_or(|from| **value >= from)
                        && edge(&bin.to).is_none_or(|to| **value < to)
                };
                let count = |of: &[usize]| values(of).iter().filter(is_in).count() as u64;
                assert_eq!((bin.customers, bin.versus), (count(own), count(others)), "seed {seed}");
            }
            let in_bins: u64 = number.histogram.iter().map(|bin| bin.customers).sum();
            assert_eq!(in_bins, number.known, "seed {seed}: every value is in a bin");
        }
    });
}

#[test]
fn what_they_do_is_what_plain_counting_says() {
    each(|seed, world, profile, own, others| {
        let [events] = &profile.events[..] else { panic!("one table") };
        let count = |of: &[usize]| {
            let orders = of.iter().map(|one| world.orders_of(*one, Source::All).len());
            let active = orders.clone().filter(|n| *n > 0).count();
            (orders.sum::<usize>() as u64, active as u64)
        };
        let ((n, active), (others_n, others_active)) = (count(own), count(others));
        assert_eq!((events.events, events.customers), (n, active), "seed {seed}");
        assert_eq!(events.versus_customers, others_active, "seed {seed}");
        let each = (others_active > 0).then(|| others_n as f64 / others_active as f64);
        assert_eq!(events.versus_per_customer, each);
        // Who came and who stayed away, walked through day by day.
        let month = |at: i64| {
            let (year, month, _) = civil(at.div_euclid(DAY));
            format!("{year:04}-{month:02}-01")
        };
        let mut flows: BTreeMap<String, [BTreeSet<usize>; 4]> = BTreeMap::new();
        let mut counts: BTreeMap<String, [u64; 4]> = BTreeMap::new();
        for customer in own {
            let times: Vec<i64> =
                world.orders_of(*customer, Source::All).iter().map(|order| order.at).collect();
            for (place, at) in times.iter().enumerate() {
                flows.entry(month(*at)).or_default()[0].insert(*customer);
                let count = counts.entry(month(*at)).or_default();
                count[1] += u64::from(place == 0);
                let before = place.checked_sub(1).map(|before| times[before]);
                count[2] += u64::from(before.is_some_and(|before| at - before > 90 * DAY));
                let lost = at + 90 * DAY;
                let next = times.get(place + 1).copied();
                if next.is_none_or(|next| next > lost) && lost <= NOW {
                    counts.entry(month(lost)).or_default()[3] += 1;
                }
            }
        }
        for told in &events.months {
            let start = told.start.to_string();
            let active = flows.get(&start).map_or(0, |flows| flows[0].len() as u64);
            let [_, new, back, lost] = counts.get(&start).copied().unwrap_or_default();
            let told = (told.active, told.new, told.back, told.lost);
            assert_eq!(told, (active, new, back, lost), "seed {seed}: {start}");
        }
        let last = world.counted(Source::All).iter().map(|order| month(order.at)).max();
        assert_eq!(events.months.last().map(|month| month.start.to_string()), last);
        for top in &events.top {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for order in own.iter().flat_map(|one| world.orders_of(*one, Source::All)) {
                let values = match top.property.as_str() {
                    "category" => order.category.into_iter().collect(),
                    _ => order.tags.clone(),
                };
                values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
            }
            assert_eq!(top.distinct, counts.len() as u64);
            let told = top.values.iter().map(|share| (share.value.to_string(), share.count));
            let expected = counts.iter().map(|(value, n)| ((*value).to_owned(), *n));
            assert_eq!(told.collect::<BTreeMap<_, _>>(), expected.collect(), "seed {seed}");
        }
    });
}
